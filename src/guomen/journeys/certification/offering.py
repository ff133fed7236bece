"""
Which papers a line can have: those that fit first, the others with what speaks against them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from guomen.core.dispose import DISPOSAL_NAMES, DisposalKind, Disposition
from guomen.journeys.certification.issuing import groups_of
from guomen.rulebooks.certificates import KINDS, CertificateKind, Obstacle
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions import queries
from guomen.supervision.dispositions.models import Disposition as Standing
from guomen.supervision.dispositions.models import Nonconformity


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One kind of paper for a line, and what speaks against it."""

    kind: CertificateKind
    against: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a certificate on a line can stand on."""

    line: Line
    outcome: str
    fitting: Sequence[Offer]
    others: Sequence[Offer]
    remarks: str


def ground_of(line: Line) -> Ground:
    """
    Return what papers a line can have, in a fixed number of queries.

    Goods that were let go at the gate count as released: their last ruling is made when a paper
    is drafted.
    """
    outcome = _outcome(line)
    group = groups_of([line]).get(line.hs_code or "")
    offers = [
        Offer(
            kind=kind,
            against=kind.against(direction=line.direction, group=group, outcome=outcome),
        )
        for kind in KINDS.values()
    ]
    # A paper for these goods is more likely wanted than one for any goods.
    fitting = sorted((o for o in offers if not o.against), key=lambda o: not o.kind.groups)
    return Ground(
        line=line,
        outcome=outcome,
        fitting=fitting,
        others=[offer for offer in offers if offer.against],
        remarks=_ways(line) if outcome == Disposition.NONCONFORMING else "",
    )


def without_paper(lines: QuerySet[Line], *, at_most: int) -> list[Line]:
    """Return the newest of the lines that were ruled on for the last time and have no paper."""
    rows = Standing.objects.filter(stands=True, line__in=lines, line__certificates__isnull=True)
    ruled = rows.exclude(outcome=Disposition.OPEN).select_related("line__declaration")
    return [row.line for row in ruled.order_by("-at", "-pk")[:at_most]]


def _outcome(line: Line) -> str:
    known = queries.standing([line.pk]).get(line.pk)
    if known is not None:
        return str(known.outcome)
    let_go = line.state == LineState.RELEASED
    return str(Disposition.RELEASE if let_go else Disposition.OPEN)


def _ways(line: Line) -> str:
    """Say in both languages which disposals are open, and until when."""
    failed = Nonconformity.objects.filter(line=line).order_by("-pk").first()
    if failed is None or not failed.disposals_open:
        return ""
    return ways(failed)


def ways(failed: Nonconformity) -> str:
    """
    Say in both languages which disposals a case leaves open, and until when.

    The remarks of a notice are one text for both papers.
    """
    named = [DISPOSAL_NAMES[DisposalKind(kind)] for kind in failed.disposals_open]
    day = failed.dispose_until.date()
    chinese = "、".join(text.zh for text in named)
    english = ", ".join(text.en for text in named)
    return f"{day} 前：{chinese} / by {day}: {english}"
