"""
Control orders 布控: which orders match which lines.

An order selects lines by any of nine selectors; an absent selector means any. Orders that use the
same selectors (and the same length of HS prefix) share a *shape*. Each shape is answered by
look-up tables over codes, narrowing from its rarest selector, so that the work grows with the
lines that are still in question and not with orders × lines.

A selector that meets an unknown fact gives *possible*, never *none*: the order would match in one
of the ways in which the fact may turn out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from guomen.core.errors import GuomenError
from guomen.core.severity import SEVERITY, Outcome
from guomen.core.text import Text

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Equality selectors, each with the fact that it reads. HS prefixes stand apart.
EQUALITY = (
    "direction",
    "origin",
    "enterprise",
    "consignor",
    "site",
    "port",
    "transport",
)
SELECTORS = ("hs_prefix", *EQUALITY, "hazard")

_UNKNOWN = -1
_OTHER = 0
_FOREVER = np.iinfo(np.int64).max


class ControlOrderError(GuomenError):
    """A control order cannot be used."""

    code: ClassVar[str] = "controls.malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    One control order.

    ``begins`` and ``ends`` (exclusive) bound the days on which it binds; ``recorded_at`` and
    ``superseded_at`` the moments between which the bureau knew it in this form. A mandatory order
    that may match holds the line until the unknown fact is known.
    """

    reference: str
    effect: Outcome
    reason: Text
    begins: date
    recorded_at: datetime
    ends: date | None = None
    superseded_at: datetime | None = None
    hs_prefix: str | None = None
    direction: str | None = None
    origin: str | None = None
    enterprise: str | None = None
    consignor: str | None = None
    site: str | None = None
    port: str | None = None
    transport: str | None = None
    hazard: str | None = None
    rate_ppm: int | None = None
    tests: tuple[str, ...] = ()
    mandatory: bool = True
    confidential: bool = False

    def __post_init__(self) -> None:
        """
        Refuse an order that could never be matched as written.

        :raises ControlOrderError: if the HS prefix is not two to ten digits, or no day is bound
        """
        prefix = self.hs_prefix
        if prefix is not None and not (2 <= len(prefix) <= 10 and prefix.isdigit()):
            raise ControlOrderError(
                f"order {self.reference}: an HS prefix has 2 to 10 digits, not {prefix!r}",
                reference=self.reference,
            )
        if self.ends is not None and self.ends <= self.begins:
            raise ControlOrderError(
                f"order {self.reference} ends on or before the day it begins; give a later end",
                reference=self.reference,
            )

    def shape(self) -> tuple[int, ...]:
        """Return the length of the HS prefix and which other selectors are used, as numbers."""
        hs = len(self.hs_prefix) if self.hs_prefix else 0
        return (hs, *(int(getattr(self, name) is not None) for name in SELECTORS[1:]))


Part = tuple[Codes, Codes, bool]


@dataclass(frozen=True)
class Matches:
    """
    Which orders met which lines, in parts: row numbers of lines and orders, and whether certain.

    A match that is not certain hangs on an unknown fact. Each pair comes once; the pairs are in no
    particular order.
    """

    parts: tuple[Part, ...]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return sum(len(rows) for rows, _, _ in self.parts)

    @cached_property
    def line(self) -> Codes:
        """Return the line of each pair."""
        return np.concatenate([_NO_ROWS, *(rows for rows, _, _ in self.parts)])

    @cached_property
    def order(self) -> Codes:
        """Return the order of each pair."""
        return np.concatenate([_NO_ROWS, *(orders for _, orders, _ in self.parts)])

    @cached_property
    def certain(self) -> npt.NDArray[np.bool_]:
        """Tell which pairs are certain."""
        sure = [np.full(len(rows), certain, dtype=np.bool_) for rows, _, certain in self.parts]
        return np.concatenate([np.zeros(0, dtype=np.bool_), *sure])


_NO_ROWS: Codes = np.zeros(0, dtype=np.int64)
_NO_MATCHES = Matches(())


