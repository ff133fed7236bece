"""Classes and levels of the scenario are those that its assessments and records give."""

from __future__ import annotations

from collections import Counter

import pytest

from guomen.core.classification import RISK_ORDER, Element, classify
from guomen.core.credit import rate
from guomen.journeys.standing import products
from guomen.rulebooks.classification import APPROVED_BY_BUREAU, SCHEME, valid_until
from guomen.rulebooks.credit_items import TERMS
from guomen.scenarios.zhuhai2012.figures import FIGURES, TODAY
from guomen.scenarios.zhuhai2012.rows import moment
from guomen.supervision.agencies.models import Officer
from guomen.supervision.classification.models import (
    Assessment,
    ElementScore,
    EnterpriseClass,
    ProductRisk,
    RiskProposal,
)
from guomen.supervision.credit import queries
from guomen.supervision.credit.lifecycle import IN_EFFECT, RecordState
from guomen.supervision.credit.models import (
    BlacklistEntry,
    CreditRecord,
    Dispute,
    PartnerRow,
    Rating,
)

pytestmark = pytest.mark.django_db
KNOWN = moment(TODAY)
PRINTED = {figure.id: figure.count for figure in FIGURES}


@pytest.fixture(scope="module")
def dossiers(loaded, django_db_blocker):
    with django_db_blocker.unblock():
        return queries.dossiers()


def test_the_levels_recomputed_from_the_records_are_the_figures_of_the_article(dossiers):
    terms = TERMS.on(TODAY).value
    found = Counter(rate(f, on=TODAY, terms=terms)[-1].level for f in dossiers.values())
    assert len(dossiers) == PRINTED["S-414"] == 2269
    assert (found["AA"], found["A"], found["B"]) == (
        PRINTED["S-415"],
        PRINTED["S-416"],
        PRINTED["S-417"],
    )
    assert found["C"] + found["D"] == PRINTED["S-418"] == 234


def test_the_whole_history_shown_of_every_enterprise_is_the_recomputed_one(
    dossiers, django_db_blocker
):
    terms = TERMS.on(TODAY).value
    stored: dict[int, list] = {}
    with django_db_blocker.unblock():
        for row in Rating.objects.current().order_by("begins"):
            stored.setdefault(row.enterprise_id, []).append(
                (row.begins, row.level, row.score, row.cause, row.fallen_on)
            )
    assert set(stored) == set(dossiers)
    for key, file in dossiers.items():
        derived = [
            (s.begins, s.level.value, s.score, s.cause.value, s.fallen_on)
            for s in rate(file, on=TODAY, terms=terms)
        ]
        assert stored[key] == derived


def test_the_classes_recomputed_from_the_scores_are_the_figures_of_the_article(
    loaded, django_db_blocker
):
    scores: dict[int, dict[Element, int | None]] = {}
    with django_db_blocker.unblock():
        for key, element, score in ElementScore.objects.values_list(
            "assessment_id", "element", "score"
        ):
            scores.setdefault(key, {})[Element(element)] = score
        held = list(EnterpriseClass.objects.as_of(TODAY, known=KNOWN).select_related("assessment"))
    scheme = SCHEME.on(TODAY).value
    found = Counter()
    for row in held:
        derived = classify(scores[row.assessment_id], scheme=scheme)
        assert (derived.grade, derived.lowest) == (row.grade, row.assessment.total)
        assert row.ends == valid_until(row.grade, row.begins)
        found[derived.grade] += 1
    assert found.total() == PRINTED["S-410"] == 431
    assert (found[1], found[2]) == (PRINTED["S-411"], PRINTED["S-412"]) == (68, 278)
    assert found[3] + found[4] == PRINTED["S-413"] == 85


def test_every_class_was_signed_by_a_second_person_and_1_and_4_at_the_bureau(
    loaded, django_db_blocker
):
    with django_db_blocker.unblock():
        signed = list(Assessment.objects.filter(state="signed"))
        director = Officer.objects.get(user__username="director").key
        waiting = Assessment.objects.filter(state="submitted").count()
    assert all(row.decided_by != row.assessor for row in signed)
    assert all((row.decided_by == director) == (row.grade in APPROVED_BY_BUREAU) for row in signed)
    assert waiting == 5


def test_whoever_is_listed_was_told_and_heard_and_stands_at_level_d(loaded, django_db_blocker):
    with django_db_blocker.unblock():
        listed = list(
            BlacklistEntry.objects.as_of(TODAY, known=KNOWN)
            .filter(state__in=IN_EFFECT)
            .select_related("record")
        )
        levels = Rating.objects.as_of(TODAY, known=KNOWN).filter(
            enterprise__in=[row.enterprise_id for row in listed]
        )
        assert {row.level for row in levels} == {"D"}
    assert len(listed) == PRINTED["S-508"] == 2
    for entry in listed:
        assert entry.record.grave
        assert entry.heard_until < moment(entry.listed_on)
        assert entry.decided_by != entry.proposed_by


def test_the_demonstration_shows_work_of_every_kind(loaded, django_db_blocker):
    with django_db_blocker.unblock():
        states = set(CreditRecord.objects.values_list("state", flat=True))
        outcomes = set(PartnerRow.objects.values_list("outcome", flat=True))
        disputes = Counter(Dispute.objects.values_list("state", flat=True))
    assert states == {state.value for state in RecordState}
    assert {"matched", "unmatched", "conflicting"} <= outcomes
    assert disputes["open"] >= 3
    assert disputes["upheld"] >= 3


def test_the_hazards_on_file_give_the_levels_that_the_gate_reads(loaded, django_db_blocker):
    with django_db_blocker.unblock():
        held = list(ProductRisk.objects.as_of(TODAY, known=KNOWN).exclude(hazards=[]))
        waiting = list(RiskProposal.objects.filter(state="proposed"))
    assert {row.level for row in held} == {"high", "higher", "general"}
    assert len(waiting) == 1
    for row in (*held, *waiting):
        worked = [risk for risk, _ in products.worked_out(row.hazards)]
        levels = [risk.level for risk in worked]
        assert min(levels, key=RISK_ORDER.index).value == row.level
