"""
The door: what a declaration must look like, and what to say when it does not.

A declaration comes as rows, a row a line, every cell a text; the columns of the declaration itself
are repeated on each of its lines. Parsing is for whole batches and never raises for bad content:
it returns the good lines, typed, and a problem for every cell that is not. A declaration with a
bad line is set aside whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

import polars as pl

from guomen.core.facts import MONEY, QUANTITY
from guomen.core.text import Text
from guomen.rulebooks.places import countries
from guomen.supervision.parties.codes import reference_valid, uscc_valid

LONGEST_CELL = 400
# References lie in shorter columns of the register; an unknown party's number gains a prefix there.
LONGEST_NUMBER = 56
LARGEST_LINE = 999_999
FIRST_DAY = date(1900, 1, 1)
USCC_LENGTH = 18

DOCUMENTS = MappingProxyType(
    {
        "contract": Text(zh="合同", en="contract"),
        "invoice": Text(zh="发票", en="invoice"),
        "packing_list": Text(zh="装箱单", en="packing list"),
        "official_certificate": Text(zh="输出国官方证书", en="official certificate of the origin"),
        "origin_certificate": Text(zh="原产地证书", en="certificate of origin"),
        "pre_inspection": Text(zh="港澳预检证书", en="pre-inspection certificate"),
        "supply_proof": Text(zh="基地供货证明", en="base supply certificate"),
        "animal_health": Text(zh="动物卫生证书", en="animal health certificate"),
        "factory_inspection": Text(zh="厂检合格单", en="own inspection record"),
        "additive_declaration": Text(zh="添加剂用途声明", en="statement of the additive's use"),
        "label_sample": Text(zh="标签样张", en="label sample"),
    }
)
DIRECTIONS = ("import", "export", "transit")
TRANSPORTS = ("sea", "road", "rail", "air", "post")
# UN/ECE Recommendation 20 codes that declarations use here.
UNITS = ("KGM", "TNE", "GRM", "LTR", "MTR", "MTK", "MTQ", "C62", "PR", "HEA", "SET", "KWH")
NONE = "NONE"
SELF = "SELF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a declaration file."""

    name: str
    label: Text
    dtype: Any = pl.String
    required: bool = False
    codes: tuple[str, ...] | None = None
    example: str = ""
    of_declaration: bool = False
    longest: int = LONGEST_CELL


def _column(name: str, zh: str, en: str, **more: Any) -> Column:
    return Column(name=name, label=Text(zh=zh, en=en), **more)


