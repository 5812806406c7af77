"""A lab script as one would write it for real instruments: it knows nothing of spinloop.

With instruments:   python examples/visa_script.py
Without:            PYVISA_LIBRARY=tile16@spinloop python examples/visa_script.py
"""

import pyvisa
from pymeasure.instruments.keithley import Keithley2450

manager = pyvisa.ResourceManager()
print("found", ", ".join(manager.list_resources()))
smu_address, matrix_address = "USB0::0x05E6::0x2450::04400001::INSTR", "TCPIP0::192.168.0.2::inst0::INSTR"

matrix = manager.open_resource(matrix_address)
matrix.write('channel.open("allslots")')
matrix.write('channel.close("1104,2205")')  # word line 3 on the source, bit line 4 on its return

smu = Keithley2450(smu_address)
smu.apply_voltage(compliance_current=1e-4)
smu.measure_current(nplc=1)
smu.source_voltage = 0.1
smu.enable_source()
current = smu.current
smu.disable_source()
matrix.write('channel.open("allslots")')
print(f"{current * 1e6:.3f} uA at 0.1 V: {0.1 / current / 1e3:.1f} kOhm")
