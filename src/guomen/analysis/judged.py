"""
What the newest judged week of a level says, kept as files: pages read them and judge nothing.

Three files a level: the series in the order of a list, what was counted in each of their weeks
(sorted, so that one series is read without the others), and any document that the caller keeps
beside them. A manifest names them; readers see the old three or the new three. Not for raising
signals, nor for what was decided on them.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from guomen.analysis.series import WEEK, Watched
from guomen.core.surveillance.series import Floats

#: Of what a level's folder is called within the history.
FOLDER = "judged"
MANIFEST = "manifest.json"
#: Rows read together: one series is found by the limits of these groups.
GROUP = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One series: effective violations and tests, and the plain counts, a number a week."""

    weeks: tuple[date, ...]
    violations: Floats
    tests: Floats
    found: Floats
    examined: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The newest judged week of a level: how many series, how many raised, and where they lie."""

    level: str
    names: tuple[str, ...]
    first: date
    week: date
    series: int
    raised: int
    folder: Path
    files: Mapping[str, str]

    @property
    def rows(self) -> pl.DataFrame:
        """
        Return every series, the most surprising first; a row knows its number and its key.

        Columns: ``number``, ``name``, ``text`` (what a search looks in), the parts of the key,
        ``violations``, ``tests``, ``expected``, ``p``, ``q`` (null where nothing was tested),
        ``raised``, ``thin``, ``found``, ``examined``.
        """
        return _read(self.folder / self.files["rows"])

    @property
    def document(self) -> Any:
        """Return the document that was kept beside the series."""
        return json.loads((self.folder / self.files["document"]).read_text(encoding="utf-8"))

    def like(self, text: str) -> list[int]:
        """Return the places of series that hold every word of a text, in the order of the list."""
        words = text.lower().split()
        if not words:
            return list(range(self.series))
        holds = pl.all_horizontal(pl.col("text").str.contains(w, literal=True) for w in words)
        return self.rows.select(pl.arg_where(holds)).to_series().to_list()

    def one(self, name: str) -> dict[str, Any] | None:
        """Return one series by its name as a row; None if there is none."""
        return next(iter(self.rows.filter(pl.col("name") == name).to_dicts()), None)

    def history(self, number: int) -> History:
        """Return what was counted in every week of one series."""
        count = (self.week - self.first).days // 7 + 1
        found = (
            pl.scan_parquet(self.folder / self.files["weeks"])
            .filter(pl.col("number") == number)
            .collect()
        )
        at = found["week"].to_numpy()

        def spread(column: str) -> Floats:
            cells = np.zeros(count)
            cells[at] = found[column].to_numpy()
            return cells

        return History(
            weeks=tuple(self.first + WEEK * n for n in range(count)),
            violations=spread("violations"),
            tests=spread("tests"),
            found=spread("found"),
            examined=spread("examined"),
        )


@lru_cache(maxsize=8)
def _read(path: Path) -> pl.DataFrame:
    """Return a file; its name holds its digest, so it never changes."""
    return pl.read_parquet(path)


def read(folder: Path, level: str) -> Judged | None:
    """Return what is kept of a level in the folder of a history; None while nothing is."""
    place = folder / FOLDER / level
    try:
        found = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Judged(
        level=level,
        names=tuple(found["names"]),
        first=date.fromisoformat(found["first"]),
        week=date.fromisoformat(found["week"]),
        series=found["series"],
        raised=found["raised"],
        folder=place,
        files=found["files"],
    )


def keep(
    folder: Path,
    level: str,
    watched: Watched,
    *,
    names: Sequence[str],
    texts: Sequence[str],
    document: Any,
) -> None:
    """
    Keep the newest week of a watch in place of what is kept of the level.

    :param names: the one name of each series
    :param texts: what a search for each series looks in
    :param document: anything that JSON can hold, and dates
    """
    place = folder / FOLDER / level
    place.mkdir(parents=True, exist_ok=True)
    before = read(folder, level)
    series = watched.series
    files = {
        "rows": _parquet(place, "rows", _rows(watched, names, texts)),
        "weeks": _parquet(place, "weeks", _weeks(watched)),
        "document": _written(place, "document", "json", json.dumps(document, default=str).encode()),
    }
    manifest = {
        "names": series.names,
        "first": series.weeks[0].isoformat(),
        "week": series.weeks[-1].isoformat(),
        "series": len(series.keys),
        "raised": int(watched.raised[:, -1].sum()),
        "files": files,
    }
    _whole(place / MANIFEST, json.dumps(manifest, indent=1).encode())
    # Whoever read the manifest a moment ago still finds its files.
    kept = {MANIFEST, *files.values(), *(before.files.values() if before else ())}
    for path in place.iterdir():
        if path.name not in kept:
            path.unlink(missing_ok=True)


def _rows(watched: Watched, names: Sequence[str], texts: Sequence[str]) -> pl.DataFrame:
    series = watched.series
    parts: list[tuple[str | None, ...]] = list(zip(*series.keys, strict=True))
    columns = dict(zip(series.names, parts, strict=True))
    frame = pl.DataFrame(
        {
            "number": np.arange(len(series.keys), dtype=np.uint32),
            "name": list(names),
            "text": [text.lower() for text in texts],
            **{name: pl.Series(values, dtype=pl.String) for name, values in columns.items()},
            "violations": watched.violations[:, -1].astype(np.int64),
            "tests": watched.tests[:, -1].astype(np.int64),
            "expected": watched.expected[:, -1],
            "p": watched.watch.p[:, -1],
            "q": watched.q[:, -1],
            "raised": watched.raised[:, -1],
            "thin": watched.watch.thin[:, -1],
            "found": series.found.sum(axis=1).astype(np.int64),
            "examined": series.examined.sum(axis=1).astype(np.int64),
        }
    )
    return frame.with_columns(pl.col("p", "q").fill_nan(None)).sort(
        ["p", "examined", "number"], descending=[False, True, False], nulls_last=True
    )


def _weeks(watched: Watched) -> pl.DataFrame:
    series = watched.series
    row, week = np.nonzero(series.examined)
    return pl.DataFrame(
        {
            "number": row.astype(np.uint32),
            "week": week.astype(np.uint32),
            "violations": series.violations[row, week].astype(np.uint32),
            "tests": series.tests[row, week].astype(np.uint32),
            "found": series.found[row, week].astype(np.uint32),
            "examined": series.examined[row, week].astype(np.uint32),
        }
    )


def _parquet(place: Path, name: str, frame: pl.DataFrame) -> str:
    content = io.BytesIO()
    frame.write_parquet(content, compression="zstd", statistics=True, row_group_size=GROUP)
    return _written(place, name, "parquet", content.getvalue())


def _written(place: Path, name: str, kind: str, content: bytes) -> str:
    """Write a file under a name that holds its digest."""
    path = place / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}.{kind}"
    _whole(path, content)
    return path.name


def _whole(path: Path, content: bytes) -> None:
    waiting = path.with_name(f".{path.name}")
    with waiting.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)


def key_of(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, str | None]:
    """Return the key of a row of the list."""
    return {name: row[name] for name in names}
