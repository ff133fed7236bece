"""One by one, in one file or shuffled: equal facts and draws give equal rulings, byte for byte."""

from __future__ import annotations

import random
from datetime import timedelta

import polars as pl
import pytest
from tests.journeys import builders
from tests.journeys.builders import KINDS, NOW, Row, how, issue, order

from guomen.core import canonical
from guomen.journeys import intake
from guomen.journeys.clearance import batches, lodge, lodge_many
from guomen.journeys.replay import replay
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import queries as ledger


def goods(count: int, *, seed: int) -> list[Row]:
    """Return lines of several declarations, orderly and not, some of the same goods."""
    dice = random.Random(seed)
    rows: list[Row] = []
    for n in range(count):
        kind = dice.choice(KINDS)
        spoil = dice.choice(
            [{}, {}, {"quantity": None}, {"site": None}, {"origin": "AU"}, {"documents": "NONE"}]
        )
        marks = {"lot": f"LOT-{dice.randrange(100, 100 + count // 2)}"}
        rows += [kind(f"D-{n}", line, **(spoil | marks)) for line in range(1, dice.randint(2, 4))]
    return rows


# What follows from the place in the queue, not from the goods.
_OF_THE_QUEUE = ("line", "declaration", "root", "owed_checks", "earlier_chance_ppm")


def rulings() -> dict[tuple[str, int], str]:
    """Return the ruling part of each line by own number, where the draw cannot matter."""
    lines = Line.objects.select_related("declaration").order_by("pk")
    texts = {}
    for entry in ledger.iter_entries("ruling"):
        texts[entry.subject] = entry.value()
    found = {}
    for line in lines:
        value = texts[line.reference]
        facts = {k: v for k, v in value["facts"].items() if k not in _OF_THE_QUEUE}
        ruling = dict(value["ruling"])
        found[line.declaration.own_number, line.number] = canonical.dumps(
            {"facts": facts, "ruling": ruling}
        )
    return found


def one_by_one(rows: list[Row]) -> None:
    for own in dict.fromkeys(row["declaration"] for row in rows):
        lodge([row for row in rows if row["declaration"] == own], how=how())


def as_a_file(rows: list[Row]) -> None:
    lines = intake.parse(intake.rows_frame(rows), today=NOW.date()).lines
    for _ in lodge_many(lines, how=how()):
        pass


def orders() -> None:
    issue(
        order("BK-1", hs_prefix="2204", origin="AU", effect="inspect_and_sample"),
        order("BK-2", site="SIT-000001-0", effect="document_check"),
        order("BK-3", hs_prefix="9503", rate_ppm=500_000, effect="release", mandatory=False),
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_one_by_one_and_in_chunks_of_a_file_give_the_same_bytes(
    transactional_db, custodians, monkeypatch, seed
):
    """Same order, same references, same draws: every body is the same text."""
    from django.core.management import call_command

    rows = goods(30, seed=seed)
    found: list[list[str | None]] = []
    for way, chunk, batch in ((one_by_one, 500, 4000), (as_a_file, 500, 4000), (as_a_file, 7, 13)):
        monkeypatch.setattr(batches, "CHUNK", chunk)
        monkeypatch.setattr(batches, "BATCH", batch)
        builders.build()
        orders()
        way(rows)
        by_line = {e.subject: e.body for e in ledger.iter_entries("ruling")}
        found.append([by_line[reference] for reference in sorted(by_line)])
        assert replay().holds
        call_command("flush", interactive=False, verbosity=0)
    assert found[0] == found[1] == found[2]


def test_a_shuffled_file_gives_each_line_what_its_facts_give(
    transactional_db, custodians, monkeypatch
):
    """Without a key nothing hangs on the reference; then the order may not matter at all."""
    from django.core.management import call_command

    rows = goods(30, seed=3)
    found = []
    for seed in (0, 1):
        builders.build(keys=None)
        orders()
        random.Random(seed).shuffle(rows)
        as_a_file(rows)
        found.append(rulings())
        call_command("flush", interactive=False, verbosity=0)
    assert found[0] == found[1]


def test_lines_received_at_their_own_moments_are_ruled_as_one_by_one(register):
    rows = [KINDS[n % 5](f"D-{n}", lot=f"LOT-{n}") for n in range(10)]
    lines = intake.parse(intake.rows_frame(rows), today=NOW.date()).lines
    moments = [NOW + timedelta(minutes=n) for n in range(10)]
    lines = lines.with_columns(received_at=pl.Series(moments, dtype=pl.Datetime("us", "UTC")))
    for _ in lodge_many(lines, how=how()):
        pass
    assert list(Line.objects.order_by("pk").values_list("received_at", flat=True)) == moments
    assert replay().equal == 10
