"""What is said of a bad cell, the same whether a few lines are read or a million."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from guomen.core.facts import MONEY, QUANTITY
from guomen.core.text import Text
from guomen.journeys.intake.columns import (
    BY_NAME,
    DOCUMENTS,
    FIRST_DAY,
    LARGEST_LINE,
    LONGEST_CELL,
    Column,
    Problem,
)

REQUIRED = Text(zh="必填，请补上", en="This is required; fill it in")
NOT_OF_TYPE: Mapping[Any, Text] = {
    pl.Int64: Text(
        zh="请写正整数，不带单位和千分位", en="Write a whole number without unit or commas"
    ),
    pl.Date: Text(zh="请按 2012-05-24 的格式写日期", en="Write the date like 2012-05-24"),
    QUANTITY: Text(
        zh="请写数字，不带单位和千分位，最多三位小数",
        en="Write a number without unit or commas, with at most three decimals",
    ),
    MONEY: Text(
        zh="请写数字，不带单位和千分位，最多两位小数",
        en="Write a number without unit or commas, with at most two decimals",
    ),
}
UNREADABLE = Text(
    zh="含有无法识别的字符，请重新输入这一格",
    en="This holds characters that cannot be read; type the cell again",
)
ZERO_LOST = Text(
    zh="HS 编码应为 10 位，这里只有 9 位，多半丢了开头的 0；请在前面补 0，并把该列设为文本格式",
    en="An HS code has 10 digits and this has 9: the leading 0 was probably lost. Put it back "
    "and format the column as text",
)
TEN_DIGITS = Text(zh="HS 编码应为 10 位数字", en="An HS code is ten digits")
NO_COUNTRY = Text(
    zh="请写 ISO 3166 两位大写字母，如 CN、MO、FR", en="Use the two capital letters of ISO 3166"
)
NOT_POSITIVE = Text(zh="必须大于 0", en="This must be more than 0")
TOO_EARLY = Text(
    zh=f"日期不能早于 {FIRST_DAY.isoformat()}",
    en=f"The day cannot lie before {FIRST_DAY.isoformat()}",
)
TOO_LARGE = Text(zh=f"行号不能大于 {LARGEST_LINE}", en=f"The line number is at most {LARGEST_LINE}")
WRONG_CHECK = Text(
    zh="代码校验位不对，请逐位核对统一社会信用代码",
    en="The check character does not fit; compare the code digit by digit",
)
NO_PAPER = Text(
    zh=f"单证代码只能是：{', '.join(DOCUMENTS)}，没有单证请写 NONE",
    en=f"Documents are: {', '.join(DOCUMENTS)}; or NONE",
)
LINE_TWICE = Text(
    zh="同一报检单里行号重复，每行请用不同的行号",
    en="This line number stands twice in the declaration; number each line once",
)
MIXED = Text(
    zh="同一报检单各行的这一列应当相同",
    en="Every line of one declaration must say the same here",
)
SET_ASIDE = Text(
    zh="同一报检单有其他行未通过，整单未受理；改好后整单重报",
    en="Another line of this declaration was rejected, so none of it was taken; correct it and "
    "send the whole declaration again",
)


def in_future(today: date) -> Text:
    """Say that goods cannot have been produced after a day."""
    return Text(
        zh=f"生产日期不能晚于今天({today.isoformat()})",
        en=f"The day of production cannot lie after today ({today.isoformat()})",
    )


def not_listed(column: Column) -> Text:
    """Say which codes a column may hold."""
    listed = ", ".join(column.codes or ())
    return Text(zh=f"只能是：{listed}", en=f"Use one of: {listed}")


def too_long(column: Column) -> Text:
    """Say how long a cell of a column may be."""
    return Text(
        zh=f"超过 {column.longest} 个字符，请缩短",
        en=f"Longer than {column.longest} characters; shorten it",
    )


def strange_heading(name: str) -> Problem:
    """Return the problem of a column that does not exist."""
    known = ", ".join(BY_NAME)
    return Problem(
        row=0,
        column=name[:LONGEST_CELL],
        value="",
        says=Text(
            zh=f"没有这一列。可用的列名：{known}",
            en=f"There is no such column. Columns are: {known}",
        ),
    )
