from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections, transaction
from tests.supervision.ledger.conftest import DAY, LATER, MORNING, add

from guomen.core import canonical, merkle
from guomen.supervision.ledger import guards, operations, queries, verification
from guomen.supervision.ledger.models import Anchor, Batch, Entry, Head
from guomen.supervision.ledger.operations import Draft
from guomen.supervision.ledger.signing import Signer

pytestmark = pytest.mark.django_db


def execute(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_batch_takes_the_next_numbers_and_follows_the_chain() -> None:
    first, second = add(3), add(2, start=10)
    assert (first.batch, list(first.seqs)) == (1, [1, 2, 3])
    assert (second.batch, list(second.seqs)) == (2, [4, 5])
    link = merkle.chain_hash(bytes.fromhex(first.chain), bytes.fromhex(second.root), 2)
    assert second.chain == link.hex()
    assert queries.head() == (2, 5, second.chain)


def test_an_entry_keeps_what_was_given_and_its_leaf_binds_all_of_it() -> None:
    seq = add(1, start=42).first
    row = Entry.objects.get(seq=seq)
    assert (row.kind, row.subject, row.by, row.at) == ("ruling", "DEC-42", "officer:7f3a", MORNING)
    text = canonical.encode(
        {
            "at": MORNING,
            "body": {"n": 42, "说": "放行"},
            "by": "officer:7f3a",
            "kind": "ruling",
            "subject": "DEC-42",
        }
    )
    assert bytes(row.leaf) == merkle.leaf_hash(bytes(row.salt), text)


def test_equal_contents_have_different_leaves() -> None:
    draft = Draft(kind="note", subject="S", body={})
    with transaction.atomic():
        operations.append([draft, draft], at=MORNING, by="x")
    one, other = Entry.objects.values_list("leaf", flat=True)
    assert bytes(one) != bytes(other)


def test_a_prepared_batch_is_the_same_as_drafts() -> None:
    prepared = operations.prepare(
        [Draft(kind="note", subject="S", body='{"a":1}')], at=MORNING, by="x"
    )
    with transaction.atomic():
        appended = operations.append(prepared)
    assert appended.root == prepared.root.hex()
    assert queries.entry(appended.first).value() == {"a": 1}
    assert verification.verify().holds


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_appended() -> None:
    with pytest.raises(operations.OutsideTransaction):
        operations.append([Draft(kind="a", subject="b", body={})], at=MORNING, by="x")
    assert queries.head()[0] == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_no_gap() -> None:
    add(2)
    with transaction.atomic():
        operations.append([Draft(kind="a", subject="b", body={})], at=MORNING, by="x")
        transaction.set_rollback(True)
    assert list(add(1).seqs) == [3]
    assert verification.verify().holds


@pytest.mark.parametrize(
    "draft",
    [
        Draft(kind="", subject="s", body={}),
        Draft(kind="k" * 65, subject="s", body={}),
        Draft(kind="k", subject="", body={}),
        Draft(kind="k", subject="s" * 201, body={}),
        Draft(kind="k", subject="s", body="[]"),
        Draft(kind="k", subject="s", body=[1]),
    ],
)
def test_a_draft_that_cannot_be_recorded_is_refused(draft: Draft) -> None:
    with pytest.raises(operations.BadDraft):
        operations.prepare([draft], at=MORNING, by="x")


def test_an_empty_batch_and_a_missing_author_are_refused() -> None:
    with pytest.raises(operations.NothingToAppend):
        operations.prepare([], at=MORNING, by="x")
    with pytest.raises(operations.BadDraft):
        operations.append([Draft(kind="k", subject="s", body={})])
    with pytest.raises(canonical.NotCanonical):
        operations.prepare(
            [Draft(kind="k", subject="s", body={})], at=MORNING.replace(tzinfo=None), by="x"
        )


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_entry SET body = '{}' WHERE seq = 3",
        "UPDATE ledger_entry SET body = NULL, salt = NULL WHERE seq = 3",
        "UPDATE ledger_entry SET subject = 'x'",
        "DELETE FROM ledger_entry WHERE seq = 30",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_batch SET count = 9 WHERE number = 2",
        "DELETE FROM ledger_batch WHERE number = 8",
        "UPDATE ledger_anchor SET signature = ''",
        "DELETE FROM ledger_anchor",
    ],
)
def test_the_database_itself_refuses_change(sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        execute(sql)
    assert verification.verify().holds


@pytest.mark.usefixtures("ledger")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces rows on insertion")
@pytest.mark.parametrize("table", ["ledger_entry", "ledger_batch", "ledger_anchor"])
def test_sqlite_refuses_to_replace_rows(table: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")


@pytest.mark.usefixtures("ledger")
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_postgresql_refuses_to_truncate() -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE ledger_entry CASCADE")


def test_two_batches_can_never_follow_the_same_one() -> None:
    add(1)
    same = Batch.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        Batch.objects.create(
            number=2, first=2, count=1, root=bytes(32), previous=same.previous, chain=b"c" * 32
        )


@pytest.mark.usefixtures("ledger")
def test_erasure_by_order_destroys_contents_and_the_ledger_still_verifies() -> None:
    with transaction.atomic():
        operations.erase([3, 14], order="ORDER-9", at=LATER, by="officer:1")
    report = verification.verify()
    assert report.holds
    assert report.erased == {3: "ORDER-9", 14: "ORDER-9"}
    assert queries.erased_by(3) == "ORDER-9"
    assert queries.entry(3).erased
    with pytest.raises(queries.EntryErased):
        queries.entry(3).value()
    with pytest.raises(queries.EntryErased, match="ORDER-9"):
        queries.proof(3)


@pytest.mark.usefixtures("ledger")
def test_only_what_can_be_erased_is_erased() -> None:
    with transaction.atomic():
        erasure = operations.erase([3], order="ORDER-9", at=LATER, by="officer:1")
    for seqs in ([3], [erasure.first], [999], [4, 999]):
        with pytest.raises(operations.CannotErase), transaction.atomic():
            operations.erase(seqs, order="ORDER-10", at=LATER, by="officer:1")
    assert queries.erased_by(4) is None


@pytest.mark.usefixtures("ledger")
def test_nothing_is_erased_before_its_time() -> None:
    """Rulings are kept five years to the day, as the day is counted in China."""
    end = datetime(2017, 5, 23, 16, 0, tzinfo=UTC)
    with pytest.raises(operations.KeptLonger, match="from 2017-05-24 on"), transaction.atomic():
        operations.erase([3], order="ORDER-9", at=end - timedelta(seconds=1), by="officer:1")
    assert queries.erased_by(3) is None
    assert verification.verify().erased == {}
    with transaction.atomic():
        operations.erase([3], order="ORDER-9", at=end, by="officer:1")
    assert queries.erased_by(3) == "ORDER-9"


def test_one_entry_that_must_stay_keeps_the_whole_order_back() -> None:
    drafts = [Draft(kind=kind, subject="S", body={}) for kind in ("ruling", "draw.key")]
    with transaction.atomic():
        seqs = operations.append(drafts, at=MORNING, by="x").seqs
    with pytest.raises(operations.KeptLonger, match="for ever"), transaction.atomic():
        operations.erase(seqs, order="ORDER-9", at=LATER, by="officer:1")
    assert {queries.entry(seq).erased for seq in seqs} == {False}


@pytest.mark.usefixtures("ledger")
def test_even_an_ordered_erasure_changes_nothing_else() -> None:
    with transaction.atomic():
        operations.erase([3], order="ORDER-9", at=LATER, by="officer:1")
    with pytest.raises(DatabaseError, match="append-only"):
        execute("UPDATE ledger_entry SET subject = 'other' WHERE seq = 3")
    with pytest.raises(DatabaseError, match="append-only"):
        execute("UPDATE ledger_entry SET body = '{}' WHERE seq = 3")


def test_anchors_cover_everything_since_the_last_and_follow_in_time(signer: Signer) -> None:
    add(3)
    with transaction.atomic():
        one = operations.anchor(DAY, at=MORNING, signer=signer)
    with pytest.raises(operations.AnchorOutOfOrder), transaction.atomic():
        operations.anchor(DAY, at=MORNING, signer=signer)
    with transaction.atomic():
        quiet = operations.anchor(DAY + timedelta(days=1), at=MORNING, signer=signer)
    assert (one.first, one.batch, one.entries) == (1, 1, 3)
    assert (quiet.first, quiet.batch, quiet.root) == (2, 1, merkle.EMPTY_ROOT.hex())
    assert quiet.chain == one.chain
    assert Anchor.objects.count() == 2
    assert verification.verify().holds


def test_the_guards_are_in_place_after_migration() -> None:
    assert guards.missing(connection) == ()


@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_never_fork_the_chain_nor_lose_an_entry() -> None:
    failures: list[BaseException] = []

    def write(worker: int) -> None:
        try:
            for turn in range(12):
                add(1 + turn % 3, start=1000 * worker + 10 * turn)
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    report = verification.verify()
    assert report.holds
    assert (report.batches, report.entries) == (48, 96)
    assert Head.objects.get().batch == 48


WRITER = """
import sys
import django
from django.conf import settings
from guomen.site.environment import database
from pathlib import Path
settings.configure(
    INSTALLED_APPS=["guomen.supervision.ledger"], USE_TZ=True,
    DATABASES={"default": database("NO_SUCH_VARIABLE", default=Path(sys.argv[1]))},
)
django.setup()
from datetime import UTC, datetime
from django.core.management import call_command
from django.db import transaction
from guomen.supervision.ledger import verification
from guomen.supervision.ledger.operations import Draft, append
if sys.argv[2] == "migrate":
    call_command("migrate", verbosity=0)
elif sys.argv[2] == "verify":
    report = verification.verify()
    print(report.holds, report.batches, report.entries)
else:
    for turn in range(6):
        drafts = [Draft(kind="k", subject=f"{sys.argv[2]}-{turn}", body={"t": turn})] * 5
        with transaction.atomic():
            append(drafts, at=datetime(2012, 5, 24, tzinfo=UTC), by="w")
"""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the file is a SQLite one")
def test_processes_that_share_one_file_never_fork_the_chain(tmp_path: Path) -> None:
    def start(what: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WRITER, str(tmp_path / "ledger.sqlite3"), what]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    start("migrate").communicate()
    writers = [start(f"writer-{place}") for place in range(3)]
    for writer in writers:
        writer.communicate()
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert start("verify").communicate()[0].split() == ["True", "18", "90"]


def test_the_time_that_is_recorded_is_the_argument() -> None:
    at = datetime(1999, 12, 31, 23, 59, 59, 1, tzinfo=UTC)
    seq = add(1, at=at).first
    assert queries.entry(seq).at == at
    assert verification.verify().holds
