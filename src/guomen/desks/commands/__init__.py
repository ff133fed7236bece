"""
The desk of those who work at a terminal: the command ``guomen``.

Thin: each command parses, makes one call, and prints. Nothing of Django is loaded before a command
runs, so that ``guomen --help`` answers at once.
"""

from __future__ import annotations

import os
import sys

# Long work at a terminal gives way to pages where there are fewer cores than work.
NICE = 10
_LONG = frozenset({"decide", "outcomes", "replay", "verify"})


def main() -> None:
    """Run the command line."""
    import typer

    from guomen.desks.commands import helping
    from guomen.desks.commands.app import app

    if _LONG.intersection(sys.argv[1:2]):
        os.nice(NICE)
    command = typer.main.get_command(app)
    helping.translate(command)
    command()