@dataclass(frozen=True)
class _Shape:
    """Orders that use the same selectors, indexed by the combined code of their values."""

    fields: tuple[str, ...]
    orders: Codes
    codes: npt.NDArray[np.int64]  # one row an order, one column a field

    sizes: tuple[int, ...]  # one more than the largest code that a field may hold
    values: tuple[tuple[str, ...], ...]  # the selectors' own values, one row an order
    tables: dict[tuple[str, ...], _Table] = field(default_factory=dict, compare=False)
    dictionaries: dict[tuple[str, ...], dict[tuple[str, ...], list[int]]] = field(
        default_factory=dict, compare=False
    )

    def table(self, fields: tuple[str, ...]) -> _Table:
        """Return the look-up over some of the fields; the others are unknown facts."""
        found = self.tables.get(fields)
        if found is None:
            columns = [self.fields.index(name) for name in fields]
            sizes = [self.sizes[i] for i in columns]
            found = _Table.of(self.codes[:, columns], self.orders, sizes=sizes)
            self.tables[fields] = found
        return found

    def by_value(self, fields: tuple[str, ...]) -> Mapping[tuple[str, ...], list[int]]:
        """Return the orders of each combination of values, for batches of a few lines."""
        found = self.dictionaries.get(fields)
        if found is None:
            found = self.dictionaries[fields] = {}
            columns = [self.fields.index(name) for name in fields]
            for number, values in zip(self.orders.tolist(), self.values, strict=True):
                found.setdefault(tuple(values[i] for i in columns), []).append(number)
        return found


@dataclass(frozen=True)
class _Table:
    """Local codes of each field, and the orders of each combination of them."""

    local: tuple[npt.NDArray[np.int32], ...]
    radix: tuple[int, ...]
    keys: Codes
    first: Codes
    orders: Codes

    @classmethod
    def of(cls, codes: npt.NDArray[np.int64], orders: Codes, *, sizes: Sequence[int]) -> _Table:
        """Index orders by the codes of their values; ``sizes`` bounds the codes of each field."""
        local: list[npt.NDArray[np.int32]] = []
        radix: list[int] = []
        combined = np.zeros(len(orders), dtype=np.int64)
        for column in range(codes.shape[1]):
            values = np.unique(codes[:, column])
            # Index -1 is the last place: an unknown code finds nothing, as it must.
            lookup = np.zeros(sizes[column] + 1, dtype=np.int32)
            lookup[values] = np.arange(1, len(values) + 1)
            local.append(lookup)
            radix.append(len(values) + 1)
            combined = combined * radix[-1] + lookup[codes[:, column]]
        by_key = np.argsort(combined, kind="stable")
        keys, first = np.unique(combined[by_key], return_index=True)
        return cls(
            local=tuple(local),
            radix=tuple(radix),
            keys=keys,
            first=np.append(first, len(orders)).astype(np.int64),
            orders=orders[by_key],
        )

    def pairs(self, columns: Sequence[Codes], rows: Codes) -> tuple[Codes, Codes]:
        """Return aligned (row, order) arrays; ``columns`` are codes over all rows of the batch."""
        key: Codes | int = 0
        for lookup, radix, column in zip(self.local, self.radix, columns, strict=True):
            found = lookup[column if len(rows) == len(column) else column[rows]]
            keep = np.flatnonzero(found)
            if len(keep) == 0:
                return _NO_ROWS, _NO_ROWS
            rows = rows[keep]
            before = key if isinstance(key, int) else key[keep]
            key = before * radix + found[keep].astype(np.int64)
        place = np.searchsorted(self.keys, key)
        place = np.minimum(place, len(self.keys) - 1)
        hit = np.flatnonzero(self.keys[place] == key)
        rows, place = rows[hit], place[hit]
        counts = self.first[place + 1] - self.first[place]
        starts = np.repeat(self.first[place] - np.cumsum(counts) + counts, counts)
        return np.repeat(rows, counts), self.orders[starts + np.arange(int(counts.sum()))]


