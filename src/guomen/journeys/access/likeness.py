"""
Enterprises on record twice: shown on entry, swept for, merged by a person, and parted again.

A merge moves what hangs on the absorbed record and writes down every row that moved; its history
stays where it was. Declarations that name the absorbed number find the survivor from then on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import exp
from typing import Any, ClassVar

import numpy as np
import polars as pl
from django.apps import apps
from django.db import models, transaction
from django.db.models import Q

from guomen.core import likeness
from guomen.journeys.access import recording
from guomen.journeys.access.actors import Actor, refuse_tied
from guomen.journeys.access.errors import AccessError
from guomen.journeys.access.rooms import Reach
from guomen.supervision.bitemporal import Window
from guomen.supervision.credit import queries as credit
from guomen.supervision.licences.models import LicenceAct
from guomen.supervision.parties import finding, terms
from guomen.supervision.parties.models import (
    Enterprise,
    EnterpriseTerm,
    LikePair,
    Merge,
    PairState,
    Registration,
    RegistrationState,
)

UNMERGED = "enterprise.parted"
_THOUSAND = 1000
_SHOWN = 6


class MergeRefusedError(AccessError):
    """Two records cannot be made one, or one cannot be parted again."""

    code: ClassVar[str] = "access.merge-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A record that looks like what is being entered, and by which marks."""

    enterprise: Enterprise
    likeness: int
    marks: tuple[str, ...]


def _records(rows: models.QuerySet[Enterprise]) -> tuple[list[int], pl.DataFrame]:
    """Return the keys and the marks of enterprises, in order of the key."""
    values = rows.order_by("pk").values_list(
        "pk", "uscc", "overseas_number", "name_zh", "name_en", "phone", "place_zh"
    )
    keys: list[int] = []
    marks: list[tuple[str, ...]] = []
    for key, uscc, overseas, zh, en, phone, place in values.iterator(chunk_size=10_000):
        keys.append(key)
        marks.append((uscc or overseas or "", zh, en, phone, place))
    return keys, pl.DataFrame(
        marks, schema=dict.fromkeys(likeness.COLUMNS, pl.String()), orient="row"
    )


def alike(given: Mapping[str, Any], reach: Reach) -> list[Alike]:
    """
    Return the records that look like one that is being entered, the likest first.

    The register is asked for records that share a mark; only those are compared.
    """
    near = finding.any_of(EnterpriseTerm, _shared(given), most=_NEAR)
    keys, records = _records(Enterprise.objects.filter(pk__in=near, merged_into__isnull=True))
    if not keys:
        return []
    found = likeness.pairs_with(records, _marks(given)).above()
    rows = Enterprise.objects.in_bulk([keys[i] for i in found.left.tolist()])
    listed = [
        Alike(
            enterprise=rows[keys[place]],
            likeness=thousandths(float(weight)),
            marks=_agreeing(found, at),
        )
        for at, (place, weight) in enumerate(
            zip(found.left.tolist(), found.weight.tolist(), strict=True)
        )
    ]
    return sorted(listed, key=lambda one: -one.likeness)[:_SHOWN]


# So many records that share one mark are compared, and no more.
_NEAR = 2_000


def _shared(given: Mapping[str, Any]) -> list[terms.Wanted]:
    """Return the marks of which a record that looks alike shares at least one."""
    stem = likeness.plain_zh(given.get("name_zh") or "")
    latin = likeness.plain_latin(given.get("name_en") or "").split()
    phone = terms.of_number(given.get("phone"))
    return [
        *terms.wanted(f"{stem[:2]} {stem[-3:]}"),
        *terms.wanted(max(latin, key=len, default="")),
        *(terms.Wanted(term=number, begins=False) for number in sorted(phone)),
        *terms.wanted((given.get("uscc") or "")[8:17]),
    ]


def _marks(given: Mapping[str, Any]) -> dict[str, str]:
    return {
        "code": given.get("uscc") or given.get("overseas_number") or "",
        "name_zh": given.get("name_zh") or "",
        "name_en": given.get("name_en") or "",
        "phone": given.get("phone") or "",
        "address": given.get("place_zh") or "",
    }


