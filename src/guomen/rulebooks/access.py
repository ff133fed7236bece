"""
What goods need before they may cross: the rules of admission, read the other way round.

The gate asks each rule of a line that exists; here the same rules are asked of goods that somebody
only thinks of, with everything unknown that is not said. There is no second list of requirements
that could disagree with the gate: :data:`SUPPLIES` only says, fact by fact, what makes a fact true
and who must hold it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

import polars as pl

from guomen.core import conditions
from guomen.core.facts import BY_NAME, FRAME_SCHEMA
from guomen.core.kleene import Conditions, lines_of
from guomen.core.rules import Rule
from guomen.core.ruling import Gate
from guomen.core.text import Text
from guomen.rulebooks.book import BOOK


class Kind(StrEnum):
    """What kind of thing makes a required fact true."""

    LICENCE = "licence"
    DOCUMENT = "document"
    PLACE = "place"
    STANDING = "standing"
    DECLARATION = "declaration"


KIND_NAMES: Mapping[Kind, Text] = MappingProxyType(
    {
        Kind.LICENCE: Text(zh="许可与备案", en="Licences and filings"),
        Kind.DOCUMENT: Text(zh="随附单证", en="Documents"),
        Kind.PLACE: Text(zh="产地、口岸与路线", en="Origin, port and route"),
        Kind.STANDING: Text(zh="企业状态", en="Standing of the enterprise"),
        Kind.DECLARATION: Text(zh="申报要素", en="What is declared"),
    }
)


class Holder(StrEnum):
    """Who must hold it."""

    ENTERPRISE = "enterprise"
    CONSIGNOR = "consignor"
    SITE = "site"
    AGENT = "agent"
    GOODS = "goods"


HOLDER_NAMES: Mapping[Holder, Text] = MappingProxyType(
    {
        Holder.ENTERPRISE: Text(zh="收发货企业", en="the importing or exporting enterprise"),
        Holder.CONSIGNOR: Text(zh="境外企业", en="the overseas party"),
        Holder.SITE: Text(zh="生产、种养或存放场所", en="the farm, plant or store"),
        Holder.AGENT: Text(zh="代理报检企业", en="the declaration agent"),
        Holder.GOODS: Text(zh="该批货物", en="the consignment"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What makes a fact true: its kind, who holds it, and its code (kind of licence, document)."""

    kind: Kind
    holder: Holder
    code: str = ""


def _licence(code: str, holder: Holder = Holder.ENTERPRISE) -> Supply:
    return Supply(kind=Kind.LICENCE, holder=holder, code=code)


def _document(code: str) -> Supply:
    return Supply(kind=Kind.DOCUMENT, holder=Holder.GOODS, code=code)


_PLACE = Supply(kind=Kind.PLACE, holder=Holder.GOODS)
_STANDING = Supply(kind=Kind.STANDING, holder=Holder.ENTERPRISE)
_DECLARED = Supply(kind=Kind.DECLARATION, holder=Holder.GOODS)

#: By fact. Every fact that a requirement reads stands here; a test sees to it.
SUPPLIES: Mapping[str, Supply] = MappingProxyType(
    {
        "consignee_filed": _licence("consignee_filing"),
        "overseas_party_filed": _licence("overseas_exporter_filing", Holder.CONSIGNOR),
        "overseas_plant_registered": _licence("overseas_plant_registration", Holder.CONSIGNOR),
        "permit_held": _licence("quarantine_permit"),
        "permit_covers": _licence("quarantine_permit"),
        "plant_filed": _licence("food_plant_filing"),
        "additive_filed": _licence("additive_filing"),
        "quality_licence_held": _licence("export_quality_licence"),
        "agent_registered": _licence("agent_registration", Holder.AGENT),
        "cold_store_filed": _licence("cold_store_filing", Holder.SITE),
        "base_filed": _licence("base_filing", Holder.SITE),
        "base_plan_covers": _licence("base_filing", Holder.SITE),
        "farm_registered": _licence("farm_registration", Holder.SITE),
        **{
            name: _document(name.removeprefix("doc_"))
            for name in FRAME_SCHEMA
            if name.startswith("doc_")
        },
        "origin_access": _PLACE,
        "port_designated": _PLACE,
        "port_known": _PLACE,
        "enterprise_active": _STANDING,
        "enterprise_number_valid": _STANDING,
        "declaration_right_suspended": _STANDING,
        "blacklisted": _STANDING,
        **dict.fromkeys(
            (
                "hs_code",
                "commodity_group",
                "direction",
                "origin",
                "destination",
                "transit_via",
                "transport",
                "quantity",
                "unit",
                "unit_expected",
                "units_in_lot",
                "value_cny",
                "produced_on",
                "on",
                "agent",
            ),
            _DECLARED,
        ),
    }
)


class Answer(StrEnum):
    """How a requirement stands with what is known of the goods so far."""

    NEEDED = "needed"
    MET = "met"
    NOT_MET = "not_met"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One requirement of one rule, and how it stands."""

    rule: Rule
    answer: Answer
    kind: Kind
    facts: tuple[str, ...]

    @property
    def supplies(self) -> tuple[tuple[str, Supply], ...]:
        """Return what makes the rule hold, fact by fact."""
        return tuple((name, SUPPLIES[name]) for name in self.facts)


def requirements(on: date) -> tuple[Rule, ...]:
    """Return the rules of admission in force on a day that require something."""
    return tuple(
        rule
        for rule in BOOK.in_force(on)
        if rule.gate is Gate.ADMISSION and rule.requires is not None and not rule.trial
    )


def needs(case: Mapping[str, Any], *, on: date) -> tuple[Need, ...]:
    """
    Return what goods need, in the order of the rule book.

    ``case`` names facts of the facts frame; what is absent is unknown. A rule that certainly does
    not apply is left out; one that may apply, for want of a fact, is returned as ``DEPENDS``.

    :raises KeyError: if a fact does not exist
    """
    unknown = [name for name in case if name not in BY_NAME]
    if unknown:
        raise KeyError(f"no such facts: {unknown}")
    rules = requirements(on)
    texts = list(dict.fromkeys(t for rule in rules for t in (rule.applies, rule.requires or "")))
    line = lines_of(pl.DataFrame([{**case, "on": on}], schema=FRAME_SCHEMA))
    answers = {
        text: True if line.some(found.yes) else False if line.some(found.no) else None
        for text, found in zip(texts, _conditions(tuple(texts)).ask(line), strict=True)
    }
    return tuple(
        _need(rule, answers)
        for rule in rules
        if answers[rule.applies] is not False and rule.requires is not None
    )


def facts_required(requires: str) -> tuple[str, ...]:
    """Name the facts that a requirement reads and somebody supplies."""
    return tuple(name for name in conditions.names(requires) if name in SUPPLIES)


@cache
def _conditions(texts: tuple[str, ...]) -> Conditions:
    return Conditions(texts)


def _need(rule: Rule, answers: Mapping[str, bool | None]) -> Need:
    requires = rule.requires or ""
    names = facts_required(requires)
    return Need(
        rule=rule,
        answer=Answer.DEPENDS if answers[rule.applies] is None else _STANDS[answers[requires]],
        kind=min((SUPPLIES[name].kind for name in names), key=list(Kind).index),
        facts=names,
    )


_STANDS: Mapping[bool | None, Answer] = MappingProxyType(
    {True: Answer.MET, False: Answer.NOT_MET, None: Answer.NEEDED}
)
