"""
The trees of order shapes as tables of codes, walked by many lines in compiled loops.

A node of a tree is a number; a table of hashed keys (node, code) leads to the next one. Beside a
branch for each value every level has one for "unknown", so that no line walks twice. Importing
this imports Numba, so it is done late; compiled code is kept on disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import njit

from guomen.core.order_trees import HAZARD, Shape

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

# Codes of a field: 0 for a value that no order names, 1, 2, 3 … for named ones, then "unknown".
OTHER = 0
_NOWHERE = -1
_MULTIPLIER = -7046029254386353131  # 2**64 / golden ratio, odd: spreads keys over the table


class Table(NamedTuple):
    """
    One shape's tree.

    ``first`` leads from the root by code, and ``nodes`` from node to node by the hashed ``keys``
    (node × radix + code); ``group`` is that of the last nodes. ``fields`` are rows of the codes.
    """

    fields: Ints
    hazard: bool
    first: Codes
    radix: int
    keys: Ints
    nodes: Codes
    group: Codes


@dataclass(frozen=True)
class Groups:
    """Orders that are met together: those of group ``g`` are ``orders[first[g]:first[g + 1]]``."""

    first: Ints
    orders: Ints
    certain: Bools


class Coded(NamedTuple):
    """
    Lines as codes: a row a field and a column a line.

    The hazards of a line are ``hazards[begin[line]:begin[line + 1]]``, unless they are not known.
    """

    codes: Codes
    hazards: Codes
    begin: Ints
    unknown: Bools
    unknown_code: int


class Tables:
    """The tables of all shapes of an order set."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        """Build the tables."""
        self._names: dict[str, dict[str, int]] = {}
        for shape in shapes:
            for place, name in enumerate(shape.fields):
                codes = self._names.setdefault(name, {})
                for values in shape.values:
                    codes.setdefault(values[place], len(codes) + 1)
        self._plain = [name for name in self._names if name != HAZARD]
        groups: list[tuple[Ints, bool]] = []
        self._tables = [self._table(shape, groups) for shape in shapes]
        self.groups = Groups(
            first=np.cumsum([0, *(len(orders) for orders, _ in groups)], dtype=np.int64),
            orders=np.concatenate([np.zeros(0, dtype=np.int64), *(o for o, _ in groups)]),
            certain=np.array([certain for _, certain in groups], dtype=np.bool_),
        )

    def _table(self, shape: Shape, groups: list[tuple[Ints, bool]]) -> Table:
        radix = max([len(self._names[name]) for name in shape.fields], default=0) + 2
        numbers = np.array(shape.orders, dtype=np.int64)
        codes = np.array(
            [
                [self._names[name][value] for name, value in zip(shape.fields, row, strict=True)]
                for row in shape.values
            ],
            dtype=np.int64,
        ).reshape(len(numbers), len(shape.fields))
        unknown = [len(self._names[name]) + 1 for name in shape.fields]
        node, keys, nodes, last = _levels(codes, unknown, radix)
        group = np.full(last + 1, _NOWHERE, dtype=np.int32)
        order = np.argsort(node, kind="stable")
        ends, first = np.unique(node[order], return_index=True)
        for end, rows in zip(ends.tolist(), np.split(order, first[1:]), strict=True):
            group[end] = len(groups)
            # The first rows are those on which everything is known.
            groups.append((numbers[rows % len(numbers)], bool(rows[0] < len(numbers))))
        root = nodes[keys < radix]
        leads = np.full(radix, _NOWHERE, dtype=np.int32)
        leads[keys[keys < radix]] = root
        size = 1 << max(4, (2 * len(keys)).bit_length())
        hashed, found = np.full(size, _NOWHERE, dtype=np.int64), np.zeros(size, dtype=np.int32)
        _insert(keys, nodes, hashed, found)
        return Table(
            fields=np.array([self._plain.index(name) for name in shape.plain], dtype=np.int64),
            hazard=HAZARD in shape.fields,
            first=leads,
            radix=radix,
            keys=hashed,
            nodes=found,
            group=group,
        )

    def coded(self, facts: pl.DataFrame) -> Coded:
        """Return lines as codes."""
        codes = np.empty((len(self._plain), facts.height), dtype=np.int32)
        prefixes = [name for name in self._plain if name.startswith("hs")]
        for name, row in zip(prefixes, self._prefixes(facts["hs_code"], prefixes), strict=True):
            codes[self._plain.index(name)] = row
        for place, name in enumerate(self._plain):
            if name not in prefixes:
                codes[place] = _coded(facts[name], self._names[name])
        return Coded(codes, *_hazards(facts["hazards"], self._names.get(HAZARD, {})))

    def _prefixes(self, column: pl.Series, names: Sequence[str]) -> list[Codes]:
        """Code a column by its beginnings: each distinct value is cut once."""
        if not names:
            return []
        distinct = column.drop_nulls().unique().to_list()
        places = _coded(column, {value: place for place, value in enumerate(distinct, 1)})
        found = []
        for name in names:
            known, length = self._names[name], int(name[2:])
            codes = [known.get(value[:length], OTHER) for value in distinct]
            table = np.array([OTHER, *codes, len(known) + 1], dtype=np.int32)
            found.append(table[places])
        return found

    def hits(self, lines: Coded) -> tuple[Ints, Ints]:
        """Return aligned row numbers of lines and numbers of the groups that they reach."""
        room = lines.codes.shape[1] + len(lines.hazards)
        rows, nodes = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
        found = [(_NO_ROWS, _NO_ROWS)]
        for table in self._tables:
            count = self._reached(lines, table, rows, nodes)
            found.append((rows[:count].copy(), table.group[nodes[:count]].astype(np.int64)))
        both = [np.concatenate(parts) for parts in zip(*found, strict=True)]
        return both[0], both[1]

    def _reached(self, lines: Coded, table: Table, rows: Ints, nodes: Ints) -> int:
        """Write the lines that reach an end of one tree, and where; return how many."""
        if len(table.fields):
            count: int = _descend(lines, table, rows, nodes)
        else:
            count = lines.codes.shape[1]
            rows[:count], nodes[:count] = np.arange(count), 0
        if not table.hazard:
            return count
        before, at = rows[:count].copy(), nodes[:count].copy()
        last: int = _by_hazard(lines, table, before, at, rows, nodes)
        return last


_NO_ROWS: Ints = np.zeros(0, dtype=np.int64)


def _levels(codes: Ints, unknown: Sequence[int], radix: int) -> tuple[Ints, Ints, Codes, int]:
    """
    Number the nodes level by level; the root is 0.

    Returns the last node of each row (orders, once for every pattern of unknown fields), the keys
    (node × radix + code), the node that each leads to, and the largest number given.
    """
    patterns = list(product((False, True), repeat=codes.shape[1]))
    rows = np.tile(codes, (len(patterns), 1))
    absent = np.repeat(np.array(patterns, dtype=np.bool_).reshape(len(patterns), -1), len(codes), 0)
    node, last = np.zeros(len(rows), dtype=np.int64), 0
    keys, nodes = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int32)]
    for field, missing in enumerate(unknown):
        step = node * radix + np.where(absent[:, field], missing, rows[:, field])
        distinct, place = np.unique(step, return_inverse=True)
        node = last + 1 + place
        keys.append(distinct)
        nodes.append(np.arange(last + 1, last + 1 + len(distinct), dtype=np.int32))
        last += len(distinct)
    return node, np.concatenate(keys), np.concatenate(nodes), last


def _coded(column: pl.Series, names: Mapping[str, int]) -> Codes:
    """Return the code of each value; ``names`` are numbered from 1 in their order."""
    if not names:
        return np.where(column.is_null().to_numpy(), 1, OTHER).astype(np.int32)
    place = column.cast(pl.Enum(list(names)), strict=False).to_physical().cast(pl.Int32)
    codes: Codes = (place + 1).fill_null(OTHER).to_numpy()
    if not column.null_count():
        return codes
    return np.where(column.is_null().to_numpy(), np.int32(len(names) + 1), codes)


def _hazards(column: pl.Series, names: Mapping[str, int]) -> tuple[Codes, Ints, Bools, int]:
    """Return the codes of all hazards, where each line's begin, and which lists are unknown."""
    if not names:
        nothing = np.zeros(len(column) + 1, dtype=np.int64)
        return np.zeros(0, dtype=np.int32), nothing, np.zeros(len(column), dtype=np.bool_), 0
    lengths = column.list.len().fill_null(0).to_numpy()
    first = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    values = column.filter(column.list.len() > 0).explode()
    codes = _coded(values, names)
    # A hazard without a name in a known list is no hazard that an order names.
    codes = np.where(codes > len(names), np.int32(OTHER), codes)
    return codes, first, column.is_null().to_numpy(), len(names) + 1


