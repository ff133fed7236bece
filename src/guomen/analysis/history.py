"""
The history: a row a consignment line, as it was decided and what came of it, a file a month.

Files are written whole or not at all, and a manifest names each with its rows and digest. Schemas
only grow. Numbers that are added up are whole (fen, thousandths), so that every engine finds the
same sums. Personal data never enters: parties are pseudonymous keys.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from guomen.core.errors import GuomenError
from guomen.core.text import Text

SCHEMA = 1
MANIFEST = "manifest.json"


class Standing(StrEnum):
    """
    What a line's result can say about lines like it.

    Only ``examined`` lines count, by their chance. The others are censored: nobody looked, or who
    was looked at was chosen by hand, so they say neither "clean" nor "failed".
    """

    EXAMINED = "examined"
    UNEXAMINED = "unexamined"
    UNPERFORMED = "unperformed"
    DISCRETIONARY = "discretionary"
    HELD = "held"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the history."""

    name: str
    dtype: DataType | DataTypeClass
    meaning: Text
    unit: str | None = None


def _column(
    name: str, dtype: DataType | DataTypeClass, zh: str, en: str, unit: str | None = None
) -> Column:
    return Column(name=name, dtype=dtype, meaning=Text(zh=zh, en=en), unit=unit)


COLUMNS: tuple[Column, ...] = (
    _column("line", pl.String, "货物批编号", "reference of the line"),
    _column("day", pl.Date, "受理日（机构所在时区）", "day of receipt in the zone of the agency"),
    _column("agency", pl.String, "机构", "agency"),
    _column("port", pl.String, "口岸", "port (UN/LOCODE)"),
    _column("direction", pl.String, "进出境", "in or out"),
    _column("enterprise", pl.String, "企业（内部代号）", "enterprise (pseudonymous key)"),
    _column("site", pl.String, "场所", "site"),
    _column("hs6", pl.String, "六位税号", "HS heading of six digits"),
    _column("group", pl.String, "商品大类", "commodity group"),
    _column("origin", pl.String, "产地", "country or region of origin"),
    _column("destination", pl.String, "目的地", "destination"),
    _column("value_fen", pl.Int64, "货值", "value", "0.01 CNY"),
    _column("outcome", pl.String, "裁定", "outcome of the newest ruling"),
    _column("state", pl.String, "状态", "where the line stands"),
    _column("selected", pl.Boolean, "抽中", "drawn"),
    _column("chance_ppm", pl.Int64, "抽中概率", "chance of selection", "1e-6"),
    _column("standing", pl.String, "结果能说明什么", "what the result can say"),
    _column("failed", pl.Boolean, "不合格（未知为空）", "nonconforming; null is unknown"),
    _column("result_day", pl.Date, "结果日", "day on which the newest result was known"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One kind of rows: its folder, and its columns in their order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pl.Schema:
        """Return the columns and their types."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def within(self, folder: Path) -> Path:
        """Return where its files lie within the folder of the history."""
        return folder / self.name


LINES = Dataset(name="lines", columns=COLUMNS)
# A row a test of the laboratory: ``failed`` is its approved verdict.
TESTS = Dataset(
    name="tests",
    columns=(
        *COLUMNS,
        _column("hazard", pl.String, "危害", "hazard tested for"),
        _column("laboratory", pl.String, "实验室", "laboratory"),
    ),
)
DATASETS = (LINES, TESTS)


class HistoryError(GuomenError):
    """The folder of the history is not what its manifest says, or a frame is no history."""

    code: ClassVar[str] = "analysis.history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One file of the history."""

    month: str
    file: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a folder holds, and up to which entry of the ledger it was written."""

    through: int = 0
    schema: int = SCHEMA
    months: Mapping[str, Month] = ()  # type: ignore[assignment]

    @property
    def rows(self) -> int:
        """Return the number of lines."""
        return sum(month.rows for month in dict(self.months).values())


def read_manifest(folder: Path, dataset: Dataset = LINES) -> Manifest:
    """
    Return what a folder holds of a dataset; an empty or new folder holds nothing.

    :raises HistoryError: if the manifest cannot be read, or is of a later schema
    """
    path = dataset.within(folder) / MANIFEST
    if not path.is_file():
        return Manifest(months={})
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        months = {row["month"]: Month(**row) for row in found["months"]}
        manifest = Manifest(through=found["through"], schema=found["schema"], months=months)
    except (ValueError, KeyError, TypeError) as error:
        raise HistoryError(
            f"{path} is not a manifest of the history; empty the folder and export again",
            file=str(path),
        ) from error
    if manifest.schema > SCHEMA:
        raise HistoryError(
            f"{path} was written by a later version (schema {manifest.schema}); upgrade first",
            schema=manifest.schema,
        )
    return manifest


def write_months(
    folder: Path,
    frames: Iterable[tuple[str, pl.DataFrame]],
    *,
    through: int,
    dataset: Dataset = LINES,
) -> Manifest:
    """
    Write months (``2012-05``) in place of what the folder has of them, then the manifest.

    A reader sees the old files or the new ones, never half a file. What a month held before is
    removed after the manifest has moved on.

    :raises HistoryError: if a frame is no history, or the folder is not what its manifest says
    """
    place = dataset.within(folder)
    place.mkdir(parents=True, exist_ok=True)
    manifest = read_manifest(folder, dataset)
    months, gone = dict(manifest.months), []
    for name, frame in frames:
        if frame.schema != dataset.schema:
            raise HistoryError(f"the rows of {name} are no history; columns {frame.columns}")
        if name in months:
            gone.append(months[name].file)
        months[name] = _write(place, name, frame)
    manifest = replace(manifest, through=through, schema=SCHEMA, months=months)
    rows = [asdict(months[name]) for name in sorted(months)]
    text = json.dumps({"through": through, "schema": SCHEMA, "months": rows}, indent=1)
    _whole(place / MANIFEST, (text + "\n").encode())
    for file in set(gone) - {month.file for month in months.values()}:
        (place / file).unlink(missing_ok=True)
    return manifest


def _write(folder: Path, name: str, frame: pl.DataFrame) -> Month:
    waiting = folder / f".{name}.parquet"
    frame.sort("day", "line").write_parquet(waiting, compression="zstd", statistics=True)
    digest = _digest(waiting)
    file = f"{name}-{digest[:12]}.parquet"
    waiting.replace(folder / file)
    return Month(month=name, file=file, rows=frame.height, sha256=digest)


def _whole(path: Path, content: bytes) -> None:
    waiting = path.with_name(f".{path.name}")
    with waiting.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files(folder: Path, dataset: Dataset = LINES) -> tuple[Path, ...]:
    """
    Return the files of a dataset, by month.

    :raises HistoryError: if there are none, or one that the manifest names is gone
    """
    place = dataset.within(folder)
    months = dict(read_manifest(folder, dataset).months)
    if not months:
        raise HistoryError(f"{place} holds no history; export it first", folder=str(folder))
    found = tuple(place / months[name].file for name in sorted(months))
    missing = [path.name for path in found if not path.is_file()]
    if missing:
        raise HistoryError(
            f"{missing} of {place} are gone; export those months again", files=missing
        )
    return found


def damaged(folder: Path, dataset: Dataset = LINES) -> tuple[str, ...]:
    """Return the months whose file is gone or is not what was written."""
    place = dataset.within(folder)
    months = dict(read_manifest(folder, dataset).months)
    return tuple(
        name
        for name, month in sorted(months.items())
        if not (place / month.file).is_file() or _digest(place / month.file) != month.sha256
    )


def month_of(day: date) -> str:
    """Return the month of a day, as files are named."""
    return f"{day:%Y-%m}"
