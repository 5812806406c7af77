"""Networks of devices: crossbars with their wires, arrays of neurons, and what reads them out."""
