"""The demonstration shows every state in which a record can rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.journeys import builders

from guomen.desks.commands.demonstrating import STATES
from guomen.journeys import inhabited
from guomen.rulebooks.commodities import Group
from guomen.scenarios.zhuhai2012 import after, dispositions
from guomen.scenarios.zhuhai2012.figures import AS_PUBLISHED
from guomen.supervision.declarations.models import Line, LineResult
from guomen.supervision.parties import queries as parties

VAR = Path(__file__).resolve().parents[2] / "var"


@pytest.mark.django_db
def test_states_are_counted_from_records_and_the_empty_ones_are_named(
    tmp_path: Path, settings
) -> None:
    builders.custody_in(tmp_path, settings)
    builders.build()
    builders.lodged(builders.vegetables())
    builders.lodged(builders.meat("A-2", documents=None))
    found = inhabited.counts()
    lines = found["Consignment line"]
    assert {state: n for state, n in lines.items() if n} == {"held": 1, "under_inspection": 1}
    assert sum(lines.values()) == Line.objects.count()
    empty = inhabited.empty(found)
    assert "Consignment line: testing" in empty
    assert "Consignment line: held" not in empty
    # A line is lodged for as long as its lodging takes: nobody rests there.
    assert "Consignment line: lodged" not in empty
    rests = sum(
        len(life.state_names) - len(inhabited.PASSED.get(model, ()))
        for life, model in inhabited.TABLES
    )
    assert len(empty) == rests - sum(bool(n) for table in found.values() for n in table.values())


def test_the_last_morning_is_a_step_of_the_demonstration() -> None:
    assert [name for name, _, _ in after.STEPS][-1] == "ends"


def test_the_demonstration_that_lies_here_ends_in_every_state() -> None:
    """Read what ``make demo`` wrote beside its database."""
    summary = VAR / STATES
    if not summary.is_file():
        pytest.skip("no demonstration was made here: `SERVE=0 make demo`")
    found = json.loads(summary.read_text(encoding="utf-8"))
    assert found["empty"] == []
    assert found["figures"] == AS_PUBLISHED


@pytest.mark.django_db
def test_figures_of_the_article_are_counted_from_records(
    tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.custody_in(tmp_path, settings)
    builders.build()
    assert set(dispositions.figures()) == set(AS_PUBLISHED)
    first, second = builders.lodged(builders.meat("A-1")), builders.lodged(builders.meat("A-2"))
    assert first != second
    monkeypatch.setattr(parties, "groups_now", lambda: {"0202300090": Group.FOOD})
    assert dispositions.figures()["S-533"] == 0
    line = Line.objects.order_by("pk")[0]
    for number, performed in enumerate((False, True, True)):
        LineResult.objects.create(
            line=line,
            performed=performed,
            finding="conform",
            at=line.decided_at,
            by="T",
            seq=number,
        )
    # Looked at twice is one batch.
    assert dispositions.figures() == {"S-533": 1, "S-534": 0, "S-535": 0, "S-536": 0}
