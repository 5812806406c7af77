"""IEEE 488.2 and SCPI-99, pure: an instrument declares a table of commands and never parses.

`tree.Command` and `setting` make the table, `values` says what an argument may be, `common` brings the commands that
every instrument has, `interpreter` carries messages out, `exchange` holds input and output as the standard wants it,
`status` is the error queue and the registers. Nothing here knows a clock, a socket or a thread.
"""

from spinloop.protocols.scpi.block import definite_block
from spinloop.protocols.scpi.codes import ScpiError
from spinloop.protocols.scpi.common import common_commands, register_commands
from spinloop.protocols.scpi.exchange import MessageExchange
from spinloop.protocols.scpi.interpreter import Interpreter
from spinloop.protocols.scpi.parser import message_end, parse
from spinloop.protocols.scpi.status import StatusModel
from spinloop.protocols.scpi.tree import Command, Tree, setting
from spinloop.protocols.scpi.values import Block, Boolean, Channels, Choice, Number, Parameter, String

__all__ = [
    "Block",
    "Boolean",
    "Channels",
    "Choice",
    "Command",
    "Interpreter",
    "MessageExchange",
    "Number",
    "Parameter",
    "ScpiError",
    "StatusModel",
    "String",
    "Tree",
    "common_commands",
    "definite_block",
    "message_end",
    "parse",
    "register_commands",
    "setting",
]
