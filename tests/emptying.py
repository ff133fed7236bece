"""
How the tables are emptied after a test that commits: those that hold rows, and no others.

Django would truncate every table and then make the rows of its own registers anew, which costs
more than most tests do. The ledger refuses removal by trigger; emptying, and nothing else, lays
triggers aside.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.operations import BaseDatabaseOperations

from guomen.journeys.clearance.storing import NUMBERS
from guomen.supervision.editions import triggers

# What stands after migrations and says nothing of a test.
KEPT = frozenset({"django_content_type", "auth_permission"})


def statements(_style: Any, database: BaseDatabaseWrapper, **_more: Any) -> list[str]:
    """Return what empties the tables that hold rows."""
    names = database.introspection.django_table_names(only_existing=True, include_views=False)
    quoted = {name: database.ops.quote_name(name) for name in sorted(set(names) - KEPT)}
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {table})" for name, table in quoted.items()
    )
    with database.cursor() as cursor:
        cursor.execute(asked)
        return [f"DELETE FROM {quoted[name]}" for (name,) in cursor.fetchall()]


def execute(operations: BaseDatabaseOperations, deletions: list[str]) -> None:
    """Carry the statements out with all triggers aside, those of foreign keys too."""
    database: BaseDatabaseWrapper = operations.connection
    # Numbers that were taken ahead of a table that is emptied would be given out again.
    NUMBERS.forget()
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        if database.vendor == "postgresql":
            before, after = ["SET LOCAL session_replication_role = replica"], []
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            held = cursor.fetchall()
            before, after = [f'DROP TRIGGER "{name}"' for name, _ in held], [sql for _, sql in held]
        for statement in (*before, *deletions, *after):
            cursor.execute(statement)


def marked_anew(_verbosity: int, _interactive: bool, using: str, **_more: Any) -> None:
    """Give every register a new mark, for those who keep it in memory."""
    triggers.install(connections[using])
