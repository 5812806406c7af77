"""The PyVISA backend `@spinloop`: unmodified scripts meet an emulated bench.

    PYVISA_LIBRARY=bench.toml@spinloop python script.py
    pyvisa.ResourceManager("tile16@spinloop")

PyVISA finds this module by its name and takes `WRAPPER_CLASS` from it.
"""

from pyvisa_spinloop._library import SpinloopLibrary

WRAPPER_CLASS = SpinloopLibrary

__all__ = ["WRAPPER_CLASS", "SpinloopLibrary"]
