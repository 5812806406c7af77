"""Populations of one kind of device: parameters and state as arrays, one entry per device."""
