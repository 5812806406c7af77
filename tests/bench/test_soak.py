"""Thousands of random commands, valid and not: never an exception out of a front, and the queues keep their word."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
from spinloop.emulator.instruments import Front
from spinloop.protocols.scpi.status import ERROR_QUEUE_DEPTH

COMMANDS = 6000


def _words(text: str) -> list[str]:
    return [word.replace("|", " ") for word in text.split()]


WORDS = {
    "keithley2450": """:SOUR:VOLT :SOUR:CURR :SOUR:VOLT:RANG :SOUR:CURR:RANG :SOUR:VOLT:ILIM :SOUR:CURR:VLIM :SOUR:FUNC
        :SENS:FUNC :SENS:CURR:RANG :VOLT:NPLC :SENS:RES:RANG:AUTO :SENS:CURR:AVER :SENS:CURR:AVER:COUN :OUTP :READ
        :OUTP:VOLT:SMOD :ROUT:TERM :INIT :FETC :TRAC:DATA :TRAC:CLE :TRAC:POIN :TRAC:MAKE :TRAC:DEL :TRAC:STAT:AVER
        :TRAC:ACT :FORM :MEAS:VOLT :MEAS:RES :SOUR:VOLT:ILIM:TRIP :SOUR:VOLT:DEL :SYST:BEEP :STAT:OPER :STAT:QUES:ENAB
        :SENS:CURR:REL :SENS:CURR:REL:STAT :SENS:VOLT:RANG *RST *CLS *IDN *OPC *ESR *ESE *SRE *STB *TRG *WAI *TST *OPT
        :SYST:ERR :SYST:ERR:ALL :STAT:PRES *LANG :ABOR""",
    "keysight81160a": """:FUNC1 :FUNC2 :FREQ1 :VOLT1 :VOLT2:OFFS :VOLT1:HIGH :VOLT1:LOW :VOLT1:UNIT :VOLT1:LIM:STAT
        :VOLT1:LIM:HIGH :PULS:PER1 :PULS:WIDT1 :PULS:DCYC1 :PULS:HOLD1 :FUNC1:PULS:TRAN :PULS:TRAN1:TRA :OUTP1 :OUTP2
        :OUTP1:LOAD :OUTP1:POL :ARM:SOUR1 :TRIG1:COUN :TRIG:SOUR :BURS1:STAT :BURS1:NCYC :BURS1:INT:PER :APPL1:DC
        :APPL1:PULS :APPL2:SIN :DATA1:DAC :DATA1:COPY :DATA1:DEL :DATA1:NVOL:CAT :DATA1:NVOL:FREE :FUNC1:USER
        :FUNC1:RAMP:SYMM :FUNC1:SQU:DCYC :TRAC:CHAN1 :PHAS1 *TRG *RST *CLS *IDN *OPC *STB *ESR :SYST:ERR :OUTP9""",
}
ARGUMENTS = _words(
    """1 0 -1 0.5 1e-9 2.5E3 -7e-3 9.9e37 1e400 1e99999 5|mV 5|MV 10|NS 3|HZ 2|MOHM MIN MAX DEF ON OFF INF VOLT
    CURR RES 'VOLT' "RES" "mine" "defbuffer1" 'x VOLATILE PULS SIN SQU RAMP NOIS DC USER MAN IMM INT2 EXT BUS REAR FRON
    NORM HIMP ZERO GUAR WIDT DCYC VPP VRMS DBM NAN ASC REAL SCPI2400 #15ABCDE #14ABCD #0AB #19 #9 #H1F (@1,2:5) (@ () ,,
    1,2 1,2,3 DEF,DEF,1 VOLATILE,1,2,-3 "mine",20 1,9 $ ? : :: ; é"""
)
TSP = _words(
    """channel.close("1101") channel.close("2216,1101:1105") channel.open("allslots") channel.exclusiveclose("")
    print(channel.getclose("allslots")) print(channel.getstate("slot1")) channel.close("9999") print(errorqueue.next())
    print(errorqueue.count) errorqueue.clear() x=1 x=x print(x) print(x..x) x="ab"..x channel.connectrule=2 delay(0.1)
    delay(1e400) delay(-1) slot[1].idn print(slot[1e300].idn) print(slot["a"]) print(slot[1]) reset() *IDN? *RST *OPC?
    *STB? for while end ( ) [ ] = .. - == "abc 'x' 0x 0xFF 1e999 tonumber("nan") print(tonumber("nan")) nil() x.y.z
    localnode.prompts=1 localnode.prompts=7 print(localnode) print(print) tostring(slot) channel channel.close
    waitcomplete() opc() status.reset() print(slot[tonumber("nan")]) -- ; , é channel.setdelay("1101",1) print(1,2,nil)
    channel.getdelay("1101") channel.reset("slot2") print=1 y=print y(2) $ channel.exclusiveclose("1101,2201,1302")"""
)


def _scpi(rng: random.Random, model: str) -> bytes:
    units = []
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        word = rng.choice(WORDS[model].split())
        if rng.random() < 0.05:
            word = word[: rng.randrange(len(word))] + rng.choice(["", "X", ":", "?", "[", "7"])
        arguments = ",".join(rng.choice(ARGUMENTS) for _ in range(rng.choice([0, 1, 1, 1, 2, 3])))
        units.append(word + ("?" if rng.random() < 0.4 else "") + (" " + arguments if arguments else ""))
    message = ";".join(units).encode("latin-1")
    if rng.random() < 0.03:
        message = bytes(rng.randrange(256) for _ in range(rng.randrange(40)))
    return message


def _tsp(rng: random.Random) -> bytes:
    if rng.random() < 0.03:
        return bytes(rng.randrange(256) for _ in range(rng.randrange(40)))
    return " ".join(rng.choice(TSP) for _ in range(rng.choice([1, 1, 2, 3]))).encode("latin-1")


@pytest.mark.parametrize("model", ["keithley2450", "keysight81160a", "keithley3706a"])
def test_no_command_brings_a_front_down(
    front: Callable[..., Front], ask: Callable[..., str | None], model: str
) -> None:
    seed = 20261120
    print(f"seed {seed}")
    rng = random.Random(seed)  # noqa: S311 - any commands will do
    device = front(model)
    device.clock.listen(lambda elapsed: None)
    for _ in range(COMMANDS):
        message = _tsp(rng) if model == "keithley3706a" else _scpi(rng, model)
        device.write(message, end=rng.random() < 0.97)
        if rng.random() < 0.7:
            device.read(rng.choice([1, 10, 100000]))
        if rng.random() < 0.02:
            device.clear()
        assert len(device.status.errors) <= ERROR_QUEUE_DEPTH
        assert 0 <= device.status.byte <= 255
    # After all that it still answers, and its queue empties to 0.
    device.clear()
    device.write(b"*CLS\n")
    assert str(ask(device, "*IDN?")).count(",") == 3
    assert ask(device, "*ESR?") == "0"
    assert ask(device, "*OPC?") == "1"


def test_no_mixture_of_commands_brings_a_wired_bench_down(resistor_bench: Callable[..., tuple]) -> None:
    """All three on one circuit: shorts, floating sources and conflicts are circuits, not exceptions."""
    seed = 20261121
    print(f"seed {seed}")
    rng = random.Random(seed)  # noqa: S311 - any commands will do
    bench, pads = resistor_bench(np.full((16, 16), 2e-5))
    fronts = list(bench.instruments.values())
    for _ in range(4000):
        device = rng.choice(fronts)
        device.write(_tsp(rng) if device.MODEL == "keithley3706a" else _scpi(rng, device.MODEL))
        if rng.random() < 0.1:
            steer = rng.choice([":OUTP ON", ":SOUR:FUNC CURR;:SOUR:CURR 1e-3", ":SENS:FUNC 'VOLT'", ":READ?"])
            bench.instruments["smu"].write(steer.encode())
        if rng.random() < 0.1:
            bench.instruments["pulser"].write(
                rng.choice([b":OUTP ON", b":ARM:SOUR MAN", b"*TRG", b":APPL:DC DEF,DEF,1"])
            )
        if rng.random() < 0.1:
            rows = "".join(f",{rng.choice([1, 2])}{rng.choice([1, 2, 3])}{rng.randint(1, 16):02d}" for _ in range(4))
            bench.instruments["matrix"].write(f'channel.exclusiveclose("{rows[1:]}")'.encode())
        bench.clock.advance(1e-3)
        pads.pulses = pads.pulses[-100:]
        assert all(np.isfinite(list(volts.values())).all() for volts, _, _ in pads.pulses)
    assert pads.pulses, "something reached the chip"
