"""
Triggers that give a register a new mark whenever one of its rows is written, by whomever.

A register that decisions read and that is kept in memory must be listed here. SQLite drops the
triggers of a table that a migration rebuilds; `install` runs after every migration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

#: The models whose rows may be kept in memory between two readings.
WATCHED = (
    "agencies.Agency",
    "agencies.Delegation",
    "agencies.Officer",
    "agencies.RoleHeld",
    "api.Token",
    "auth.User",
    "classification.EnterpriseClass",
    "classification.ProductRisk",
    "controls.ControlOrder",
    "credit.BlacklistEntry",
    "credit.Rating",
    "dispositions.BarredLine",
    "ledger.Anchor",
    "ledger.DrawKey",
    "licences.DesignatedPort",
    "licences.Licence",
    "licences.LicenceTerm",
    "licences.OriginAccess",
    "parties.Commodity",
    "parties.CommodityHazard",
    "parties.Enterprise",
    "parties.Hazard",
    "parties.Port",
    "parties.Registration",
    "parties.Representative",
    "parties.Site",
    "targeting.DailyPlan",
)
_SLOTS = 16
_PREFIX = "editions_of_"
_EVENTS = ("insert", "update", "delete")


def tables() -> tuple[str, ...]:
    """Return the names of the watched tables."""
    return tuple(apps.get_model(label)._meta.db_table for label in WATCHED)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create every trigger that is not there, on tables that are, and mark their registers anew."""
    present = set(connection.introspection.table_names())
    if "editions_mark" not in present:
        return
    absent = set(missing(connection))
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT register FROM editions_mark")
        marked = {register for (register,) in cursor.fetchall()}
        for statement in _BEFORE[connection.vendor]:
            cursor.execute(statement)
        for table in present.intersection(tables()):
            if table in marked and absent.isdisjoint(_names(table)):
                continue
            for statement in _CREATE[connection.vendor](table):
                cursor.execute(statement)
            cursor.execute(_MARK[connection.vendor].format(table=table))


def missing(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """Return the names of triggers that should be there and are not, or are disabled."""
    with connection.cursor() as cursor:
        cursor.execute(_LISTED[connection.vendor])
        present = {name for (name,) in cursor.fetchall()}
    return tuple(name for table in tables() for name in _names(table) if name not in present)


def _names(table: str) -> tuple[str, ...]:
    return tuple(f"{_PREFIX}{table}_{event}" for event in _EVENTS)


_LISTED = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}
_MARK = {
    "sqlite": (
        "INSERT INTO editions_mark (register, slot, value) VALUES ('{table}', 0, random()) "
        "ON CONFLICT (register, slot) DO UPDATE SET value = excluded.value"
    ),
    "postgresql": (
        "INSERT INTO editions_mark (register, slot, value) "  # noqa: S608 - our own constants
        f"VALUES ('{{table}}', pg_backend_pid() % {_SLOTS}, (random() * 9007199254740992)::bigint) "
        "ON CONFLICT (register, slot) DO UPDATE SET value = excluded.value"
    ),
}
_BEFORE: dict[str, tuple[str, ...]] = {
    "sqlite": (),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION editions_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        + _MARK["postgresql"].replace("'{table}'", "TG_TABLE_NAME")
        + "; RETURN NULL; END $$",
    ),
}


def _for_sqlite(table: str) -> list[str]:
    mark = _MARK["sqlite"].format(table=table)
    return [
        f"CREATE TRIGGER IF NOT EXISTS {_PREFIX}{table}_{event} AFTER {event.upper()} ON {table} "
        f"BEGIN {mark}; END"
        for event in _EVENTS
    ]


def _for_postgresql(table: str) -> list[str]:
    events = {"insert": "INSERT", "update": "UPDATE", "delete": "DELETE OR TRUNCATE"}
    return [
        f"CREATE OR REPLACE TRIGGER {_PREFIX}{table}_{event} AFTER {events[event]} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION editions_moved()"
        for event in _EVENTS
    ]


_CREATE = {"sqlite": _for_sqlite, "postgresql": _for_postgresql}