@dataclass(frozen=True)
class OrderSet:
    """Every order that any line of a batch may meet, indexed once and used for many batches."""

    orders: tuple[Order, ...]

    @cached_property
    def _vocabularies(self) -> dict[str, dict[str, int]]:
        """Return for each fact the values that some order names, numbered from 1."""
        values: dict[str, dict[str, int]] = {name: {} for name in SELECTORS}
        for order in self.orders:
            for name in SELECTORS:
                value = getattr(order, name)
                if value is not None:
                    codes = values[name]
                    codes.setdefault(value, len(codes) + 1)
        return values

    @cached_property
    def _shapes(self) -> tuple[_Shape, ...]:
        by_shape: dict[tuple[int, ...], list[int]] = {}
        for number, order in enumerate(self.orders):
            by_shape.setdefault(order.shape(), []).append(number)
        return tuple(self._shape(shape, numbers) for shape, numbers in by_shape.items())

    def _shape(self, shape: tuple[int, ...], numbers: list[int]) -> _Shape:
        used = [name for name, on in zip(SELECTORS[1:], shape[1:], strict=True) if on]
        fields = [f"hs{shape[0]}", *used] if shape[0] else used
        columns = []
        for name in fields:
            selector = "hs_prefix" if name.startswith("hs") else name
            vocabulary = self._vocabularies[selector]
            columns.append([vocabulary[getattr(self.orders[n], selector)] for n in numbers])
        codes = np.array(columns, dtype=np.int64).T.reshape(len(numbers), len(fields))
        # Narrow from the selector with most values: it lets the fewest lines through.
        spread = [-len(np.unique(codes[:, i])) for i in range(len(fields))]
        order = np.argsort(spread, kind="stable")
        selectors = ["hs_prefix" if name.startswith("hs") else name for name in fields]
        return _Shape(
            fields=tuple(fields[i] for i in order),
            orders=np.array(numbers, dtype=np.int64),
            codes=codes[:, order],
            sizes=tuple(len(self._vocabularies[selectors[i]]) + 1 for i in order),
            values=tuple(
                tuple(getattr(self.orders[n], selectors[i]) for i in order) for n in numbers
            ),
        )

    @cached_property
    def _periods(self) -> tuple[Codes, Codes, Codes, Codes]:
        begins = [o.begins.toordinal() for o in self.orders]
        ends = [o.ends.toordinal() if o.ends else _FOREVER for o in self.orders]
        known = [_microseconds(o.recorded_at) for o in self.orders]
        until = [
            _microseconds(o.superseded_at) if o.superseded_at else _FOREVER for o in self.orders
        ]
        as_array = [np.array(values, dtype=np.int64) for values in (begins, ends, known, until)]
        return as_array[0], as_array[1], as_array[2], as_array[3]

    @cached_property
    def severities(self) -> Codes:
        """Return the severity of each order's effect."""
        return np.array([SEVERITY[order.effect] for order in self.orders], dtype=np.int64)

    @cached_property
    def floors(self) -> Codes:
        """Return the least chance of selection that each order asks for, in parts per million."""
        return np.array([order.rate_ppm or 0 for order in self.orders], dtype=np.int64)

    @cached_property
    def mandatory(self) -> npt.NDArray[np.bool_]:
        """Tell which orders hold a line that they may match."""
        return np.array([order.mandatory for order in self.orders], dtype=np.bool_)

    def _codes(self, facts: pl.DataFrame) -> dict[str, Codes]:
        needed = {name for shape in self._shapes for name in shape.fields}
        columns: dict[str, Codes] = {}
        for name in needed - {"hazard"}:
            if name.startswith("hs"):
                columns[name] = _prefix_codes(
                    facts["hs_code"], self._vocabularies["hs_prefix"], length=int(name[2:])
                )
            else:
                columns[name] = _codes(facts[name], self._vocabularies[name])
        return columns

    def match(self, facts: pl.DataFrame) -> Matches:
        """
        Return every (line, order) pair that matches or may match.

        Only orders that bind on the line's day and were known at its receipt count.
        """
        if not self.orders or facts.height == 0:
            return _NO_MATCHES
        found = self._few(facts) if facts.height <= _FEW else self._many(facts)
        met = [part for part in found if len(part[0])]
        inside = self._in_period(facts)
        if inside is not None:
            met = [
                (rows[keep], orders[keep], sure)
                for rows, orders, sure in met
                for keep in [inside(rows, orders)]
            ]
        return Matches(tuple(met))

    def _few(self, facts: pl.DataFrame) -> list[Part]:
        """Look every line up by its values: quicker than arrays for a few lines."""
        names = sorted({name for shape in self._shapes for name in shape.fields})
        hs = [name for name in names if name.startswith("hs")]
        selected = facts.select("hs_code", "hazards", *EQUALITY).to_dicts()
        certain: list[tuple[int, int]] = []
        possible: list[tuple[int, int]] = []
        for number, row in enumerate(selected):
            code = row["hs_code"]
            row |= {name: None if code is None else code[: int(name[2:])] for name in hs}
            for shape in self._shapes:
                for order, sure in _line_orders(shape, row):
                    (certain if sure else possible).append((number, order))
        return [(*_columns(certain), True), (*_columns(possible), False)]

    def _many(self, facts: pl.DataFrame) -> list[Part]:
        """Look all lines up at once by their codes."""
        columns = self._codes(facts)
        hazards = _Hazards.of(facts["hazards"], self._vocabularies["hazard"])
        unknown = {name: codes == _UNKNOWN for name, codes in columns.items()}
        holes = {name: mask for name, mask in unknown.items() if mask.any()}

        def pairs(shape: _Shape) -> list[Part]:
            return _shape_pairs(shape, columns, hazards, holes)

        # Nearly all of the work is in NumPy, which lets go of the interpreter's lock.
        with ThreadPoolExecutor(_THREADS) as threads:
            return [part for parts in threads.map(pairs, self._shapes) for part in parts]

    def _in_period(
        self, facts: pl.DataFrame
    ) -> Callable[[Codes, Codes], npt.NDArray[np.bool_]] | None:
        """Return the test of pairs against the orders' periods; None when all lines pass all."""
        begins, ends, known, until = self._periods
        day = facts["on"].to_physical().to_numpy().astype(np.int64) + _EPOCH
        moment = facts["received_at"].to_physical().to_numpy()
        whole = (begins <= day.min()) & (day.max() < ends)
        whole &= (known <= moment.min()) & (moment.max() < until)
        if whole.all():
            return None

        def inside(line: Codes, order: Codes) -> npt.NDArray[np.bool_]:
            days, moments = day[line], moment[line]
            valid = (begins[order] <= days) & (days < ends[order])
            knew = (known[order] <= moments) & (moments < until[order])
            both: npt.NDArray[np.bool_] = valid & knew
            return both

        return inside


