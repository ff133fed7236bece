from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from guomen.site import checks, environment
from guomen.site.environment import BadSettingError


def test_an_address_of_postgresql_is_read_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://u%40x:p%2Fw@[::1]:5433/border?sslmode=require")
    read = environment.database("DATABASE_URL", default=Path("unused"))
    assert (read["USER"], read["PASSWORD"], read["HOST"]) == ("u@x", "p/w", "::1")
    assert (read["PORT"], read["NAME"]) == ("5433", "border")
    assert read["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("url", ["mysql://h/d", "postgresql://h", "sqlite://", "border.db"])
def test_an_address_of_no_known_database_is_refused(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(BadSettingError, match="DATABASE_URL"):
        environment.database("DATABASE_URL", default=Path("unused"))


def test_a_flag_that_is_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUOMEN_DEMO", "maybe")
    with pytest.raises(BadSettingError, match="GUOMEN_DEMO") as caught:
        environment.flag("GUOMEN_DEMO")
    assert "maybe" not in str(caught.value)


def test_the_secret_is_made_once_and_only_when_allowed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("GUOMEN_SECRET_KEY")
    assert environment.secret_key(directory=tmp_path, make=False) == ""
    first = environment.secret_key(directory=tmp_path, make=True)
    assert len(first) >= 50
    assert environment.secret_key(directory=tmp_path, make=True) == first
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


def test_an_installation_without_a_secret_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GUOMEN_SECRET_KEY")
    assert [found.id for found in checks.the_installation_has_a_secret(None)] == ["guomen.E001"]


def test_django_finds_nothing_wrong_and_no_migration_is_missing(
    transactional_db: None,
) -> None:
    call_command("check", fail_level="WARNING")
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_embedded_database_is_durable_and_checks_its_keys(db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("of SQLite only")
    with connection.cursor() as cursor:
        found = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "fullfsync", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "fullfsync": 1, "foreign_keys": 1}


def test_pages_may_run_no_inline_script_and_load_nothing_from_elsewhere() -> None:
    sources = {
        source
        for values in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].values()
        for source in values
    }
    assert sources == {"'self'", "'none'", "data:"}
