"""The VISA library: handles, and what each VISA function does with them.

`ResourceManager("bench.toml@spinloop")` and `PYVISA_LIBRARY=bench.toml@spinloop` open a bench by its file; the bare
name of a shipped bench (`tile16@spinloop`) works too. All libraries of a process that name the same file share its
bench (`spinloop.emulator.bench.registry`).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pyvisa import constants, errors, highlevel, rname
from pyvisa.constants import StatusCode
from pyvisa.typing import VISASession
from pyvisa.util import LibraryPath
from pyvisa_spinloop._session import INFINITE_MILLISECONDS, Session
from spinloop.emulator.bench import Bench, bench_names, bench_path, open_bench

LOCK_POLL_SECONDS = 0.002
MAX_LOCK_WAIT_SECONDS = 3600.0
_handles = itertools.count(1)

# What only register-based devices, asynchronous transfers or a GPIB controller have.
_UNSUPPORTED = [
    "assert_interrupt_signal",
    "assert_utility_signal",
    "gpib_command",
    "gpib_control_atn",
    "gpib_pass_control",
    "gpib_send_ifc",
    "in_8",
    "in_16",
    "in_32",
    "in_64",
    "install_handler",
    "map_address",
    "map_trigger",
    "memory_allocation",
    "memory_free",
    "move",
    "move_asynchronously",
    "move_in",
    "move_in_8",
    "move_in_16",
    "move_in_32",
    "move_in_64",
    "move_out",
    "move_out_8",
    "move_out_16",
    "move_out_32",
    "move_out_64",
    "out_8",
    "out_16",
    "out_32",
    "out_64",
    "peek",
    "peek_8",
    "peek_16",
    "peek_32",
    "peek_64",
    "poke",
    "poke_8",
    "poke_16",
    "poke_32",
    "poke_64",
    "read_asynchronously",
    "read_memory",
    "read_to_file",
    "set_buffer",
    "terminate",
    "uninstall_handler",
    "unmap_address",
    "unmap_trigger",
    "usb_control_in",
    "usb_control_out",
    "vxi_command_query",
    "write_asynchronously",
    "write_from_file",
    "write_memory",
]


class SpinloopLibrary(highlevel.VisaLibraryBase):
    """PyVISA's door to an emulated bench."""

    _path: Path
    _sessions: dict[int, Session]
    _managers: set[int]
    _contexts: set[int]

    @staticmethod
    def get_library_paths() -> Iterable[LibraryPath]:
        """Called when no bench is named: there is no default, so say what to write."""
        raise OSError(
            'no bench was named; write ResourceManager("bench.toml@spinloop") with the path of a bench file, '
            f"or the name of a shipped bench: {', '.join(bench_names())}"
        )

    @staticmethod
    def get_debug_info() -> list[str]:
        """What `pyvisa-info` shows."""
        return [f"emulated benches; shipped: {', '.join(bench_names())}"]

    def _init(self) -> None:
        # The path is settled now, so that a later change of directory means nothing; the bench is checked now too.
        self._path = bench_path(str(self.library_path))
        open_bench(self._path)
        self._sessions = {}
        self._managers = set()
        self._contexts = set()

    @property
    def bench(self) -> Bench:
        """The live bench; after `reset_benches` a new one, for sessions opened from then on."""
        return open_bench(self._path)

    # --- opening and closing ---

    def open_default_resource_manager(self) -> tuple[Any, StatusCode]:
        """See `VisaLibraryBase`."""
        handle = next(_handles)
        self._managers.add(handle)
        return handle, self.handle_return_value(None, StatusCode.success)

    def open(
        self,
        session: Any,
        resource_name: str,
        access_mode: Any = constants.AccessModes.no_lock,
        open_timeout: int | None = constants.VI_TMO_IMMEDIATE,
    ) -> tuple[Any, StatusCode]:
        """Open an address of the bench; one that no instrument has is "resource not found"."""
        if session not in self._managers:
            return 0, self.handle_return_value(None, StatusCode.error_invalid_object)
        bench = self.bench
        try:
            front = bench.at_address(resource_name)
        except ValueError:
            return 0, self.handle_return_value(None, StatusCode.error_invalid_resource_name)
        if front is None:
            return 0, self.handle_return_value(None, StatusCode.error_resource_not_found)
        handle = VISASession(next(_handles))
        parsed = rname.ResourceName.from_string(resource_name)
        opened = self._sessions[handle] = Session(bench, front, handle, session, parsed)
        if access_mode != constants.AccessModes.no_lock:
            exclusive = access_mode == constants.AccessModes.exclusive_lock
            kind = constants.Lock.exclusive if exclusive else constants.Lock.shared
            _, status = self._lock_within(opened, kind, open_timeout or 0, None)
            if status < 0:
                del self._sessions[handle]
                return 0, self.handle_return_value(None, status)
        return handle, self.handle_return_value(handle, StatusCode.success)

    def close(self, session: Any) -> StatusCode:
        """Close a session, a resource manager with all its sessions, or an event."""
        if session in self._contexts:
            self._contexts.discard(session)
            return StatusCode.success
        if session in self._managers:
            self._managers.discard(session)
            return self.handle_return_value(None, StatusCode.success)
        found = self._sessions.pop(session, None)
        if found is None:
            return self.handle_return_value(session, StatusCode.error_invalid_object)
        with found.bench.lock:
            found.front.locks.forget(found.handle)
        self._last_status_in_session.pop(session, None)
        return self.handle_return_value(None, StatusCode.success)

    def list_resources(self, session: Any, query: str = "?*::INSTR") -> tuple[str, ...]:
        """Addresses as the bench file writes them."""
        written = [address for each in self.bench.addresses.values() for address in each]
        return tuple(rname.filter(written, query))

    # --- bytes ---

    def write(self, session: Any, data: bytes) -> tuple[int, StatusCode]:
        """See `VisaLibraryBase`."""
        found = self._sessions.get(session)
        if found is None:
            return 0, self.handle_return_value(session, StatusCode.error_invalid_object)
        with found.bench.lock:
            count, status = found.write(bytes(data))
        return count, self._done(session, status)

    def read(self, session: Any, count: int) -> tuple[bytes, StatusCode]:
        """See `VisaLibraryBase`."""
        found = self._sessions.get(session)
        if found is None:
            return b"", self.handle_return_value(session, StatusCode.error_invalid_object)
        with found.bench.lock:
            data, status = found.read(count)
        return data, self._done(session, status)

    def buffer_read(self, session: Any, count: int) -> tuple[bytes, StatusCode]:
        """Nothing is buffered on this side."""
        return self.read(session, count)

    def buffer_write(self, session: Any, data: bytes) -> tuple[int, StatusCode]:
        """Nothing is buffered on this side."""
        return self.write(session, data)

    def flush(self, session: Any, mask: constants.BufferOperation) -> StatusCode:
        """Discarding what was received empties the instrument's output; the rest is never held back."""
        found = self._sessions.get(session)
        if found is None:
            return self.handle_return_value(session, StatusCode.error_invalid_object)
        discard = constants.BufferOperation.discard_read_buffer | constants.BufferOperation.discard_receive_buffer
        discard |= constants.BufferOperation.discard_read_buffer_no_io
        if int(mask) & int(discard):
            with found.bench.lock:
                found.front.exchange.discard_output()
        return self._done(session, StatusCode.success)

    # --- the bus ---

    def read_stb(self, session: Any) -> tuple[int, StatusCode]:
        """See `VisaLibraryBase`."""
        found = self._sessions.get(session)
        if found is None:
            return 0, self.handle_return_value(session, StatusCode.error_invalid_object)
        with found.bench.lock:
            byte, status = found.read_stb()
        return byte, self._done(session, status)

    def clear(self, session: Any) -> StatusCode:
        """See `VisaLibraryBase`."""
        return self._with(session, lambda found: found.clear())

    def assert_trigger(self, session: Any, protocol: constants.TriggerProtocol) -> StatusCode:
        """See `VisaLibraryBase`."""
        return self._with(session, lambda found: found.assert_trigger(protocol))

    def gpib_control_ren(self, session: Any, mode: constants.RENLineOperation) -> StatusCode:
        """Remote and local: an emulated front panel has no keys to lock."""
        return self._with(session, lambda _: StatusCode.success)

    # --- events ---

    def enable_event(
        self, session: Any, event_type: constants.EventType, mechanism: constants.EventMechanism, context: None = None
    ) -> StatusCode:
        """See `VisaLibraryBase`."""
        return self._with(session, lambda found: found.enable_event(event_type, mechanism))

    def disable_event(
        self, session: Any, event_type: constants.EventType, mechanism: constants.EventMechanism
    ) -> StatusCode:
        """See `VisaLibraryBase`."""
        return self._with(session, lambda found: found.disable_event())

    def discard_events(
        self, session: Any, event_type: constants.EventType, mechanism: constants.EventMechanism
    ) -> StatusCode:
        """Nothing is ever left in the queue: a request for service is looked up when it is waited for."""
        return self._with(session, lambda _: StatusCode.success_queue_already_empty)

    def wait_on_event(
        self, session: Any, in_event_type: constants.EventType, timeout: int
    ) -> tuple[constants.EventType, Any, StatusCode]:
        """See `VisaLibraryBase`."""
        self._with(session, lambda found: found.wait_on_event(in_event_type, timeout))
        context = next(_handles)
        self._contexts.add(context)
        return constants.EventType.service_request, context, StatusCode.success

    # --- locks ---

    def lock(
        self, session: Any, lock_type: constants.Lock, timeout: int, requested_key: str | None = None
    ) -> tuple[str, StatusCode]:
        """Lock the instrument against other sessions; waits for another thread to give it back."""
        found = self._sessions.get(session)
        if found is None:
            return "", self.handle_return_value(session, StatusCode.error_invalid_object)
        key, status = self._lock_within(found, lock_type, timeout, requested_key)
        return key, self._done(session, status)

    def unlock(self, session: Any) -> StatusCode:
        """See `VisaLibraryBase`."""
        return self._with(session, lambda found: found.unlock())

    def _lock_within(
        self, found: Session, kind: constants.Lock, milliseconds: int, key: str | None
    ) -> tuple[str, StatusCode]:
        wait = MAX_LOCK_WAIT_SECONDS if milliseconds == INFINITE_MILLISECONDS else milliseconds / 1000
        deadline = time.monotonic() + min(wait, MAX_LOCK_WAIT_SECONDS)
        while True:
            with found.bench.lock:
                answer = found.lock(kind, key)
            if answer[1] != StatusCode.error_resource_locked or time.monotonic() >= deadline:
                return answer
            time.sleep(LOCK_POLL_SECONDS)

    # --- attributes ---

    def get_attribute(self, session: Any, attribute: Any) -> tuple[Any, StatusCode]:
        """See `VisaLibraryBase`."""
        if session in self._contexts:
            if attribute == constants.EventAttribute.event_type:
                return constants.EventType.service_request, StatusCode.success
            return None, self.handle_return_value(None, StatusCode.error_nonsupported_attribute)
        found = self._sessions.get(session)
        if found is None:
            return None, self.handle_return_value(session, StatusCode.error_invalid_object)
        with found.bench.lock:
            value, status = found.get_attribute(attribute)
        return value, self._done(session, status)

    def set_attribute(self, session: Any, attribute: Any, attribute_state: Any) -> StatusCode:
        """See `VisaLibraryBase`."""
        return self._with(session, lambda found: found.set_attribute(attribute, attribute_state))

    def status_description(self, session: Any, status: StatusCode) -> tuple[str, StatusCode]:
        """A status code in words."""
        name, words = errors.completion_and_error_messages.get(int(status), (f"status {int(status)}", ""))
        return f"{name}: {words}", StatusCode.success

    # --- helpers ---

    def _with(self, session: Any, action: Any) -> StatusCode:
        found = self._sessions.get(session)
        if found is None:
            return self.handle_return_value(session, StatusCode.error_invalid_object)
        with found.bench.lock:
            status = action(found)
        return self._done(session, status)

    def _done(self, session: Any, status: StatusCode) -> StatusCode:
        """`handle_return_value`, without its cost when all is well."""
        if status is StatusCode.success:
            self._last_status = status
            self._last_status_in_session[session] = status
            return status
        return self.handle_return_value(session, status)


def _refusal(name: str) -> Any:
    def refuse(self: SpinloopLibrary, session: Any, *_: Any, **__: Any) -> Any:
        return self.handle_return_value(session, StatusCode.error_nonsupported_operation)

    refuse.__name__ = name
    refuse.__doc__ = "Not supported here: VI_ERROR_NSUP_OPER."
    return refuse


for _name in _UNSUPPORTED:
    setattr(SpinloopLibrary, _name, _refusal(_name))
