"""One VISA session: attributes, termination and timeouts of one opened address, over the instrument's device port."""

from __future__ import annotations

from typing import Any

from pyvisa import attributes, constants, rname
from pyvisa.constants import EventMechanism, EventType, InterfaceType, ResourceAttribute, StatusCode
from spinloop.emulator.bench import Bench
from spinloop.emulator.instruments import Front

Code = StatusCode
INFINITE_MILLISECONDS = constants.VI_TMO_INFINITE
# What a session says about itself; everything else begins at the default of pyvisa's own attribute table.
_FACTS: dict[int, Any] = {
    ResourceAttribute.resource_manufacturer_name: "spinloop",
    ResourceAttribute.resource_manufacturer_id: 0,
    ResourceAttribute.resource_impl_version: 0x00100000,
    ResourceAttribute.resource_spec_version: 0x00700100,
}


class Session:
    """A conversation with one instrument.

    Args:
        bench: whose clock and lock count.
        front: the instrument.
        handle: the session's number; owner of its locks.
        manager: the resource manager's number.
        parsed: the address as it was opened.
    """

    def __init__(self, bench: Bench, front: Front, handle: int, manager: int, parsed: rname.ResourceName) -> None:
        self.bench = bench
        self.front = front
        self.handle = handle
        self._kind = (parsed.interface_type_const, parsed.resource_class)
        # Raw sockets and serial lines carry bytes only: no END, no status byte, no trigger.
        self._stream = self._kind[0] is InterfaceType.asrl or self._kind[1] == "SOCKET"
        self._serial = self._kind[0] is InterfaceType.asrl
        self._attributes: dict[int, Any] = dict(_FACTS)
        self._attributes |= {
            ResourceAttribute.resource_manager_session: manager,
            ResourceAttribute.resource_name: str(parsed),
            ResourceAttribute.resource_class: parsed.resource_class,
            ResourceAttribute.interface_type: parsed.interface_type_const,
            ResourceAttribute.interface_number: _board(parsed),
        }
        self._attributes |= _address_facts(parsed)
        self._srq_queue = False
        self._end_on_write = True
        self._stop_at: int | None = 10 if self._serial else None

    @property
    def timeout_milliseconds(self) -> float:
        """The session's timeout; infinite is what VISA calls so."""
        value = self._value(ResourceAttribute.timeout_value)
        return float("inf") if value == INFINITE_MILLISECONDS else float(value)

    # --- bytes ---

    def write(self, data: bytes) -> tuple[int, Code]:
        """Hand bytes over."""
        if not self.front.locks.admits(self.handle):
            return 0, Code.error_resource_locked
        self.front.write(data, self._end_on_write and not self._stream, self._stream)
        return len(data), Code.success

    def read(self, count: int) -> tuple[bytes, Code]:
        """Take bytes until the end of the message, the termination character, or `count`.

        With nothing to read the timeout passes on the bench's clock, and no time at all on the wall.
        """
        if not self.front.locks.admits(self.handle):
            return b"", Code.error_resource_locked
        got = self.front.read(count, self._stop_at, self._stream)
        if got is None:
            self._let_timeout_pass()
            return b"", Code.error_timeout
        data, ended = got
        if self._stop_at is not None and data[-1:] == bytes([self._stop_at]):
            return data, Code.success if ended and not self._stream else Code.success_termination_character_read
        if ended and not self._stream:
            return data, Code.success
        if len(data) == count:
            return data, Code.success_max_count_read
        # A raw socket has no END: without a termination character the read waits for more until its time is up.
        self._let_timeout_pass()
        return data, Code.error_timeout

    def _let_timeout_pass(self) -> None:
        seconds = self.timeout_milliseconds / 1000
        if seconds != float("inf"):
            self.bench.clock.advance(seconds)

    # --- the bus ---

    def read_stb(self) -> tuple[int, Code]:
        """Serial poll."""
        if self._stream:
            return 0, Code.error_nonsupported_operation
        if not self.front.locks.admits(self.handle):
            return 0, Code.error_resource_locked
        return self.front.serial_poll(), Code.success

    def clear(self) -> Code:
        """Device clear; on a raw route, both buffers are emptied."""
        if not self.front.locks.admits(self.handle):
            return Code.error_resource_locked
        self.front.clear()
        return Code.success

    def assert_trigger(self, protocol: constants.TriggerProtocol) -> Code:
        """Group execute trigger."""
        if self._stream:
            return Code.error_nonsupported_operation
        if protocol != constants.TriggerProtocol.default:
            return Code.error_invalid_protocol
        if not self.front.locks.admits(self.handle):
            return Code.error_resource_locked
        self.front.trigger()
        return Code.success

    # --- service requests ---

    def enable_event(self, event: EventType, mechanism: EventMechanism) -> Code:
        """Service requests can be queued; there are no others, and no callbacks."""
        if event != EventType.service_request or self._stream:
            return Code.error_invalid_event
        if mechanism != EventMechanism.queue:
            return Code.error_nonsupported_mechanism
        already, self._srq_queue = self._srq_queue, True
        return Code.success_event_already_enabled if already else Code.success

    def disable_event(self) -> Code:
        """No longer queue service requests."""
        was, self._srq_queue = self._srq_queue, False
        return Code.success if was else Code.success_event_already_disabled

    def wait_on_event(self, event: EventType, milliseconds: float) -> Code:
        """Whether service is asked for. Nothing happens on a bench while a script waits, so it is asked for now or not.

        Without a request the timeout passes on the bench's clock.
        """
        if event not in (EventType.service_request, EventType.all_enabled) or self._stream:
            return Code.error_invalid_event
        if not self._srq_queue:
            return Code.error_not_enabled
        if self.front.requests_service:
            return Code.success
        if milliseconds not in (INFINITE_MILLISECONDS, float("inf")):
            self.bench.clock.advance(milliseconds / 1000)
        return Code.error_timeout

    # --- locks ---

    def lock(self, kind: constants.Lock, key: str | None) -> tuple[str, Code]:
        """One attempt at a lock."""
        locks = self.front.locks
        if kind == constants.Lock.exclusive:
            if not locks.lock(self.handle):
                return "", Code.error_resource_locked
            return "", Code.success
        if kind != constants.Lock.shared:
            return "", Code.error_invalid_lock_type
        shared = locks.share(self.handle, key)
        return (shared, Code.success) if shared is not None else ("", Code.error_resource_locked)

    def unlock(self) -> Code:
        """Give back the latest lock."""
        return Code.success if self.front.locks.unlock(self.handle) else Code.error_session_not_locked

    # --- attributes ---

    def get_attribute(self, attribute: int) -> tuple[Any, Code]:
        """An attribute's value."""
        known = attributes.AttributesByID.get(attribute)
        if known is None or not known.in_resource(self._kind):
            return None, Code.error_nonsupported_attribute
        if attribute == ResourceAttribute.resource_lock_state:
            held = self.front.locks.state_of(self.handle)
            modes = constants.AccessModes
            states = {"none": modes.no_lock, "exclusive": modes.exclusive_lock, "shared": modes.shared_lock}
            return states[held], Code.success
        if attribute == constants.VI_ATTR_ASRL_AVAIL_NUM:
            return self.front.exchange.waiting, Code.success
        value = self._value(attribute)
        if value is None:
            return None, Code.error_nonsupported_attribute
        return value, Code.success

    def set_attribute(self, attribute: int, value: Any) -> Code:
        """Change an attribute, if it is one of this kind of session, may be written, and may have this value."""
        known = attributes.AttributesByID.get(attribute)
        if known is None or not known.in_resource(self._kind):
            return Code.error_nonsupported_attribute
        if not known.write:
            return Code.error_attribute_read_only
        if not _may_be(known, value):
            return Code.error_nonsupported_attribute_state
        self._attributes[attribute] = value
        self._end_on_write = bool(self._value(ResourceAttribute.send_end_enabled))
        self._stop_at = self._stop_character()
        return Code.success

    def _stop_character(self) -> int | None:
        enabled = bool(self._value(ResourceAttribute.termchar_enabled))
        if self._serial:
            ends = self._value(ResourceAttribute.asrl_end_in)
            enabled = enabled or ends == constants.SerialTermination.termination_char
        return int(self._value(ResourceAttribute.termchar)) if enabled else None

    def _value(self, attribute: int) -> Any:
        if attribute in self._attributes:
            return self._attributes[attribute]
        default = attributes.AttributesByID[attribute].default
        return None if default is attributes.NotAvailable or default == "N/A" else default


