from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from tests.supervision.ledger.conftest import unguarded

from guomen.core import draw
from guomen.supervision.ledger import custody, queries, verification
from guomen.supervision.ledger.custody import Office, Use
from guomen.supervision.ledger.models import DrawKey, Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_folders")]

OFFICE = Office(agency="ZHCIQ")
DAY = date(2012, 5, 24)
NOON = datetime(2012, 5, 24, 4, tzinfo=UTC)  # noon in Zhuhai
#: 17 May 00:00 in Zhuhai: exactly seven days before the day begins.
LATEST = datetime(2012, 5, 16, 16, tzinfo=UTC)


@pytest.fixture
def _folders(settings: object, tmp_path: Path) -> None:
    settings.GUOMEN_CUSTODY_A = tmp_path / "custody-a"
    settings.GUOMEN_CUSTODY_B = tmp_path / "custody-b"


def use(at: datetime, purpose: str = "test") -> Use:
    return Use(at=at, who="officer:7f3a", purpose=purpose)


def commit(first: date = DAY, last: date = DAY, *, at: datetime = LATEST, **options: bool):
    with transaction.atomic():
        return custody.commit_days(first, last, OFFICE, use=use(at), **options)


def reveal(day: date = DAY, *, at: datetime = NOON + timedelta(days=1)) -> str:
    with transaction.atomic():
        return custody.reveal(day, OFFICE, use=use(at))


def test_a_key_is_committed_used_revealed_and_verified_by_anyone() -> None:
    (commitment,) = commit()
    key = custody.key_for(DAY, OFFICE, use=use(NOON)).key
    basis = draw.Basis(agency="ZHCIQ")
    u = draw.draw_one(key, draw.message(basis, "DEC-1/1"))
    assert reveal() == key.hex()
    public = queries.draw_key(DAY, "ZHCIQ")
    published = draw.Published(
        day=public.day,
        agency=public.agency,
        key=bytes.fromhex(public.key),
        commitment=public.commitment,
    )
    assert public.commitment == commitment
    claim = draw.Claim(basis=basis, root_line="DEC-1/1", counter=0, u=u)
    assert draw.verify(claim, published).holds
    assert custody.verify_commitments() == ()
    assert verification.verify().holds


def test_commitment_and_key_are_entries_of_the_ledger() -> None:
    commit()
    reveal()
    first, second = queries.entries_of("draw-key:ZHCIQ:2012-05-24")
    assert (first.kind, second.kind) == ("draw.commitment", "draw.key")
    assert first.at == LATEST
    assert second.value()["commitment"] == first.value()["commitment"]


def test_seven_days_ahead_is_counted_to_the_beginning_of_the_day_in_the_zone() -> None:
    with pytest.raises(custody.CommitmentTooLate):
        commit(at=LATEST + timedelta(microseconds=1))
    assert len(commit(at=LATEST)) == 1


def test_a_run_of_days_is_refused_as_a_whole_when_its_first_is_too_near() -> None:
    with pytest.raises(custody.CommitmentTooLate):
        commit(DAY - timedelta(days=1), DAY + timedelta(days=30))
    assert DrawKey.objects.count() == 0


def test_a_day_that_has_a_key_keeps_it() -> None:
    (first,) = commit()
    key = custody.key_for(DAY, OFFICE, use=use(NOON)).key
    (new,) = commit(DAY, DAY + timedelta(days=1))
    assert custody.key_for(DAY, OFFICE, use=use(NOON)).key == key
    assert [row.commitment for row in queries.draw_keys("ZHCIQ")] == [first, new]
    assert commit() == ()


def test_without_a_commitment_there_is_no_key_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(custody.NoKeyToday) as caught:
        custody.key_for(DAY, OFFICE, use=use(NOON))
    assert caught.value.data["reason"] == "none was committed"
    assert DrawKey.objects.count() == 0
    assert list(tmp_path.rglob("*.share")) == []


@pytest.mark.parametrize("custodian", ["a", "b"])
@pytest.mark.parametrize("damage", ["missing", "other", "short", "text"])
def test_a_lost_or_changed_share_means_no_key_today(
    tmp_path: Path, custodian: str, damage: str
) -> None:
    commit()
    share = tmp_path / f"custody-{custodian}" / "ZHCIQ" / "2012-05-24.share"
    if damage == "missing":
        share.unlink()
    else:
        share.write_text({"other": "00" * 32, "short": "00", "text": "no"}[damage])
    with pytest.raises(custody.NoKeyToday):
        custody.key_for(DAY, OFFICE, use=use(NOON))


def test_an_installation_without_custodians_has_no_key_today(settings: object) -> None:
    commit()
    settings.GUOMEN_CUSTODY_B = None
    with pytest.raises(custody.NoKeyToday):
        custody.key_for(DAY, OFFICE, use=use(NOON))


def test_two_custodians_in_one_place_are_refused(settings: object) -> None:
    settings.GUOMEN_CUSTODY_B = settings.GUOMEN_CUSTODY_A
    with pytest.raises(custody.CustodiansNotSeparate):
        commit()


def test_the_key_is_that_of_today_in_the_zone_of_the_agency() -> None:
    commit()
    begins = datetime(2012, 5, 23, 16, tzinfo=UTC)
    assert custody.key_for(DAY, OFFICE, use=use(begins))
    assert custody.key_for(DAY, OFFICE, use=use(begins + timedelta(hours=23, minutes=59)))
    for other in (begins - timedelta(microseconds=1), begins + timedelta(days=1)):
        with pytest.raises(custody.NotTheDay):
            custody.key_for(DAY, OFFICE, use=use(other))


