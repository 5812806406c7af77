"""Bit-exact numpy models of the RTL blocks: one file per block, named as the block."""
