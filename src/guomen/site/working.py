"""
The worker of long work, beside the web server or alone.

Started as ``python -m guomen.site.working``. One that was started by the server ends when the
server does, however that ends: it reads the server's end of a pipe. What is under way then is
taken up by the next worker.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import django

# Pages come first where there are fewer cores than work.
_NICE = 5


@contextmanager
def beside() -> Iterator[None]:
    """Keep a worker beside this process for the block."""
    words = [sys.executable, "-m", "guomen.site.working", "--beside"]
    worker = subprocess.Popen(words, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        if worker.stdin is not None:
            worker.stdin.close()
        worker.wait()


def work(*, beside: bool) -> None:
    """Work until told to end: by a signal, or by the end of the server that started this."""
    from guomen.desks.components import clock
    from guomen.journeys.jobs import worker

    ended = threading.Event()
    if beside:
        os.nice(_NICE)
        threading.Thread(target=_until_the_server_ends, args=(ended,), daemon=True).start()
    # The server is told by the terminal itself; its worker hears it from the server.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    worker.work_on(clock.now, ending=ended.is_set, pause=ended.wait)


def _until_the_server_ends(ended: threading.Event) -> None:
    sys.stdin.buffer.read()
    ended.set()


def main() -> None:
    """Read the command line and work."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guomen.site.settings")
    parser = argparse.ArgumentParser(description="Carry out long work.")
    parser.add_argument("--beside", action="store_true", help="end with the standard input")
    asked = parser.parse_args()
    django.setup()
    work(beside=asked.beside)


if __name__ == "__main__":
    main()
