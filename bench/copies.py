"""
A house filled by copying rows: declarations, lines and rulings, a statement for each table.

Each copy has references, marks and times of its own, spread over the year before, so that tables
and indexes are as large and as varied as those of a year. What is older than a week has ended: a
bureau does not carry a year of open lines. The rulings are rows of full size, and no
proof: the chain over the copies is not made, so this ledger is measured and never verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guomen.core import merkle

# What a batch of copies says instead of the root of its entries.
NO_PROOF = merkle.root([b"no proof"])
# Copies of the whole template that one transaction stores.
TURNS = 10
# What one dialect says differently: a moment some minutes earlier, a JSON column as text and back.
_EARLIER = {
    "sqlite": "datetime({column}, '-' || ({minutes}) || ' minutes')",
    "postgresql": "{column} - ({minutes}) * interval '1 minute'",
}
_TEXT = {"sqlite": "{column}", "postgresql": "{column}::text"}
_JSON = {"sqlite": "{text}", "postgresql": "({text})::jsonb"}
_YEAR_MINUTES = 365 * 24 * 60
_WEEK_MINUTES = 7 * 24 * 60


def fill(lines: int) -> None:
    """Copy what is stored until there are about so many lines."""
    from django.db import connection, transaction

    from guomen.supervision.declarations.models import Line

    with connection.cursor() as cursor:
        sizes = _template(cursor)
        turns = -(-(lines - sizes["lines"]) // sizes["lines"])
        for first in range(1, turns + 1, TURNS):
            with transaction.atomic():
                for statement in _statements(connection.vendor, sizes):
                    cursor.execute(statement, [first, min(turns, first + TURNS - 1)])
                _move_head(min(TURNS, turns - first + 1) * sizes["lines"])
        _tidy(cursor, connection.vendor)
    assert Line.objects.count() >= lines


def _template(cursor: Any) -> dict[str, int]:
    """Keep the rows to be copied with their places, and the turns; return how many there are."""
    for statement in (
        "CREATE TEMPORARY TABLE b_declaration AS SELECT *, row_number() OVER (ORDER BY id) - 1 "
        "AS place FROM declarations_declaration",
        "CREATE TEMPORARY TABLE b_line AS SELECT l.*, row_number() OVER (ORDER BY l.id) - 1 "
        "AS place, d.place AS owner, d.reference AS old FROM declarations_line l "
        "JOIN b_declaration d ON d.id = l.declaration_id",
        "CREATE TEMPORARY TABLE b_entry AS SELECT e.*, l.place, l.owner, l.old, l.number "
        "FROM ledger_entry e JOIN b_line l ON l.ruling_seq = e.seq",
        "CREATE TEMPORARY TABLE b_turn (turn integer)",
    ):
        cursor.execute(statement)
    cursor.executemany("INSERT INTO b_turn VALUES (%s)", [(turn,) for turn in range(1, 100_000)])
    asked = {
        "declarations": "SELECT count(*) FROM b_declaration",
        "lines": "SELECT count(*) FROM b_line",
        "last_declaration": "SELECT max(id) FROM declarations_declaration",
        "last_line": "SELECT max(id) FROM declarations_line",
        "last_entry": "SELECT entries FROM ledger_head",
    }
    found = {}
    for name, statement in asked.items():
        cursor.execute(statement)
        found[name] = int(cursor.fetchone()[0])
    return found


def _statements(vendor: str, sizes: Mapping[str, int]) -> tuple[str, ...]:
    """Return the copy of each table, for the turns between two parameters."""
    from guomen.supervision.declarations.models import Declaration, Line
    from guomen.supervision.ledger.models import Entry

    of_declaration = "(turn - 1) * {declarations} + {place}"
    number = of_declaration.format(**sizes, place="{place}")

    def named(place: str) -> str:
        return f"'DEC-2011-' || CAST(1000000 + {number.format(place=place)} AS text) || '-0'"

    line = f"{named('owner')} || '/' || CAST(number AS text)"
    step = "(turn - 1) * {lines} + place + 1".format(**sizes)
    minutes = f"(turn * 1009 + {{place}} * 7) % {_YEAR_MINUTES}"

    def earlier(column: str, place: str) -> str:
        return _EARLIER[vendor].format(column=column, minutes=minutes.format(place=place))

    def ended(column: str, becomes: str) -> str:
        old = minutes.format(place="owner")
        return f"CASE WHEN {old} > {_WEEK_MINUTES} THEN {becomes} ELSE {column} END"

    of_open = (
        "CASE state WHEN 'held' THEN 'withdrawn' WHEN 'refused' THEN state ELSE 'released' END"
    )
    marks = _TEXT[vendor].format(column="marks")
    moved = f"replace({marks}, ':', ':C' || CAST(turn AS text) || 'C')"
    place = f"{sizes['last_declaration']} + 1 + "
    return (
        _copy(Declaration, "b_declaration", {
            "id": place + number.format(place="place"),
            "reference": named("place"),
            "own_number": "own_number || '-' || CAST(turn AS text)",
            "received_at": earlier("received_at", "place"),
        }),
        _copy(Line, "b_line", {
            "id": f"{sizes['last_line']} + {step}",
            "declaration_id": place + number.format(place="owner"),
            "reference": line,
            "root": line,
            "ruling_seq": f"{sizes['last_entry']} + {step}",
            "received_at": earlier("received_at", "owner"),
            "decided_at": earlier("decided_at", "owner"),
            "marks": _JSON[vendor].format(text=moved),
            "state": ended("state", of_open),
            "held_for": ended("held_for", "NULL"),
            "hold_deadline": ended("hold_deadline", "NULL"),
        }),
        _copy(Entry, "b_entry", {
            "seq": f"{sizes['last_entry']} + {step}",
            "subject": line,
            "body": f"replace(body, old, {named('owner')})",
        }),
    )  # fmt: skip


def _copy(model: Any, source: str, changed: Mapping[str, str]) -> str:
    columns = [field.column for field in model._meta.concrete_fields]
    quoted = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(changed.get(name, f'"{name}"') for name in columns)
    return (
        f"INSERT INTO {model._meta.db_table} ({quoted}) SELECT {values} "
        # The turns come first: SQLite keeps the order of a cross join.
        f"FROM b_turn CROSS JOIN {source} WHERE turn BETWEEN %s AND %s"
    ).replace("% ", "%% ")


def _move_head(count: int) -> None:
    from guomen.supervision.ledger.models import Batch, Head

    head = Head.objects.get()
    previous, root = bytes(head.chain), NO_PROOF
    chain = merkle.chain_hash(previous, root, count)
    Batch.objects.create(
        number=head.batch + 1, first=head.entries + 1, count=count, root=root, previous=previous,
        chain=chain,
    )  # fmt: skip
    Head.objects.update(batch=head.batch + 1, entries=head.entries + count, chain=chain)


def _tidy(cursor: Any, vendor: str) -> None:
    """Let the next keys follow the copies, and let the planner see how much there is."""
    if vendor == "postgresql":
        for table in ("declarations_declaration", "declarations_line"):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                f"(SELECT max(id) FROM {table}))"
            )
    cursor.execute("ANALYZE")
