"""
Write the lock files anew: Python's with hashes for every platform, and npm's.

Given names of packages, only those are raised; otherwise everything is.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
COMPILE = [
    *(str(BIN / "uv"), "pip", "compile", "--quiet", "pyproject.toml"),
    *("--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-header", "--no-annotate", "--no-emit-index-url"),
]


def main() -> None:
    """Compile the lock of running, then that of all work with the same versions."""
    packages = sys.argv[1:]
    raised = [word for name in packages for word in ("--upgrade-package", name)] or ["--upgrade"]
    compile_lock(*raised, "--group", "setup", "--output-file", "requirements.lock")
    compile_lock(
        *(*raised, "--group", "dev", "--constraint", "requirements.lock"),
        *("--output-file", "requirements-dev.lock"),
    )
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    command = [str(BIN / "npm"), "update" if not packages else "install", "--package-lock-only"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"PATH": path}, check=True)


def compile_lock(*arguments: str) -> None:
    """Run the compiler of lock files."""
    subprocess.run([*COMPILE, *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
