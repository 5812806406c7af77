"""Write what is generated from `registers.toml`: SystemVerilog constants, Python constants and a documentation table.

Run `python -m spinloop.fpga.generate_registers` after an edit of the table; a test holds the committed files to it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
TABLE = FOLDER / "registers.toml"
_MARK = "Generated from registers.toml by spinloop.fpga.generate_registers: edit the table, not this file."
_KEYS = {"name", "address", "words", "access", "bits", "reset", "text"}


def load(path: Path = TABLE) -> dict[str, Any]:
    """Read the register table and check it.

    Returns:
        The table; each register has all of `name, address, words, access, bits, reset, text`.

    Raises:
        ValueError: an unknown key or access, an address outside the map, or two registers at one address.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    taken: dict[int, str] = {}
    for register in table["register"]:
        unknown = set(register) - _KEYS
        if unknown:
            raise ValueError(f"register {register.get('name')}: unknown keys {sorted(unknown)}")
        register.setdefault("words", 1)
        register.setdefault("bits", 32)
        register.setdefault("reset", 0)
        if register["access"] not in ("ro", "rw", "wo"):
            raise ValueError(f"register {register['name']}: access {register['access']!r} is not ro, rw or wo")
        for address in range(register["address"], register["address"] + register["words"]):
            if address in taken:
                raise ValueError(f"{register['name']} and {taken[address]} both lie at {address:#05x}")
            if address >> table["address_bits"]:
                raise ValueError(f"{register['name']}: {address:#05x} is outside the map")
            taken[address] = register["name"]
    return table


def systemverilog(table: dict[str, Any]) -> str:
    """The constants as localparams, to be included inside a module."""
    width = table["address_bits"]
    lines = [f"// {_MARK}", f"localparam logic [31:0] REG_ID_VALUE = 32'h{table['id']:08x};"]
    for register in table["register"]:
        lines.append(f"localparam logic [{width - 1}:0] REG_{register['name']} = {width}'h{register['address']:03x};")
    return "\n".join(lines) + "\n"


def python(table: dict[str, Any]) -> str:
    """The constants as a Python module."""
    lines = [
        f"# {_MARK}",
        '"""Word addresses of spin_top\'s registers."""',
        "",
        f"ID_VALUE = 0x{table['id']:08X}",
        f"READ_CLOCKS = {table['read_clocks']}",
    ]
    lines += [f"{register['name']} = 0x{register['address']:03X}" for register in table["register"]]
    lines += ["", "# name: (address, words, access, bits, reset)", "MAP = {"]
    for r in table["register"]:
        lines.append(f'    "{r["name"]}": ({r["name"]}, {r["words"]}, "{r["access"]}", {r["bits"]}, {r["reset"]}),')
    return "\n".join([*lines, "}"]) + "\n"


def markdown(table: dict[str, Any]) -> str:
    """The map as a table for people."""
    lines = [
        f"<!-- {_MARK} -->",
        "# Registers of spin_top",
        "",
        "Word addresses, 32-bit words; a read answers "
        f"{table['read_clocks']} clocks after its request, one read per clock.",
        "",
        "| address | name | access | bits | reset | what |",
        "|---|---|---|---|---|---|",
    ]
    for r in table["register"]:
        address = f"0x{r['address']:03x}"
        if r["words"] > 1:
            address += f"–0x{r['address'] + r['words'] - 1:03x}"
        lines.append(f"| {address} | {r['name']} | {r['access']} | {r['bits']} | {r['reset']} | {r['text']} |")
    return "\n".join(lines) + "\n"


def generated(table: dict[str, Any]) -> dict[Path, str]:
    """Every generated file with its content."""
    return {
        FOLDER / "rtl" / "registers.svh": systemverilog(table),
        FOLDER / "registers.py": python(table),
        FOLDER / "docs" / "registers.md": markdown(table),
    }


def main() -> None:
    """Write all generated files."""
    for path, content in generated(load()).items():
        path.write_text(content, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