COLUMNS: tuple[Column, ...] = (
    _column(
        "declaration",
        "企业内部编号",
        "your own number of the declaration",
        required=True,
        example="A-2012-0001",
        of_declaration=True,
        longest=60,
    ),
    _column(
        "direction",
        "进出境方向",
        "direction",
        required=True,
        codes=DIRECTIONS,
        example="export",
        of_declaration=True,
    ),
    _column(
        "enterprise",
        "收发货企业代码",
        "number of the enterprise",
        required=True,
        example="91440400MA4A000012",
        of_declaration=True,
        longest=LONGEST_NUMBER,
    ),
    _column(
        "agent",
        "代理报检企业代码",
        "number of the declaration agent, or SELF",
        example=SELF,
        of_declaration=True,
        longest=LONGEST_NUMBER,
    ),
    _column(
        "port",
        "口岸",
        "port, UN/LOCODE",
        example="CNGBP",
        of_declaration=True,
        longest=8,
    ),
    _column(
        "transport",
        "运输方式",
        "mode of transport",
        codes=TRANSPORTS,
        example="road",
        of_declaration=True,
    ),
    _column(
        "transit_via",
        "中转地",
        "place of transhipment (ISO 3166), or NONE",
        example=NONE,
        of_declaration=True,
    ),
    _column("line", "行号", "line number", dtype=pl.Int64, required=True, example="1"),
    _column("goods", "货物名称", "name of the goods", example="菜心"),
    _column("hs_code", "HS 编码", "HS code, ten digits", example="0704909001"),
    _column("origin", "原产国(地区)", "origin, ISO 3166 two letters", example="CN"),
    _column("destination", "目的国(地区)", "destination, ISO 3166 two letters", example="MO"),
    _column("consignor", "境外收发货人", "overseas party", example="OV-000031", longest=396),
    _column(
        "site",
        "生产或存放场所编号",
        "number of the farm, plant or store",
        example="GD-V-0012",
        longest=396,
    ),
    _column("quantity", "数量", "quantity", dtype=QUANTITY, example="1200.5"),
    _column("unit", "计量单位", "unit, UN/ECE Recommendation 20", codes=UNITS, example="KGM"),
    _column(
        "units_in_lot", "批量(件)", "number of units in the lot", dtype=pl.Int64, example="240"
    ),
    _column("value_cny", "货值(元)", "value in CNY", dtype=MONEY, example="9600.00"),
    _column("produced_on", "生产日期", "day of production", dtype=pl.Date, example="2012-05-23"),
    _column("transport_document", "运单号", "transport document", example="ZH120523001"),
    _column("container", "集装箱或车牌号", "container or vehicle", example="TEMU1234567"),
    _column("seal", "铅封号", "seal", example="CIQ0098123"),
    _column("lot", "生产批号", "lot", example="L20120523"),
    _column(
        "documents",
        "随附单证",
        "documents presented, separated by ; or NONE",
        example="contract;invoice;packing_list",
    ),
)
BY_NAME = MappingProxyType({column.name: column for column in COLUMNS})
DECLARATION_COLUMNS = tuple(c.name for c in COLUMNS if c.of_declaration)
ROW = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one cell, and what to do about it."""

    row: int
    column: str
    value: str
    says: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """
    A parsed batch: good lines, typed and in the order of the file, and every problem.

    ``lines`` has the columns of :data:`COLUMNS` (documents spread to ``doc_*``) and ``row``, the
    number of the row in the file counted from 1 (the heading is not counted).
    """

    lines: pl.DataFrame
    problems: tuple[Problem, ...]
    rows: int


def rows_frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """
    Return rows of any values as a frame of texts, with an empty cell for what is absent.

    A key that is no column becomes a column of its own, for the door to name it.
    """
    listed = list(rows)
    strange = {str(name): None for row in listed for name in row if name not in BY_NAME}
    names = [*BY_NAME, *strange]
    texts = [{name: _as_text(row.get(name)) for name in names} for row in listed]
    return pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String))


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ";".join(str(part) for part in value) or NONE
    text = value.isoformat() if isinstance(value, date) else str(value)
    # Half a surrogate pair has no UTF-8; the replacement character is refused as a bad cell.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def parse(cells: pl.DataFrame, *, today: date) -> Intake:
    """
    Check and type a frame of texts; ``today`` is the day in the agency's zone.

    Columns that are absent are read as empty. Unknown columns are a problem of row 0, since a
    misspelt heading would otherwise be an unknown fact on every line.
    """
    strange = [name for name in cells.columns if name not in BY_NAME]
    absent = [name for name in BY_NAME if name not in cells.columns]
    frame = cells.select(
        *(_cleaned(name) for name in BY_NAME if name not in absent),
        *(pl.lit(None, dtype=pl.String).alias(name) for name in absent),
    ).with_row_index(ROW, offset=1)
    typed = frame.with_columns(_typed(column) for column in COLUMNS)
    problems = [_strange_heading(name) for name in strange] + _problems(frame, typed, today)
    bad = {problem.row for problem in problems}
    good, more = _whole_declarations(typed, frame, bad)
    return Intake(
        lines=_spread_documents(good),
        problems=tuple(sorted([*problems, *more], key=lambda p: (p.row, p.column))),
        rows=frame.height,
    )


def _cleaned(name: str) -> pl.Expr:
    # NFKC folds full-width digits and letters, which Chinese keyboards produce by accident.
    text = pl.col(name).cast(pl.String).str.normalize("NFKC").str.strip_chars()
    return pl.when(text.str.len_chars() > 0).then(text).alias(name)


def _typed(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    if column.dtype == pl.String:
        return text
    if column.dtype == pl.Date:
        return text.str.to_date("%Y-%m-%d", strict=False)
    if column.dtype == pl.Int64:
        return text.str.extract(r"^([0-9]{1,15})(?:\.0*)?$").cast(pl.Int64)
    scale = column.dtype.scale
    plain = text.str.extract(rf"^(-?[0-9]{{1,15}}(?:\.[0-9]{{1,{scale}}})?0*)$")
    return plain.cast(column.dtype, strict=False)


def _strange_heading(name: str) -> Problem:
    known = ", ".join(BY_NAME)
    return Problem(
        row=0,
        column=name[:LONGEST_CELL],
        value="",
        says=Text(
            zh=f"没有这一列。可用的列名:{known}",
            en=f"There is no such column. Columns are: {known}",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """
    What makes one cell bad, over texts and, under the name of :func:`_read_as`, typed values.

    ``shows`` is the column whose value is given back; null in ``bad`` is not bad.
    """

    column: str
    bad: pl.Expr
    says: Text
    shows: str


def _check(column: str, bad: pl.Expr, says: Text, *, shows: str | None = None) -> _Check:
    return _Check(column=column, bad=bad, says=says, shows=shows or column)


def _read_as(name: str) -> str:
    """Return the name of a column's typed values beside its texts."""
    return f"{name} read"