_EPOCH = date(1970, 1, 1).toordinal()


def _microseconds(moment: datetime) -> int:
    """Return microseconds since the epoch, exactly."""
    since = moment - datetime(1970, 1, 1, tzinfo=moment.tzinfo)
    offset = moment.utcoffset()
    if offset is None:
        raise ControlOrderError("moments of a control order must carry a time zone")
    whole = since - offset
    return (whole.days * 86_400 + whole.seconds) * 1_000_000 + whole.microseconds


def _line_orders(shape: _Shape, row: Mapping[str, Any]) -> Iterator[tuple[int, bool]]:
    """Return the orders of one shape that one line meets, and whether that is certain."""
    present = tuple(name for name in shape.fields if row["hazards" if name == "hazard" else name])
    table = shape.by_value(present)
    sure = len(present) == len(shape.fields)
    plain = {name: row[name] for name in present if name != "hazard"}
    if "hazard" not in shape.fields or row["hazards"] is None:
        key = tuple(plain.values())
        yield from ((order, sure) for order in table.get(key, ()))
        return
    known = tuple(name for name in shape.fields if name == "hazard" or name in present)
    table = shape.by_value(known)
    for hazard in row["hazards"]:
        key = tuple(hazard if name == "hazard" else plain[name] for name in known)
        yield from ((order, len(known) == len(shape.fields)) for order in table.get(key, ()))


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[Codes, Codes]:
    array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def _codes(column: pl.Series, vocabulary: Mapping[str, int]) -> Codes:
    """Number the values of a column: 0 for a value no order names, -1 for unknown."""
    if not vocabulary:
        return np.where(column.is_null().to_numpy(), _UNKNOWN, _OTHER).astype(np.int64)
    codes = column.replace_strict(
        list(vocabulary), list(vocabulary.values()), default=_OTHER, return_dtype=pl.Int64
    )
    # A null is not "another value": it is put back as unknown.
    masked = np.where(column.is_null().to_numpy(), _UNKNOWN, codes.fill_null(_OTHER).to_numpy())
    return masked.astype(np.int64)


_FEW = 64
_THREADS = 2


def _prefix_codes(column: pl.Series, vocabulary: Mapping[str, int], *, length: int) -> Codes:
    wanted = {value: code for value, code in vocabulary.items() if len(value) == length}
    return _codes(column.str.slice(0, length), wanted)


