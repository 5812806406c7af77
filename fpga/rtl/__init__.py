"""The SystemVerilog sources, one module a file; a package only so that an installed copy carries them."""
