"""
Who may trade, walked in a real browser: registers, access, class, credit, at every desk.

One set-up, the scenario with everything that waits in it. Each page is opened in both languages;
at neither width does it overflow, and axe finds no barrier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from tests.desks import scenario
from tests.desks.conftest import DESK, HEIGHTS, PHONE
from tests.desks.scenario import NOON
from tests.desks.walking import FORMS
from tests.desks.wire import Wire, ask, in_a_browser

from guomen.desks.components import clock
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.agencies.models import Officer, Role
from guomen.supervision.classification.models import (
    Assessment,
    EnterpriseClass,
    ProductRisk,
    RiskProposal,
)
from guomen.supervision.credit.models import CreditRecord, Dispute, PartnerDraft, PartnerFile
from guomen.supervision.filings.models import AdditiveUse
from guomen.supervision.licences.models import (
    HolderNotice,
    Licence,
    LicenceAct,
    Review,
    ReviewCampaign,
)
from guomen.supervision.parties.models import (
    Commodity,
    Enterprise,
    ImportFile,
    Representative,
    Site,
    SystemCertificate,
)

scenario_given_back = scenario.scenario_given_back
scenario_loaded = scenario.scenario_loaded
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("scenario_loaded", "db")]
Pages = dict[str, str]


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "GUOMEN_DEMO", True)
    monkeypatch.setattr(clock, "now", lambda: NOON)


def signed_in(username: str) -> Client:
    client = Client()
    user = get_user_model().objects.get(username=username)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def everything(username: str) -> Client:
    """Return an officer who may do all that is done about who may trade."""
    officer = Officer.objects.get(user__username=username)
    for role in (Role.ACCESS_REVIEWER, Role.CLASS_ASSESSOR, Role.CREDIT_OFFICER, Role.CASE_OFFICER):
        agencies.give_role(officer, role, on=scenario.DAY, at=NOON)
    return signed_in(username)


# A page of a few rows shows what one of fifty does, in a tenth of the time.
_NARROWED = {
    "enterprises": "q=供港澳",
    "sites": "kind=distribution_centre",
    "licences": "state=ending",
    "filings": "state=filed",
    "certificates": "stands=ending&system=haccp",
    "products": "code=0202",
    "ports": "group=meat",
}


def officer_pages() -> Pages:
    at = reverse
    act = LicenceAct.objects.filter(approved=None).latest("pk")
    firm = act.licence.enterprise
    assert firm is not None
    campaign = ReviewCampaign.objects.latest("pk")
    rated = CreditRecord.objects.filter(state="disputed").latest("pk")
    classed = EnterpriseClass.objects.latest("pk").enterprise
    submitted = Assessment.objects.filter(state="submitted").latest("pk")
    draft = Assessment.objects.filter(state="draft").latest("pk")
    dispute = Dispute.objects.filter(state="open").latest("pk")
    graded = ProductRisk.objects.exclude(hazards=[]).latest("pk")
    waits = RiskProposal.objects.get()
    review = Review.objects.filter(occasion="application").latest("pk")
    site, certificate = Site.objects.latest("pk"), SystemCertificate.objects.latest("pk")
    return {
        "access": at("officer:access"),
        **{
            f"list-{room}": f"{at('officer:register', args=[room])}?{narrowed}"
            for room, narrowed in _NARROWED.items()
        },
        "map": at("officer:map") + "?kind=cold_store",
        "enterprise": at("officer:enterprise", args=[firm.reference]),
        "enterprise-new": at("officer:enterprise-new"),
        "enterprise-edit": at("officer:enterprise-edit", args=[firm.reference]),
        "licence": at("officer:licence", args=[act.licence.number]),
        "licence-move": at("officer:licence-move", args=[review.licence.number, "refuse"]),
        "review-plan": at("officer:review-plan", args=[review.licence.number]),
        "review": at("officer:review", args=[review.number]),
        "campaigns": at("officer:review-campaigns"),
        "campaign": at("officer:review-campaign", args=[campaign.number]),
        "campaign-new": at("officer:review-campaign-new"),
        "filing": at("officer:filing", args=[AdditiveUse.objects.get(state="filed").number]),
        "check": at("officer:filing-check", args=[firm.reference]),
        "gaps": at("officer:filing-gaps"),
        "duplicates": at("officer:duplicates"),
        "sign-ups": at("officer:sign-ups"),
        "inbox": at("officer:inbox"),
        "changes-asked": at("officer:change-requests"),
        "change-asked": at("officer:change-request", args=["CHG-2012-00001"]),
        "holding": at("officer:holding", args=["site", site.pk]),
        "holding-edit": at("officer:holding-edit", args=["certificate", certificate.pk]),
        "holding-new": at("officer:holding-new", args=["product", firm.reference]),
        "imports": at("officer:imports"),
        "import": at("officer:import", args=[ImportFile.objects.latest("pk").number]),
        "credit": at("officer:credit") + "?value=AA",
        "credit-file": at("officer:credit-file", args=[rated.enterprise.reference]),
        "credit-record": at(
            "officer:credit-act", args=["file", rated.enterprise.reference, "record"]
        ),
        "dispute-answer": at("officer:credit-act", args=["dispute", dispute.pk, "answer"]),
        "disputes": at("officer:disputes"),
        "blacklist": at("officer:blacklist"),
        "again": at("officer:reconsider"),
        "ratings-hold": at("officer:monotonicity"),
        "partners": at("officer:partners"),
        "partner-file": at("officer:partner-file", args=[PartnerFile.objects.latest("pk").pk]),
        "partner-seen": at("officer:partner-seen", args=[PartnerDraft.objects.latest("pk").pk]),
        "take-in": at("officer:take-in"),
        "site": at("officer:site", args=["GD-V-0018"]),
        "interests": at("officer:interests"),
        "enterprise-standing": at("officer:enterprise-standing", args=[firm.reference]),
        "product-risks": at("officer:product-risks") + "?value=higher",
        "product-risk": at("officer:product-risk", args=[graded.hs_prefix]),
        "product-risk-waits": at("officer:product-risk", args=[waits.hs_prefix]),
        "product-assess": at("officer:product-assess", args=[graded.hs_prefix]),
        "enterprise-merged": at("officer:enterprise", args=["ENT-000532-0"]),
        "classes": at("officer:classes") + "?value=4",
        "classes-due": at("officer:classes-due"),
        "assessments": at("officer:assessments"),
        "assessment": at("officer:assessment", args=[submitted.pk]),
        "assessment-draft": at("officer:assessment", args=[draft.pk]),
        "class-file": at("officer:class-file", args=[classed.reference]),
    }


def firm_pages(username: str) -> Pages:
    at = reverse
    firm = Representative.objects.get(user__username=username).enterprise
    notice = HolderNotice.objects.filter(enterprise=firm).latest("sent_at")
    licence = Licence.objects.filter(notices=notice).get()
    record = CreditRecord.objects.filter(enterprise=firm).first()
    site = Site.objects.filter(enterprise=firm).first()
    assert site is not None
    return {
        "firm-licences": at("enterprise:licences"),
        "firm-licence": at("enterprise:licence", args=[licence.number]),
        "firm-notice": at("enterprise:notice", args=[notice.number]),
        "firm-apply": at("enterprise:apply"),
        "firm-filings": at("enterprise:filings"),
        "firm-additives": at("enterprise:additives"),
        "firm-farm": at("enterprise:farm", args=[site.number]),
        "firm-register": at("enterprise:holdings"),
        "firm-product": at("enterprise:holding-new", args=["product"]),
        "firm-credit": at("enterprise:credit"),
        "firm-class": at("enterprise:class"),
    } | (
        {"firm-dispute": at("enterprise:credit-act", args=["record", record.pk, "dispute"])}
        if record
        else {}
    )


def public_pages() -> Pages:
    at = reverse
    firm = Enterprise.objects.get(reference="ENT-000521-6")
    goods = Commodity.objects.filter(group="meat").first()
    assert goods is not None
    asked = f"direction=import&hs_code={goods.hs_code}&origin=AU"
    return {
        "needs": at("public:needs"),
        "needs-asked": f"{at('public:needs')}?{asked}",
        "status": at("public:status"),
        "status-found": f"{at('public:status')}?number={firm.uscc}",
        "exits": at("public:exits"),
        "credit-lists": at("public:credit-lists"),
        "sign-up": at("public:sign-up"),
    }


def walks() -> Iterator[tuple[Client, Pages]]:
    yield everything("access"), officer_pages()
    yield signed_in("firm.vegetables"), firm_pages("firm.vegetables")
    yield Client(), public_pages()


def forms(at: int) -> Iterator[tuple[str, int]]:
    """
    Yield the languages in which a page is opened, each with the width at which axe looks at it.

    A run looks at each page in one form, neighbours in different ones. GUOMEN_PICTURES looks at
    every page in both languages and leaves pictures of all four forms.
    """
    languages, widths = ("zh-hans", "en"), (PHONE, DESK)
    first = at % 2
    yield languages[first], widths[at // 2 % 2]
    if FORMS:
        yield languages[1 - first], widths[1 - at // 2 % 2]


def test_every_page_fits_and_has_no_barrier(
    axe: Callable[..., None],
    at_both_widths: Callable[[Page, str], None],
    browser_type_launch_args: dict[str, Any],
) -> None:
    walked = [(client, *one) for client, pages in walks() for one in pages.items()]
    assert len({address for _, _, address in walked}) == len(walked)
    answers = [
        (ask(client, address, language), f"{name}-{language}", width, id(client))
        for at, (client, name, address) in enumerate(walked)
        for language, width in forms(at)
    ]
    assert {answer.address: answer.status for answer, *_ in answers if answer.status != 200} == {}

    def look(wire: Wire) -> None:
        page, seen = wire.page, set[int]()
        for answer, name, width, person in answers:
            wire.show(answer)
            if FORMS:
                at_both_widths(page, name)
            # The width at which axe looks comes last.
            for size in sorted((PHONE, DESK), key=width.__eq__):
                page.set_viewport_size({"width": size, "height": HEIGHTS[size]})
                content = page.evaluate("document.documentElement.scrollWidth")
                assert content <= size, f"{answer.address} is {content} px wide at {size} px"
            # The frame is the same on every page of a desk: it is looked at once.
            axe(page, "" if person not in seen else "main")
            seen.add(person)

    in_a_browser(browser_type_launch_args, look)
