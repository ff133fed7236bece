"""A random history of everything that can happen, and its replay, byte for byte."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from tests.journeys.builders import (
    BASE,
    GROWER,
    KINDS,
    NOW,
    TODAY,
    WHY,
    Register,
    body,
    how,
    issue,
    lodged,
    order,
    vegetables,
)

from guomen.core.errors import GuomenError
from guomen.core.frequency import Finding
from guomen.core.severity import Outcome
from guomen.journeys.clearance import (
    Result,
    Wish,
    amend,
    decide_override,
    override,
    record_outcome,
    redecide,
    supply,
    withdraw,
)
from guomen.journeys.replay import replay, replay_lines
from guomen.rulebooks.book import BOOK
from guomen.supervision.controls import operations as controls
from guomen.supervision.credit import operations as credit
from guomen.supervision.credit.models import Rating
from guomen.supervision.declarations.models import Line, OwedCheck
from guomen.supervision.ledger import guards
from guomen.supervision.ledger import operations as ledger_operations
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.ledger.models import Entry
from guomen.supervision.ledger.verification import verify
from guomen.supervision.licences import operations as licences
from guomen.supervision.licences.lifecycle import LicenceMove
from guomen.supervision.licences.models import Licence, LicenceKind
from guomen.supervision.parties import operations as parties
from guomen.supervision.parties.models import Enterprise

STEPS = 200


class History:
    """One officer, one trader and one register-keeper who do what comes to their minds."""

    def __init__(self, register: Register, seed: int) -> None:
        self.register, self.dice, self.at, self.n = register, random.Random(seed), NOW, 0
        self.done: dict[str, int] = {}

    def line(self) -> str:
        return self.dice.choice(list(Line.objects.values_list("reference", flat=True)) or ["-"])

    def lodge(self) -> None:
        self.n += 1
        spoil = [{}, {}, {"quantity": None}, {"site": None}, {"documents": "NONE"}, {"port": None}]
        more = {"lot": f"LOT-{self.dice.randrange(100, 130)}"} | self.dice.choice(spoil)
        kind = self.dice.choice(KINDS)
        count = self.dice.randint(1, 3)
        lodged(*(kind(f"H-{self.n}", i + 1, **more) for i in range(count)), at=self.at)

    def amend(self) -> None:
        changes = [{"destination": "HK"}, {"lot": "LOT-111"}, {"quantity": "1"}, {"origin": "AU"}]
        amend(self.line(), self.dice.choice(changes), how=how(self.at))

    def supply(self) -> None:
        values = [{"quantity": "500"}, {"site": BASE}, {"units_in_lot": "9"}]
        supply(self.line(), self.dice.choice(values), how=how(self.at))

    def redecide(self) -> None:
        redecide([self.line()], how=how(self.at))

    def withdraw(self) -> None:
        withdraw(self.line(), reason="mistake", how=how(self.at))

    def raise_(self) -> None:
        wish = Wish(reason="suspicion", outcome=self.dice.choice(list(Outcome)))
        override(self.line(), wish, how=how(self.at, by="OFF-1"))

    def lower(self) -> None:
        line = Line.objects.get(reference=self.line())
        rules = tuple(rule for rule in line.reasons if rule in BOOK.by_id)[:2]
        wish = Wish(reason="documents_corrected", rules=rules)
        made = override(line.reference, wish, how=how(self.at, by="OFF-1"))
        approve = self.dice.random() < 0.8
        decide_override(made.pk, approve=approve, how=how(self.at, by="OFF-2"))

    def result(self) -> None:
        waiting = Line.objects.filter(state__in=["under_inspection", "under_document_check"])
        line = self.dice.choice(list(waiting.values_list("reference", flat=True)))
        performed = self.dice.random() < 0.8
        finding = self.dice.choice(list(Finding)) if performed else Finding.UNKNOWN
        result = Result(line=line, performed=performed, finding=finding)
        record_outcome(result, at=self.at, by="OFF-1")

    def order(self) -> None:
        self.n += 1
        effect = self.dice.choice(["inspect", "refuse", "hold", "document_check", "release"])
        selectors = [{"hs_prefix": "95"}, {"origin": "AU"}, {"site": "SIT-000001-0"}, {"port": "X"}]
        more = {"rate_ppm": self.dice.choice([None, 400_000])} | self.dice.choice(selectors)
        mandatory = self.dice.random() < 0.5
        issue(order(f"BK-{self.n}", effect=effect, mandatory=mandatory, **more), at=self.at)

    def lift(self) -> None:
        with transaction.atomic():
            controls.lift(f"BK-{self.dice.randint(1, self.n)}", on=self.at.date(), at=self.at)

    def licence(self) -> None:
        held = self.dice.choice(list(Licence.objects.all()))
        move = self.dice.choice([LicenceMove.SUSPEND, LicenceMove.REINSTATE])
        with transaction.atomic():
            licences.move(held, move, on=self.at.date(), at=self.at, reason=WHY)

    def rate(self) -> None:
        held = self.dice.choice(list(Rating.objects.filter(superseded_at=None, ends=None)))
        with transaction.atomic():
            level = self.dice.choice(["AA", "B", "D"])
            credit.rate(held, level, on=self.at.date(), at=self.at)

    MOVES: ClassVar[dict[Any, int]] = {
        lodge: 8, amend: 3, supply: 3, redecide: 3, withdraw: 2, raise_: 1, lower: 2,
        result: 6, order: 1, lift: 1, licence: 1, rate: 1,
    }  # fmt: skip

    def step(self) -> None:
        self.at += timedelta(minutes=self.dice.randint(1, 20))
        move = self.dice.choices(list(self.MOVES), list(self.MOVES.values()))[0]
        try:
            with transaction.atomic():
                move(self)
        except (GuomenError, IndexError, Line.DoesNotExist):
            return
        self.done[move.__name__] = self.done.get(move.__name__, 0) + 1


def bodies() -> list[str | None]:
    return [entry.body for entry in ledger.iter_entries()]


@pytest.mark.parametrize("seed", [2])
def test_every_ruling_of_a_random_history_comes_out_again(register, seed):
    history = History(register, seed)
    for _ in range(STEPS):
        history.step()
    assert len(history.done) >= 11, history.done
    assert_sound()

    # what the registers and the orders say later changes nothing that was decided
    before, later = bodies(), history.at + timedelta(hours=1)
    issue(order("BK-LATE", effect="refuse"), at=later)
    with transaction.atomic():
        parties.close(Enterprise.objects.get(uscc=GROWER), on=TODAY, at=later)
        Licence.objects.get(
            pk=register.licences[LicenceKind.BASE_FILING, BASE].pk
        ).terms.all().delete()
    assert replay().holds
    assert bodies() == before


def assert_sound() -> None:
    lines = list(Line.objects.all())
    found = replay()
    assert found.holds, found.different[:1]
    assert found.equal == sum(line.rulings for line in lines)
    assert verify().holds
    for line in lines:
        entries = ledger.entries_of(line.reference, kind="ruling")
        newest = body(line)["ruling"]
        assert len(entries) == line.rulings
        assert line.ruling_seq == entries[-1].seq
        assert (line.outcome, line.chance_ppm, line.selected) == (
            newest["outcome"],
            newest["chance_ppm"],
            newest["selected"],
        )
        chances = [entry.value()["ruling"]["chance_ppm"] for entry in entries]
        assert chances == sorted(chances), "the chance of the same goods never falls"
        assert line.largest_chance_ppm >= chances[-1]
        drawn = [entry.value()["draw"]["u"] for entry in entries]
        assert drawn == sorted(drawn, reverse=True), "a mark may bring a smaller draw, never larger"
    claimed = list(OwedCheck.objects.exclude(claimed_by=None).values_list("claimed_by", flat=True))
    assert len(claimed) == len(set(claimed))


@pytest.fixture
def unguarded():
    """Work as one who owns the database: triggers away, and back afterwards."""
    guards.remove(connection)
    yield
    guards.install(connection)


TAMPERED: list[tuple[str, Any]] = [
    ("ruling", lambda text: text.replace('"outcome":"inspect_and_sample"', '"outcome":"release"')),
    ("fact", lambda text: text.replace('"enterprise_class":1', '"enterprise_class":4')),
    ("draw", lambda text: text.replace('"chance_ppm":1000000', '"chance_ppm":0')),
]


@pytest.mark.parametrize("change", [c for _, c in TAMPERED], ids=[name for name, _ in TAMPERED])
def test_a_body_that_was_tampered_with_is_named(register, unguarded, change):
    lines = [lodged(vegetables(f"A-{n}"))[0] for n in range(3)]
    entry = Entry.objects.get(seq=lines[1].ruling_seq)
    assert change(entry.body) != entry.body
    Entry.objects.filter(seq=entry.seq).update(body=change(entry.body))
    found = replay()
    assert [(d.seq, d.line) for d in found.different] == [(entry.seq, lines[1].reference)]
    assert found.different[0].stored != found.different[0].derived
    assert found.equal == 2
    guards.install(connection)
    assert not verify().holds
    guards.remove(connection)


def test_an_erased_ruling_is_named_and_the_rest_comes_out_again(register):
    lines = [lodged(vegetables(f"A-{n}"))[0] for n in range(3)]
    later = NOW + timedelta(days=6 * 366)
    with transaction.atomic():
        ledger_operations.erase([lines[0].ruling_seq], order="ERASE-1", at=later, by="OFF-9")
    found = replay()
    assert (found.holds, found.equal) == (True, 2)
    assert found.erased == [(lines[0].ruling_seq, "ERASE-1")]
    assert verify().holds


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_a_replay_may_begin_anywhere_and_go_in_any_steps(register, chunk):
    lines = lodged(*(vegetables("A-1", n) for n in range(1, 6)))
    told: list[int] = []
    assert replay(chunk=chunk, progress=told.append).equal == sum(told) == 5
    assert replay(chunk=chunk, after=lines[2].ruling_seq).equal == 2
    assert replay_lines(ledger.entries_of(lines[0].reference)).equal == 1
