"""
A certificate as a PDF/A: printed from what was signed, so that paper and signature cannot part.

The same certificate always gives the same bytes; only then can a file be told from an altered one.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import segno
import typst
from django.conf import settings

from guomen.core.text import Text
from guomen.desks.components.certificates import signed
from guomen.rulebooks.certificates import KINDS

_TEMPLATE = Path(__file__).with_name("certificate.typ")
LANGUAGES = ("zh", "en")

_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "number": Text(zh="编号", en="No."),
        "original": Text(zh="正本", en="Original"),
        "scan": Text(zh="扫码查验真伪", en="Scan to verify"),
        "qr_alt": Text(zh="查验二维码", en="QR code for verification"),
        "remarks": Text(zh="备注", en="Remarks"),
        "how": Text(
            zh="本证书以电子签名的内容为准。请扫码或在此网址核对：",
            en="What counts is what was signed. Scan the code above, or check it at:",
        ),
        "key": Text(zh="签名公钥", en="Signing key"),
        "seal": Text(zh="签证印章", en="Place of the seal"),
        "place": Text(zh="签证地点", en="Place of issue"),
        "date": Text(zh="签证日期", en="Date of issue"),
        "officer": Text(zh="签证人员", en="Authorised officer"),
        "page": Text(zh="第 {x} 页，共 {y} 页", en="Page {x} of {y}"),
        "foot": Text(
            zh="涂改无效。查验结果与纸面不符的，以查验结果为准，并请告知签证机关。",
            en="Void if altered. If the check shows anything else than this paper, trust the check "
            "and tell the issuing office.",
        ),
        "demonstration": Text(zh="演示 无效", en="DEMONSTRATION"),
    }
)
_AUTHORITY = Text(
    zh="中华人民共和国出入境检验检疫（演示）",
    en="Entry-Exit Inspection and Quarantine (demonstration)",
)
_REPLACES = Text(zh="本证书代替 {old}", en="This certificate replaces {old}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is printed besides what was signed: where it is checked, who issued it, where."""

    said: Mapping[str, Any]
    key: str
    demonstration: bool
    address: str
    short_address: str
    agency: Text
    officer: Text
    issued_at: datetime


def qr_svg(address: str) -> str:
    """Return an address as a QR in SVG, without a border of its own."""
    out = io.BytesIO()
    made = segno.make_qr(address, error="l", boost_error=False)
    made.save(out, kind="svg", border=0, xmldecl=False, svgns=True, dark="#14213D", scale=1)
    return out.getvalue().decode()


def render(paper: Paper, language: str) -> bytes:
    """Return the PDF/A of a certificate in a language, the same bytes each time."""
    given = json.dumps(_said(paper, language), ensure_ascii=False, sort_keys=True)
    made = typst.compile(
        _TEMPLATE,
        format="pdf",
        root=_TEMPLATE.parent,
        font_paths=[
            settings.GUOMEN_FONTS / "400Regular",
            settings.GUOMEN_FONTS / "700Bold",
        ],
        ignore_system_fonts=True,
        sys_inputs={"said": given},
        pdf_standards=["a-2b"],
        timestamp=int(paper.issued_at.timestamp()),
    )
    return bytes(made)


def _said(paper: Paper, language: str) -> dict[str, Any]:
    said, kind = paper.said, KINDS[str(paper.said["k"])]
    tongue = "zh-hans" if language == "zh" else "en"

    def in_tongue(text: Text) -> str:
        return text.in_language(tongue)

    return {
        "language": language,
        "title": in_tongue(kind.title),
        "number": said["n"],
        "authority": in_tongue(_AUTHORITY) if paper.demonstration else in_tongue(paper.agency),
        "replaces": in_tongue(_REPLACES).format(old=said["r"]) if said.get("r") else None,
        "rows": [[label, _breakable(text)] for label, text in signed.rows(said, tongue)],
        "statement": in_tongue(kind.states),
        "remarks": _breakable(str(said["m"])) if said.get("m") else None,
        "qr": qr_svg(paper.address),
        "address": paper.short_address,
        "key": paper.key,
        "place": in_tongue(paper.agency),
        "date": said["d"],
        "day": [int(part) for part in str(said["d"]).split("-")],
        "officer": in_tongue(paper.officer),
        "demonstration": paper.demonstration,
        "words": {name: in_tongue(text) for name, text in _WORDS.items()},
    }


# A word longer than this would run over the edge of the paper.
_LONGEST_WORD = 24
_LONG = re.compile(rf"[!-~]{{{_LONGEST_WORD}}}(?=[!-~])")


def _breakable(text: str) -> str:
    """Let the paper break what has no place to break: long numbers, lists without spaces."""
    return _LONG.sub(lambda found: f"{found[0]}\u200b", text)
