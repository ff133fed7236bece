"""
Registers from a spreadsheet: looked at first, stored whole, taken back whole.

Every row is judged by itself; the good ones are stored in one transaction or none is, the others
come back as a file that says what is wrong with each. What a file brought in can be taken back as
long as nobody has built upon it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import uuid4

import polars as pl
from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError

from guomen.core.text import Text
from guomen.journeys import files
from guomen.journeys.access import recording
from guomen.journeys.access.actors import Actor
from guomen.journeys.access.errors import AccessError
from guomen.journeys.files.frames import read_xlsx
from guomen.rulebooks.places import countries
from guomen.supervision import bulk
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.parties import finding, signs
from guomen.supervision.parties.codes import reference, uscc_valid
from guomen.supervision.parties.models import (
    Enterprise,
    ImportFile,
    ImportState,
    Registration,
    RegistrationState,
    TradeRole,
    TradeRoleKind,
)

IMPORTED = "register.imported"
TAKEN_BACK = "register.taken-back"
MOST_ROWS = 100_000
SHOWN = 20

#: The columns of a file, as an English and a Chinese heading.
COLUMNS: Mapping[str, Text] = {
    "name_zh": Text(zh="中文名称", en="Chinese name"),
    "name_en": Text(zh="英文名称", en="English name"),
    "uscc": Text(zh="统一社会信用代码", en="Unified social credit code"),
    "overseas_number": Text(zh="境外编号", en="Overseas number"),
    "country": Text(zh="国家（地区）", en="Country"),
    "place_zh": Text(zh="地址", en="Address"),
    "phone": Text(zh="电话", en="Telephone"),
    "roles": Text(zh="贸易角色", en="Parts in trade, codes parted by semicolons"),
}
_LONGEST = {"name_zh": 120, "name_en": 200, "overseas_number": 40, "place_zh": 120, "phone": 30}


class ImportRefusedError(AccessError):
    """A file cannot be taken, stored or taken back as a whole; nothing changed."""

    code: ClassVar[str] = "access.import-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """One row that cannot be stored: where it stands, what it says, what is wrong."""

    row: int
    cells: Mapping[str, str]
    says: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A file as it was read: what may be stored, what may not."""

    good: tuple[Mapping[str, str], ...]
    bad: tuple[Bad, ...]


#: Told how many rows of how many are done; may raise, to stop.
Step = Callable[[int, int], None]
_AT_ONCE = 2_000


def _quietly(done: int, total: int) -> None:
    """Tell nobody."""


def read(content: bytes, *, step: Step = _quietly) -> Checked:
    """
    Read and judge a spreadsheet; nothing is stored.

    :raises ImportRefusedError: if it is no spreadsheet, knows no column, or is too long
    """
    rows = _rows(content)
    taken = _taken(rows)
    good: list[Mapping[str, str]] = []
    bad: list[Bad] = []
    seen: dict[str, int] = {}
    for number, cells in enumerate(rows, start=2):
        if number % _AT_ONCE == 0:
            step(number - 1, len(rows))
        problem = _problem(cells) or _double(cells, number, seen, taken)
        if problem is None:
            good.append(cells)
        else:
            bad.append(Bad(row=number, cells=cells, says=problem))
    return Checked(good=tuple(good), bad=tuple(bad))


def _rows(content: bytes) -> list[dict[str, str]]:
    try:
        frame = read_xlsx(io.BytesIO(content)).frame
    except files.BadFileError as error:
        raise ImportRefusedError(str(error), zh="文件无法读取，请使用 XLSX 格式") from error
    if frame.height > MOST_ROWS:
        raise ImportRefusedError(
            f"a file holds {MOST_ROWS} rows at most; cut it in two",
            zh=f"每个文件最多 {MOST_ROWS} 行，请拆分",
        )
    named = {text: name for name, label in COLUMNS.items() for text in (name, label.zh, label.en)}
    heads = {column: signs.visible(column) for column in frame.columns}
    known = {column: named[head] for column, head in heads.items() if head in named}
    if "name_zh" not in known.values():
        raise ImportRefusedError(
            f"the first row must name the columns: {', '.join(COLUMNS)}",
            zh=f"首行应为列名：{'、'.join(label.zh for label in COLUMNS.values())}",
        )
    texts = frame.select(pl.col(c).fill_null("").alias(n) for c, n in known.items())
    empty = dict.fromkeys(COLUMNS, "")
    rows = map(signs.all_visible, texts.iter_rows(named=True))
    return [{**empty, **row} for row in rows if any(row.values())]


_KEYS = ("uscc", "overseas_number")
_PART = 5_000
_COUNTRY = re.compile(r"[A-Z]{2}")