def test_a_key_is_revealed_only_after_its_day_has_ended_in_the_zone() -> None:
    commit()
    ends = datetime(2012, 5, 24, 16, tzinfo=UTC)
    with pytest.raises(custody.DayNotOver):
        reveal(at=ends - timedelta(microseconds=1))
    key = reveal(at=ends)
    assert reveal(at=ends + timedelta(days=3)) == key
    assert queries.draw_key(DAY, "ZHCIQ").revealed_at == ends


def test_a_day_may_have_25_hours() -> None:
    office = Office(agency="LON", zone=ZoneInfo("Europe/London"))
    day = date(2012, 10, 28)  # the clocks go back
    assert office.starts(day + timedelta(days=1)) - office.starts(day) == timedelta(hours=25)


def test_a_revealed_key_cannot_draw() -> None:
    commit()
    reveal()
    # Even if a clock were set back into the day.
    with pytest.raises(custody.KeyAlreadyRevealed):
        custody.key_for(DAY, OFFICE, use=use(NOON))


def test_neither_share_nor_key_is_in_the_database_before_it_is_revealed(tmp_path: Path) -> None:
    commit()
    key = custody.key_for(DAY, OFFICE, use=use(NOON))
    secrets = {key.key.hex(), *(f.read_text().strip() for f in tmp_path.rglob("*.share"))}
    assert len(secrets) == 3
    kept = str(list(DrawKey.objects.values())) + str(list(Entry.objects.values()))
    assert not any(secret in kept for secret in secrets)
    assert key.key.hex() not in repr(key)
    assert str(key.key) not in repr(key)


def test_shares_are_readable_by_their_custodian_only(tmp_path: Path) -> None:
    commit()
    shares = list(tmp_path.rglob("*.share"))
    assert len(shares) == 2
    assert {share.stat().st_mode & 0o777 for share in shares} == {0o600}
    assert {share.parent.stat().st_mode & 0o777 for share in shares} == {0o700}


def test_every_use_is_logged_with_both_custodians(tmp_path: Path) -> None:
    commit()
    custody.key_for(DAY, OFFICE, use=use(NOON, "decide 3 lines"))
    reveal()
    for custodian in "ab":
        log = tmp_path / f"custody-{custodian}" / "uses.log"
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        assert [line["did"] for line in lines] == ["commit", "draw", "reveal"]
        assert lines[1] == {
            "agency": "ZHCIQ",
            "at": "2012-05-24T04:00:00Z",
            "day": "2012-05-24",
            "did": "draw",
            "purpose": "decide 3 lines",
            "who": "officer:7f3a",
        }


def test_demonstration_keys_may_be_late_but_only_in_demonstration_mode(settings: object) -> None:
    with pytest.raises(custody.DemonstrationKeyRefused):
        commit(at=NOON, demonstration=True)
    settings.GUOMEN_DEMO = True
    commit(at=NOON, demonstration=True)
    assert custody.key_for(DAY, OFFICE, use=use(NOON)).demonstration
    assert custody.verify_commitments() == ()
    settings.GUOMEN_DEMO = False
    with pytest.raises(custody.DemonstrationKeyRefused):
        custody.key_for(DAY, OFFICE, use=use(NOON))
    with pytest.raises(custody.DemonstrationKeyRefused):
        reveal()


@pytest.mark.parametrize("agency", ["", "../x", "a/b", "a" * 33, ".", "中"])
def test_an_agency_code_that_could_leave_its_folder_is_refused(agency: str) -> None:
    with pytest.raises(custody.BadOffice):
        Office(agency=agency)


def test_what_is_rolled_back_is_no_commitment_and_is_made_anew() -> None:
    with transaction.atomic():
        custody.commit_days(DAY, DAY, OFFICE, use=use(LATEST))
        transaction.set_rollback(True)
    with pytest.raises(custody.NoKeyToday):
        custody.key_for(DAY, OFFICE, use=use(NOON))
    commit()
    assert custody.key_for(DAY, OFFICE, use=use(NOON))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_drawkey SET commitment = 'x'",
        "UPDATE ledger_drawkey SET demonstration = NOT demonstration",
        "DELETE FROM ledger_drawkey",
    ],
)
def test_the_database_refuses_to_change_a_commitment(sql: str) -> None:
    commit()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"commitment": "00" * 32}, "differs_from_ledger"),
        ({"demonstration": True}, "differs_from_ledger"),
        ({"key": "00" * 32}, "key_was_not_committed"),
    ],
)
def test_a_changed_row_is_found(change: dict[str, object], problem: str) -> None:
    commit()
    reveal()
    with unguarded():
        DrawKey.objects.update(**change)
    assert problem in {flaw.problem for flaw in custody.verify_commitments()}


def test_a_commitment_that_came_too_late_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody, "LEAD", timedelta())
    commit(at=LATEST + timedelta(days=2))
    monkeypatch.undo()
    (flaw,) = custody.verify_commitments()
    assert (flaw.day, flaw.problem) == (DAY, "committed_too_late")


def test_days_never_share_a_key() -> None:
    commitments = commit(DAY, DAY + timedelta(days=29))
    assert len(set(commitments)) == 30
    keys = {
        custody.key_for(DAY + timedelta(days=n), OFFICE, use=use(NOON + timedelta(days=n))).key
        for n in range(30)
    }
    assert len(keys) == 30
