"""The commands that belong to the contract: serve and info. Only click is imported at the top; see `spinloop.cli`."""

from __future__ import annotations

import click


@click.command()
@click.argument("url")
@click.option(
    "--bind",
    default="tcp://127.0.0.1:12300",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen: tcp://127.0.0.1:PORT (0 takes a free port) or ipc://PATH. Loopback only.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with the address when ready.")
def serve(url: str, bind: str, as_json: bool) -> None:
    """Serve the chip at URL to other processes, until Ctrl-C.

    Any LECO client can drive it; `connect("tcp://127.0.0.1:12300")` gives the same chip as URL does here. Whatever
    ends the server, or a client that used the chip, the outputs go to zero.

    \b
    Examples:
      spinloop serve emulator:tile64?seed=7 --bind tcp://127.0.0.1:12300
      spinloop info tcp://127.0.0.1:12300
    """
    import json

    from spinloop.protocols.wire.serve import serve_forever

    def ready(address: str) -> None:
        if as_json:
            click.echo(json.dumps({"chip": url, "address": address}))
        else:
            click.echo(f"{url} is served at {address}; Ctrl-C stops it and makes the chip safe")

    serve_forever(url, bind, ready=ready, watch=None if as_json else _watch)
    if not as_json:
        click.echo("stopped; the chip is safe")


def _watch(text: str) -> None:
    import time

    click.echo(f"{time.strftime('%H:%M:%S')}  {text}")


@click.command()
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="Print the chip's own description as one JSON object.")
def info(url: str, as_json: bool) -> None:
    """Show what the chip at URL is: blocks, shapes, operations, limits.

    \b
    Examples:
      spinloop info emulator:tile64?seed=7
      spinloop info rtl:tile16 --json
      spinloop info tcp://127.0.0.1:12300
    """
    from spinloop.protocols.connect import open_substrate
    from spinloop.protocols.substrate import Closeable

    substrate = open_substrate(url)
    try:
        described = substrate.describe()
    finally:
        # Not `substrate.close`, which makes the chip safe first: another client may be using a served chip.
        if isinstance(substrate, Closeable):
            substrate.close()
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(described).decode())
        return
    from rich.console import Console
    from spinloop.protocols.info_view import info_view

    console = Console()
    for part in info_view(url, described):
        console.print(part)
