"""Substrates that wrap a substrate: what stands between a script and a chip, whatever the chip is."""
