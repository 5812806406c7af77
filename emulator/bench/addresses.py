"""VISA addresses: two spellings of one address are the same instrument.

`GPIB::5`, `GPIB0::5::INSTR` and `gpib0::5::instr` name one device, and so do hexadecimal and decimal USB numbers.
"""

from __future__ import annotations

from pyvisa import rname
from spinloop.protocols.errors import BadFile

ROUTES = ("GPIB INSTR", "USB INSTR", "TCPIP INSTR", "TCPIP SOCKET", "ASRL INSTR")


def canonical_address(address: str) -> str:
    """One spelling for all spellings of an address.

    Raises:
        ValueError: it is not a VISA address, or of an interface that the emulated bench does not have.

    Example:
        >>> canonical_address("USB::1510::9296::X1::INSTR") == canonical_address("USB0::0x05E6::0x2450::X1::INSTR")
        True
    """
    try:
        parsed = rname.ResourceName.from_string(address.upper())  # VISA: names are not case-sensitive
    except rname.InvalidResourceName as error:
        raise ValueError(str(error)) from None
    route = f"{parsed.interface_type} {parsed.resource_class}"
    if route not in ROUTES:
        raise ValueError(f"{route} is not among the routes {', '.join(ROUTES)}")
    parts = str(parsed).upper().split("::")
    if parsed.interface_type == "USB":
        parts[1:3] = [str(int(number, 0)) for number in parts[1:3]]
    return "::".join(parts)


def by_address(path: str, addresses: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Instrument names by canonical address.

    Args:
        path: of the bench file, for messages.
        addresses: as written in the file, by instrument.

    Raises:
        BadFile: an address cannot be read, or two instruments share one.
    """
    found: dict[str, str] = {}
    for name, written in addresses.items():
        for address in written:
            try:
                canonical = canonical_address(address)
            except ValueError as error:
                raise BadFile(
                    f"{path}: instruments.{name}.address = {address!r} ({error})",
                    f"a VISA address: {', '.join(ROUTES)}, for example GPIB0::5::INSTR",
                    "correct the bench file",
                    key="address",
                ) from None
            if canonical in found:
                raise BadFile(
                    f"{path}: {found[canonical]} and {name} have the same address {address!r}",
                    "an address of its own for each instrument",
                    "correct the bench file",
                    key="address",
                )
            found[canonical] = name
    return found
