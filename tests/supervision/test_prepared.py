"""Queries whose text is kept return what the ORM returns, whatever they are asked."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.sql.compiler import SQLCompiler

from guomen.supervision.agencies.models import Agency, RoleHeld
from guomen.supervision.declarations.models import OwedCheck
from guomen.supervision.prepared import MOST, PreparedQuery

START = datetime(2012, 5, 24, 2, tzinfo=UTC)
# Percent signs, quotes, the mark that stands for a value while a text is made, no key at all.
STRANGE = ["", "%s", "%", "'", '"; DROP', "\N{REPLACEMENT CHARACTER}0", "企业"]
ENTERPRISES = [*STRANGE, *(f"ENT-{number}" for number in range(2 * MOST))]


def _among(enterprises, codes, since):
    return (
        OwedCheck.objects.filter(
            Q(enterprise__in=enterprises) | Q(owed_by__in=enterprises),
            hs6__in=codes,
            recorded_at__gte=since,
            reason="withdrawn",
        )
        .annotate(again=F("enterprise"))
        .order_by("pk")
        .values_list("pk", "recorded_at", "again", "claimed_at", "hs6")
    )


@pytest.fixture
def checks(db):
    dice = random.Random(7)
    OwedCheck.objects.bulk_create(
        OwedCheck(
            enterprise=enterprise,
            hs6=dice.choice(("070490", "020329", "%s")),
            direction="export",
            owed_by=dice.choice(ENTERPRISES),
            reason=dice.choice(("withdrawn", "replaced")),
            recorded_at=START + timedelta(minutes=dice.randint(0, 90), microseconds=place % 2),
            **dice.choice(({}, {"claimed_by": "L", "claimed_at": START})),
        )
        for place, enterprise in enumerate(dice.choices(ENTERPRISES, k=400))
    )


def _asked(dice):
    keys = dice.choices(ENTERPRISES, k=dice.choice((1, 2, 3, 7, 8, 9, MOST - 1, MOST, MOST + 1)))
    codes = dice.sample(["070490", "020329", "%s", "none"], k=dice.randint(1, 4))
    return keys, set(codes), START + timedelta(minutes=dice.randint(-1, 90))


def test_rows_are_those_of_the_orm_in_its_order(checks):
    query, dice, met = PreparedQuery(OwedCheck, _among), random.Random(11), 0
    for _ in range(150):
        asked = _asked(dice)
        rows = query.rows(*asked)
        assert rows == list(_among(*asked))
        met += len(rows)
    assert met > 500


def test_what_is_gone_through_once_is_the_same(checks):
    query, dice = PreparedQuery(OwedCheck, _among), random.Random(5)
    for _ in range(30):
        asked = _asked(dice)
        assert list(query.each(*asked)) == query.rows(*asked) == list(_among(*asked))


def test_days_numbers_and_lists_are_asked_as_the_orm_asks_them(db):
    Agency.objects.bulk_create(
        Agency(code=f"A{n}", kind="branch", path=f"/{n}/", zone="Asia/Shanghai") for n in range(3)
    )

    def named(pk, codes):
        rows = Agency.objects.order_by().values_list("code", "path")
        return rows.filter(pk=pk).union(rows.filter(code__in=codes))

    def held(officer, on, known):
        roles = RoleHeld.objects.as_of(on, known=known).filter(officer=officer)
        return roles.values_list("role", "begins", "recorded_at")

    for pk in Agency.objects.values_list("pk", flat=True):
        asked = pk, ["A1"]
        found = PreparedQuery(Agency, named).rows(*asked)
        assert sorted(found) == sorted(named(*asked))
    assert PreparedQuery(RoleHeld, held).rows(1, START.date(), START) == []


def test_what_a_text_cannot_hold_goes_to_the_orm(checks):
    def claimed(by):
        return OwedCheck.objects.filter(claimed_by=by).order_by("pk").values_list("pk")

    query = PreparedQuery(OwedCheck, claimed)
    assert query.rows("L") == list(claimed("L")) != []
    assert query.rows(None) == list(claimed(None)) != []


@pytest.mark.parametrize(
    "query",
    [
        lambda text: OwedCheck.objects.filter(enterprise__contains=text).values_list("pk"),
        lambda text: OwedCheck.objects.filter(enterprise=text[:1]).values_list("pk"),
        lambda _: OwedCheck.objects.values_list("pk"),
    ],
    ids=["part of a pattern", "changed", "left out"],
)
def test_a_value_that_is_no_parameter_is_refused(db, query):
    with pytest.raises(ValueError, match="no parameter"):
        PreparedQuery(OwedCheck, query).rows("ENT-1")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_inside_a_transaction_only():
    query = PreparedQuery(
        OwedCheck,
        lambda keys: (
            OwedCheck.objects.select_for_update().filter(enterprise__in=keys).values_list("pk")
        ),
    )
    with transaction.atomic():
        assert query.rows(["ENT-1"]) == []
    with pytest.raises(transaction.TransactionManagementError):
        query.rows(["ENT-1"])


def test_no_keys_find_nothing(checks):
    assert PreparedQuery(OwedCheck, _among).rows([], {"070490"}, START) == []


def test_a_query_of_nothing_but_constants_is_asked_too(checks):
    query = PreparedQuery(OwedCheck, lambda: OwedCheck.objects.order_by("pk").values_list("pk"))
    assert len(query.rows()) == 400


def test_a_text_is_made_once_for_every_power_of_two_of_keys(checks, monkeypatch):
    query, made, as_sql = PreparedQuery(OwedCheck, _among), [], SQLCompiler.as_sql

    def counted(self, *args, **more):
        made.append(self)
        return as_sql(self, *args, **more)

    monkeypatch.setattr(SQLCompiler, "as_sql", counted)
    for number in range(1, MOST + 1):
        query.rows(ENTERPRISES[:number], ["070490"], START)
    assert len(made) == MOST.bit_length()


@pytest.mark.django_db(transaction=True)
def test_threads_ask_on_their_own_connections(checks):
    query, dice = PreparedQuery(OwedCheck, _among), random.Random(3)
    questions = [_asked(dice) for _ in range(40)]

    def ask(question):
        try:
            return query.rows(*question) == list(_among(*question))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ask, questions))
