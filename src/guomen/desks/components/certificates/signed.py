"""What was signed of a certificate, in words: on the paper, at the check, and at every desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.utils import translation

from guomen.core.text import Text
from guomen.desks.components import numbers, tones, words
from guomen.rulebooks.certificates import KINDS
from guomen.rulebooks.places import countries
from guomen.supervision.agencies import queries as agencies

_OWNER: Mapping[str, Text] = MappingProxyType(
    {
        "export": Text(zh="出口企业", en="Exporter"),
        "import": Text(zh="进口企业", en="Importer"),
    }
)
# In the order in which they are read; letters as docs/mechanisms/disposal.md explains them.
LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "n": Text(zh="证书编号", en="Number of the certificate"),
        "k": Text(zh="种类", en="Kind"),
        "d": Text(zh="签证日期", en="Date of issue"),
        "a": Text(zh="签证机关", en="Issuing office"),
        "e": Text(zh="企业", en="Enterprise"),
        "c": Text(zh="收货人", en="Consignee"),
        "g": Text(zh="货物名称", en="Description of goods"),
        "w": Text(zh="商品编码名称（英文）", en="Goods under the HS code"),
        "h": Text(zh="HS 编码", en="HS code"),
        "q": Text(zh="数量", en="Quantity"),
        "o": Text(zh="原产国（地区）", en="Origin"),
        "t": Text(zh="目的国（地区）", en="Destination"),
        "b": Text(zh="生产批号", en="Lot"),
        "x": Text(zh="集装箱或运输工具", en="Container or vehicle"),
        "s": Text(zh="封识号", en="Seal"),
        "l": Text(zh="报检货物批", en="Line of the declaration"),
        "m": Text(zh="备注", en="Remarks"),
        "r": Text(zh="所代替的证书", en="Takes the place of"),
    }
)
_PLACES = ("o", "t")
# The heading and the foot of the paper say these; its table need not.
_ELSEWHERE = ("n", "k", "d", "a", "m", "r")


def rows(said: Mapping[str, Any], language: str) -> Sequence[tuple[str, str]]:
    """Return the rows of the paper in a language, whatever the reader's language is."""
    with translation.override(language):
        return [
            (label.in_language(language), text)
            for name, label, text in _listed(said)
            if name not in _ELSEWHERE and (name != "w" or language == "en")
        ]


def listed(said: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Return everything that was signed, with labels, in the reader's language."""
    return [(tones.said(label), text) for _, label, text in _listed(said)]


def _listed(said: Mapping[str, Any]) -> Sequence[tuple[str, Text, str]]:
    return [
        (name, _label(name, said), text)
        for name in LABELS
        if (text := value(said, name)) not in (None, "")
    ]


def _label(name: str, said: Mapping[str, Any]) -> Text:
    return _OWNER.get(str(said.get("i")), LABELS["e"]) if name == "e" else LABELS[name]


def value(said: Mapping[str, Any], name: str) -> str | None:
    """Word one signed value; what has no word is shown as it was signed."""
    given = said.get(name)
    if given is None:
        return None
    text = str(given)
    if name in _PLACES:
        return place(text)
    if name == "k":
        return tones.said(KINDS[text].name) if text in KINDS else text
    if name == "e":
        return tones.said(Text(zh=text, en=str(said.get("f") or text)))
    if name == "q":
        return _quantity(text, str(said.get("u") or ""))
    if name == "a":
        return _office(text)
    return text


def place(code: str) -> str:
    """Name a country or region beside its code."""
    name = countries().get(code)
    return f"{tones.said(name)} ({code})" if name else code


def _office(code: str) -> str:
    known = agencies.named([code]).get(code)
    return f"{tones.said(known)} ({code})" if known else code


def _quantity(amount: str, unit: str) -> str:
    word = str(words.UNITS.get(unit, unit))
    try:
        return numbers.quantity(amount, word)
    except ArithmeticError:
        # What somebody forged need not be a number.
        return f"{amount} {word}"


def vocabulary() -> dict[str, Any]:
    """Return labels, kinds and units for a browser that checks without us."""
    return {
        "labels": {name: tones.said(label) for name, label in LABELS.items()},
        "kinds": {code: tones.said(kind.name) for code, kind in KINDS.items()},
        "units": {code: str(word) for code, word in words.UNITS.items()},
    }
