"""Every address of the room of access: every role, at home, elsewhere, traders and strangers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.desks import people, walk
from tests.journeys import builders
from tests.journeys.access.sheets import sheet

from guomen.core.text import Text
from guomen.desks.officer.permissions import MOVES, Move
from guomen.desks.officer.registry import addresses
from guomen.journeys.access import (
    amending,
    appealing,
    campaigning,
    filing,
    importing,
    likeness,
    moving,
    requesting,
    reviewing,
)
from guomen.journeys.access.actors import Actor
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.agencies.models import Agency, AgencyKind, Role
from guomen.supervision.filings.models import Substance
from guomen.supervision.licences.lifecycle import LicenceMove
from guomen.supervision.licences.models import Licence, LicenceKind, Occasion
from guomen.supervision.parties.models import (
    Enterprise,
    HoldingKind,
    LikePair,
    Merge,
    Port,
    SignUp,
    Site,
)

OF_ENTERPRISES = (
    "enterprises",
    "sites",
    "licences",
    "filings",
    "reviews",
    "certificates",
    "products",
)
FAR = Actor(by="OFC-A", at=builders.NOW)


@pytest.fixture
def named(bureau: builders.Register) -> dict[str, Any]:
    """Return the records that addresses name, all of the small bureau."""
    firm = bureau.enterprises[builders.GROWER]
    licence = Licence.objects.get(kind="base_filing")
    review = reviewing.plan(licence, Occasion.YEARLY, due=builders.TODAY, assessors=(), who=FAR)
    used = filing.Used(kind=Substance.ADDITIVE, name="山梨酸钾", food="酱油", most=None)
    filed = filing.file_additives(firm, [used], who=FAR)
    wish = moving.Wish(move=LicenceMove.SUSPEND, reason="correction_due")
    act = moving.act(licence.pk, wish, who=FAR)
    appeal = appealing.file(act.pk, firm, "不服", who=FAR)
    consignees = campaigning.Planned(
        kind=LicenceKind.CONSIGNEE_FILING, name=Text(zh="复审", en="Again"), due=builders.TODAY
    )
    campaign = campaigning.open_(
        consignees, Agency.objects.get(code=builders.BUREAU), assessors=(), who=FAR
    )
    left, right = sorted(
        (bureau.enterprises[n] for n in (builders.VINTNER, builders.AGENT)), key=lambda e: e.pk
    )
    pair = LikePair.objects.create(left=left, right=right, likeness=900, found_at=builders.NOW)
    merge = likeness.merge(
        bureau.enterprises[builders.TOYMAKER], bureau.enterprises[builders.IMPORTER], who=FAR
    )
    sign_up = SignUp.objects.create(
        user=people.officer("asker").user,
        uscc=builders.uscc(77),
        name_zh="新",
        phone="1",
        person_zh="张",
        agency=firm.agency,
        asked_at=builders.NOW,
    )
    return {
        "firm": firm,
        "licence": licence,
        "site": Site.objects.get(enterprise=firm),
        "review": review,
        "filing": filed,
        "act": act,
        "appeal": appeal,
        "campaign": campaign,
        "pair": pair,
        "merge": merge,
        "sign_up": sign_up,
        "certificate": (
            held := amending.enter(
                amending.KINDS[HoldingKind.CERTIFICATE],
                firm,
                {
                    "system": "haccp",
                    "number": "H-1",
                    "issuer_zh": "甲",
                    "issuer_en": "A",
                    "begins": builders.FOUNDED,
                },
                who=FAR,
            )
        ),
        "change": requesting.ask(
            firm,
            amending.KINDS[HoldingKind.CERTIFICATE],
            {"number": "H-2"},
            reason="改",
            record=held.pk,
            version=held.pk,
            who=FAR,
        ),
        "import": importing.preview(
            sheet([{"name_zh": "新企业", "uscc": builders.uscc(88)}, {"name_zh": ""}]),
            name="a.xlsx",
            agency=builders.BUREAU,
            who=FAR,
        )[0],
    }


def gets(n: dict[str, Any]) -> dict[str, tuple[str, Move, bool]]:
    """Return the pages: address, the move that opens it, whether it names a record."""
    firm, number = n["firm"].reference, n["licence"].number
    held = ["certificate", n["certificate"].pk]
    at = reverse
    return {
        "access": (at("officer:access"), Move.SEE_REGISTERS, False),
        **{
            f"register {room}": (at("officer:register", args=[room]), Move.SEE_REGISTERS, False)
            for room in (*OF_ENTERPRISES, "ports")
        },
        "register-export": (at("officer:register-export", args=["sites"]), Move.EXPORT, False),
        "map": (at("officer:map"), Move.SEE_REGISTERS, False),
        "site": (at("officer:site", args=[n["site"].number]), Move.SEE_REGISTERS, True),
        "interests": (at("officer:interests"), Move.SEE_REGISTERS, False),
        "holding": (at("officer:holding", args=held), Move.SEE_REGISTERS, True),
        "holding site": (
            at("officer:holding", args=["site", n["site"].pk]),
            Move.SEE_REGISTERS,
            True,
        ),
        "holding-edit": (at("officer:holding-edit", args=held), Move.KEEP_REGISTERS, True),
        "holding-edit port": (
            at("officer:holding-edit", args=["port", Port.objects.get(unlocode="CNGBP").pk]),
            Move.KEEP_REGISTERS,
            True,
        ),
        "holding-new": (
            at("officer:holding-new", args=["product", firm]),
            Move.KEEP_REGISTERS,
            True,
        ),
        "holding-new port": (
            at("officer:holding-new", args=["designation", "CNGBP"]),
            Move.KEEP_REGISTERS,
            True,
        ),
        "change-requests": (at("officer:change-requests"), Move.SEE_REGISTERS, False),
        "change-request": (
            at("officer:change-request", args=[n["change"].number]),
            Move.SEE_REGISTERS,
            True,
        ),
        "enterprise-standing": (
            at("officer:enterprise-standing", args=[firm]),
            Move.KEEP_REGISTERS,
            True,
        ),
        "enterprise-new": (at("officer:enterprise-new"), Move.KEEP_REGISTERS, False),
        "enterprise": (at("officer:enterprise", args=[firm]), Move.SEE_REGISTERS, True),
        "enterprise-edit": (at("officer:enterprise-edit", args=[firm]), Move.KEEP_REGISTERS, True),
        "filing-check": (at("officer:filing-check", args=[firm]), Move.REVIEW_SITES, True),
        "licence": (at("officer:licence", args=[number]), Move.SEE_REGISTERS, True),
        "review-plan": (at("officer:review-plan", args=[number]), Move.DECIDE_ACCESS, True),
        "licence-move": (
            at("officer:licence-move", args=[number, "reinstate"]),
            Move.DECIDE_ACCESS,
            True,
        ),
        "review": (at("officer:review", args=[n["review"].number]), Move.SEE_REGISTERS, True),
        "review-campaigns": (at("officer:review-campaigns"), Move.SEE_REGISTERS, False),
        "review-campaign-new": (at("officer:review-campaign-new"), Move.DECIDE_ACCESS, False),
        "review-campaign": (
            at("officer:review-campaign", args=[n["campaign"].number]),
            Move.SEE_REGISTERS,
            True,
        ),
        "filing": (at("officer:filing", args=[n["filing"].number]), Move.SEE_REGISTERS, True),
        "filing-gaps": (at("officer:filing-gaps"), Move.SEE_REGISTERS, False),
        "duplicates": (at("officer:duplicates"), Move.SEE_REGISTERS, False),
        "sign-ups": (at("officer:sign-ups"), Move.SEE_REGISTERS, False),
        "imports": (at("officer:imports"), Move.KEEP_REGISTERS, False),
        "import": (at("officer:import", args=[n["import"].number]), Move.KEEP_REGISTERS, True),
        "import-rejected": (
            at("officer:import-rejected", args=[n["import"].number]),
            Move.KEEP_REGISTERS,
            True,
        ),
    }


def posts(n: dict[str, Any]) -> dict[str, tuple[str, Move, dict[str, str], bool]]:
    """Return what is sent: address, move, data that is in order, whether it names a record."""
    at = reverse
    return {
        "save-view": (at("officer:save-view", args=["sites"]), Move.SEE_REGISTERS, {}, False),
        "licence-decide": (
            at("officer:licence-decide", args=[n["act"].pk]),
            Move.APPROVE_ACCESS,
            {"answer": "refuse"},
            True,
        ),
        "appeal-decide": (
            at("officer:appeal-decide", args=[n["appeal"].pk]),
            Move.APPROVE_ACCESS,
            {"move": "stay"},
            True,
        ),
        "filing-decide": (
            at("officer:filing-decide", args=[n["filing"].number]),
            Move.DECIDE_ACCESS,
            {"answer": "return"},
            True,
        ),
        "import-decide": (
            at("officer:import-decide", args=[n["import"].number]),
            Move.KEEP_REGISTERS,
            {"do": "store"},
            True,
        ),
        "duplicates-sweep": (at("officer:duplicates-sweep"), Move.KEEP_REGISTERS, {}, False),
        "pair-decide": (
            at("officer:pair-decide", args=[n["pair"].pk]),
            Move.KEEP_REGISTERS,
            {"answer": "distinct"},
            True,
        ),
        "merge-undo": (
            at("officer:merge-undo", args=[n["merge"].pk]),
            Move.KEEP_REGISTERS,
            {},
            True,
        ),
        # Whose interest it is decides, not the role: another's is refused in words.
        "interest-end": (at("officer:interest-end", args=[1]), Move.SEE_REGISTERS, {}, False),
        "holding-act": (
            at("officer:holding-act", args=["certificate", n["certificate"].pk]),
            Move.KEEP_REGISTERS,
            {"do": "undo", "change": "1"},
            True,
        ),
        "change-request-decide": (
            at("officer:change-request-decide", args=[n["change"].number]),
            Move.KEEP_REGISTERS,
            {"answer": "decline"},
            True,
        ),
        "sign-up-decide": (
            at("officer:sign-up-decide", args=[n["sign_up"].pk]),
            Move.KEEP_REGISTERS,
            {"answer": "refuse"},
            True,
        ),
    }


def abroad() -> str:
    """Found a bureau beside ours; its people must see nothing of ours."""
    agencies.found(
        agencies.NewAgency(
            code="GZCIQ", kind=AgencyKind.REGIONAL, name_zh="别局", name_en="Elsewhere"
        ),
        parent=Agency.objects.get(code="AQSIQ"),
    )
    return "GZCIQ"


def test_the_walk_names_every_address(named: dict[str, Any]) -> None:
    walked = {name.split()[0] for name in gets(named)} | set(posts(named))
    assert walked == {pattern.name for pattern in addresses.pages}


@pytest.mark.slow
@walk.drawn_once()
def test_each_role_opens_what_the_table_says_at_home_and_nothing_elsewhere(
    named: dict[str, Any],
) -> None:
    elsewhere = abroad()
    pages, sent = gets(named), posts(named)
    for role in walk.ROLES:
        home = people.signed_in(people.officer(f"home.{role}", role))
        far = people.signed_in(people.officer(f"far.{role}", role, agency=elsewhere))
        for name, (address, move, names_a_record) in pages.items():
            allowed = move in MOVES[role]
            assert home.get(address).status_code == (200 if allowed else 403), (role, name)
            if names_a_record:
                assert far.get(address).status_code == (404 if allowed else 403), (role, name)
        for name, (address, move, data, names_a_record) in sent.items():
            allowed = move in MOVES[role]
            if names_a_record:
                assert far.post(address, data).status_code == (404 if allowed else 403), name
            elif not allowed:
                assert far.post(address, data).status_code == 403, (role, name)
    # Nothing of all that reached a record.
    assert LikePair.objects.get().state == "open"
    assert Merge.objects.get().undone_at is None
    assert SignUp.objects.get().state == "asked"


def test_lists_of_another_bureau_show_nothing_of_ours(named: dict[str, Any]) -> None:
    far = people.signed_in(people.officer("far", Role.ACCESS_REVIEWER, agency=abroad()))
    for room in OF_ENTERPRISES:
        page = far.get(reverse("officer:register", args=[room]))
        assert page.context["page"].paginator.count == 0, room
    assert Enterprise.objects.exists()


def test_traders_are_turned_away_and_strangers_asked_to_sign_in(named: dict[str, Any]) -> None:
    trader = people.signed_in(people.trader(builders.GROWER))
    for address, *_ in gets(named).values():
        assert trader.get(address).status_code == 403
        assert Client().get(address)["Location"].startswith("/sign-in/")
    for address, _, data, _ in posts(named).values():
        assert trader.post(address, data).status_code == 403
        assert Client().post(address, data)["Location"].startswith("/sign-in/")
