from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction
from tests.supervision.ledger.conftest import DAY, MORNING

from guomen.core.draw import NO_ANCHOR
from guomen.supervision.ledger import operations, proofs, queries
from guomen.supervision.ledger.operations import Draft
from guomen.supervision.ledger.signing import NoSigningKey, open_signer, trusted_keys

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger")]


def append(kind: str, subject: str, value: int) -> int:
    with transaction.atomic():
        draft = Draft(kind=kind, subject=subject, body={"value": value})
        return operations.append([draft], at=MORNING, by="x").first


def test_the_entries_of_a_subject_come_oldest_first_and_of_no_other() -> None:
    append("ruling", "DEC-0", 1)
    append("note", "DEC-0", 2)
    assert [entry.kind for entry in queries.entries_of("DEC-0")] == ["ruling", "ruling", "note"]
    assert [entry.value() for entry in queries.entries_of("DEC-0", kind="note")] == [{"value": 2}]
    assert queries.entries_of("DEC") == ()


def test_the_latest_ruling_of_many_subjects_takes_two_queries(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    newest = append("ruling", "DEC-0", 7)
    append("note", "DEC-0", 8)
    with django_assert_num_queries(2):
        found = queries.latest("ruling", ["DEC-0", "DEC-101", "none"])
    assert {subject: entry.seq for subject, entry in found.items()} == {
        "DEC-0": newest,
        "DEC-101": 3,
    }
    assert queries.latest("ruling", []) == {}


@pytest.mark.parametrize("chunk", [1, 7, 36, 1000])
def test_streaming_gives_every_entry_once_in_ledger_order(chunk: int) -> None:
    append("note", "other", 1)
    assert [entry.seq for entry in queries.iter_entries(chunk=chunk)] == list(range(1, 38))
    assert len(list(queries.iter_entries("ruling", chunk=chunk))) == 36
    assert [entry.seq for entry in queries.iter_entries("note", chunk=chunk)] == [37]
    assert [entry.seq for entry in queries.iter_entries(chunk=chunk, after=35)] == [36, 37]
    bare = list(queries.iter_bodies("ruling", chunk=chunk, after=3))
    assert max(map(len, bare)) <= chunk
    assert [tuple(entry) for part in bare for entry in part] == [
        (entry.seq, entry.subject, entry.body)
        for entry in queries.iter_entries("ruling", chunk=chunk, after=3)
    ]
    assert queries.count() == 37
    assert queries.count("note") == 1


def test_what_is_not_there_is_said_to_be_missing() -> None:
    for ask in (queries.entry, queries.proof):
        with pytest.raises(queries.NoSuchEntry):
            ask(99)


def outsider_accepts(document: dict[str, Any], public_key: bytes) -> bool:
    """The steps of the mechanism page, written again with nothing but hashes and Ed25519."""

    def climb(node: bytes, path: list[str], index: int, size: int) -> bytes:
        last, rest = size - 1, list(path)
        while last:
            if index % 2:
                node = sha256(b"\x01" + bytes.fromhex(rest.pop(0)) + node).digest()
            elif index < last:
                node = sha256(b"\x01" + node + bytes.fromhex(rest.pop(0))).digest()
            index, last = index // 2, last // 2
        assert not rest
        return node

    entry, batch, anchor = document["entry"], document["batch"], document["anchor"]
    leaf = sha256(b"\x00" + bytes.fromhex(entry["salt"]) + entry["record"].encode()).digest()
    root = climb(leaf, document["path"], entry["seq"] - batch["first"], batch["count"])
    said = json.loads(anchor["statement"])
    size = said["batch"] - said["first"] + 1
    top = climb(root, anchor["path"], batch["number"] - said["first"], size)
    Ed25519PublicKey.from_public_bytes(public_key).verify(
        bytes.fromhex(anchor["signature"]), anchor["statement"].encode()
    )
    return top.hex() == said["root"]


def test_every_anchored_entry_has_a_proof_that_a_stranger_can_check(tmp_path: Path) -> None:
    trusted = trusted_keys(tmp_path / "keys")
    for seq in range(1, 31):
        document = json.loads(json.dumps(queries.proof(seq)))
        assert proofs.verify_proof(document, trusted_keys=trusted).holds
        assert outsider_accepts(document, *trusted)


def test_a_proof_shows_no_other_entry() -> None:
    text = json.dumps(queries.proof(7), ensure_ascii=False)
    assert text.count("DEC-") == 1


def test_an_entry_that_is_not_anchored_yet_is_proved_in_its_batch_only(tmp_path: Path) -> None:
    report = proofs.verify_proof(queries.proof(33), trusted_keys=trusted_keys(tmp_path / "keys"))
    assert (report.in_batch, report.in_anchor, report.holds) == (True, None, False)


def changed(document: dict[str, Any], *path: str, to: object) -> dict[str, Any]:
    copy = json.loads(json.dumps(document))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return copy


def test_a_changed_proof_does_not_hold(tmp_path: Path) -> None:
    trusted, document = trusted_keys(tmp_path / "keys"), queries.proof(7)
    for path, to in [
        (("entry", "record"), document["entry"]["record"].replace("放行", "退运")),
        (("entry", "salt"), "00" * 16),
        (("entry", "seq"), 6),
        (("batch", "count"), 7),
        (("batch", "root"), "00" * 32),
        (("batch", "previous"), "00" * 32),
        (("batch", "number"), 2),
        (("anchor", "statement"), document["anchor"]["statement"].replace("19", "20")),
        (("anchor", "signature"), "00" * 64),
        (("anchor", "public_key"), "00" * 32),
        (("path",), document["path"][:-1]),
        (("anchor", "path"), []),
    ]:
        assert not proofs.verify_proof(changed(document, *path, to=to), trusted_keys=trusted).holds
    assert not proofs.verify_proof(document, trusted_keys=frozenset()).holds


@pytest.mark.parametrize(
    ("path", "to"),
    [(("path",), ["zz"]), (("entry",), None), (("batch", "first"), "x"), (("anchor",), {})],
)
def test_what_is_no_proof_at_all_is_refused(path: tuple[str, ...], to: object) -> None:
    with pytest.raises((proofs.BadProof, operations.GuomenError)):
        proofs.verify_proof(changed(queries.proof(7), *path, to=to), trusted_keys=frozenset())


def test_draws_of_a_day_mix_in_the_last_anchor_before_it() -> None:
    first, second = (sha256(a["statement"].encode()).hexdigest() for a in queries.anchors())
    assert queries.previous_anchor(DAY) == NO_ANCHOR
    assert queries.previous_anchor(DAY + timedelta(days=1)) == first
    assert queries.previous_anchor(DAY + timedelta(days=2)) == second
    assert queries.previous_anchor(DAY + timedelta(days=9)) == second


def test_the_signing_key_is_made_once_and_only_when_allowed(tmp_path: Path) -> None:
    with pytest.raises(NoSigningKey):
        open_signer(tmp_path / "none")
    made = open_signer(tmp_path / "new", create=True)
    assert open_signer(tmp_path / "new", create=True).public_key == made.public_key
    assert trusted_keys(tmp_path / "new") == {made.public_key}
    assert (tmp_path / "new" / "anchor.pem").stat().st_mode & 0o777 == 0o600
    assert "private" not in repr(made)