@njit(cache=True, nogil=True)
def _insert(keys: Any, nodes: Any, hashed: Any, found: Any) -> None:
    size = len(hashed)
    for i in range(len(keys)):
        slot = ((keys[i] * _MULTIPLIER) >> 32) & (size - 1)
        while hashed[slot] != -1:
            slot = (slot + 1) & (size - 1)
        hashed[slot] = keys[i]
        found[slot] = nodes[i]


@njit(nogil=True, inline="always")
def _next(key: int, hashed: Any, found: Any) -> int:
    """Return the node to which a key leads, or -1."""
    size = len(hashed)
    slot = ((key * _MULTIPLIER) >> 32) & (size - 1)
    while hashed[slot] != key and hashed[slot] != -1:
        slot = (slot + 1) & (size - 1)
    return found[slot] if hashed[slot] == key else -1


@njit(cache=True, nogil=True)
def _descend(lines: Any, table: Any, rows: Any, nodes: Any) -> int:
    """Lead every line down the plain fields of one tree; return how many come through."""
    codes, fields, radix = lines.codes, table.fields, table.radix
    first, hashed, found = table.first, table.keys, table.nodes
    count = 0
    for line in range(codes.shape[1]):
        node = first[codes[fields[0], line]]
        for i in range(1, len(fields)):
            if node < 0:
                break
            node = _next(node * radix + codes[fields[i], line], hashed, found)
        if node >= 0:
            rows[count], nodes[count] = line, node
            count += 1
    return count