def _board(parsed: rname.ResourceName) -> int:
    board = str(getattr(parsed, "board", "0"))
    return int(board) if board.isdigit() else 0  # serial ports may be paths


def _address_facts(parsed: rname.ResourceName) -> dict[int, Any]:
    """What the address itself says, as attributes."""
    facts: dict[int, Any] = {}
    if isinstance(parsed, rname.GPIBInstr):
        facts[ResourceAttribute.gpib_primary_address] = int(parsed.primary_address)
        secondary = parsed.secondary_address
        facts[ResourceAttribute.gpib_secondary_address] = (
            constants.VI_NO_SEC_ADDR if secondary is None else int(secondary)
        )
    elif isinstance(parsed, rname.USBInstr):
        facts[ResourceAttribute.manufacturer_id] = int(parsed.manufacturer_id, 0)
        facts[ResourceAttribute.model_code] = int(parsed.model_code, 0)
        facts[ResourceAttribute.usb_serial_number] = parsed.serial_number
        facts[ResourceAttribute.usb_interface_number] = int(parsed.usb_interface_number)
    elif isinstance(parsed, rname.TCPIPSocket | rname.TCPIPInstr):
        facts[ResourceAttribute.tcpip_address] = parsed.host_address
        facts[ResourceAttribute.tcpip_hostname] = parsed.host_address
        if isinstance(parsed, rname.TCPIPSocket):
            facts[ResourceAttribute.tcpip_port] = int(parsed.port)
        else:
            facts[ResourceAttribute.tcpip_device_name] = parsed.lan_device_name
    return facts


def _may_be(known: type[attributes.Attribute[Any]], value: Any) -> bool:
    """Whether the attribute's own description admits a value in the form that VISA takes it."""
    if issubclass(known, attributes.RangeAttribute):
        inside = isinstance(value, int) and known.min_value <= value <= known.max_value
        return inside or value in (known.values or [])
    if issubclass(known, attributes.EnumAttribute):
        return value in {int(each) for each in known.enum_type}
    if issubclass(known, attributes.ValuesAttribute):
        return value in known.values
    if issubclass(known, attributes.BooleanAttribute):
        return value in (0, 1)
    if issubclass(known, attributes.CharAttribute):
        return isinstance(value, int) and 0 <= value <= 255
    return True
