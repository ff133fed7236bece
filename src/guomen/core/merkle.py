"""
Hashes that bind many records into one: leaves, a Merkle tree for each batch, a chain of batches.

The tree is that of RFC 6962 section 2.1 (an odd node is promoted, never duplicated); leaves, nodes
and chain links are domain-separated, so that none can pass for another. Not for signing or storage.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise

from guomen.core.errors import GuomenError

LEAF, NODE, CHAIN = b"\x00", b"\x01", b"\x02"

#: The chain value before the first batch.
GENESIS = bytes(32)

#: The root of a tree without leaves (RFC 6962 section 2.1).
EMPTY_ROOT = sha256(b"").digest()


class LeafOutsideTree(GuomenError):
    """A proof was asked for a leaf that the tree does not have."""

    code = "merkle.leaf_outside_tree"


def leaf_hash(salt: bytes, content: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ salt ‖ content); the salt hides contents that could be guessed."""
    return sha256(LEAF + salt + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(NODE + left + right).digest()


def chain_hash(previous: bytes, batch_root: bytes, count: int) -> bytes:
    """Return SHA-256(0x02 ‖ previous ‖ root ‖ count as eight bytes, big end first)."""
    return sha256(CHAIN + previous + batch_root + count.to_bytes(8, "big")).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """
    Return the root over leaf hashes in their order.

    >>> root([leaf_hash(b"", b"one")]) == leaf_hash(b"", b"one")
    True
    """
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        level = _level_above(level)
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """
    Return the siblings met on the way from one leaf to the root, lowest first.

    :raises LeafOutsideTree: the index is not that of a leaf.
    """
    _require_leaf(index, len(leaves))
    level, place, path = list(leaves), index, []
    while len(level) > 1:
        sibling = place ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level, place = _level_above(level), place >> 1
    return tuple(path)


def root_from_proof(leaf: bytes, proof: Sequence[bytes], *, index: int, size: int) -> bytes | None:
    """
    Return the root that a proof leads to, or None for a proof of the wrong length.

    :raises LeafOutsideTree: the index is not that of a leaf of a tree of this size.
    """
    _require_leaf(index, size)
    node, place, last, path = leaf, index, size - 1, iter(proof)
    while last:
        if place & 1 or place < last:
            sibling = next(path, None)
            if sibling is None:
                return None
            node = node_hash(sibling, node) if place & 1 else node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    return node if next(path, None) is None else None


def verify_inclusion(
    leaf: bytes, proof: Sequence[bytes], *, index: int, size: int, root: bytes
) -> bool:
    """
    Tell whether the proof shows this leaf at this place in the tree with this root.

    >>> a, b, c = (leaf_hash(b"", x) for x in (b"a", b"b", b"c"))
    >>> top = node_hash(node_hash(a, b), c)
    >>> verify_inclusion(c, [node_hash(a, b)], index=2, size=3, root=top)
    True
    >>> verify_inclusion(c, [node_hash(a, b)], index=1, size=3, root=top)
    False
    """
    if not 0 <= index < size:
        return False
    return root_from_proof(leaf, proof, index=index, size=size) == root


def verify_chain(links: Sequence[tuple[bytes, int]], *, values: Sequence[bytes]) -> int | None:
    """
    Return the place of the first chain value that does not follow, or None when all do.

    :param links: the root and the number of entries of each batch, in order, from the first batch.
    :param values: the chain values claimed, one a batch.
    """
    claims = pairwise([GENESIS, *values])
    for place, ((previous, value), (batch_root, count)) in enumerate(
        zip(claims, links, strict=True)
    ):
        if chain_hash(previous, batch_root, count) != value:
            return place
    return None


def _level_above(level: list[bytes]) -> list[bytes]:
    pairs = iter(level)
    above = [
        sha256(NODE + left + right).digest() for left, right in zip(pairs, pairs, strict=False)
    ]
    if len(level) & 1:
        above.append(level[-1])
    return above


def _require_leaf(index: int, size: int) -> None:
    if not 0 <= index < size:
        raise LeafOutsideTree(
            f"The tree has {size} leaves; ask for an index from 0 to {size - 1}, not {index}.",
            index=index,
            size=size,
        )
