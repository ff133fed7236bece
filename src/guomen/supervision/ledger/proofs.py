"""
Checking the proof of one entry; needs the document and the trusted public key, no database.

The document is what `queries.proof` returns. A stranger to this code finds the same steps in
``docs/mechanisms/ledger.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from guomen.core import merkle
from guomen.core.errors import GuomenError
from guomen.supervision.ledger import statements
from guomen.supervision.ledger.signing import signed_by


class BadProof(GuomenError):
    """A document is not a proof at all."""

    code = "ledger.bad_proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofReport:
    """What a proof shows; None where the batch was not anchored yet."""

    in_batch: bool
    in_anchor: bool | None
    signed_by_trusted_key: bool | None

    @property
    def holds(self) -> bool:
        """Tell whether the entry stands in an anchored batch under a trusted signature."""
        return self.in_batch and bool(self.in_anchor) and bool(self.signed_by_trusted_key)


def verify_proof(document: dict[str, Any], *, trusted_keys: frozenset[bytes]) -> ProofReport:
    """
    Check a proof step by step.

    :param trusted_keys: raw Ed25519 public keys, known from elsewhere than the document.
    :raises BadProof: a part of the document is missing or is not what it should be.
    """
    try:
        return _checked(document, trusted_keys)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadProof(
            f"This is not a complete proof ({error}). Ask for it again and keep it unchanged.",
            reason=str(error),
        ) from error


def _checked(document: dict[str, Any], trusted_keys: frozenset[bytes]) -> ProofReport:
    entry, batch, anchor = document["entry"], document["batch"], document["anchor"]
    root = bytes.fromhex(batch["root"])
    in_batch = merkle.verify_inclusion(
        merkle.leaf_hash(bytes.fromhex(entry["salt"]), entry["record"].encode()),
        [bytes.fromhex(sibling) for sibling in document["path"]],
        index=entry["seq"] - batch["first"],
        size=batch["count"],
        root=root,
    )
    link = merkle.chain_hash(bytes.fromhex(batch["previous"]), root, batch["count"])
    in_batch = in_batch and link.hex() == batch["chain"]
    if anchor is None:
        return ProofReport(in_batch=in_batch, in_anchor=None, signed_by_trusted_key=None)
    said = statements.parse(anchor)
    in_anchor = merkle.verify_inclusion(
        root,
        [bytes.fromhex(sibling) for sibling in anchor["path"]],
        index=batch["number"] - said.first,
        size=said.batch - said.first + 1,
        root=said.root,
    )
    return ProofReport(
        in_batch=in_batch,
        in_anchor=in_anchor,
        signed_by_trusted_key=said.public_key in trusted_keys
        and signed_by(said.public_key, said.signature, said.text.encode()),
    )
