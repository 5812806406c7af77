"""The committed generated files are what the register table gives, byte for byte; and the table is consistent."""

from __future__ import annotations

from pathlib import Path

import pytest
from spinloop.fpga import generate_registers
from spinloop.fpga import registers as reg


@pytest.mark.parametrize("path", generate_registers.generated(generate_registers.load()), ids=lambda path: path.name)
def test_committed_file_is_what_the_table_gives(path: Path) -> None:
    fresh = generate_registers.generated(generate_registers.load())[path]
    assert path.read_text(encoding="utf-8") == fresh, "run: python -m spinloop.fpga.generate_registers"


def test_generated_files_say_so_in_their_first_line() -> None:
    for path in generate_registers.generated(generate_registers.load()):
        assert "Generated from registers.toml" in path.read_text(encoding="utf-8").splitlines()[0]


def test_arrays_are_aligned_to_their_size() -> None:
    """The RTL decodes an array by its upper address bits."""
    for name, (address, words, _access, _bits, _reset) in reg.MAP.items():
        assert address % words == 0, name


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('name = "A"\naddress = 1\naccess = "ro"\ntext = ""\ncolour = 3', "unknown keys"),
        ('name = "A"\naddress = 1\naccess = "yes"\ntext = ""', "access"),
        ('name = "A"\naddress = 15\nwords = 2\naccess = "ro"\ntext = ""', "outside the map"),
        ('name = "A"\naddress = 0\naccess = "ro"\ntext = ""', "both lie at"),
    ],
)
def test_a_bad_table_is_refused(tmp_path: Path, line: str, complaint: str) -> None:
    table = tmp_path / "registers.toml"
    first = '[[register]]\nname = "FIRST"\naddress = 0\naccess = "ro"\ntext = ""\n'
    table.write_text(f"id = 1\naddress_bits = 4\nread_clocks = 4\n{first}[[register]]\n{line}\n")
    with pytest.raises(ValueError, match=complaint):
        generate_registers.load(table)