def _taken(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the numbers of a file that the register has already, with whose they are."""
    found: dict[str, str] = {}
    for field in _KEYS:
        numbers = sorted({row[field] for row in rows if row[field]})
        for start in range(0, len(numbers), _PART):
            part = numbers[start : start + _PART]
            held = Enterprise.objects.filter(**{f"{field}__in": part})
            found |= dict(held.values_list(field, "reference"))
    return found


def _problem(cells: Mapping[str, str]) -> Text | None:
    """Return what is wrong with a row by itself."""
    if not cells["name_zh"]:
        return Text(zh="缺中文名称", en="the Chinese name is missing")
    for name, most in _LONGEST.items():
        if len(cells[name]) > most:
            label = COLUMNS[name]
            return Text(zh=f"{label.zh}超过 {most} 字", en=f"{label.en}: {most} characters at most")
    if not cells["uscc"] and not cells["overseas_number"]:
        return Text(zh="信用代码和境外编号至少填一项", en="give the credit code or overseas number")
    if cells["uscc"] and not uscc_valid(cells["uscc"]):
        return Text(zh="统一社会信用代码校验不符", en="the credit code fails its check character")
    country = cells["country"] or "CN"
    if not _COUNTRY.fullmatch(country) or country not in countries():
        return Text(zh="国家（地区）代码不存在", en="no such country code")
    unknown = [role for role in _roles(cells) if role not in TradeRoleKind.values]
    if unknown:
        return Text(zh=f"没有这种贸易角色：{unknown[0]}", en=f"no such part in trade: {unknown[0]}")
    return None


def _roles(cells: Mapping[str, str]) -> list[str]:
    return [part.strip() for part in cells["roles"].split(";") if part.strip()]


def _double(
    cells: Mapping[str, str], number: int, seen: dict[str, int], taken: Mapping[str, str]
) -> Text | None:
    """Return what is wrong with a row beside the others and the register."""
    for field in _KEYS:
        value = cells[field]
        if not value:
            continue
        if value in taken:
            return Text(
                zh=f"{taken[value]} 已使用该代码", en=f"{taken[value]} has this number already"
            )
        if seen.setdefault(value, number) != number:
            return Text(
                zh=f"与第 {seen[value]} 行代码相同", en=f"the same number as in row {seen[value]}"
            )
    return None


def preview(content: bytes, *, name: str, agency: str, who: Actor) -> tuple[ImportFile, Checked]:
    """
    Look at a file and keep it with what was seen.

    :raises ImportRefusedError: if it cannot be read
    """
    checked = read(content)
    return keep(content, checked, name=name, agency=agency, who=who), checked


def keep(content: bytes, checked: Checked, *, name: str, agency: str, who: Actor) -> ImportFile:
    """Keep a file as it was looked at, so that what was seen is what is stored."""
    made = ImportFile(
        number=uuid4().hex[:24],
        name=name[:200],
        agency_id=agencies.ids()[agency],
        by=who.by,
        at=who.at,
        state=ImportState.CHECKED,
        content=content,
        rows=len(checked.good) + len(checked.bad),
        good=len(checked.good),
        bad=len(checked.bad),
        first=[dict(cells) for cells in checked.good[:SHOWN]],
        turned_away=[
            {"row": bad.row, "cells": dict(bad.cells), "zh": bad.says.zh, "en": bad.says.en}
            for bad in checked.bad
        ],
    )
    with transaction.atomic():
        made.save()
        # By the key that the database gave: two files at once never meet.
        made.number = f"IMP-{who.day:%Y}-{made.pk:05d}"
        made.save(update_fields=["number"])
    return made


def turned_away(kept: ImportFile) -> list[Bad]:
    """Return the rows of a file that could not be stored when it was looked at."""
    return [
        Bad(row=bad["row"], cells=bad["cells"], says=Text(zh=bad["zh"], en=bad["en"]))
        for bad in kept.turned_away
    ]


_ENTERPRISE = (
    "reference",
    "uscc",
    "overseas_number",
    "country",
    "name_zh",
    "name_en",
    "is_sme",
    "agency_id",
    "place_zh",
    "phone",
    "imported_by_id",
    "version",
)
_DATED = ("begins", "recorded_at")


def store(pk: int, *, who: Actor, step: Step = _quietly) -> ImportFile:
    """
    Store the good rows of a file, all of them or none.

    ``step`` counts each row when it is judged again and each good one when it is written; it is
    called inside the transaction too.

    :raises ImportRefusedError: if it was stored already, or the register changed since it was
        looked at so that fewer rows are good now
    """
    kept = ImportFile.objects.get(pk=pk)
    steps = kept.rows + kept.good
    checked = read(bytes(kept.content), step=lambda done, _: step(done, steps))
    try:
        with transaction.atomic():
            body = {"file": kept.number, "rows": len(checked.good)}
            known = recording.record(IMPORTED, kept.number, body, at=who.at, by=who.by)
            row = ImportFile.objects.select_for_update().get(pk=pk)
            if row.state != ImportState.CHECKED:
                raise ImportRefusedError("this file was stored already", zh="该文件已入库")
            if len(checked.good) != row.good:
                raise ImportRefusedError(
                    "the register changed since this file was looked at; send it again",
                    zh="核对之后登记簿有变化，请重新上传核对",
                )
            for written in _write(row, checked.good, who=who, known=known):
                step(kept.rows + written, steps)
            row.state, row.written, row.stored_at = ImportState.STORED, row.good, known
            row.save(update_fields=["state", "written", "stored_at"])
    except IntegrityError as error:
        raise ImportRefusedError(
            "another enterprise took one of the numbers meanwhile; send the file again",
            zh="期间有代码被其他企业使用，请重新上传核对",
        ) from error
    return row


def _write(
    row: ImportFile, good: Sequence[Mapping[str, str]], *, who: Actor, known: Any
) -> Iterator[int]:
    """Write part after part, each with all that belongs to it; yield how many rows are written."""
    last = Enterprise.objects.aggregate(last=Max("reference"))["last"]
    first = int(last.split("-")[1]) + 1 if last else 1
    for start in range(0, len(good), _AT_ONCE):
        part = good[start : start + _AT_ONCE]
        _write_part(row, part, first + start, (who.day, known))
        yield start + len(part)


def _write_part(
    row: ImportFile, part: Sequence[Mapping[str, str]], first: int, dated: tuple[Any, Any]
) -> None:
    bulk.insert(Enterprise, _ENTERPRISE, _enterprises(row, part, first))
    references = [reference("ENT", first + place) for place in range(len(part))]
    brought = Enterprise.objects.filter(reference__in=references)
    keys = dict(brought.values_list("reference", "pk"))
    made = [keys[one] for one in references]
    finding.index(made)
    bulk.insert(
        Registration,
        ("enterprise_id", "state", *_DATED),
        ((key, RegistrationState.ACTIVE.value, *dated) for key in made),
    )
    bulk.insert(
        TradeRole,
        ("enterprise_id", "role", *_DATED),
        (
            (key, role, *dated)
            for key, cells in zip(made, part, strict=True)
            for role in dict.fromkeys(_roles(cells))
        ),
    )


def _enterprises(
    row: ImportFile, good: Sequence[Mapping[str, str]], first: int
) -> Iterator[tuple[Any, ...]]:
    for place, cells in enumerate(good):
        yield (
            reference("ENT", first + place),
            cells["uscc"] or None,
            cells["overseas_number"] or None,
            cells["country"] or "CN",
            cells["name_zh"],
            cells["name_en"] or cells["name_zh"],
            None,
            row.agency_id,
            cells["place_zh"],
            cells["phone"],
            row.pk,
            1,
        )


def take_back(pk: int, *, who: Actor, step: Step = _quietly) -> ImportFile:
    """
    Take back everything that a file brought in; ``step`` is called inside the transaction.

    :raises ImportRefusedError: if it is not stored, or somebody has built upon one of its records
    """
    with transaction.atomic():
        number = ImportFile.objects.values_list("number", flat=True).get(pk=pk)
        recording.record(TAKEN_BACK, number, {"file": number}, at=who.at, by=who.by)
        row = ImportFile.objects.select_for_update().get(pk=pk)
        brought = Enterprise.objects.filter(imported_by=row)
        changed = brought.filter(version__gt=1).count()
        if row.state != ImportState.STORED or changed:
            raise ImportRefusedError(
                f"{changed} of its records were changed since; they can no longer be taken back"
                if changed
                else "this file is not stored",
                zh=f"其中 {changed} 条记录已被修改，不能整体撤回" if changed else "该文件未入库",
            )
        try:
            for gone in _remove(list(brought.order_by("pk").values_list("pk", flat=True))):
                step(gone, row.good)
        except ProtectedError as error:
            raise ImportRefusedError(
                "licences, sites or filings hang on its records already",
                zh="其记录已有许可备案、场所或报备，不能整体撤回",
            ) from error
        row.state, row.written = ImportState.UNDONE, 0
        row.undone_by, row.undone_at = who.by, who.at
        row.save(update_fields=["state", "written", "undone_by", "undone_at"])
    return row


def _remove(keys: Sequence[int]) -> Iterator[int]:
    """Remove part after part; yield how many enterprises are gone."""
    for start in range(0, len(keys), _AT_ONCE):
        part = keys[start : start + _AT_ONCE]
        TradeRole.objects.filter(enterprise__in=part).delete()
        Registration.objects.filter(enterprise__in=part).delete()
        Enterprise.objects.filter(pk__in=part).delete()
        yield start + len(part)


def rejected(rows: Sequence[Bad], *, chinese: bool) -> bytes:
    """Return the rows that could not be stored as a spreadsheet, each with what is wrong."""
    heads = [label.zh if chinese else name for name, label in COLUMNS.items()]
    problem = "问题" if chinese else "problem"
    table = pl.DataFrame(
        [
            (
                one.row,
                *(one.cells[name] for name in COLUMNS),
                one.says.zh if chinese else one.says.en,
            )
            for one in rows
        ],
        schema=dict.fromkeys(("行" if chinese else "row", *heads, problem), pl.String)
        | {("行" if chinese else "row"): pl.Int64},
        orient="row",
    )
    return files.spreadsheet(table)
