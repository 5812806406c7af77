"""Procedures: what to do with a chip to learn a property of its devices, on any substrate."""
