"""Which terminals are one node: the wires of the bench file, checked against the instruments and the chip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spinloop.emulator.bench.bench_file import BenchFile
from spinloop.protocols.errors import BadFile

GROUND = 0


class Wiring:
    """Node numbers of all terminals; ground is node 0.

    Args:
        file: the bench file.
        terminals: the terminals of each instrument.
        rows: word lines of the chip; 0 without a chip.
        cols: its bit lines.

    Attributes:
        nodes: how many nodes there are.
        pad_nodes: node of each pad, word lines first.
        leads: (node, node, siemens) of wires with a resistance and of the resistors on the bench.

    Raises:
        BadFile: a wire ends at a terminal that does not exist, or two wires end at the same one.
    """

    def __init__(self, file: BenchFile, terminals: Mapping[str, Iterable[str]], rows: int, cols: int) -> None:
        names = [f"{instrument}.{terminal}" for instrument, owned in terminals.items() for terminal in owned]
        pads = [f"chip.word{row}" for row in range(rows)] + [f"chip.bit{col}" for col in range(cols)]
        names += pads + [f"{name}.{side}" for name in file.resistors for side in ("a", "b")]
        self._nodes: dict[str, int] = {"ground": GROUND}
        self._known = {"ground", *names}
        self._file = file
        self._next = 1
        self.leads: list[tuple[int, int, float]] = []
        wired: set[str] = set()
        for wire in file.wires:
            for end in wire.ends:
                self._check_end(end, wired)
            self._join(wire.ends, wire.ohms)
        for name in names:  # what nothing is wired to is a node of its own
            if name not in self._nodes:
                self._nodes[name] = self._fresh()
        for name, ohms in file.resistors.items():
            self.leads.append((self._nodes[f"{name}.a"], self._nodes[f"{name}.b"], 1.0 / ohms))
        self.nodes = self._next
        self.pad_nodes = [self._nodes[pad] for pad in pads]

    def node(self, instrument: str, terminal: str) -> int:
        """Node of an instrument's terminal."""
        return self._nodes[f"{instrument}.{terminal}"]

    def _check_end(self, end: str, wired: set[str]) -> None:
        if end not in self._known:
            owner = end.partition(".")[0]
            near = sorted(name for name in self._known if name.partition(".")[0] == owner)
            listed = ", ".join(near[:8]) + (", ..." if len(near) > 8 else "")
            owners = ", ".join(sorted({name.partition(".")[0] for name in self._known}))
            raise BadFile(
                f"{self._file.path}: a wire ends at {end!r}, which does not exist",
                f"terminals such as {listed}" if near else f"terminals of {owners}",
                "correct the wire",
                key=end,
            )
        if end in wired:
            raise BadFile(
                f"{self._file.path}: two wires end at {end!r}",
                "each terminal in one wire",
                "put all ends that belong together into one wire",
                key=end,
            )
        if end != "ground":
            wired.add(end)

    def _join(self, ends: tuple[str, ...], ohms: float) -> None:
        if ohms:
            first, second = (self._place(end) for end in ends)
            self.leads.append((first, second, 1.0 / ohms))
            return
        node = GROUND if "ground" in ends else self._fresh()
        for end in ends:
            self._nodes[end] = node

    def _place(self, end: str) -> int:
        if end not in self._nodes:
            self._nodes[end] = self._fresh()
        return self._nodes[end]

    def _fresh(self) -> int:
        self._next += 1
        return self._next - 1


def live_nodes(nodes: int, links: Iterable[tuple[int, int]], roots: Iterable[int]) -> set[int]:
    """Nodes that some chain of links joins to a root (ground or a source's terminal)."""
    parent = list(range(nodes))

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in links:
        parent[find(a)] = find(b)
    alive = {find(root) for root in roots}
    return {node for node in range(nodes) if find(node) in alive}