@dataclass(frozen=True)
class _Hazards:
    """The hazards of each line, as a long table of known ones and the lines whose list is null."""

    rows: Codes
    codes: Codes
    unknown: Codes
    lines: int

    @classmethod
    def of(cls, column: pl.Series, vocabulary: Mapping[str, int]) -> _Hazards:
        if not vocabulary:
            return cls(rows=_NO_ROWS, codes=_NO_ROWS, unknown=_NO_ROWS, lines=len(column))
        long = (
            pl.DataFrame({"hazard": column})
            .with_row_index("row")
            .explode("hazard")
            .drop_nulls("hazard")
        )
        codes = _codes(long["hazard"], vocabulary)
        named = np.flatnonzero(codes > 0)
        return cls(
            rows=long["row"].to_numpy()[named].astype(np.int64),
            codes=codes[named],
            unknown=np.flatnonzero(column.is_null().to_numpy()).astype(np.int64),
            lines=len(column),
        )


def _shape_pairs(
    shape: _Shape, columns: Mapping[str, Codes], hazards: _Hazards, holes: Mapping[str, Mask]
) -> list[Part]:
    """Return the pairs of one shape: certain ones, then those for each pattern of unknown facts."""
    plain = tuple(name for name in shape.fields if name != "hazard")
    if "hazard" not in shape.fields:
        return _patterns(shape, plain, columns, holes, lines=hazards.lines)
    named = {name: columns[name][hazards.rows] for name in plain} | {"hazard": hazards.codes}
    met = [
        (*_once(hazards.rows[rows], orders), sure)
        for rows, orders, sure in _patterns(
            shape,
            shape.fields,
            named,
            _at(holes, plain, hazards.rows),
            lines=len(hazards.rows),
        )
    ]
    if len(hazards.unknown) == 0:
        return met
    others = {name: columns[name][hazards.unknown] for name in plain}
    unheard = [
        (hazards.unknown[rows], orders, False)
        for rows, orders, _ in _patterns(
            shape, plain, others, _at(holes, plain, hazards.unknown), lines=len(hazards.unknown)
        )
    ]
    return met + unheard


def _at(holes: Mapping[str, Mask], fields: Sequence[str], rows: Codes) -> dict[str, Mask]:
    return {name: holes[name][rows] for name in fields if name in holes}


def _once(rows: Codes, orders: Codes) -> tuple[Codes, Codes]:
    """Return each pair once: a list of hazards may name the same one twice."""
    if len(rows) < 2:
        return rows, orders
    pairs = np.unique(np.stack([rows, orders], axis=1), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _patterns(
    shape: _Shape,
    fields: tuple[str, ...],
    columns: Mapping[str, Codes],
    holes: Mapping[str, Mask],
    *,
    lines: int,
) -> list[Part]:
    """Match on all fields, then on the known ones of every pattern of unknown ones."""
    # An unknown code finds nothing, so the certain pairs need no mask.
    everyone = np.arange(lines, dtype=np.int64)
    certain = len(fields) == len(shape.fields)
    parts: list[Part] = [(*_pairs(shape, fields, columns, everyone), certain)]
    unsure = [name for name in fields if name in holes]
    if not unsure:
        return parts
    some = np.flatnonzero(np.logical_or.reduce([holes[name] for name in unsure]))
    unknown = {name: holes[name][some] for name in unsure}
    for count in range(1, len(unsure) + 1):
        for absent in combinations(unsure, count):
            chosen = _with_pattern(some, unknown, unsure, absent)
            present = tuple(name for name in fields if name not in absent)
            parts.append((*_pairs(shape, present, columns, chosen), False))
    return parts


def _with_pattern(
    rows: Codes,
    unknown: Mapping[str, npt.NDArray[np.bool_]],
    touched: Sequence[str],
    absent: Sequence[str],
) -> Codes:
    mask = np.ones(len(rows), dtype=np.bool_)
    for name in touched:
        mask &= unknown[name] if name in absent else ~unknown[name]
    return rows[mask]


def _pairs(
    shape: _Shape, fields: tuple[str, ...], columns: Mapping[str, Codes], rows: Codes
) -> tuple[Codes, Codes]:
    if len(rows) == 0:
        return _NO_ROWS, _NO_ROWS
    if not fields:
        return np.repeat(rows, len(shape.orders)), np.tile(shape.orders, len(rows))
    return shape.table(fields).pairs([columns[name] for name in fields], rows)