def _agreeing(found: likeness.Pairs, at: int) -> tuple[str, ...]:
    return tuple(name for name, part in found.marks.items() if part[at] > 0)


def thousandths(weight: float) -> int:
    """Return a weight as a likeness in thousandths, 500 at the threshold."""
    return round(_THOUSAND / (1 + exp(likeness.THRESHOLD - weight)))


def sweep(*, who: Actor) -> int:
    """
    Compare the whole register and note the pairs that look alike; return how many are new.

    Pairs that a person decided on stay decided.
    """
    keys, records = _records(Enterprise.objects.filter(merged_into__isnull=True))
    found = likeness.pairs(records).above()
    known = set(LikePair.objects.values_list("left_id", "right_id"))
    new = [pair for pair in _drafts(found, keys, who) if (pair.left_id, pair.right_id) not in known]
    LikePair.objects.bulk_create(new, batch_size=2_000, ignore_conflicts=True)
    return len(new)


def _drafts(found: likeness.Pairs, keys: Sequence[int], who: Actor) -> Iterator[LikePair]:
    places = np.array(keys, dtype=np.int64)
    rows = zip(
        places[found.left].tolist(),
        places[found.right].tolist(),
        found.weight.tolist(),
        strict=True,
    )
    for at, (left, right, weight) in enumerate(rows):
        yield LikePair(
            left_id=left,
            right_id=right,
            likeness=thousandths(weight),
            evidence={name: round(float(part[at]), 1) for name, part in found.marks.items()},
            found_at=who.at,
        )


def tell_apart(pk: int, *, who: Actor) -> LikePair:
    """
    Note that two records are two enterprises.

    :raises MergeRefusedError: if the pair was decided on already
    """
    with transaction.atomic():
        pair = _open_pair(pk)
        pair.state, pair.decided_by, pair.decided_at = PairState.DISTINCT, who.by, who.at
        pair.save()
    return pair


def _open_pair(pk: int) -> LikePair:
    pair = LikePair.objects.select_for_update().get(pk=pk)
    if pair.state != PairState.OPEN:
        raise MergeRefusedError(
            "somebody decided on this pair already; look at it again",
            zh="这一对已有人处理，请重新查看",
        )
    return pair


# What hangs on an enterprise and moves with it. Rulings, ratings, classes and the blacklist stay
# on the record about which they were made.
MOVING: tuple[tuple[str, str], ...] = (
    ("parties.Site", "enterprise"),
    ("parties.Product", "enterprise"),
    ("parties.SystemCertificate", "enterprise"),
    ("parties.Representative", "enterprise"),
    ("parties.Enterprise", "head_office"),
    ("licences.Licence", "enterprise"),
    ("licences.HolderNotice", "enterprise"),
    ("filings.AdditiveUse", "enterprise"),
    ("filings.SelfInspection", "enterprise"),
    ("filings.FilingCheck", "enterprise"),
)


def merge(
    absorbed: Enterprise, survivor: Enterprise, *, who: Actor, pair: int | None = None
) -> Merge:
    """
    Take one record into another, from today.

    :raises MergeRefusedError: if either is merged already or is the other, the absorbed one is on
        the blacklist and the survivor is not, or a decision on one of its licences waits
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to either
    """
    refuse_tied(who, [absorbed, survivor])
    with transaction.atomic():
        body = {"absorbed": absorbed.reference, "survivor": survivor.reference}
        known = recording.record(recording.MERGED, absorbed.reference, body, at=who.at, by=who.by)
        if pair is not None:
            decided = _open_pair(pair)
            decided.state, decided.decided_by = PairState.MERGED, who.by
            decided.decided_at = known
            decided.save()
        _refuse_merge(absorbed, survivor, who)
        moved = {
            f"{label}.{field}": _move(label, field, absorbed, survivor) for label, field in MOVING
        }
        _register(absorbed, RegistrationState.MERGED, survivor, who=who, known=known)
        # Whatever was merged into the absorbed record now leads to the survivor at once.
        Enterprise.objects.filter(Q(pk=absorbed.pk) | Q(merged_into=absorbed)).update(
            merged_into=survivor, version=models.F("version") + 1
        )
        finding.index([survivor.pk])
        return Merge.objects.create(
            absorbed=absorbed,
            survivor=survivor,
            pair_id=pair,
            moved={name: keys for name, keys in moved.items() if keys},
            merged_by=who.by,
            merged_at=known,
        )


