"""
Knowing an enterprise again that is on record twice: Chinese and Latin names, codes, phones, places.

Records that share a key are compared, and only those: a name with one character left out, the rare
words of a Latin name, a telephone number, the organisation part of a credit code. Each mark that
agrees or differs adds to a weight in the manner of Fellegi and Sunter (1969); what many records
share tells less, after Winkler (1989). The weights are a design choice, checked on a planted set.
Not for deciding that two records are one: people do that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

# The columns of a record; all text, "" where nothing is known.
COLUMNS = ("code", "name_zh", "name_en", "phone", "address")

# Words of a Chinese name that tell nothing apart, taken off its end and its beginning.
_LEGAL = re.compile(
    r"(有限责任公司|股份有限公司|有限公司|集团公司|分公司|公司|集团|厂|合作社|经营部)+$"
)
_PLACE = re.compile(r"^(广东省|广东|珠海市|珠海|横琴新区|横琴|香洲区|斗门区|金湾区|中国)+")
_PUNCTUATION = re.compile(r"[^\w]|_")
_LATIN_NOISE = frozenset(
    [
        "co",
        "ltd",
        "limited",
        "company",
        "inc",
        "corp",
        "corporation",
        "the",
        "of",
        "and",
        "llc",
        "plc",
        "gmbh",
        "sa",
        "zhuhai",
        "guangdong",
        "china",
    ]
)
_SPACES = re.compile(r"[^a-z0-9]+")

# A key that more records share tells too little, and comparing all its pairs would take too long.
MOST_SHARING = 40
# A pair with this weight is shown: about nine in ten are then the same enterprise.
THRESHOLD = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs of records by their places, with the weight of the marks and each mark's part."""

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float64]
    marks: Mapping[str, npt.NDArray[np.float64]]

    def above(self, threshold: float = THRESHOLD) -> Pairs:
        """Keep the pairs whose weight reaches a threshold."""
        kept = np.flatnonzero(self.weight >= threshold)
        return Pairs(
            left=self.left[kept],
            right=self.right[kept],
            weight=self.weight[kept],
            marks=MappingProxyType({name: part[kept] for name, part in self.marks.items()}),
        )


def plain_zh(name: str) -> str:
    """
    Return what is telling of a Chinese name.

    >>> plain_zh("珠海市鸿达食品有限公司")
    '鸿达食品'
    """
    whole = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", name)).lower()
    short = _PLACE.sub("", _LEGAL.sub("", whole))
    return short if len(short) > 1 else whole


def plain_latin(name: str) -> str:
    """
    Return what is telling of a Latin name, its words in order of the alphabet.

    >>> plain_latin("Zhuhai Hongda Foods Co., Ltd.")
    'foods hongda'
    """
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = [w for w in _SPACES.split(folded) if w and w not in _LATIN_NOISE]
    return " ".join(sorted(words))


def plain_code(code: str) -> str:
    """Return a code in capitals, without anything between its characters."""
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", code)).upper()


def plain_phone(phone: str) -> str:
    """
    Return the last eight digits of a telephone number; shorter ones tell nothing.

    >>> plain_phone("+86 (756) 333-2211")
    '63332211'
    """
    digits = "".join(c for c in unicodedata.normalize("NFKC", phone) if c.isdigit())
    return digits[-8:] if len(digits) >= _PHONE else ""


_PHONE = 7
_PLAIN = MappingProxyType(
    {
        "code": plain_code,
        "name_zh": plain_zh,
        "name_en": plain_latin,
        "phone": plain_phone,
        "address": plain_zh,
    }
)


def plain(records: pl.DataFrame) -> dict[str, list[str]]:
    """Return the telling part of every column of a frame of records."""
    return {
        name: [_PLAIN[name](text or "") for text in records[name].to_list()] for name in COLUMNS
    }


def pairs(records: pl.DataFrame) -> Pairs:
    """Compare every record with those that share a key with it; a frame with COLUMNS."""
    return compare(*_sharing(plain(records)))


