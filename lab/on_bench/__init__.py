"""The parts of a chip on a bench: the links to the instruments, and each instrument's role.

- `interlock`: one batch at a time, which `make_safe` can interrupt
- `shutdown`: switch off, gently or at once
- `link`: open the three instruments, check who answers, close them again
- `source`: the source meter as a source of word-line volts and a meter of bit-line currents
- `pulser`: the pulse generator as a source of write pulses
- `routes`: the switch matrix as wires between lines and buses
- `crossbar`: `Read`, `Multiply`, `Pulse` and `Program` out of these
"""
