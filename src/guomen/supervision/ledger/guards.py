"""
Triggers that make the ledger append-only in the database itself, whoever connects.

They stop slips and honest programs; who owns the database can drop them, and is found out by
`verification`. A later migration that alters a guarded table on SQLite rebuilds it without its
triggers and must call `install` again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

_UNCHANGED = (
    "NEW.seq = OLD.seq AND NEW.batch_id = OLD.batch_id AND NEW.kind = OLD.kind "
    # Quoted, because BY is a word of PL/pgSQL itself.
    'AND NEW.subject = OLD.subject AND NEW.at = OLD.at AND NEW."by" = OLD."by" '
    "AND NEW.leaf = OLD.leaf"
)
_ORDERED = "EXISTS (SELECT 1 FROM ledger_erasure WHERE target = OLD.seq)"
_ERASURE = f"(NEW.body IS NULL AND NEW.salt IS NULL AND {_UNCHANGED} AND {_ORDERED})"
_REVELATION = (
    "(OLD.key IS NULL AND NEW.key IS NOT NULL AND NEW.id = OLD.id AND NEW.day = OLD.day "
    "AND NEW.agency = OLD.agency AND NEW.commitment = OLD.commitment "
    "AND NEW.committed_at = OLD.committed_at AND NEW.committed_id = OLD.committed_id "
    "AND NEW.demonstration = OLD.demonstration)"
)
_NEVER = "(1 = 0)"

#: Which update of a row of each table is lawful.
_LAWFUL_UPDATE = {
    "ledger_entry": _ERASURE,
    "ledger_batch": _NEVER,
    "ledger_anchor": _NEVER,
    "ledger_erasure": _NEVER,
    "ledger_drawkey": _REVELATION,
}
#: SQLite's INSERT OR REPLACE deletes without asking the triggers: which row would be in the way.
_IN_THE_WAY = {
    "ledger_entry": "seq = NEW.seq",
    "ledger_batch": (
        "number = NEW.number OR first = NEW.first OR previous = NEW.previous OR chain = NEW.chain"
    ),
    "ledger_anchor": "id = NEW.id OR day = NEW.day OR previous = NEW.previous",
    "ledger_erasure": "target = NEW.target",
    "ledger_drawkey": (
        "id = NEW.id OR commitment = NEW.commitment OR (agency = NEW.agency AND day = NEW.day)"
    ),
}
_SAYS = "the ledger is append-only: record a new entry instead"


def install(connection: BaseDatabaseWrapper) -> None:
    """Create every trigger; harmless when they are there already."""
    remove(connection)
    with connection.cursor() as cursor:
        for statement in _CREATE[connection.vendor]():
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop every trigger that is there."""
    suffix = {"sqlite": "", "postgresql": " ON {table}"}[connection.vendor]
    with connection.cursor() as cursor:
        for name, table in _names(connection.vendor).items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix.format(table=table)}")


def missing(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """Return the names of triggers that should be there and are not."""
    with connection.cursor() as cursor:
        cursor.execute(_LISTED[connection.vendor])
        present = {name for (name,) in cursor.fetchall()}
    return tuple(name for name in _names(connection.vendor) if name not in present)


_LISTED = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    # A disabled trigger is a missing one.
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}
_EVENTS = {"sqlite": ("update", "delete", "replace"), "postgresql": ("update", "truncate")}


def _names(vendor: str) -> dict[str, str]:
    return {f"{table}_no_{event}": table for table in _LAWFUL_UPDATE for event in _EVENTS[vendor]}


def _for_sqlite() -> list[str]:
    statements = []
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
    for table, lawful in _LAWFUL_UPDATE.items():
        standing = f"EXISTS (SELECT 1 FROM {table} WHERE {_IN_THE_WAY[table]})"  # noqa: S608
        statements += [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"WHEN {lawful} IS NOT 1 {refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {standing} {refuse}",
        ]
    return statements


def _for_postgresql() -> list[str]:
    statements = []
    for table, lawful in _LAWFUL_UPDATE.items():
        # OLD and NEW are both bound only in an UPDATE, hence the nested test.
        statements += [
            f"CREATE OR REPLACE FUNCTION {table}_keep() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN IF TG_OP = 'UPDATE' THEN IF {lawful} THEN RETURN NEW; END IF; END IF; "
            f"RAISE EXCEPTION '{_SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_keep()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_keep()",
        ]
    return statements


_CREATE = {"sqlite": _for_sqlite, "postgresql": _for_postgresql}
