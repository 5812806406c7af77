"""The Verilated chip as a shared library: built once per machine, driven in batches."""