def pairs_with(records: pl.DataFrame, one: Mapping[str, str]) -> Pairs:
    """Compare one record with the records of a frame; its place is the number of the records."""
    added = pl.DataFrame([{name: one.get(name) or "" for name in COLUMNS}])
    marks = plain(pl.concat([records.select(COLUMNS), added]))
    last = records.height
    left = np.arange(last, dtype=np.int64)
    return compare(marks, left, np.full(last, last, dtype=np.int64))


def _sharing(
    marks: Mapping[str, Sequence[str]],
) -> tuple[Mapping[str, Sequence[str]], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the marks and the pairs of places that share a key, each once, in order."""
    found = [_of_keys(frame) for frame in _keys(marks)]
    both = pl.concat(found).unique().sort("left", "right")
    return marks, both["left"].to_numpy(), both["right"].to_numpy()


def _keys(marks: Mapping[str, Sequence[str]]) -> Sequence[pl.DataFrame]:
    """Return frames (place, key), one a kind of key, so that keys of two kinds never meet."""
    rare = _rare_words(marks["name_en"])
    return (
        _frame((i, phone) for i, phone in enumerate(marks["phone"]) if phone),
        # Characters 9 to 17 of a credit code are the organisation's own.
        _frame((i, code[8:17] or code) for i, code in enumerate(marks["code"]) if code),
        _frame((i, key) for i, name in enumerate(marks["name_zh"]) for key in _left_out(name)),
        _frame((i, key) for i, words in enumerate(rare) for key in words),
    )


def _left_out(name: str) -> Sequence[str]:
    """Return a name and what is left of it without any one character: edit distance one meets."""
    if not name:
        return ()
    if len(name) < _SHORT:
        return (name,)
    return tuple({name, *(name[:i] + name[i + 1 :] for i in range(len(name)))})


_SHORT = 3


def _rare_words(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return of each Latin name its words two by two, the rarest first."""
    split = [name.split() for name in names]
    counts: dict[str, int] = {}
    for words in split:
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    found = []
    for words in split:
        few = sorted(set(words), key=lambda w: (counts[w], w))[:_WORDS]
        found.append(tuple(f"{a} {b}" for a, b in pairwise(few)) or tuple(few))
    return found


_WORDS = 3


def _frame(rows: object) -> pl.DataFrame:
    listed = list(rows)  # type: ignore[call-overload]
    places, keys = zip(*listed, strict=True) if listed else ((), ())
    hashed = pl.Series("key", keys, dtype=pl.String).hash()
    return pl.DataFrame({"place": pl.Series(places, dtype=pl.Int64), "key": hashed})


def _of_keys(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of places under the same key, keys that too many share left out."""
    lazy = frame.lazy()
    shared = (
        lazy.group_by("key")
        .len()
        .filter((pl.col("len") > 1) & (pl.col("len") <= MOST_SHARING))
        .select("key")
    )
    kept = lazy.join(shared, on="key", how="semi")
    return (
        kept.join(kept, on="key", suffix="_right")
        .filter(pl.col("place") < pl.col("place_right"))
        .select(left="place", right="place_right")
        .unique()
        .collect()
    )


# Weights by how alike a mark is: at least so alike (0 to 100), so much.
_BANDS: Mapping[str, tuple[tuple[float, float], ...]] = MappingProxyType(
    {
        "name": ((99.9, 6.0), (88.0, 4.0), (79.0, 2.0), (66.0, -1.0), (0.0, -5.0)),
        "latin": ((99.9, 4.0), (90.0, 3.0), (80.0, 1.0), (65.0, -1.0), (0.0, -3.0)),
        "address": ((95.0, 2.0), (80.0, 1.0), (70.0, -0.5), (0.0, -2.5)),
    }
)
_SAME_PHONE, _OTHER_PHONE = 4.5, -1.0
_SAME_CODE, _NEAR_CODE, _OTHER_CODE = 10.0, 4.0, -6.0
_NEAR = 2


def compare(
    marks: Mapping[str, Sequence[str]],
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
) -> Pairs:
    """Weigh pairs of places by every mark; a mark that either lacks weighs nothing."""
    columns = {name: np.array(values, dtype=object) for name, values in marks.items()}
    address = _banded(columns["address"], left, right, "address", fuzz.ratio)
    elsewhere = _elsewhere(columns["address"], left, right)
    parts = {
        "name": _banded(columns["name_zh"], left, right, "name", fuzz.ratio)
        - _commonness(columns["name_zh"], left, right),
        "latin": _banded(columns["name_en"], left, right, "latin", fuzz.ratio),
        "address": np.where(elsewhere, _BANDS["address"][-1][1], address),
        "phone": _phones(columns["phone"], left, right),
        "code": _codes(columns["code"], left, right),
    }
    weight = np.sum(list(parts.values()), axis=0) if len(left) else np.zeros(0)
    return Pairs(left=left, right=right, weight=weight, marks=MappingProxyType(parts))


def _commonness(
    column: npt.NDArray[np.object_], left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """
    Return in bits how much less a value tells that both of a pair hold, being held by others too.

    Nothing for a value that only the two hold, one for a value that four hold, two for eight.
    """
    less = np.zeros(len(left))
    same = np.flatnonzero((column[left] == column[right]) & (column[left] != ""))
    if same.size:
        holders = pl.DataFrame({"value": pl.Series(column, dtype=pl.String)}).select(
            pl.len().over("value")
        )
        less[same] = np.log2(holders.to_series().to_numpy()[left[same]] / 2)
    return less


def _elsewhere(
    column: npt.NDArray[np.object_], left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Tell which pairs have addresses with numbers, none of which is the same."""
    involved = np.unique(np.concatenate([left, right]))
    numbers = {int(at): frozenset(_NUMBERS.findall(column[at])) for at in involved}
    return np.fromiter(
        (
            bool(numbers[a]) and bool(numbers[b]) and numbers[a].isdisjoint(numbers[b])
            for a, b in zip(left.tolist(), right.tolist(), strict=True)
        ),
        dtype=np.bool_,
        count=len(left),
    )


_NUMBERS = re.compile(r"[0-9]+")


def _banded(
    column: npt.NDArray[np.object_],
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    kind: str,
    scorer: Any,
) -> npt.NDArray[np.float64]:
    weights = np.zeros(len(left))
    known = _known(column, left, right)
    if known.size:
        alike = process.cpdist(
            column[left[known]], column[right[known]], scorer=scorer, workers=2, dtype=np.float32
        )
        bands = _BANDS[kind]
        weights[known] = np.select(
            [alike >= at_least for at_least, _ in bands], [part for _, part in bands], 0.0
        )
    return weights


def _known(
    column: npt.NDArray[np.object_], left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    has = column != ""
    return np.flatnonzero(has[left] & has[right])


def _phones(
    column: npt.NDArray[np.object_], left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    weights = np.zeros(len(left))
    known = _known(column, left, right)
    same = column[left[known]] == column[right[known]]
    weights[known] = np.where(same, _SAME_PHONE, _OTHER_PHONE)
    # What everybody gives, such as the number of an exchange, tells nothing; it never tells apart.
    return np.where(weights > 0, np.maximum(weights - _commonness(column, left, right), 0), weights)


def _codes(
    column: npt.NDArray[np.object_], left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    weights = np.zeros(len(left))
    known = _known(column, left, right)
    if known.size:
        apart = process.cpdist(
            column[left[known]],
            column[right[known]],
            scorer=Levenshtein.distance,
            score_cutoff=_NEAR,
            workers=2,
            dtype=np.int32,
        )
        weights[known] = np.select(
            [apart == 0, apart <= _NEAR], [_SAME_CODE, _NEAR_CODE], _OTHER_CODE
        )
    return weights
