# Generated from registers.toml by spinloop.fpga.generate_registers: edit the table, not this file.
"""Word addresses of spin_top's registers."""

ID_VALUE = 0x53504C31
READ_CLOCKS = 4
ID = 0x000
SIZE = 0x001
STATUS = 0x002
CLOCKS = 0x004
G_P = 0x006
G_AP = 0x007
P_SET = 0x008
P_RESET = 0x00A
SEED = 0x00C
RUN = 0x010
WRITE = 0x011
FETCH = 0x012
MULTIPLY = 0x013
STATE = 0x020
MASK = 0x022
DATA = 0x024
ROW = 0x026
FLIP = 0x028
X = 0x040
BIAS = 0x080
TABLE = 0x100
RESULT = 0x200

# name: (address, words, access, bits, reset)
MAP = {
    "ID": (ID, 1, "ro", 32, 0),
    "SIZE": (SIZE, 1, "ro", 32, 0),
    "STATUS": (STATUS, 1, "rw", 2, 0),
    "CLOCKS": (CLOCKS, 2, "ro", 32, 0),
    "G_P": (G_P, 1, "rw", 8, 200),
    "G_AP": (G_AP, 1, "rw", 8, 80),
    "P_SET": (P_SET, 2, "rw", 32, 0),
    "P_RESET": (P_RESET, 2, "rw", 32, 0),
    "SEED": (SEED, 1, "rw", 32, 0),
    "RUN": (RUN, 1, "wo", 32, 0),
    "WRITE": (WRITE, 1, "wo", 6, 0),
    "FETCH": (FETCH, 1, "wo", 6, 0),
    "MULTIPLY": (MULTIPLY, 1, "wo", 32, 0),
    "STATE": (STATE, 2, "ro", 32, 0),
    "MASK": (MASK, 2, "rw", 32, 0),
    "DATA": (DATA, 2, "rw", 32, 0),
    "ROW": (ROW, 2, "ro", 32, 0),
    "FLIP": (FLIP, 2, "ro", 32, 0),
    "X": (X, 16, "wo", 32, 0),
    "BIAS": (BIAS, 64, "wo", 16, 0),
    "TABLE": (TABLE, 256, "wo", 32, 0),
    "RESULT": (RESULT, 64, "ro", 32, 0),
}