def _failed(cells: pl.DataFrame, checks: Sequence[_Check]) -> list[Problem]:
    """Ask all checks of all cells in one query, and return what is bad in their order."""
    asked = cells.select(check.bad.alias(str(place)) for place, check in enumerate(checks))
    return [
        problem
        for check, bad in zip(checks, asked.get_columns(), strict=True)
        if bad.any()
        for problem in _found(cells, check, bad)
    ]


def _found(cells: pl.DataFrame, check: _Check, bad: pl.Series) -> list[Problem]:
    hits = cells.filter(bad).select(ROW, pl.col(check.shows).cast(pl.String))
    return [
        Problem(row=row, column=check.column, value=(value or "")[:80], says=check.says)
        for row, value in hits.iter_rows()
    ]


def _required() -> Iterator[_Check]:
    says = Text(zh="必填,请补上", en="This is required; fill it in")
    for column in COLUMNS:
        if column.required:
            yield _check(column.name, pl.col(column.name).is_null(), says)


_TYPE_SAYS: Mapping[Any, Text] = {
    pl.Int64: Text(
        zh="请写正整数,不带单位和千分位", en="Write a whole number without unit or commas"
    ),
    pl.Date: Text(zh="请按 2012-05-24 的格式写日期", en="Write the date like 2012-05-24"),
    QUANTITY: Text(
        zh="请写数字,不带单位和千分位,最多三位小数",
        en="Write a number without unit or commas, with at most three decimals",
    ),
    MONEY: Text(
        zh="请写数字,不带单位和千分位,最多两位小数",
        en="Write a number without unit or commas, with at most two decimals",
    ),
}


def _types() -> Iterator[_Check]:
    for column in COLUMNS:
        if column.dtype != pl.String:
            given, read = pl.col(column.name), pl.col(_read_as(column.name))
            bad = given.is_not_null() & read.is_null()
            yield _check(column.name, bad, _TYPE_SAYS[column.dtype])


def _codes() -> Iterator[_Check]:
    for column in COLUMNS:
        if column.codes is not None:
            listed = ", ".join(column.codes)
            says = Text(zh=f"只能是:{listed}", en=f"Use one of: {listed}")
            yield _check(column.name, ~pl.col(column.name).is_in(column.codes), says)


def _lengths() -> Iterator[_Check]:
    for column in COLUMNS:
        says = Text(
            zh=f"超过 {column.longest} 个字符,请缩短",
            en=f"Longer than {column.longest} characters; shorten it",
        )
        yield _check(column.name, pl.col(column.name).str.len_chars() > column.longest, says)


# Control characters, which PostgreSQL and screens cannot hold, and what stands for broken text.
_UNREADABLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{FFFD}]"
_UNREADABLE_SAYS = Text(
    zh="含有无法识别的字符,请重新输入这一格",
    en="This holds characters that cannot be read; type the cell again",
)


def _characters() -> Iterator[_Check]:
    for column in COLUMNS:
        bad = pl.col(column.name).str.contains(_UNREADABLE)
        yield _check(column.name, bad, _UNREADABLE_SAYS)


def _hs() -> Iterator[_Check]:
    code = pl.col("hs_code")
    short = code.str.contains(r"^[0-9]{9}$")
    lost = Text(
        zh="HS 编码应为 10 位,这里只有 9 位,多半丢了开头的 0;请在前面补 0,并把该列设为文本格式",
        en="An HS code has 10 digits and this has 9: the leading 0 was probably lost. Put it back "
        "and format the column as text",
    )
    yield _check("hs_code", short, lost)
    other = Text(zh="HS 编码应为 10 位数字", en="An HS code is ten digits")
    yield _check("hs_code", ~code.str.contains(r"^[0-9]{10}$") & ~short, other)


def _countries() -> Iterator[_Check]:
    says = Text(
        zh="请写 ISO 3166 两位大写字母,如 CN、MO、FR", en="Use the two capital letters of ISO 3166"
    )
    for name, also in (("origin", ()), ("destination", ()), ("transit_via", (NONE,))):
        yield _check(name, ~pl.col(name).is_in([*countries(), *also]), says)


def _numbers(today: date) -> Iterator[_Check]:
    zero = Text(zh="必须大于 0", en="This must be more than 0")
    future = Text(
        zh=f"生产日期不能晚于今天({today.isoformat()})",
        en=f"The day of production cannot lie after today ({today.isoformat()})",
    )
    early = Text(
        zh=f"日期不能早于 {FIRST_DAY.isoformat()}",
        en=f"The day cannot lie before {FIRST_DAY.isoformat()}",
    )
    large = Text(zh=f"行号不能大于 {LARGEST_LINE}", en=f"The line number is at most {LARGEST_LINE}")
    quantity, value, line, produced = (
        pl.col(_read_as(name)) for name in ("quantity", "value_cny", "line", "produced_on")
    )
    for name, bad, says in (
        ("quantity", quantity <= 0, zero),
        ("value_cny", value <= 0, zero),
        ("line", line <= 0, zero),
        ("line", line > LARGEST_LINE, large),
        ("produced_on", produced > today, future),
        ("produced_on", produced < FIRST_DAY, early),
    ):
        yield _check(name, bad, says, shows=_read_as(name))


