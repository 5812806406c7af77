"""The commands that every IEEE 488.2 and SCPI-99 instrument has: a table to put in front of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from spinloop.protocols.scpi.codes import ScpiError
from spinloop.protocols.scpi.status import REGISTER_MAX, SERVICE_REQUEST, StatusModel
from spinloop.protocols.scpi.tree import Command, setting
from spinloop.protocols.scpi.values import Number

SCPI_VERSION = "1999.0"


class CommonDevice(Protocol):
    """What a device must offer so that the common commands mean something."""

    status: StatusModel

    def identity(self) -> str:
        """Maker, model, serial number, firmware, separated by commas."""
        ...

    def reset(self) -> None:
        """The state of `*RST`: outputs off, settings to their defaults; status and queues untouched."""
        ...

    def self_test(self) -> int:
        """0 when all is well."""
        ...

    def bus_trigger(self) -> None:
        """What `*TRG` and a group execute trigger do."""
        ...

    def wait_complete(self) -> None:
        """Let time pass until no operation is pending."""
        ...


_BYTE = Number(0, 255, whole=True)
_REGISTER = Number(0, REGISTER_MAX, whole=True)


def _clear(device: CommonDevice) -> None:
    device.status.clear()


def _complete(device: CommonDevice) -> None:
    device.wait_complete()
    device.status.operation_complete()


def _complete_query(device: CommonDevice) -> str:
    device.wait_complete()
    return "1"


def _enable_service(device: CommonDevice, mask: int) -> None:
    device.status.service_enable = mask & ~SERVICE_REQUEST  # bit 6 cannot ask for itself (IEEE 488.2, 11.3.2)
    device.status.refresh()


def _enable_event(device: CommonDevice, mask: int) -> None:
    device.status.event_enable = mask
    device.status.refresh()


def _next_error(device: CommonDevice) -> str:
    error = device.status.errors.pop()
    device.status.refresh()
    return error.entry


def _all_errors(device: CommonDevice) -> str:
    entries = [device.status.errors.pop().entry]
    while len(device.status.errors):
        entries.append(device.status.errors.pop().entry)
    device.status.refresh()
    return ",".join(entries)


def _clear_errors(device: CommonDevice) -> None:
    device.status.errors.clear()
    device.status.refresh()


def _refuse_options(_: CommonDevice) -> str:
    return "0"


def common_commands(options: Callable[[Any], str] = _refuse_options) -> list[Command]:
    """`*CLS` to `*WAI`, `SYSTem:ERRor` and `SYSTem:VERSion`.

    Args:
        options: answers `*OPT?`; "0" by default.
    """
    return [
        Command("*CLS", _clear),
        Command("*ESE", _enable_event, (_BYTE,), query=lambda d: str(d.status.event_enable)),
        Command("*ESR", query=lambda d: str(d.status.take_event())),
        Command("*IDN", query=lambda d: d.identity(), indefinite=True),
        Command("*OPC", _complete, query=_complete_query),
        Command("*OPT", query=options, indefinite=True),
        Command("*RST", lambda d: d.reset()),
        Command("*SRE", _enable_service, (_BYTE,), query=lambda d: str(d.status.service_enable)),
        Command("*STB", query=lambda d: str(d.status.byte)),
        Command("*TRG", lambda d: d.bus_trigger()),
        Command("*TST", query=lambda d: str(d.self_test())),
        Command("*WAI", lambda d: d.wait_complete()),
        Command(":SYSTem:ERRor[:NEXT]", query=_next_error),
        Command(":SYSTem:ERRor:ALL", query=_all_errors),
        Command(":SYSTem:ERRor:COUNt", query=lambda d: str(len(d.status.errors))),
        Command(":SYSTem:ERRor:CLEar", _clear_errors),
        Command(":SYSTem:CLEar", _clear_errors),
        Command(":SYSTem:VERSion", query=lambda _: SCPI_VERSION),
        Command(":STATus:PRESet", lambda d: d.status.preset()),
        *register_commands(":STATus:OPERation", "operation"),
        *register_commands(":STATus:QUEStionable", "questionable"),
    ]


def register_commands(header: str, name: str) -> list[Command]:
    """The five nodes of one SCPI status register: CONDition, EVENt, ENABle, PTRansition, NTRansition."""

    def register(device: CommonDevice) -> Any:
        if name not in device.status.registers:
            raise ScpiError(-113, header)
        return device.status.registers[name]

    def take_event(device: CommonDevice) -> str:
        event = str(register(device).take_event())
        device.status.refresh()
        return event

    def refresh(device: CommonDevice) -> None:
        device.status.refresh()

    return [
        Command(f"{header}:CONDition", query=lambda d: str(register(d).condition)),
        Command(f"{header}[:EVENt]", query=take_event),
        setting(f"{header}:ENABle", _REGISTER, "enable", register, refresh),
        setting(f"{header}:PTRansition", _REGISTER, "positive", register, refresh),
        setting(f"{header}:NTRansition", _REGISTER, "negative", register, refresh),
    ]
