"""Labels of samples on paper: what it is, whose, the seal, and a QR that leads to its history."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import segno
import typst

from guomen.core.text import Text

_WORDS: Final = {
    "title": Text(zh="样品标签", en="Sample label"),
    "line": Text(zh="报检批", en="Line"),
    "goods": Text(zh="货物", en="Goods"),
    "taken": Text(zh="抽样时间", en="Taken"),
    "by": Text(zh="抽样人", en="By"),
    "seal": Text(zh="封识号", en="Seal"),
    "units": Text(zh="抽样单元", en="Units"),
    "to": Text(zh="送检", en="To"),
    "tests": Text(zh="检测项目", en="Tests"),
}
# A label of 100 × 60 mm, one a page; every text comes in as data, none of it is markup.
_TEMPLATE: Final = """
#set page(width: 100mm, height: 60mm, margin: 4mm)
#set text(font: "Noto Sans SC", size: 7.5pt, lang: "zh")
#let data = json(bytes(sys.inputs.data))
#let words = data.words
#for (at, label) in data.labels.enumerate() {
  if at > 0 { pagebreak() }
  grid(columns: (1fr, 26mm), column-gutter: 3mm,
    [
      #text(size: 6.5pt, fill: luma(90), words.title + " · " + label.portion)
      #v(-4pt)
      #text(size: 13pt, weight: "bold", label.reference)
      #v(-3pt)
      #grid(columns: (16mm, 1fr), row-gutter: 4.5pt,
        ..label.rows.map(row => (text(fill: luma(90), row.at(0)), row.at(1))).flatten())
    ],
    [
      #image(label.qr, width: 26mm)
      #text(size: 6pt, fill: luma(90), label.foot)
    ])
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label: what stands on it, already in the reader's language; ``address`` is its QR."""

    reference: str
    portion: str
    line: str
    goods: str
    taken: str
    by: str
    seal: str
    units: Sequence[int]
    to: str
    tests: str
    address: str
    foot: str


def pdf(labels: Sequence[Label], *, language: str, fonts: Path) -> bytes:
    """Return labels as a PDF of 100 × 60 mm pages."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        made = [_data(label, root, at, language=language) for at, label in enumerate(labels)]
        data = {"labels": made, "words": {k: v.in_language(language) for k, v in _WORDS.items()}}
        source = root / "label.typ"
        source.write_text(_TEMPLATE, encoding="utf-8")
        found: bytes = typst.compile(
            source,
            root=root,
            font_paths=[fonts / "400Regular", fonts / "700Bold"],
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
    return found


_MOST_UNITS = 24


def units_text(units: Sequence[int]) -> str:
    """Return the numbers of units as a label has room for."""
    listed = ", ".join(str(unit) for unit in units[:_MOST_UNITS])
    return listed if len(units) <= _MOST_UNITS else f"{listed} … ({len(units)})"


def _data(label: Label, root: Path, at: int, *, language: str) -> dict[str, object]:
    picture = io.BytesIO()
    segno.make(label.address, error="m").save(picture, kind="svg", border=0)
    name = f"qr-{at}.svg"
    (root / name).write_bytes(picture.getvalue())
    cells = {
        "line": label.line,
        "goods": label.goods,
        "seal": label.seal,
        "taken": label.taken,
        "by": label.by,
        "to": label.to,
        "units": units_text(label.units),
        "tests": label.tests,
    }
    rows = [[_WORDS[name].in_language(language), text] for name, text in cells.items() if text]
    return {
        "reference": label.reference,
        "portion": label.portion,
        "rows": rows,
        "qr": name,
        "foot": label.foot,
    }
