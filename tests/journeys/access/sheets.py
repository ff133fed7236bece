"""Spreadsheets of the tests, written by another library than the one that reads them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import openpyxl

COLUMNS = ("name_zh", "name_en", "uscc", "overseas_number", "country", "place_zh", "phone", "roles")


def sheet(rows: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> bytes:
    """Return an XLSX file with a heading and rows; what a row does not name is empty."""
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    page.append(list(columns))
    for row in rows:
        page.append([row.get(name) or None for name in columns])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()
