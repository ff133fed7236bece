"""The attacker owns the database: drops the triggers, edits rows, and recomputes every hash."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from tests.supervision.ledger.conftest import LATER, MORNING, add, unguarded

from guomen.core import canonical, merkle
from guomen.supervision.ledger import guards, operations, queries, statements, verification
from guomen.supervision.ledger.models import Anchor, Batch, Entry, Head
from guomen.supervision.ledger.operations import Draft
from guomen.supervision.ledger.record import framed, record
from guomen.supervision.ledger.signing import Signer, open_signer, trusted_keys

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger")]


@pytest.fixture(autouse=True)
def _attacked() -> Any:
    with unguarded():
        yield


def execute(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def codes(**options: Any) -> set[str]:
    flaws = verification.verify(**options).flaws
    for flaw in flaws:
        assert flaw.sentence.zh
        assert "None" not in flaw.sentence.en
    return {flaw.code for flaw in flaws} - {"guard.missing"}


def places(code: str, **options: Any) -> set[int | None]:
    found = [flaw for flaw in verification.verify(**options).flaws if flaw.code == code]
    return {flaw.seq if flaw.seq is not None else flaw.batch for flaw in found}


def recompute(*, batches: bool = True) -> None:
    """Make every leaf, root, link and the head agree with the rows as they are now."""
    for row in Entry.objects.exclude(body=None):
        text = record(framed(row.at, row.by, row.kind), row.body, row.subject)
        Entry.objects.filter(seq=row.seq).update(leaf=merkle.leaf_hash(row.salt, text.encode()))
    if not batches:
        return
    chain = merkle.GENESIS
    # Nobody can hold two equal links for a moment, so that the attacker clears them first.
    for batch in Batch.objects.order_by("number"):
        Batch.objects.filter(number=batch.number).update(
            previous=os.urandom(32), chain=os.urandom(32)
        )
    entries = 0
    for batch in Batch.objects.order_by("number"):
        rows = Entry.objects.filter(batch=batch).order_by("seq")
        leaves = [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]
        root, previous = merkle.root(leaves), chain
        chain = merkle.chain_hash(previous, root, len(leaves))
        Batch.objects.filter(number=batch.number).update(
            root=root, count=len(leaves), previous=previous, chain=chain, first=entries + 1
        )
        entries += len(leaves)
    Head.objects.update(chain=chain, batch=Batch.objects.count(), entries=entries)


def test_an_honest_ledger_has_no_flaw_and_names_its_unanchored_tail(tmp_path: Path) -> None:
    guards.install(connection)
    assert statements.export_anchors(tmp_path / "anchors.jsonl") == 2
    seen: list[tuple[int, int]] = []
    report = verification.verify(
        anchor_file=tmp_path / "anchors.jsonl",
        trusted_keys=trusted_keys(tmp_path / "keys"),
        progress=lambda done, total: seen.append((done, total)),
        chunk=10,
    )
    assert report.holds
    assert (report.entries, report.batches, report.anchors) == (36, 8, 4)
    assert report.unanchored == range(31, 37)
    assert report.chain == queries.head()[2]
    assert seen == [(10, 36), (20, 36), (30, 36), (36, 36)]


def test_an_empty_ledger_holds() -> None:
    for table in ("anchor", "entry", "batch", "head"):
        execute(f"DELETE FROM ledger_{table}")
    assert codes() == set()


def test_missing_guards_are_named() -> None:
    assert {flaw.code for flaw in verification.verify().flaws} == {"guard.missing"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("body", '{"n":102,"说":"放行 "}'),
        ("kind", "note"),
        ("subject", "DEC-999"),
        ("by", "officer:0000"),
        ("at", "2012-05-24 01:30:00"),
        ("salt", b"0" * 16),
        ("leaf", b"0" * 32),
    ],
)
def test_an_edit_of_any_column_is_found_at_its_entry(column: str, value: object) -> None:
    execute(f"UPDATE ledger_entry SET {column} = %s WHERE seq = 4", value)
    assert "entry.changed" in codes()
    assert places("entry.changed") == {4}


def test_an_edit_with_its_leaf_recomputed_is_found_at_its_batch() -> None:
    execute("UPDATE ledger_entry SET body = '{}' WHERE seq = 4")
    recompute(batches=False)
    assert codes() == {"batch.root"}
    assert places("batch.root") == {2}


def test_a_rewrite_with_every_hash_recomputed_is_caught_by_the_anchors() -> None:
    execute("UPDATE ledger_entry SET body = '{}' WHERE seq = 4")
    recompute()
    assert codes() == {"anchor.differs"}


def test_a_rewrite_of_the_anchors_too_is_caught_by_key_and_by_file(tmp_path: Path) -> None:
    statements.export_anchors(tmp_path / "anchors.jsonl")
    execute("UPDATE ledger_entry SET body = '{}' WHERE seq = 4")
    recompute()
    resign(open_signer(tmp_path / "attacker", create=True))
    assert codes() == set()
    assert codes(trusted_keys=trusted_keys(tmp_path / "keys")) == {"anchor.signature"}
    assert codes(anchor_file=tmp_path / "anchors.jsonl") == {"anchor.differs"}


def test_even_with_the_stolen_signing_key_the_exported_file_catches_a_rewrite(
    tmp_path: Path, signer: Signer
) -> None:
    statements.export_anchors(tmp_path / "anchors.jsonl")
    execute("UPDATE ledger_entry SET body = '{}' WHERE seq = 4")
    recompute()
    resign(signer)
    trusted = trusted_keys(tmp_path / "keys")
    assert codes(trusted_keys=trusted) == set()
    assert codes(trusted_keys=trusted, anchor_file=tmp_path / "anchors.jsonl") == {"anchor.differs"}


def test_a_cut_tail_is_caught_by_anchors() -> None:
    execute("DELETE FROM ledger_entry WHERE batch_id >= 7")
    execute("DELETE FROM ledger_batch WHERE number >= 7")
    recompute()
    assert codes() == {"anchor.cut_tail"}


def test_a_cut_tail_without_its_anchor_is_caught_by_the_exported_file(tmp_path: Path) -> None:
    statements.export_anchors(tmp_path / "anchors.jsonl")
    execute("DELETE FROM ledger_entry WHERE batch_id >= 7")
    execute("DELETE FROM ledger_batch WHERE number >= 7")
    execute("DELETE FROM ledger_anchor WHERE batch >= 7")
    recompute()
    assert codes() == set()
    assert codes(anchor_file=tmp_path / "anchors.jsonl") == {"anchor.cut_tail"}


def test_a_cut_of_the_unanchored_tail_shows_in_what_the_report_names() -> None:
    before = verification.verify().unanchored
    execute("DELETE FROM ledger_entry WHERE batch_id = 8")
    execute("DELETE FROM ledger_batch WHERE number = 8")
    recompute()
    assert codes() == set()
    assert verification.verify().unanchored != before


def test_a_removed_entry_is_named() -> None:
    execute("DELETE FROM ledger_entry WHERE seq = 8")
    assert codes() == {"entry.missing", "batch.root"}
    assert places("entry.missing") == {8}


def test_removed_entries_at_the_end_of_a_batch_are_named() -> None:
    execute("DELETE FROM ledger_entry WHERE seq IN (11, 12)")
    (flaw,) = [f for f in verification.verify().flaws if f.code == "entry.missing"]
    assert (flaw.seq, flaw.batch, flaw.detail) == (11, 3, "12")


def test_a_removed_batch_is_named() -> None:
    execute("DELETE FROM ledger_entry WHERE batch_id = 4")
    execute("DELETE FROM ledger_batch WHERE number = 4")
    assert places("batch.missing") == {4}
    assert "batch.chain" in codes()


@pytest.mark.parametrize("seq", [-5, 0, 37, 10**12])
def test_an_inserted_entry_is_named(seq: int) -> None:
    row = Entry.objects.get(seq=4)
    row.pk = seq
    row.save(force_insert=True)
    assert places("entry.foreign") == {seq}


@pytest.mark.parametrize("number", [-1, 0, 9, 10**12])
def test_an_inserted_batch_is_named(number: int) -> None:
    if connection.vendor == "postgresql":
        execute("ALTER TABLE ledger_batch DROP CONSTRAINT ledger_batch_has_entries")
    else:
        execute("PRAGMA ignore_check_constraints = ON")
    execute(
        "INSERT INTO ledger_batch (number, first, count, root, previous, chain) "
        "VALUES (%s, 90, 1, %s, %s, %s)",
        *(number, b"r" * 32, b"p" * 32, b"c" * 32),
    )
    if connection.vendor == "sqlite":
        execute("PRAGMA ignore_check_constraints = OFF")
    assert codes() & {"batch.foreign", "batch.chain"}


def test_two_entries_that_changed_places_are_found() -> None:
    one, other = Entry.objects.get(seq=6), Entry.objects.get(seq=7)
    for row, seq in ((one, 7), (other, 6)):
        Entry.objects.filter(seq=seq).update(
            subject=row.subject, body=row.body, salt=row.salt, leaf=row.leaf
        )
    assert codes() == {"batch.root"}


def test_an_entry_moved_to_another_batch_is_found() -> None:
    execute("UPDATE ledger_entry SET batch_id = 3 WHERE seq = 4")
    assert codes() == {"entry.moved"}


@pytest.mark.parametrize("column", ["root", "previous", "chain"])
def test_an_edit_of_a_batch_is_found(column: str) -> None:
    execute(f"UPDATE ledger_batch SET {column} = %s WHERE number = 3", b"x" * 32)
    assert codes() & {"batch.root", "batch.chain"}


@pytest.mark.parametrize(("column", "value"), [("first", 99), ("count", 1)])
def test_an_edit_of_the_extent_of_a_batch_is_found(column: str, value: int) -> None:
    execute(f"UPDATE ledger_batch SET {column} = %s WHERE number = 3", value)
    assert "batch.root" in codes()


def test_an_edit_of_the_head_is_found() -> None:
    execute("UPDATE ledger_head SET chain = %s", b"x" * 32)
    assert codes() == {"head.differs"}


@pytest.mark.parametrize("body", ["NULL", "'{}'"])
def test_contents_emptied_without_an_order_are_named(body: str) -> None:
    execute(f"UPDATE ledger_entry SET body = {body}, salt = NULL WHERE seq = 4")
    assert places("entry.erased_without_order") == {4}


def test_an_erased_entry_cannot_change_its_subject_afterwards() -> None:
    with transaction.atomic():
        operations.erase([4], order="ORDER-9", at=LATER, by="officer:1")
    execute("UPDATE ledger_entry SET subject = 'DEC-999' WHERE seq = 4")
    assert places("entry.erasure_differs") == {4}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has typed columns")
@pytest.mark.parametrize(
    ("column", "value"), [("salt", 5), ("leaf", "text"), ("kind", 7), ("body", b"\xff"), ("at", 1)]
)
def test_a_value_of_a_wrong_type_is_a_flaw_and_no_crash(column: str, value: object) -> None:
    execute(f"UPDATE ledger_entry SET {column} = %s WHERE seq = 4", value)
    assert places("entry.changed") == {4}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has typed columns")
@pytest.mark.parametrize("column", ["root", "chain", "previous", "count", "first"])
def test_a_batch_of_wrong_types_is_a_flaw_and_no_crash(column: str) -> None:
    execute(f"UPDATE ledger_batch SET {column} = 'text' WHERE number = 3")
    assert codes()


def test_a_forged_erasure_is_a_flaw_and_no_crash() -> None:
    with transaction.atomic():
        operations.append([Draft(kind="erasure", subject="X", body={"no": 1})], at=MORNING, by="x")
    assert places("entry.changed") == {37}


def test_a_body_that_swallows_other_fields_is_found() -> None:
    """The record is text; no other split of it into columns has the same hash."""
    row = Entry.objects.get(seq=4)
    swallowing = f'{row.body},"by":"{row.by}"'
    execute("UPDATE ledger_entry SET body = %s WHERE seq = 4", swallowing)
    assert places("entry.changed") == {4}


def test_an_edited_anchor_is_found() -> None:
    execute("UPDATE ledger_anchor SET entries = entries - 1 WHERE batch = 5")
    assert {"anchor.signature", "anchor.differs"} <= codes()


def test_a_removed_anchor_is_found_by_the_next() -> None:
    execute("DELETE FROM ledger_anchor WHERE batch = 5")
    assert codes() == {"anchor.sequence"}


@pytest.mark.parametrize("text", ["", "not json\n", "{}\n", '{"statement":"{}"}\n'])
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "anchors.jsonl").write_text(text)
    with pytest.raises(statements.BadAnchorFile):
        verification.verify(anchor_file=tmp_path / "anchors.jsonl")


def test_an_edited_export_is_found(tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    statements.export_anchors(file)
    lines = [canonical.loads(line) for line in file.read_text().splitlines()]
    lines[0]["statement"] = lines[0]["statement"].replace('"entries":19', '"entries":18')
    file.write_text("".join(canonical.dumps(line) + "\n" for line in lines))
    assert {"anchor.signature", "anchor.differs"} <= codes(anchor_file=file)


def test_a_ledger_verifies_while_it_grows() -> None:
    grown = []

    def grow(done: int, total: int) -> None:
        if not grown:
            grown.append(add(3, start=900, at=MORNING + timedelta(days=9)))

    report = verification.verify(progress=grow, chunk=5)
    assert not {flaw.code for flaw in report.flaws} - {"guard.missing"}
    assert report.entries == 36


def resign(signer: Signer) -> None:
    """Sign every anchor anew over the chain as it is now."""
    previous = "0" * 64
    for row in Anchor.objects.order_by("day"):
        roots = Batch.objects.filter(number__gte=row.first, number__lte=row.batch)
        leaves = [bytes(root) for root in roots.order_by("number").values_list("root", flat=True)]
        row.chain = bytes(Batch.objects.get(number=row.batch).chain).hex()
        row.root, row.previous = merkle.root(leaves).hex(), previous
        row.public_key = signer.public_key.hex()
        row.signature = signer.sign(statements.of(row).encode()).hex()
        row.save()
        previous = statements.digest(statements.of(row))