def _enterprises(cells: pl.DataFrame) -> Iterator[_Check]:
    says = Text(
        zh="代码校验位不对,请逐位核对统一社会信用代码",
        en="The check character does not fit; compare the code digit by digit",
    )
    for name in ("enterprise", "agent"):
        distinct = set(cells[name].to_list()) - {None}
        bad = sorted(number for number in distinct if not _number_plausible(number))
        if bad:
            yield _check(name, pl.col(name).is_in(bad), says)


def _number_plausible(number: str) -> bool:
    """Tell whether a number passes the check of its kind; overseas numbers have none."""
    if number == SELF:
        return True
    if number.startswith("ENT-"):
        return reference_valid(number)
    return len(number) != USCC_LENGTH or uscc_valid(number)


def _papers(cells: pl.DataFrame) -> Iterator[_Check]:
    listed = ", ".join(DOCUMENTS)
    says = Text(
        zh=f"单证代码只能是:{listed},没有单证请写 NONE", en=f"Documents are: {listed}; or NONE"
    )
    known = {*DOCUMENTS, NONE}
    distinct = set(cells["documents"].to_list()) - {None}
    bad = sorted(text for text in distinct if not known.issuperset(_documents(text)))
    if bad:
        yield _check("documents", pl.col("documents").is_in(bad), says)


def _documents(text: str) -> list[str]:
    return [part.strip() for part in text.replace(",", ";").split(";") if part.strip()]


def _duplicates() -> Iterator[_Check]:
    line = pl.col(_read_as("line"))
    twice = pl.struct("enterprise", "declaration", line).is_duplicated() & line.is_not_null()
    says = Text(
        zh="同一报检单里行号重复,每行请用不同的行号",
        en="This line number stands twice in the declaration; number each line once",
    )
    yield _check("line", twice, says)


def _mixed_declarations() -> Iterator[_Check]:
    """Refuse lines of a declaration that disagree about the declaration itself."""
    says = Text(
        zh="同一报检单各行的这一列应当相同",
        en="Every line of one declaration must say the same here",
    )
    for name in DECLARATION_COLUMNS:
        if name not in ("declaration", "enterprise"):
            values = pl.col(name).n_unique().over("enterprise", "declaration")
            yield _check(name, values > 1, says)


@cache
def _fixed_checks() -> tuple[_Check, ...]:
    """Return the checks that are the same every day."""
    groups = (_lengths, _characters, _required, _types, _codes, _hs, _countries)
    later = (_duplicates, _mixed_declarations)
    return tuple(check for group in (*groups, *later) for check in group())


def _problems(frame: pl.DataFrame, typed: pl.DataFrame, today: date) -> list[Problem]:
    cells = frame.hstack(
        [typed[c.name].alias(_read_as(c.name)) for c in COLUMNS if c.dtype != pl.String]
    )
    changing = (*_numbers(today), *_enterprises(cells), *_papers(cells))
    return _failed(cells, (*_fixed_checks(), *changing))


def _whole_declarations(
    typed: pl.DataFrame, frame: pl.DataFrame, bad: set[int]
) -> tuple[pl.DataFrame, list[Problem]]:
    """Set aside every line of a declaration that has a bad one, and say so on the good ones."""
    if not bad:
        return typed, []
    is_bad = typed[ROW].is_in(list(bad))
    keys = ["enterprise", "declaration"]
    touched = typed.filter(is_bad).select(keys).unique().with_columns(touched=True)
    marked = typed.select(ROW, *keys).join(
        touched, on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
    aside = marked["touched"].fill_null(value=False)
    says = Text(
        zh="同一报检单有其他行未通过,整单未受理;改好后整单重报",
        en="Another line of this declaration was rejected, so none of it was taken; correct it and "
        "send the whole declaration again",
    )
    check = _check("declaration", pl.lit(value=True), says)
    return typed.filter(~aside), _found(frame, check, aside & ~is_bad)


def _spread_documents(lines: pl.DataFrame) -> pl.DataFrame:
    """Add a column for each document: presented, not presented, or null where none is named."""
    texts = lines["documents"].to_list()
    presented = {text: frozenset(_documents(text)) for text in set(texts) - {None}}
    return lines.hstack(
        [
            pl.Series(
                f"doc_{code}",
                [None if text is None else code in presented[text] for text in texts],
                dtype=pl.Boolean,
            )
            for code in DOCUMENTS
        ]
    )
