from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core import merkle


def tree_hash(leaves: list[bytes]) -> bytes:
    """The recursion of RFC 6962 section 2.1, word for word, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = tree_hash(leaves[:split]), tree_hash(leaves[split:])
    return sha256(b"\x01" + left + right).digest()


def audit_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """The recursion of RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*audit_path(index, leaves[:split]), tree_hash(leaves[split:])]
    return [*audit_path(index - split, leaves[split:]), tree_hash(leaves[:split])]


def some_leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"", str(place).encode()) for place in range(count)]


#: The eight inputs and roots of the Certificate Transparency reference tests (merkletree, Google).
CT_INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_certificate_transparency_vectors(size: int) -> None:
    leaves = [merkle.leaf_hash(b"", bytes.fromhex(text)) for text in CT_INPUTS[:size]]
    assert merkle.root(leaves).hex() == CT_ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle.root([]) == tree_hash([]) == merkle.EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 40))
def test_every_proof_of_small_trees_equals_the_recursion_and_verifies(size: int) -> None:
    leaves = some_leaves(size)
    root = merkle.root(leaves)
    assert root == tree_hash(leaves)
    for index, leaf in enumerate(leaves):
        proof = merkle.inclusion_proof(leaves, index)
        assert list(proof) == audit_path(index, leaves)
        assert merkle.verify_inclusion(leaf, proof, index=index, size=size, root=root)


@given(st.integers(1, 300), st.data())
def test_a_proof_shows_one_leaf_at_one_place_only(size: int, data: st.DataObject) -> None:
    leaves = some_leaves(size)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    proof, root = merkle.inclusion_proof(leaves, index), merkle.root(leaves)
    shown = merkle.verify_inclusion(leaves[other], proof, index=other, size=size, root=root)
    assert shown == (index == other)
    moved = merkle.verify_inclusion(leaves[index], proof, index=other, size=size, root=root)
    assert moved == (index == other)


@given(st.integers(2, 200), st.data())
def test_a_changed_proof_shows_nothing(size: int, data: st.DataObject) -> None:
    leaves = some_leaves(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root = list(merkle.inclusion_proof(leaves, index)), merkle.root(leaves)
    place = data.draw(st.integers(0, len(proof) - 1))
    changed = [*proof[:place], bytes(32), *proof[place + 1 :]]
    for wrong in (changed, proof[:-1], [*proof, bytes(32)]):
        assert not merkle.verify_inclusion(leaves[index], wrong, index=index, size=size, root=root)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20), st.data())
def test_any_change_of_leaves_changes_the_root(values: list[int], data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(b"s", bytes([value])) for value in values]
    other = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=20))
    others = [merkle.leaf_hash(b"s", bytes([value])) for value in other]
    assert (merkle.root(leaves) == merkle.root(others)) == (values == other)


def test_an_odd_leaf_is_promoted_and_never_doubled() -> None:
    a, b, c = some_leaves(3)
    assert merkle.root([a, b, c]) == merkle.node_hash(merkle.node_hash(a, b), c)
    assert merkle.root([a, b, c]) != merkle.root([a, b, c, c])


def test_leaf_node_and_chain_cannot_stand_for_one_another() -> None:
    left, right = some_leaves(2)
    assert merkle.leaf_hash(left, right) != merkle.node_hash(left, right)
    count = int.from_bytes(right[:8], "big")
    assert merkle.chain_hash(left, right, count) != merkle.node_hash(left, right + right[:8])


def test_the_chain_commits_to_order_root_and_count() -> None:
    links = [(root, place + 1) for place, root in enumerate(some_leaves(4))]
    values, last = [], merkle.GENESIS
    for root, count in links:
        last = merkle.chain_hash(last, root, count)
        values.append(last)
    assert merkle.verify_chain(links, values=values) is None
    assert merkle.verify_chain([links[1], links[0], *links[2:]], values=values) == 0
    assert merkle.verify_chain([*links[:2], (links[2][0], 9), links[3]], values=values) == 2


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_that_is_not_there_is_refused_or_not_shown(index: int) -> None:
    leaves = some_leaves(3)
    with pytest.raises(merkle.LeafOutsideTree):
        merkle.inclusion_proof(leaves, index)
    assert not merkle.verify_inclusion(leaves[0], [], index=index, size=3, root=bytes(32))