@njit(cache=True, nogil=True)
def _by_hazard(lines: Any, table: Any, before: Any, at: Any, rows: Any, nodes: Any) -> int:
    """Lead lines from the nodes at which they are on by their hazards; return how many pairs."""
    hazards, begin, unknown, radix = lines.hazards, lines.begin, lines.unknown, table.radix
    hashed, found, count = table.keys, table.nodes, 0
    for place in range(len(before)):
        line, key = before[place], at[place] * radix
        if unknown[line]:
            rows[count], nodes[count] = line, _next(key + lines.unknown_code, hashed, found)
            count += 1
            continue
        for i in range(begin[line], begin[line + 1]):
            # A list may name the same hazard twice.
            again = hazards[i] == 0
            for j in range(begin[line], i):
                again |= hazards[j] == hazards[i]
            node = -1 if again else _next(key + hazards[i], hashed, found)
            if node >= 0:
                rows[count], nodes[count] = line, node
                count += 1
    return count


@njit(cache=True, nogil=True)
def follow(rows: Any, groups: Any, of_group: Any, of_line: Any) -> None:
    """Raise what is ``Followed`` on each line by that of the groups which it reached."""
    for i in range(len(rows)):
        line, group = rows[i], groups[i]
        of_line.severity[line] = max(of_line.severity[line], of_group.severity[group])
        of_line.floor[line] = max(of_line.floor[line], of_group.floor[group])
        of_line.possible[line] |= of_group.possible[group]
