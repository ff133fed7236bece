"""A backup is restored into an empty place, by the command itself, and proves what it holds."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tarfile
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from tests.desks import scenario

from guomen.journeys import files
from guomen.journeys.intake import rows_frame

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("scenario"),
]
GUOMEN = Path(sys.executable).parent / "guomen"


class Place:
    """An installation of its own: a folder, and on PostgreSQL a database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "guomen.site.settings",
            "GUOMEN_DEMO": "1",
            "GUOMEN_VAR": str(folder),
            "GUOMEN_CUSTODY_A": str(folder / "a"),
            "GUOMEN_CUSTODY_B": str(folder / "b"),
        }
        server = os.environ.get("DATABASE_URL", "")
        self.made = ""
        if server.startswith("postgres"):
            self.made = f"restore_{secrets.token_hex(4)}"
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {self.made}")
            self.env["DATABASE_URL"] = urlunsplit(urlsplit(server)._replace(path=f"/{self.made}"))

    def close(self) -> None:
        if self.made:
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {self.made} WITH (FORCE)")

    def guomen(self, *words: object, code: int = 0) -> dict[str, Any]:
        done = subprocess.run(
            [str(GUOMEN), *map(str, words), "--json"],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return dict(json.loads(done.stdout))


@pytest.fixture
def places(tmp_path: Path) -> Generator[tuple[Place, Place]]:
    first, second = Place(tmp_path / "first"), Place(tmp_path / "second")
    yield first, second
    first.close()
    second.close()


def test_a_whole_backup_goes_into_an_empty_place_verifies_and_replays_and_half_a_one_does_not(
    places: tuple[Place, Place], tmp_path: Path
) -> None:
    here, there = places
    here.guomen("migrate")
    here.guomen("scenario", "load")
    here.guomen("draw", "commit", "--days", 2)
    rows = scenario.clean_rows(120)
    files.write(tmp_path / "in.csv", rows_frame(rows))
    here.guomen("decide", tmp_path / "in.csv", "--at", "2012-05-24T12:00:00")
    here.guomen("anchor", "--day", "2012-05-24")
    backup = tmp_path / "backup.tar.gz"
    made = here.guomen("backup", backup)
    with tarfile.open(backup) as packed:
        names = packed.getnames()
    assert not [name for name in names if "share" in name or name.endswith(".pem")]

    # Half of it is refused, and the place is as empty as before: the whole goes in afterwards.
    half = tmp_path / "half.tar.gz"
    half.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    refused = there.guomen("restore", half, code=1)
    assert refused["error"]["code"] == "backup.bad-backup"

    done = there.guomen("restore", backup)
    assert done["holds"]
    assert (done["entries"], done["equal"]) == (made["entries"], len(rows))
    assert there.guomen("verify", "ledger")["chain"] == made["chain"]
    refused = there.guomen("restore", backup, code=1)
    assert refused["error"]["code"] == "backup.place-not-empty"
    again = there.guomen("decide", tmp_path / "in.csv", "--at", "2012-05-24T12:30:00", code=1)
    assert again["decided"] == 0
    more = [{**row, "declaration": f"N{row['declaration']}"} for row in rows[:3]]
    files.write(tmp_path / "more.csv", rows_frame(more))
    there.guomen("decide", tmp_path / "more.csv", "--at", "2012-05-24T12:40:00")
