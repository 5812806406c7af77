"""A run folder: settings, versions, chip identity, figures of merit and pictures of one run, written as they come."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from spinloop.protocols.chip_info import ChipInfo
from spinloop.protocols.errors import BadFile


class RunFolder:
    """A new folder `ROOT/NNNN-NAME` that nobody else writes to.

    Args:
        root: where runs are kept; made if it does not exist.
        name: what the run is about, for example `train-digits`.

    Attributes:
        path: the folder.
    """

    def __init__(self, root: Path, name: str) -> None:
        root.mkdir(parents=True, exist_ok=True)
        number = 1 + max((int(each.name[:4]) for each in root.iterdir() if each.name[:4].isdecimal()), default=0)
        while True:
            self.path = root / f"{number:04d}-{name}"
            try:
                self.path.mkdir()  # fails if another process took the number meanwhile
                return
            except FileExistsError:
                number += 1

    def write_settings(self, settings: dict[str, Any], chip: ChipInfo) -> None:
        """Keep what the run was asked to do, on which chip, with which versions."""
        packages = ("spinloop", "numpy", "scipy", "msgspec", "pyzmq", "scikit-learn")
        self.write_json(
            "settings.json",
            {
                "started": datetime.now(UTC).isoformat(timespec="seconds"),
                "settings": settings,
                "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
                "chip": msgspec.to_builtins(chip),
            },
        )

    def append(self, name: str, record: dict[str, Any]) -> None:
        """Add one line to a file of JSON lines, so that a killed run keeps what it had."""
        with (self.path / name).open("a") as stream:
            stream.write(json.dumps(record) + "\n")

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON file whole or not at all."""
        partial = self.path / f"{name}.partial"
        partial.write_text(json.dumps(value, indent=2) + "\n")
        os.replace(partial, self.path / name)

    def write_arrays(self, name: str, **arrays: Any) -> None:
        """Write named arrays as an `.npz` file."""
        np.savez_compressed(self.path / name, **arrays)


def load_arrays(run: Path, name: str) -> dict[str, np.ndarray]:
    """Read the arrays that a run left.

    Raises:
        BadFile: the folder is not a run, or lacks them.
    """
    path = run / name
    if not path.is_file():
        raise BadFile(f"the run folder {run}", f"one that holds {name}", "name the folder of a finished training run")
    with np.load(path, allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}
