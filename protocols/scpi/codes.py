"""SCPI-99 error numbers, their texts, and the one exception that carries them.

Source: SCPI-1999 volume 2, chapter 21.8 (error and event numbers). A number's hundreds decide which bit of the
standard event status register it sets (IEEE 488.2, section 11.5.1.1).
"""

from __future__ import annotations

MESSAGES: dict[int, str] = {
    0: "No error",
    -100: "Command error",
    -101: "Invalid character",
    -102: "Syntax error",
    -103: "Invalid separator",
    -104: "Data type error",
    -105: "GET not allowed",
    -108: "Parameter not allowed",
    -109: "Missing parameter",
    -110: "Command header error",
    -111: "Header separator error",
    -112: "Program mnemonic too long",
    -113: "Undefined header",
    -114: "Header suffix out of range",
    -120: "Numeric data error",
    -121: "Invalid character in number",
    -123: "Exponent too large",
    -124: "Too many digits",
    -128: "Numeric data not allowed",
    -131: "Invalid suffix",
    -134: "Suffix too long",
    -138: "Suffix not allowed",
    -141: "Invalid character data",
    -144: "Character data too long",
    -148: "Character data not allowed",
    -151: "Invalid string data",
    -158: "String data not allowed",
    -161: "Invalid block data",
    -168: "Block data not allowed",
    -170: "Expression error",
    -171: "Invalid expression",
    -178: "Expression data not allowed",
    -200: "Execution error",
    -211: "Trigger ignored",
    -213: "Init ignored",
    -220: "Parameter error",
    -221: "Settings conflict",
    -222: "Data out of range",
    -223: "Too much data",
    -224: "Illegal parameter value",
    -225: "Out of memory",
    -230: "Data corrupt or stale",
    -240: "Hardware error",
    -241: "Hardware missing",
    -256: "File name not found",
    -285: "Program syntax error",
    -286: "Program runtime error",
    -310: "System error",
    -350: "Queue overflow",
    -363: "Input buffer overrun",
    -400: "Query error",
    -410: "Query INTERRUPTED",
    -420: "Query UNTERMINATED",
    -430: "Query DEADLOCKED",
    -440: "Query UNTERMINATED after indefinite response",
}

# Bits of the standard event status register, IEEE 488.2 section 11.5.1.1.
OPERATION_COMPLETE = 1
QUERY_ERROR = 4
DEVICE_ERROR = 8
EXECUTION_ERROR = 16
COMMAND_ERROR = 32
POWER_ON = 128

_LONGEST_DETAIL = 200


class ScpiError(Exception):
    """One entry of an instrument's error queue, raised where the fault is found.

    Args:
        code: the SCPI error number; standard ones are negative, a device's own are positive.
        detail: what exactly was wrong, appended to the standard text after a semicolon.
        text: replaces the standard text; needed for a device's own numbers.

    Example:
        >>> ScpiError(-113, "VOLTS").entry
        '-113,"Undefined header;VOLTS"'
    """

    def __init__(self, code: int, detail: str = "", text: str = "") -> None:
        self.code = code
        message = text or MESSAGES.get(code, "Device-specific error")
        if detail:
            message = f"{message};{detail}"
        # Quotes are doubled inside string response data; other control characters would break the reply.
        self.message = "".join(c if " " <= c <= "~" else "?" for c in message)[:_LONGEST_DETAIL]
        super().__init__(f"{code}, {self.message}")

    @property
    def entry(self) -> str:
        """The queue's answer: number and quoted text."""
        quoted = self.message.replace('"', '""')
        return f'{self.code},"{quoted}"'


def event_bit(code: int) -> int:
    """The bit of the standard event status register that this error number sets (0 for "No error")."""
    if code == 0:
        return 0
    if -199 <= code <= -100:
        return COMMAND_ERROR
    if -299 <= code <= -200:
        return EXECUTION_ERROR
    if -499 <= code <= -400:
        return QUERY_ERROR
    return DEVICE_ERROR
