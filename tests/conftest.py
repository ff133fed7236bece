"""What all tests share: property-test profiles, demonstration mode, and which tests need what."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django.fixtures import Settings
from tests import emptying
from tests.desks.scenario import REGISTERS

# Tests start many processes; each would compile all libraries anew, for seconds, if none kept them.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """
    Mark the tests that use the database or a browser, so that a run can choose them.

    Tests on the scenario go first, one after the other on one worker: its registers are loaded and
    its year is generated once. Within that, the order stays the random one.
    """
    for item in items:
        fixtures = frozenset(getattr(item, "fixturenames", ()))
        if "scenario_loaded" in fixtures:
            item.add_marker(pytest.mark.xdist_group("scenario"))
        if item.get_closest_marker("django_db") or fixtures & USES_DATABASE:
            item.add_marker("database")
        if "page" in fixtures or "context" in fixtures:
            item.add_marker("browser")
    yield
    items.sort(key=lambda item: (not _on_the_scenario(item), not _in_a_group(item)))


def _on_the_scenario(item: pytest.Item) -> bool:
    return "scenario_loaded" in getattr(item, "fixturenames", ())


def _in_a_group(item: pytest.Item) -> bool:
    return item.get_closest_marker("xdist_group") is not None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give the scenario back before a test that is to find the database empty."""
    if not _on_the_scenario(item):
        REGISTERS.give_back()


@pytest.fixture(autouse=True)
def _on_the_right_database(request: pytest.FixtureRequest) -> None:
    """Skip the tests of PostgreSQL alone while the suite runs on SQLite."""
    if request.node.get_closest_marker("postgres") and connection.vendor != "postgresql":
        pytest.skip("of PostgreSQL only; `make test` runs it there")


@pytest.fixture(autouse=True, scope="session")
def _tables_can_be_emptied() -> Generator[None]:
    """Let Django empty the tables after a test that commits, as ``tests.emptying`` does it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", emptying.statements)
        patch.setattr(flush, "emit_post_migrate_signal", emptying.marked_anew)
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", emptying.execute)
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
