"""Every register of the scenario in one value, the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from guomen.rulebooks.credit_items import ITEMS
from guomen.scenarios.zhuhai2012 import (
    class_files,
    credit_files,
    enterprises,
    permissions,
    standing,
)
from guomen.scenarios.zhuhai2012.figures import TODAY
from guomen.scenarios.zhuhai2012.rows import EnterpriseRow, LicenceRow, Registers
from guomen.supervision.licences.models import LicenceKind
from guomen.supervision.parties.models import TradeRoleKind as Part

_FILED_PARTS = {
    Part.FOOD_PRODUCER: LicenceKind.FOOD_PLANT_FILING,
    Part.ANIMAL_FARMER: LicenceKind.FARM_REGISTRATION,
}


@lru_cache(maxsize=2)
def registers(seed: int) -> Registers:
    """Return the registers of a seed."""
    domestic = tuple(enterprises.domestic(seed))
    everyone = (*domestic, *enterprises.overseas(seed, after=len(domestic)))
    sites = tuple(enterprises.sites(seed, domestic))
    licences = tuple(permissions.licences(seed, everyone, sites))
    everyone = tuple(_with_ended_parts(row, licences) for row in everyone)
    worth = standing.quality(seed, everyone)
    files = credit_files.files(seed, everyone, worth)
    entries = credit_files.with_entries(files, everyone)
    classes = standing.classes(seed, everyone)
    signed = class_files.histories(seed, classes)
    return Registers(
        enterprises=everyone,
        sites=sites,
        licences=licences,
        certificates=tuple(standing.certificates(seed, everyone)),
        classes=classes,
        ratings=standing.ratings(files),
        blacklist=tuple(
            (row.enterprise, row.listed, ITEMS[row.item].on(row.listed).value.says)
            for row in entries
            if row.listed is not None
        ),
        files=files,
        entries=entries,
        assessments=(*signed, *class_files.under_way(seed, signed)),
    )


def _with_ended_parts(row: EnterpriseRow, licences: Sequence[LicenceRow]) -> EnterpriseRow:
    """End the part of a filed producer or farm on the day on which its filing was revoked."""
    if row.cohort not in ("food_plant", "processor", "animal_farm"):
        return row
    lost = {
        licence.kind: licence.standing.changes[0][0]
        for licence in licences
        if licence.enterprise == row.number
        and licence.standing.changes
        and licence.kind in _FILED_PARTS.values()
        and not licence.granted(TODAY)
    }
    roles = tuple(
        (part, replace(held, ends=lost.get(_FILED_PARTS[part])) if part in _FILED_PARTS else held)
        for part, held in row.roles
    )
    return replace(row, roles=roles)
