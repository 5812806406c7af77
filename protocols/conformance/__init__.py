"""One pytest suite that every substrate must pass: `pytest protocols/conformance --chip URL`.

From an installed package: `pytest --pyargs spinloop.protocols.conformance --chip URL`. The suite writes to the chip.
"""