def _refuse_merge(absorbed: Enterprise, survivor: Enterprise, who: Actor) -> None:
    rows = Enterprise.objects.select_for_update().filter(pk__in=[absorbed.pk, survivor.pk])
    if absorbed.pk == survivor.pk or any(row.merged_into_id for row in rows):
        raise MergeRefusedError(
            "one of the two is merged already; open its survivor instead",
            zh="其中一条记录已合并，请打开现行记录",
        )
    window = Window.at(who.day, known=who.at)
    references = [absorbed.reference, survivor.reference]
    listed = set(credit.blacklisted(references, window=window)["enterprise"].to_list())
    if absorbed.reference in listed and survivor.reference not in listed:
        raise MergeRefusedError(
            "the record to be absorbed is on the blacklist and the other is not: merge the other "
            "way round, so that nothing is washed off",
            zh="被合并的记录在黑名单上而另一条不在：请反向合并，以免洗掉记录",
        )
    if LicenceAct.objects.filter(licence__enterprise=absorbed, approved__isnull=True).exists():
        raise MergeRefusedError(
            "a decision on one of its licences waits; decide on it first",
            zh="其许可备案有待定的决定，请先处理",
        )


def _move(label: str, field: str, absorbed: Enterprise, survivor: Enterprise) -> list[int]:
    rows = apps.get_model(label)._default_manager.filter(**{field: absorbed})
    keys = list(rows.values_list("pk", flat=True))
    rows.update(**{field: survivor})
    return keys


def _register(
    row: Enterprise,
    state: RegistrationState,
    successor: Enterprise | None,
    *,
    who: Actor,
    known: Any,
) -> None:
    held = Registration.objects.select_for_update().current().filter(enterprise=row)
    newest = held.order_by("begins", "recorded_at").last()
    if newest is None:
        Registration.objects.create(
            enterprise=row, state=state, successor=successor, begins=who.day, recorded_at=known
        )
        return
    at = known if known > newest.recorded_at else newest.recorded_at + timedelta(microseconds=1)
    on = max(who.day, newest.begins)
    newest.succeed(on, at=at, state=state, successor_id=successor.pk if successor else None)


def part(pk: int, *, who: Actor) -> Merge:
    """
    Undo a merge: what moved goes back, what came since stays with the survivor.

    :raises MergeRefusedError: if it was undone already, or the survivor itself was merged since
    """
    with transaction.atomic():
        found = Merge.objects.select_related("absorbed", "survivor").get(pk=pk)
        body = {"absorbed": found.absorbed.reference, "survivor": found.survivor.reference}
        known = recording.record(UNMERGED, found.absorbed.reference, body, at=who.at, by=who.by)
        merged = Merge.objects.select_for_update().get(pk=pk)
        if merged.undone_at is not None:
            raise MergeRefusedError("this merge was undone already", zh="该合并已撤销")
        if found.survivor.merged_into_id is not None:
            raise MergeRefusedError(
                "the survivor was merged itself; undo that merge first",
                zh="现行记录又被合并，请先撤销那次合并",
            )
        for name, keys in merged.moved.items():
            label, _, field = name.rpartition(".")
            rows = apps.get_model(label)._default_manager.filter(pk__in=keys)
            rows.filter(**{field: merged.survivor_id}).update(**{field: merged.absorbed_id})
        _register(found.absorbed, RegistrationState.ACTIVE, None, who=who, known=known)
        Enterprise.objects.filter(pk=merged.absorbed_id).update(
            merged_into=None, version=models.F("version") + 1
        )
        finding.index([merged.absorbed_id, merged.survivor_id])
        if merged.pair_id is not None:
            LikePair.objects.filter(pk=merged.pair_id).update(
                state=PairState.OPEN, decided_by="", decided_at=None
            )
        merged.undone_by, merged.undone_at = who.by, known
        merged.save()
    return merged
