"""The status model of IEEE 488.2 (chapter 11) and SCPI-99 (volume 1, chapter 9): error queue, registers, status byte.

Pure state: nothing here waits, sends or knows an instrument.
"""

from __future__ import annotations

from collections import deque

from spinloop.protocols.scpi.codes import OPERATION_COMPLETE, POWER_ON, ScpiError, event_bit

# Bits of the status byte.
MEASUREMENT_SUMMARY = 1  # Keithley's 2400 family; other makers leave it free
ERROR_AVAILABLE = 4
QUESTIONABLE_SUMMARY = 8
MESSAGE_AVAILABLE = 16
EVENT_SUMMARY = 32
SERVICE_REQUEST = 64
OPERATION_SUMMARY = 128

ERROR_QUEUE_DEPTH = 32
REGISTER_MAX = 0x7FFF  # SCPI registers are 16 bits whose highest is always 0


class ErrorQueue:
    """First in, first out, and bounded: the entry that no longer fits becomes -350, and so do all after it.

    Args:
        depth: how many entries it holds.
    """

    def __init__(self, depth: int = ERROR_QUEUE_DEPTH) -> None:
        self._depth = depth
        self._entries: deque[ScpiError] = deque()

    def __len__(self) -> int:
        return len(self._entries)

    def push(self, error: ScpiError) -> None:
        """Note an error; when the queue is full its newest entry is replaced by -350 (SCPI-99, 21.8.1)."""
        if len(self._entries) < self._depth:
            self._entries.append(error)
        else:
            self._entries[-1] = ScpiError(-350)

    def pop(self) -> ScpiError:
        """The oldest entry, which leaves the queue; error 0 when there is none."""
        return self._entries.popleft() if self._entries else ScpiError(0)

    def clear(self) -> None:
        """Forget all entries."""
        self._entries.clear()


class Register:
    """One SCPI status register: condition, transition filters, event, enable (SCPI-99, volume 1, 9.2)."""

    def __init__(self) -> None:
        self.condition = 0
        self.event = 0
        self.preset()

    def preset(self) -> None:
        """What STATus:PRESet does: nothing is reported, and rising edges are what would be."""
        self.enable = 0
        self.positive = REGISTER_MAX
        self.negative = 0

    def set_condition(self, bit: int, on: bool) -> None:
        """Change one condition bit; the filters decide whether that is an event."""
        before = self.condition
        self.condition = before | bit if on else before & ~bit
        self.event |= (self.condition & ~before & self.positive) | (before & ~self.condition & self.negative)

    def report(self, bit: int) -> None:
        """Note an event that has no lasting condition."""
        self.event |= bit & self.positive

    def take_event(self) -> int:
        """The event bits; reading them clears them."""
        event, self.event = self.event, 0
        return event

    @property
    def summary(self) -> bool:
        """Whether an enabled event is there."""
        return bool(self.event & self.enable)


class StatusModel:
    """Everything that `*STB?`, `*ESR?`, `SYSTem:ERRor?` and a serial poll look at.

    Args:
        registers: SCPI registers by name with the status-byte bit that sums each up.
        error_depth: size of the error queue.
    """

    def __init__(self, registers: dict[str, int] | None = None, error_depth: int = ERROR_QUEUE_DEPTH) -> None:
        self.errors = ErrorQueue(error_depth)
        self._summary_bits = registers or {"operation": OPERATION_SUMMARY, "questionable": QUESTIONABLE_SUMMARY}
        self.registers = {name: Register() for name in self._summary_bits}
        self.event = POWER_ON
        self.event_enable = 0
        self.service_enable = 0
        self._message_available = False
        self._reasons = 0
        self._requesting = False

    def report(self, error: ScpiError) -> None:
        """An error enters the queue and sets its bit of the standard event status register."""
        self.errors.push(error)
        self.event |= event_bit(error.code)
        self._refresh()

    def operation_complete(self) -> None:
        """What `*OPC` does once nothing is pending any more."""
        self.event |= OPERATION_COMPLETE
        self._refresh()

    def set_message_available(self, available: bool) -> None:
        """Whether an answer waits to be read."""
        self._message_available = available
        self._refresh()

    def refresh(self) -> None:
        """Look again whether service is to be requested; call after a register's condition changed."""
        self._refresh()

    def take_event(self) -> int:
        """`*ESR?`: the standard events; reading clears them."""
        event, self.event = self.event, 0
        self._refresh()
        return event

    def clear(self) -> None:
        """`*CLS`: forget events and errors; what is enabled stays enabled."""
        self.event = 0
        self.errors.clear()
        for register in self.registers.values():
            register.event = 0
        self._refresh()

    def preset(self) -> None:
        """`STATus:PRESet`."""
        for register in self.registers.values():
            register.preset()
        self._refresh()

    @property
    def byte(self) -> int:
        """`*STB?`: the status byte with the master summary as bit 6. Reading changes nothing."""
        summary = self._without_service()
        return summary | SERVICE_REQUEST if summary & self.service_enable else summary

    @property
    def requesting(self) -> bool:
        """Whether the instrument pulls the service-request line now."""
        return self._requesting

    def serial_poll(self) -> int:
        """The status byte with the request for service as bit 6; polling ends the request (IEEE 488.2, 11.3.3)."""
        summary = self._without_service()
        polled = summary | SERVICE_REQUEST if self._requesting else summary
        self._requesting = False
        return polled

    def _without_service(self) -> int:
        summary = ERROR_AVAILABLE if len(self.errors) else 0
        if self._message_available:
            summary |= MESSAGE_AVAILABLE
        if self.event & self.event_enable:
            summary |= EVENT_SUMMARY
        for name, bit in self._summary_bits.items():
            if self.registers[name].summary:
                summary |= bit
        return summary

    def _refresh(self) -> None:
        reasons = self._without_service() & self.service_enable if self.service_enable else 0
        if reasons & ~self._reasons:
            self._requesting = True
        elif not reasons:
            self._requesting = False
        self._reasons = reasons
