"""The command line's root: finds every room's commands by entry point (group `spinloop.commands`).

A command's module imports click and nothing heavy, so that `spinloop --help` answers at once.
"""

from __future__ import annotations

import signal
import sys
from importlib.metadata import entry_points

import click

from spinloop import __version__

GROUP = "spinloop.commands"


class Commands(click.Group):
    """Loads a command when it is used or listed."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Names of all installed commands, sorted."""
        return sorted(entry.name for entry in entry_points(group=GROUP))

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of this name, or None."""
        for entry in entry_points(group=GROUP):
            if entry.name == name:
                command: click.Command = entry.load()
                return command
        return None


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="spinloop")
def root() -> None:
    """Measure, program and train a spintronic chip, wherever it lives.

    A chip is named by a URL: emulator:tile64?seed=7, rtl:tile64, bench:station.toml, tcp://host:port. Where a
    command takes
    --chip, the environment variable SPINLOOP_CHIP is its default.
    """


def main() -> None:
    """Run the command line; an error that spinloop raised becomes a few lines and its own exit status."""
    # Like Ctrl-C, a polite kill unwinds every `with` block, so that the chip is left safe.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        root(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
        sys.exit(130)
    except Exception as error:
        # Imported here, not above: errors are rare and `--help` must not pay for msgspec and numpy.
        from spinloop.protocols.errors import SpinloopError

        if not isinstance(error, SpinloopError):
            raise
        where = "" if error.operation_index is None else f" (operation {error.operation_index} of the batch)"
        click.secho(f"spinloop: {type(error).__name__}{where}", fg="red", bold=True, err=True)
        for label, part in (("asked", error.asked), ("allowed", error.allowed), ("do", error.advice)):
            if part:
                click.echo(f"  {label:>7}: {part}", err=True)
        sys.exit(error.exit_status)
