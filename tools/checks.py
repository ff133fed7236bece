"""
Everything that `make check` runs: linters, types, contracts, and a scan of what is committed.

All of them run even when one fails, so that one call tells all.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
# Folders of people's own machines, in any text; and hosts in a lock file, which must name none.
MACHINE_PATH = re.compile(rb"(?<![\w.])/(?:home|Users|root|work)/(?!\.\.)[\w.-]+")
HOST = re.compile(rb"\b(?:https?|file|git\+\w+)://", re.IGNORECASE)
CODE = ("src", "tests", "tools", "bench", "manage.py")
LOCK_FILES = ("requirements.lock", "requirements-dev.lock", "package-lock.json")
TEXT = {".py", ".md", ".toml", ".lock", ".json", ".html", ".js", ".css", ".cfg", ".yml", ".txt", ""}


def main() -> int:
    """Run all checks and return how many failed."""
    files = committed()
    templates = [name for name in files if name.startswith("src/") and name.endswith(".html")]
    code = [name for name in CODE if (ROOT / name).exists()]
    commands = {
        "ruff check": ["ruff", "check", "--quiet", "--output-format=concise", *code],
        "ruff format": ["ruff", "format", "--check", *code],
        "mypy": ["mypy"],
        "contracts": ["lint-imports", "--no-logo"],
        "djade": ["djade", "--check", "--target-version", "5.2", *templates],
        "djlint": ["djlint", "--lint", "--quiet", *templates],
    }
    failed = [name for name, command in commands.items() if not passes(name, command)]
    breaches = list(scan(files))
    report("scan", failed=bool(breaches), text="\n".join(breaches), seconds=0.0)
    total = len(failed) + bool(breaches)
    print("all checks passed" if not total else f"{total} checks failed")
    return total


def passes(name: str, command: list[str]) -> bool:
    """Run one program of the environment and report what it says when it fails."""
    began = time.monotonic()
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"MYPY_FORCE_COLOR": "0", "COLUMNS": "100"},
    )
    failed = done.returncode != 0
    report(name, failed=failed, text=done.stdout + done.stderr, seconds=time.monotonic() - began)
    return not failed


def report(name: str, *, failed: bool, text: str, seconds: float) -> None:
    """Print one line for a check, and all that it said when it failed."""
    print(f"{'FAILED' if failed else 'ok':<7}{name} ({seconds:.1f} s)", flush=True)
    if failed:
        print(text.strip(), flush=True)


def committed() -> list[str]:
    """Return the files that are committed or would be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def scan(files: list[str]) -> Iterator[str]:
    """Yield a sentence for each host in a lock file and each path of someone's own machine."""
    for name in files:
        file = ROOT / name
        if file.suffix not in TEXT:
            continue
        content = file.read_bytes()
        if name in LOCK_FILES and (found := HOST.search(content)):
            yield f"{name}:{line_of(content, found)}: names a host; run `make lock`"
        for found in MACHINE_PATH.finditer(content):
            path = found.group().decode()
            yield f"{name}:{line_of(content, found)}: a path of one machine: {path}"


def line_of(content: bytes, found: re.Match[bytes]) -> int:
    """Return the number of the line where something was found."""
    return content.count(b"\n", 0, found.start()) + 1


if __name__ == "__main__":
    sys.exit(main())
