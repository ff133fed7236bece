"""What all tests share: property-test profiles, demonstration mode, and which tests need what."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.operations import BaseDatabaseOperations
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django.fixtures import Settings

ROOT = Path(__file__).resolve().parents[1]
USES_DATABASE = frozenset({"db", "transactional_db", "live_server", "django_user_model"})

# How fast the machine is proves nothing, so no example has a deadline. Where a change is judged,
# the examples are always the same ones; everywhere else they are new each time.
hypothesis_settings.register_profile(
    "house",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("house")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the database or a browser, so that a run can choose them."""
    for item in items:
        fixtures = frozenset(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & USES_DATABASE:
            item.add_marker("database")
        if "page" in fixtures or "context" in fixtures:
            item.add_marker("browser")


@pytest.fixture(autouse=True)
def _on_the_right_database(request: pytest.FixtureRequest) -> None:
    """Skip the tests of PostgreSQL alone while the suite runs on SQLite."""
    if request.node.get_closest_marker("postgres") and connection.vendor != "postgresql":
        pytest.skip("of PostgreSQL only; `make test` runs it there")


@pytest.fixture(autouse=True, scope="session")
def _tables_can_be_emptied() -> Generator[None]:
    """
    Let Django empty the tables between tests although triggers forbid it.

    The ledger refuses removal by trigger. A test that commits needs a fresh database after it, so
    emptying, and nothing else, lays the triggers aside.
    """
    empty = BaseDatabaseOperations.execute_sql_flush

    def without_triggers(operations: BaseDatabaseOperations, statements: list[str]) -> None:
        database: BaseDatabaseWrapper = operations.connection
        if database.vendor == "postgresql":
            aside = ["SET LOCAL session_replication_role = replica"]
            empty(operations, [*aside, *statements])
            return
        with database.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        drops = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
        empty(operations, [*drops, *statements, *(sql for _, sql in triggers)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", without_triggers)
        yield


@pytest.fixture
def demo_mode(settings: Settings, tmp_path: Path) -> Path:
    """Turn demonstration mode on for one test; return the place of its custody folders."""
    settings.GUOMEN_DEMO = True
    settings.GUOMEN_CUSTODY_A = tmp_path / "custody-a"
    settings.GUOMEN_CUSTODY_B = tmp_path / "custody-b"
    return tmp_path


@pytest.fixture
def reference_folder() -> Path:
    """Return the folder of public reference data, or skip: the product is complete without it."""
    folder = Path(os.environ.get("GUOMEN_REFERENCE", ROOT.parent / "shared" / "reference"))
    if not folder.is_dir():
        pytest.skip("no reference data: set GUOMEN_REFERENCE to its folder")
    return folder
