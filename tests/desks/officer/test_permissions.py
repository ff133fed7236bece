"""Who may open what: every address for every role, here and abroad, and for everybody else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.desks import people, walk
from tests.journeys import builders

from guomen.desks.officer import (
    dispositions,
    inspections,
    laboratory,
    permissions,
    plan,
    planner,
    risk,
    standing,
    urls,
)
from guomen.desks.officer.permissions import MOVES, Move
from guomen.desks.officer.registry import addresses as registry
from guomen.supervision.agencies.models import Role
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Line

pytestmark = pytest.mark.usefixtures("bureau")

FORMS = (Move.SUPPLY, Move.AMEND, Move.WITHDRAW, Move.RAISE, Move.SETTLE, Move.RECORD)


def addresses(declaration: str, seq: int) -> dict[str, tuple[str, Move | None, bool]]:
    """Return every address of the desk: the move that opens it, and whether it names a line."""
    one = {"reference": declaration}
    line = one | {"number": 1}
    found = {
        "today": (reverse("officer:today"), None, False),
        "inbox": (reverse("officer:inbox"), None, False),
        "declarations": (reverse("officer:declarations"), Move.SEE, False),
        "export": (reverse("officer:export"), Move.EXPORT, False),
        "lodge": (reverse("officer:lodge"), Move.LODGE, False),
        "file": (reverse("officer:file"), Move.LODGE, False),
        "jobs": (reverse("officer:jobs"), None, False),
        "declaration": (reverse("officer:declaration", kwargs=one), Move.SEE, True),
        "proof": (reverse("officer:proof", kwargs=one | {"seq": seq}), Move.PROVE, True),
    }
    for move in FORMS:
        address = reverse("officer:act", kwargs=line | {"move": move.value})
        found[f"act {move}"] = (address, move, True)
    return found


def posts(declaration: str, override: int) -> dict[str, tuple[str, Move]]:
    line = {"reference": declaration, "number": 1}
    return {
        "redecide": (reverse("officer:redecide", kwargs=line), Move.REDECIDE),
        "replay": (reverse("officer:replay", kwargs=line), Move.REPLAY),
        "decide": (reverse("officer:decide", kwargs={"pk": override}), Move.APPROVE),
    }


def test_the_walk_names_every_address_of_the_desk() -> None:
    walked = {name.split()[0] for name in addresses("X", 1)} | set(posts("X", 1))
    # Other rooms are walked in tests of their own.
    rooms = (plan, planner, risk, laboratory, inspections, registry, dispositions, standing)
    mounted = {pattern.name for room in rooms for pattern in room.pages}
    own = {pattern.name for pattern in urls.urlpatterns}  # type: ignore[union-attr]
    # Long work is seen by who asked for it alone; see ``test_jobs``.
    # What is done for many is walked in `test_many`.
    assert walked == own - mounted - {"job", "job-rejects", "job-cancel", "many"}


@pytest.fixture
def line() -> Line:
    (made,) = builders.lodged(builders.meat(port=None, documents=None))
    return made


def statuses(client: Client, walked: dict[str, tuple[str, Move | None, bool]]) -> dict[str, int]:
    found = {}
    for name, (address, _, _) in walked.items():
        found[name] = client.get(address).status_code
    return found


@pytest.mark.slow
@walk.drawn_once()
def test_each_role_opens_what_the_table_says_at_home_and_nothing_abroad(line: Line) -> None:
    walked = addresses(line.declaration.reference, line.ruling_seq)
    abroad_only = {name: item for name, item in walked.items() if item[2]}
    posted = posts(line.declaration.reference, 1)
    for role in walk.ROLES:
        allowed = {n for n, (_, m, _) in walked.items() if m is None or m in MOVES[role]}
        home = people.signed_in(people.officer(f"home.{role}", role))
        assert statuses(home, walked) == {n: 200 if n in allowed else 403 for n in walked}, role
        abroad = people.signed_in(people.officer(f"abroad.{role}", role, agency="ZHJZ"))
        expected = {n: 404 if n in allowed else 403 for n in abroad_only}
        assert statuses(abroad, abroad_only) == expected, role
        for name, (address, move) in posted.items():
            status = abroad.post(address, {"answer": "approve"}).status_code
            assert status == (404 if move in MOVES[role] else 403), (role, name)


def test_traders_are_turned_away_and_strangers_asked_to_sign_in(line: Line) -> None:
    walked = addresses(line.declaration.reference, line.ruling_seq)
    listed = [address for address, _, _ in walked.values()]
    trader = people.signed_in(people.trader(builders.IMPORTER))
    for address in listed:
        assert trader.get(address).status_code == 403
        assert Client().get(address)["Location"].startswith("/sign-in/")
    for address, _ in posts(line.declaration.reference, 1).values():
        assert trader.post(address).status_code == 403
        assert Client().post(address)["Location"].startswith("/sign-in/")


def test_an_officer_without_a_role_reads_no_consignment(line: Line) -> None:
    nobody = people.signed_in(people.officer("nobody"))
    assert nobody.get("/desk/").status_code == 200
    address = reverse("officer:declaration", args=[line.declaration.reference])
    assert nobody.get(address).status_code == 403


def test_a_move_is_open_only_where_role_and_lifecycle_allow_it() -> None:
    every = frozenset(Move)
    assert Move.SUPPLY in permissions.open_for(every, LineState.HELD)
    assert Move.SUPPLY not in permissions.open_for(every, LineState.RELEASED)
    assert Move.WITHDRAW not in permissions.open_for(every, LineState.RELEASED)
    assert Move.RECORD not in permissions.open_for(every, LineState.UNDER_INSPECTION)
    assert permissions.open_for(frozenset(), LineState.HELD) == frozenset()
    assert set(MOVES) == set(Role)
