"""Certificates: on a ground that stands, signed outside the database, told apart by anybody."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings
from tests.journeys.builders import NOW, how
from tests.journeys.test_settling import inspected, ordered, settled

from guomen.core import certificates as papers
from guomen.core.certificates import Signed, Verdict
from guomen.core.lifecycle import MoveRefusedError
from guomen.journeys import certification
from guomen.journeys.certification import Draft, NoGroundError, NotYoursError, checking, issuing
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions import custody
from guomen.supervision.dispositions.models import Certificate, Message
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.parties.codes import reference_valid

pytestmark = pytest.mark.usefixtures("register", "pen")
HOUR = timedelta(hours=1)
ROLES = ("certificate_officer",)


@pytest.fixture
def pen(settings: Settings, tmp_path: Path) -> Path:
    settings.GUOMEN_DEMO = True
    settings.GUOMEN_CERTIFICATE_KEYS = tmp_path / "certificate-keys"
    custody.begin_key(at=NOW, by="OFC-K", demonstration=True)
    return tmp_path / "certificate-keys"


def released(**more: Any) -> Line:
    line = ordered("inspect", **more)
    inspected(line)
    settled(line)
    return line


def officer(name: str = "OFC-C") -> Any:
    return how(NOW + 3 * HOUR, by=name)


def issued(line: Line | None = None, kind: str = "entry", **more: Any) -> Certificate:
    drafted = certification.draft(
        Draft(line=(line or released()).reference, kind=kind, **more), how=officer()
    )
    return certification.issue(drafted.number, roles=ROLES, how=officer())


def verdict(paper: Certificate) -> Verdict:
    return certification.check(checking.code_of(Certificate.objects.get(pk=paper.pk))).verdict


def test_a_certificate_says_what_was_declared_and_anybody_can_check_it() -> None:
    line = released(goods="干红葡萄酒")
    paper = issued(line, remarks="见附页")
    assert reference_valid(paper.number)
    found = certification.check(checking.code_of(paper))
    assert found.verdict is Verdict.VALID
    assert found.demonstration
    said = {"n": paper.number, "l": line.reference, "g": "干红葡萄酒", "m": "见附页", "i": "import"}
    assert said.items() <= found.said.items()
    (entry,) = ledger.entries_of(line.reference, kind=issuing.ISSUED)
    assert entry.value()["certificate"] == paper.number
    assert len(checking.code_of(paper)) < 1_200  # a QR that a telephone reads


def test_no_certificate_without_ground() -> None:
    open_line = ordered("inspect")
    with pytest.raises(NoGroundError):
        certification.draft(Draft(line=open_line.reference, kind="entry"), how=officer())
    line = released()
    for kind in ("quality", "claim", "no-such-kind"):
        with pytest.raises(NoGroundError):
            certification.draft(Draft(line=line.reference, kind=kind), how=officer())


def test_a_ground_that_went_is_noticed_when_the_draft_is_signed() -> None:
    line = released()
    drafted = certification.draft(Draft(line=line.reference, kind="entry"), how=officer())
    inspected(line, "fail", physical="fail")
    settled(line, at=NOW + 4 * HOUR)
    with pytest.raises(NoGroundError):
        certification.issue(drafted.number, roles=ROLES, how=officer())
    with pytest.raises(NotYoursError):
        certification.issue(drafted.number, roles=("inspector",), how=officer())


def test_a_later_failure_proposes_to_revoke_what_was_issued() -> None:
    line = released()
    paper = issued(line)
    inspected(line, "fail", physical="fail")
    settled(line, at=NOW + 4 * HOUR)
    paper.refresh_from_db()
    assert (paper.state, paper.proposed_by) == ("revocation_proposed", issuing.SYSTEM)
    # It stands until a person has decided.
    assert verdict(paper) is Verdict.VALID
    certification.decide_revocation(paper.number, revoke=True, how=officer())
    assert verdict(paper) is Verdict.REVOKED


def test_altered_forged_and_foreign_papers_are_told_apart(tmp_path: Path, settings: Any) -> None:
    paper = issued()
    thing = checking.signed_of(paper)
    richer = thing.text.replace(paper.number, "CRT-2012-000999-0")
    altered = Signed(sort=thing.sort, text=richer, signature=thing.signature, key=thing.key)
    assert certification.check(papers.code(altered)).verdict is Verdict.ALTERED
    # A key made elsewhere, with everything else right.
    ours = settings.GUOMEN_CERTIFICATE_KEYS
    with transaction.atomic():
        settings.GUOMEN_CERTIFICATE_KEYS = tmp_path / "elsewhere"
        custody.begin_key(at=NOW, by="X", demonstration=True)
        forged = custody.pen(at=NOW, by="X", purpose="forge").sign(
            papers.CERTIFICATE, thing.value()
        )
        transaction.set_rollback(True)
    settings.GUOMEN_CERTIFICATE_KEYS = ours
    assert certification.check(papers.code(forged)).verdict is Verdict.FOREIGN_KEY
    # Signed by our key, but never issued: the register does not know it.
    stray = custody.pen(at=NOW, by="OFC-C", purpose="test").sign(
        papers.CERTIFICATE, {**thing.value(), "q": "9999"}
    )
    assert certification.check(papers.code(stray)).verdict is Verdict.UNKNOWN_NUMBER


def test_a_replaced_certificate_names_its_successor() -> None:
    old = issued()
    fresh = certification.replace(
        old.number,
        changes=Draft(line=old.line.reference, kind="entry", consignee="更正后的收货人"),
        reason="consignee misspelt",
        how=officer(),
    )
    assert verdict(old) is Verdict.VALID  # until the successor is signed
    with pytest.raises(NoGroundError):
        certification.replace(
            old.number,
            changes=Draft(line=old.line.reference, kind="entry"),
            reason="again",
            how=officer(),
        )
    certification.issue(fresh.number, roles=ROLES, how=officer())
    found = certification.check(checking.code_of(Certificate.objects.get(pk=old.pk)))
    assert (found.verdict, found.replaced_by) == (Verdict.REPLACED, fresh.number)
    again = Certificate.objects.get(pk=fresh.pk)
    assert verdict(again) is Verdict.VALID
    assert checking.signed_of(again).value()["r"] == old.number


def test_nobody_revokes_alone_not_even_past_the_journey() -> None:
    paper = issued()
    certification.propose_revocation(paper.number, reason="issued in error", how=officer("OFC-A"))
    with pytest.raises(NotYoursError):
        certification.decide_revocation(paper.number, revoke=True, how=officer("OFC-A"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.filter(pk=paper.pk).update(
            state="revoked", ended_by="OFC-A", ended_at=NOW
        )
    certification.decide_revocation(paper.number, revoke=False, how=officer("OFC-B"))
    assert verdict(paper) is Verdict.VALID
    with pytest.raises(MoveRefusedError):
        certification.decide_revocation(paper.number, revoke=True, how=officer("OFC-B"))


def test_old_keys_stay_published_and_sign_nothing_more() -> None:
    before = issued()
    custody.begin_key(at=NOW + HOUR, by="OFC-K", demonstration=True)
    after = issued()
    assert before.key_id != after.key_id
    assert {verdict(before), verdict(after)} == {Verdict.VALID}
    listed = {key["key"]: key for key in certification.key_document()["keys"]}
    assert listed[before.key_id]["ends"] is not None
    assert listed[after.key_id]["ends"] is None


def test_demonstrations_are_worth_nothing_elsewhere(settings: Any, pen: Path) -> None:
    paper, line = issued(), released()
    settings.GUOMEN_DEMO = False
    assert verdict(paper) is Verdict.DEMONSTRATION
    drafted = certification.draft(Draft(line=line.reference, kind="entry"), how=officer())
    with pytest.raises(custody.DemonstrationKeyError):
        certification.issue(drafted.number, roles=ROLES, how=officer())
    with pytest.raises(custody.DemonstrationKeyError):
        custody.begin_key(at=NOW, by="X", demonstration=True)


def test_private_keys_lie_outside_the_database_and_every_use_is_logged(pen: Path) -> None:
    issued()
    uses = [json.loads(line) for line in (pen / "uses.log").read_text().splitlines()]
    assert [use["did"] for use in uses] == ["begin", "open"]
    (file,) = pen.glob("*.pem")
    assert file.stat().st_mode & 0o777 == 0o600
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.startswith("dispositions_"):
                cursor.execute(f"SELECT * FROM {table}")
                assert b"PRIVATE" not in repr(cursor.fetchall()).encode()
    file.unlink()
    with pytest.raises(custody.NoCertificateKeyError):
        issued()


def test_the_list_of_revocations_is_signed_and_read_away_from_us() -> None:
    gone, kept = issued(), issued()
    certification.propose_revocation(gone.number, reason="?", how=officer("OFC-A"))
    certification.decide_revocation(gone.number, revoke=True, how=officer("OFC-B"))
    document = certification.revocation_list(at=NOW + 5 * HOUR)
    said = certification.read_message(document)
    keys = custody.published()
    for paper, expected in ((gone, Verdict.REVOKED), (kept, Verdict.SIGNED)):
        thing = checking.signed_of(Certificate.objects.get(pk=paper.pk))
        assert papers.offline(thing, keys, said["ended"], demonstrations=True) is expected


def test_many_certificates_are_issued_in_one_stroke() -> None:
    lines = [released() for _ in range(6)]
    wanted = [Draft(line=line.reference, kind="entry") for line in lines]
    made = certification.issue_many(wanted[:3], how=officer())
    assert {verdict(paper) for paper in made} == {Verdict.VALID}
    with CaptureQueriesContext(connection) as few:
        certification.issue_many(wanted[3:4], how=officer())
    with CaptureQueriesContext(connection) as many:
        certification.issue_many(wanted[4:], how=officer())
    assert len(few) == len(many)
    with pytest.raises(NoGroundError):
        certification.issue_many(
            [Draft(line=ordered("inspect").reference, kind="entry")], how=officer()
        )


def test_messages_are_sent_for_what_was_let_go_and_refused_when_altered() -> None:
    line = released(seal="SEAL-77")
    paper = issued(line)
    (cleared,) = certification.clear([line.reference], how=officer())
    (moved,) = certification.transfer([line.reference], to="ZHGB", how=officer())
    from guomen.journeys.certification import messages

    said = certification.read_message(messages.document(moved))
    assert (said["seal"], said["to"]) == ("SEAL-77", "ZHGB")
    assert said["certificates"] == [paper.number]
    assert certification.read_message(messages.document(cleared))["condition"] == "A"
    bent = messages.document(moved) | {"text": moved.text.replace("SEAL-77", "SEAL-78")}
    with pytest.raises(messages.BadMessageError):
        certification.read_message(bent)
    with pytest.raises(messages.BadMessageError):
        certification.read_message({"text": "{}"})
    with pytest.raises(messages.NotLetGoError):
        certification.clear([ordered("inspect").reference], how=officer())
    assert Message.objects.count() == 2
    assert django_settings.GUOMEN_DEMO
