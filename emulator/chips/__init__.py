"""Emulated chips: blocks of arrays, described by the files of `catalog/`, opened by `emulator:NAME`."""

from spinloop.emulator.chips.build import build_chip, open_emulator
from spinloop.emulator.chips.catalog_file import catalog_names, load_entry
from spinloop.emulator.chips.emulated_chip import EmulatedChip

__all__ = ["EmulatedChip", "build_chip", "catalog_names", "load_entry", "open_emulator"]
