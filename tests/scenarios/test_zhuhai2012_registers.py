"""The registers of Zhuhai 2012: figures computed from records, compared with the print."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.test import override_settings

from guomen.rulebooks.commodities import BY_CODE, COMMODITIES, HAZARDS, Group
from guomen.rulebooks.places import ZHUHAI_PORTS, countries
from guomen.scenarios.zhuhai2012.accounts import PASSWORD
from guomen.scenarios.zhuhai2012.figures import FIGURES, TODAY
from guomen.scenarios.zhuhai2012.load import OutsideDemoModeError, RegistersNotEmptyError, load
from guomen.scenarios.zhuhai2012.measures import measure
from guomen.scenarios.zhuhai2012.registers import registers
from guomen.scenarios.zhuhai2012.rows import moment
from guomen.supervision.agencies.models import Officer, Role, RoleHeld
from guomen.supervision.controls.queries import order_set
from guomen.supervision.parties.codes import reference_valid, uscc_valid
from guomen.supervision.parties.models import Enterprise, Representative

pytestmark = pytest.mark.django_db

KNOWN = moment(TODAY)


@pytest.fixture(scope="module")
def figures(loaded, django_db_blocker):
    with django_db_blocker.unblock():
        return measure(TODAY, known=KNOWN)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.id)
def test_a_figure_of_the_article_is_the_count_of_its_records(figures, figure):
    assert figures[figure.id] == (figure.count, figure.of)


# What the article printed, by the rounding that it used there; requirements S-900 to S-910.
@pytest.mark.parametrize(
    ("id_", "digits", "rounding", "printed"),
    [
        ("S-410", "0.01", ROUND_HALF_UP, "76.28"),
        ("S-411", "0.01", ROUND_HALF_UP, "15.78"),
        ("S-412", "0.1", ROUND_HALF_UP, "64.5"),
        ("S-415", "0.01", ROUND_HALF_UP, "0.22"),
        ("S-416", "0.01", ROUND_HALF_UP, "4.45"),
        ("S-417", "1", ROUND_HALF_UP, "85"),
        ("S-421", "0.01", ROUND_DOWN, "39.37"),
        ("S-422", "0.01", ROUND_HALF_UP, "48.44"),
        ("S-503", "0.01", ROUND_HALF_UP, "42.55"),
    ],
)
def test_a_share_recomputed_from_records_gives_the_printed_one(
    figures, id_, digits, rounding, printed
):
    count, of = figures[id_]
    share = (Decimal(100) * count / of).quantize(Decimal(digits), rounding=rounding)
    assert str(share) == printed
    published = next(figure.as_published for figure in FIGURES if figure.id == id_)
    assert published.endswith(f"{printed}%")


def test_exits_happened_one_by_one_in_the_course_of_the_two_years(loaded, django_db_blocker):
    with django_db_blocker.unblock():
        days = [TODAY.replace(year=2010, month=8, day=1), TODAY.replace(year=2011), TODAY]
        counts = [measure(day, known=moment(day)) for day in days]
    bases = [figure["S-503"][0] for figure in counts]
    importers = [figure["S-522"][0] for figure in counts]
    assert bases == sorted(bases)
    assert bases[0] < bases[1] < bases[2] == 20
    assert importers[0] == 0
    assert importers[1] < importers[2] == 12


def test_every_step_of_the_load_is_reported(loaded):
    _, steps = loaded
    assert [done for _, done, _ in steps] == list(range(1, steps[0][2] + 1))


def test_references_and_codes_all_pass_their_check(loaded, django_db_blocker):
    with django_db_blocker.unblock():
        rows = list(Enterprise.objects.values_list("reference", "uscc"))
    assert all(reference_valid(reference) for reference, _ in rows)
    assert all(uscc_valid(code) for _, code in rows if code)


def test_names_are_unique_and_in_both_languages(loaded, django_db_blocker):
    with django_db_blocker.unblock():
        rows = list(Enterprise.objects.values_list("name_zh", "name_en"))
    assert len({zh for zh, _ in rows}) == len(rows)
    assert all(zh and en and en.isascii() for zh, en in rows)


def test_every_role_has_an_account_and_every_account_is_marked(loaded, django_db_blocker):
    with django_db_blocker.unblock():
        assert set(RoleHeld.objects.values_list("role", flat=True)) == set(Role)
        assert not Officer.objects.filter(demonstration=False).exists()
        assert not Representative.objects.filter(demonstration=False).exists()
        assert not get_user_model().objects.filter(is_superuser=True).exists()


def test_the_demonstration_password_opens_an_account(loaded, django_db_blocker, rf):
    with django_db_blocker.unblock():
        user = authenticate(rf.post("/"), username="director", password=PASSWORD)
    assert user is not None


def test_the_orders_of_2011_are_in_force_and_nothing_lapsed_is(loaded, django_db_blocker):
    with django_db_blocker.unblock():
        orders = {order.reference: order for order in order_set().orders}
    assert set(orders) == {row.order.reference for row in loaded[0].orders}
    assert {"JP", "TW"} <= {order.origin for order in orders.values()}
    nuclear = [o for o in orders.values() if o.origin == "JP"]
    assert all("radionuclides" in o.tests for o in nuclear)


def test_loading_over_registers_is_refused(loaded, django_db_blocker):
    with django_db_blocker.unblock(), pytest.raises(RegistersNotEmptyError):
        load(lambda *_: None)


@override_settings(GUOMEN_DEMO=False)
def test_loading_outside_demonstration_mode_is_refused():
    before = Enterprise.objects.count()
    with pytest.raises(OutsideDemoModeError):
        load(lambda *_: None)
    assert Enterprise.objects.count() == before


def test_the_same_seed_gives_the_same_registers_and_another_seed_others():
    fresh = registers.__wrapped__
    assert fresh(7) == fresh(7)
    assert fresh(7).enterprises != fresh(8).enterprises


def test_every_site_yields_goods_of_the_code_tree():
    for site in registers(7).sites:
        assert site.hs_codes
        assert set(site.hs_codes) <= set(BY_CODE)


def test_the_code_tree_has_ten_digits_a_group_a_unit_and_no_code_twice():
    assert len(BY_CODE) == len(COMMODITIES)
    assert all(len(c.hs_code) == 10 and c.hs_code.isdigit() for c in COMMODITIES)
    assert set(Counter(c.group for c in COMMODITIES)) == set(Group)
    assert all(c.in_legal_catalogue == bool(c.inspection) for c in COMMODITIES)


def test_every_hazard_may_be_met_in_some_goods():
    for hazard in HAZARDS:
        assert any(c.hs_code.startswith(hazard.hs_prefixes) for c in COMMODITIES), hazard.code


def test_there_are_as_many_countries_as_iso_3166_lists():
    assert len(countries()) == 249
    assert {"CN", "HK", "MO", "TW", "JP"} <= set(countries())
    assert not {"EU", "XK", "ZZ"} & set(countries())


def test_ports_of_zhuhai_have_five_letters_and_a_name_in_both_languages():
    assert all(len(p.unlocode) == 5 and p.name.zh and p.name.en for p in ZHUHAI_PORTS)
