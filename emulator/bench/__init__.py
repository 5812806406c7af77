"""The circuit that joins instruments and a chip, and the benches that are open in this process.

- `bench_file`: the TOML file; `wiring`: who is joined to whom; `circuit`: the linear solver
- `bench`: all of it on one clock; `registry`: one live bench for each file
- `catalog/`: benches that come with spinloop, opened by bare name
"""

from spinloop.emulator.bench.bench import Bench
from spinloop.emulator.bench.bench_file import BenchFile, parse_bench, read_bench_file
from spinloop.emulator.bench.registry import (
    bench_names,
    bench_path,
    build_bench,
    current_bench,
    open_bench,
    reset_benches,
)

__all__ = [
    "Bench",
    "BenchFile",
    "bench_names",
    "bench_path",
    "build_bench",
    "current_bench",
    "open_bench",
    "parse_bench",
    "read_bench_file",
    "reset_benches",
]
