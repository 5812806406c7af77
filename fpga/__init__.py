"""The RTL twin of the chip: SystemVerilog blocks, their bit-exact golden models, and the Verilated substrate."""
