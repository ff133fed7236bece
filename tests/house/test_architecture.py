"""The contracts of the architecture hold, and they would notice a breach."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

pytestmark = pytest.mark.slow

BREACHES = {
    "the core may not know Django": ("core/breach.py", "import django\n"),
    "the core may not read a clock": ("core/breach.py", "import time\n"),
    "the core may not throw dice": ("core/breach.py", "import random\n"),
    "the core may not log": ("core/breach.py", "import logging\n"),
    "the core may not call a rule book": ("core/breach.py", "import guomen.rulebooks\n"),
    "a rule book may not know Django": ("rulebooks/breach.py", "import django\n"),
    "a mechanism may not call another": (
        "supervision/ledger/breach.py",
        "import guomen.supervision.credit\n",
    ),
    "a mechanism may not call a journey": (
        "supervision/ledger/breach.py",
        "import guomen.journeys\n",
    ),
    "a desk may not know another": ("desks/public/breach.py", "import guomen.desks.officer\n"),
    "a new mechanism must be placed": ("supervision/unplaced/__init__.py", ""),
    "a new desk must be placed": ("desks/unplaced/__init__.py", ""),
    "a new package must be placed": ("unplaced/__init__.py", ""),
}


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "lint-imports"), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": str(BIN)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def copied_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / ".importlinter", folder)
    ignored = shutil.ignore_patterns("__pycache__", "static", "templates", "locale", "migrations")
    shutil.copytree(ROOT / "src" / "guomen", folder / "src" / "guomen", ignore=ignored)
    return folder


def test_the_contracts_hold(copied_house: Path) -> None:
    done = contracts(copied_house)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_noticed(copied_house: Path, breach: str) -> None:
    name, code = BREACHES[breach]
    file = copied_house / "src" / "guomen" / name
    made_folder = not file.parent.exists()
    file.parent.mkdir(exist_ok=True)
    file.write_text(code)
    try:
        done = contracts(copied_house)
    finally:
        shutil.rmtree(file.parent) if made_folder else file.unlink()
    assert done.returncode != 0, done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime\n\nat = datetime.now()\n",
        "from datetime import date\n\nat = date.today()\n",
        "import numpy as np\n\nu = np.random.default_rng()\n",
        "import uuid\n\nidentity = uuid.uuid4()\n",
        "import logging\n",
        'text = open("law.txt")\n',
    ],
)
def test_the_core_is_refused_clocks_dice_logs_and_files(code: str) -> None:
    file = ROOT / "src" / "guomen" / "core" / "breach.py"
    done = subprocess.run(
        [str(BIN / "ruff"), "check", "--stdin-filename", str(file), "-"],
        cwd=ROOT,
        input=code,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert {"TID251", "PTH123"} & set(done.stdout.split()), done.stdout + done.stderr
