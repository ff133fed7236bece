"""Suggestions from the registers while one types: goods, ports, enterprises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.db.models import F, Q

from guomen.supervision.agencies.models import Officer
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.models import Commodity, Enterprise, Port

MOST = 20
# Code, Chinese name, English name.
Suggestion = tuple[str, str, str]


def _goods(text: str) -> list[Suggestion]:
    rows = Commodity.objects.current()
    if text.isdigit():
        rows = rows.filter(hs_code__startswith=text)
    elif text:
        rows = rows.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text))
    return list(rows.order_by("hs_code").values_list("hs_code", "name_zh", "name_en")[:MOST])


def _ports(text: str) -> list[Suggestion]:
    named = Q(name_zh__icontains=text) | Q(name_en__icontains=text)
    rows = Port.objects.filter(named | Q(unlocode__icontains=text))
    # Ports of this bureau come first.
    rows = rows.order_by(F("agency").asc(nulls_last=True), "unlocode")
    return list(rows.values_list("unlocode", "name_zh", "name_en")[:MOST])


def _enterprises(text: str) -> list[Suggestion]:
    found = parties.named_like(text, among=Enterprise.objects.order_by("reference"))[:MOST]
    return [(one.uscc or one.overseas_number or "", one.name_zh, one.name_en) for one in found]


_KINDS: Mapping[str, Callable[[str], list[Suggestion]]] = MappingProxyType(
    {"goods": _goods, "ports": _ports, "enterprises": _enterprises}
)


def suggestions(kind: str, text: str, *, user_id: int) -> list[Suggestion] | None:
    """Return suggestions; None for an unknown register, or one that is not open to the reader."""
    if kind not in _KINDS:
        return None
    # Who trades with whom is no business of other traders.
    if kind == "enterprises" and not Officer.objects.filter(user_id=user_id).exists():
        return []
    return _KINDS[kind](text.strip()[:60])
