"""Commands that hand over to another program: the web server and the measurements."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from guomen.core.errors import GuomenError


class NoSourcesError(GuomenError):
    """Something was asked for that lies in the sources only."""

    code: ClassVar[str] = "commands.no-sources"


def serve(*, host: str, port: int, tls: bool) -> None:
    """Become the web server."""
    words = ["-m", "guomen.site.serving", "--host", host, "--port", str(port)]
    _become([*words, "--tls"] if tls else words)


def work() -> None:
    """Become the worker of long work."""
    _become(["-m", "guomen.site.working"])


def bench(words: Sequence[str]) -> None:
    """
    Become the measurements.

    :raises NoSourcesError: if this is not a folder of the sources
    """
    if not Path("bench").is_dir() or importlib.util.find_spec("bench") is None:
        raise NoSourcesError("The measurements lie in the sources: run this in their folder.")
    _become(["-m", "bench", *words])


def _become(words: Sequence[str]) -> None:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 - a list, and our own Python
