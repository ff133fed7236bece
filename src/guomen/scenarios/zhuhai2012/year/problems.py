"""
Planting: what goes wrong in about one line of twenty, and where it can.

A trader's problem chooses who declares; a declaration's or a line's problem changes what is
written. Each planter returns whether it could plant at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np

from guomen.rulebooks.commodities import Group
from guomen.scenarios.zhuhai2012.rows import EnterpriseRow, Registers
from guomen.scenarios.zhuhai2012.year.flows import Flow
from guomen.scenarios.zhuhai2012.year.market import Market, Trader
from guomen.scenarios.zhuhai2012.year.truth import Problem
from guomen.supervision.licences.models import LicenceKind as Kind
from guomen.supervision.parties.codes import uscc_check_character

Row = dict[str, Any]
#: Changes a row; returns whether it could.
LinePlanter = Callable[[Row, np.random.Generator], bool]

# Share of declarations in which something is planted.
CHANCE = 0.05

_BY_LOSS: dict[Kind, Problem] = {
    Kind.BASE_FILING: Problem.BASE_REVOKED,
    Kind.FARM_REGISTRATION: Problem.FARM_REVOKED,
    Kind.CONSIGNEE_FILING: Problem.IMPORTER_ELIMINATED,
    Kind.DECLARATION_RIGHT: Problem.RIGHT_STOPPED,
    Kind.EXPORT_QUALITY_LICENCE: Problem.QUALITY_LICENCE_LAPSED,
}
_ACCESS_GROUPS = frozenset({Group.MEAT, Group.FRUIT, Group.AQUATIC})
_STRANGE_ORIGINS = ("IN", "KE", "ZA", "TR", "UA")


def trader_problem(
    market: Market, dice: np.random.Generator, day: date
) -> tuple[Trader, Problem] | None:
    """Return a trader who declares although it lost what it must hold, if there is one that day."""
    # Of the goods here only toys may not leave without a quality licence.
    asked = set(_BY_LOSS)
    if Group.TOYS not in market.flow.groups:
        asked.discard(Kind.EXPORT_QUALITY_LICENCE)
    lost = [
        (trader, _BY_LOSS[licence.kind])
        for trader, licence in market.lost
        if licence.kind in asked
        and licence.standing.changes[0][0] <= day < licence.standing.changes[0][0] + timedelta(150)
    ]
    return lost[int(dice.integers(len(lost)))] if lost else None


def blank(column: str) -> LinePlanter:
    """Return the planter that leaves a cell empty."""

    def plant(row: Row, dice: np.random.Generator) -> bool:
        del dice
        had = row[column] is not None
        row[column] = None
        return had

    return plant


def _drop_document(flow: Flow) -> LinePlanter:
    """Return the planter that leaves out a paper without which the goods may not pass."""

    def plant(row: Row, dice: np.random.Generator) -> bool:
        if not flow.demanded:
            return False
        left = flow.demanded[int(dice.integers(len(flow.demanded)))]
        row["documents"] = ";".join(p for p in row["documents"].split(";") if p != left)
        return True

    return plant


def _wrong_unit(row: Row, dice: np.random.Generator) -> bool:
    del dice
    row["unit"] = "TNE" if row["unit"] == "KGM" else "KGM"
    return True


def _unknown_code(row: Row, dice: np.random.Generator) -> bool:
    row["hs_code"] = f"{row['hs_code'][:4]}{int(dice.integers(990_000, 999_999)):06d}"
    return True


def _strange_origin(row: Row, dice: np.random.Generator) -> bool:
    row["origin"] = _STRANGE_ORIGINS[int(dice.integers(len(_STRANGE_ORIGINS)))]
    return True


def _lost_zero(row: Row, dice: np.random.Generator) -> bool:
    del dice
    starts = bool(row["hs_code"].startswith("0"))
    row["hs_code"] = row["hs_code"].removeprefix("0") if starts else row["hs_code"]
    return starts


def _negative(row: Row, dice: np.random.Generator) -> bool:
    del dice
    row["quantity"] = f"-{row['quantity']}"
    return True


def _future(row: Row, dice: np.random.Generator) -> bool:
    had = row["produced_on"] is not None
    if had:
        row["produced_on"] = row["produced_on"] + timedelta(days=400 + int(dice.integers(30)))
    return had


def _wrong_digit(row: Row, dice: np.random.Generator) -> bool:
    del dice
    code = row["enterprise"]
    row["enterprise"] = code[:-1] + ("0" if code[-1] != "0" else "1")
    return True


def _nobody(row: Row, dice: np.random.Generator) -> bool:
    # A code that passes its check and belongs to nobody: serials here end far below 99xxxx.
    body = f"{row['enterprise'][:8]}99{int(dice.integers(990_000, 999_999)):06d}7"
    row["enterprise"] = body + uscc_check_character(body)
    return True


# Weight, planter, and whether it changes every line of the declaration alike.
ANYWHERE: tuple[tuple[Problem, float, LinePlanter, bool], ...] = (
    (Problem.QUANTITY_UNKNOWN, 1.5, blank("quantity"), False),
    (Problem.VALUE_UNKNOWN, 1.5, blank("value_cny"), False),
    (Problem.UNIT_WRONG, 2.5, _wrong_unit, False),
    (Problem.HS_CODE_UNKNOWN, 1.5, _unknown_code, False),
    (Problem.PORT_UNKNOWN, 1.0, blank("port"), True),
    (Problem.ENTERPRISE_UNREGISTERED, 1.0, _nobody, True),
    (Problem.CHECK_DIGIT_WRONG, 0.6, _wrong_digit, True),
    (Problem.HS_ZERO_LOST, 0.5, _lost_zero, False),
    (Problem.QUANTITY_NEGATIVE, 0.3, _negative, False),
    (Problem.DATE_IN_FUTURE, 0.3, _future, False),
)


def planters(flow: Flow, registers: Registers) -> list[tuple[Problem, float, LinePlanter, bool]]:
    """Return what can go wrong in a flow beside what can go wrong anywhere."""
    found = list(ANYWHERE)
    groups = set(flow.groups)
    if flow.demanded:
        found.append((Problem.DOCUMENT_MISSING, 9.0, _drop_document(flow), False))
        found.append((Problem.DOCUMENTS_UNKNOWN, 2.0, blank("documents"), False))
    if flow.direction == "import":
        found.append((Problem.ORIGIN_UNKNOWN, 2.0, blank("origin"), False))
        found.append((Problem.TRANSIT_UNKNOWN, 1.0, blank("transit_via"), True))
    if flow.direction == "import" and groups & _ACCESS_GROUPS:
        found.append((Problem.ORIGIN_UNLISTED, 5.0, _strange_origin, False))
    if groups & {Group.VEGETABLES, Group.LIVE_ANIMALS} and flow.direction == "export":
        found.append((Problem.SITE_UNKNOWN, 3.0, blank("site"), False))
    if Group.VEGETABLES in groups:
        found.append((Problem.CROP_NOT_IN_PLAN, 4.0, _other_crop(registers), False))
    if flow.name in ("meat in", "fruit in"):
        found.append((Problem.PORT_NOT_DESIGNATED, 5.0, _other_port, True))
    if flow.name == "meat in":
        found.append((Problem.PRE_INSPECTION_MISSING, 6.0, _no_pre_inspection, True))
    found.append((Problem.AGENT_LAPSED, 0.8, _lapsed_agent(registers), True))
    return found


def _other_port(row: Row, dice: np.random.Generator) -> bool:
    del dice
    row["port"], row["transport"] = "CNDOU", "sea"
    return True


def _no_pre_inspection(row: Row, dice: np.random.Generator) -> bool:
    del dice
    row["transit_via"] = "HK"
    papers = [paper for paper in row["documents"].split(";") if paper != "pre_inspection"]
    row["documents"] = ";".join(papers)
    return True


def _other_crop(registers: Registers) -> LinePlanter:
    crops = {site.number: set(site.hs_codes) for site in registers.sites}
    every = sorted(set().union(*(crops[n] for n in crops if n.startswith("GD-V"))))

    def plant(row: Row, dice: np.random.Generator) -> bool:
        outside = [code for code in every if code not in crops.get(row["site"], set())]
        if outside:
            row["hs_code"] = outside[int(dice.integers(len(outside)))]
        return bool(outside)

    return plant


def _lapsed_agent(registers: Registers) -> LinePlanter:
    by_number = {row.number: row for row in registers.enterprises}
    lapsed: list[tuple[EnterpriseRow, date]] = [
        (by_number[licence.enterprise], licence.standing.changes[0][0])
        for licence in registers.licences
        if licence.kind == Kind.AGENT_REGISTRATION
        and licence.standing.changes
        and licence.enterprise is not None
    ]

    def plant(row: Row, dice: np.random.Generator) -> bool:
        del dice
        agent, day = lapsed[0]
        # The planter knows the day of the declaration by its number: year and month lead it.
        late = str(row["declaration"])[2:8] > f"{day:%Y%m}"
        if late:
            row["agent"] = agent.code
        return late

    return plant
