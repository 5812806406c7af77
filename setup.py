"""Find the packages of the four rooms; everything else about the build stands in pyproject.toml.

The folders `protocols`, `emulator`, `fpga` and `lab` are installed as `spinloop.protocols` and so on, because a bare
`lab` would collide on the package index. setuptools' declarative finder cannot rename, hence these few lines.
"""

from setuptools import find_packages, setup

ROOMS = ("protocols", "emulator", "fpga", "lab")
BACKEND = "pyvisa_spinloop"  # PyVISA looks for top-level modules of this name

packages = ["spinloop", BACKEND]
for room in ROOMS:
    inner = find_packages(room, exclude=["tests", "tests.*", BACKEND, f"{BACKEND}.*"])
    packages += [f"spinloop.{room}", *(f"spinloop.{room}.{name}" for name in inner)]

setup(
    packages=packages,
    package_dir={
        "spinloop": "spinloop",
        BACKEND: f"emulator/{BACKEND}",
        **{f"spinloop.{room}": room for room in ROOMS},
    },
)
