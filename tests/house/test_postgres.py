from __future__ import annotations

import os
import pwd
import subprocess
import sys
from contextlib import closing

import psycopg
import pytest

from guomen.site import postgres

pytestmark = pytest.mark.slow


def test_a_server_of_ones_own_starts_empty_and_is_gone_afterwards() -> None:
    with postgres.server() as url, psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert row.fetchone() == (0,)
        connection.execute("CREATE TABLE 货物 (重量 int)")
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


def test_a_durable_server_flushes_its_commits() -> None:
    with postgres.server(durable=True) as url, psycopg.connect(url) as connection:
        kept = [
            connection.execute(f"SHOW {name}").fetchone()
            for name in ("fsync", "synchronous_commit")
        ]
    assert kept == [("on",), ("on",)]


def test_what_was_committed_outlives_a_kill() -> None:
    with postgres.cluster(durable=True) as cluster:
        with psycopg.connect(cluster.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        with closing(psycopg.connect(cluster.url)) as left:
            left.execute("INSERT INTO kept VALUES (8)")
            cluster.kill()
        cluster.begin()
        with psycopg.connect(cluster.url) as connection:
            assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]


def test_a_stranger_needs_the_password() -> None:
    with postgres.server() as url:
        stranger = url.replace(url.split(":")[2].split("@")[0], "guess")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(stranger)


def test_a_command_finds_the_server_and_its_exit_code_is_kept() -> None:
    program = (
        "import os, sys, psycopg\n"
        "with psycopg.connect(os.environ['DATABASE_URL']) as connection:\n"
        "    sys.exit(connection.execute('SELECT 41 + 1').fetchone()[0])\n"
    )
    command = [sys.executable, "-m", "guomen.site.postgres", "run", "--"]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [*command, sys.executable, "-c", program], env=environment, check=False, timeout=120
    )
    assert done.returncode == 42


def test_a_server_runs_from_a_folder_that_its_account_may_not_enter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres, "_account", lambda: _nobody() if os.geteuid() == 0 else {})
    monkeypatch.setattr(postgres, "_can_run", lambda program, *, account: False)
    with postgres.server() as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def _nobody() -> dict[str, object]:
    entry = pwd.getpwnam("nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
