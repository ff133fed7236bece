"""What the laboratories of a path can do: methods, whether accredited, and with which controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from guomen.core.text import Text
from guomen.rulebooks import laboratory as book
from guomen.supervision.samples.models import Accreditation, Bench, Control


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """One method at one laboratory; ``certificate`` is empty where it is not accredited."""

    laboratory: int
    laboratory_name: Text
    method: book.Method
    certificate: str
    controls: Sequence[Control]


def abilities(path: str, *, now: datetime) -> list[Ability]:
    """Return every method that the laboratories of a path carry out now, in three queries."""
    day = timezone.localdate(now)
    inside = {"laboratory__path__startswith": path}
    benches = Bench.objects.as_of(day, known=now).filter(**inside).select_related("laboratory")
    scopes = Accreditation.objects.as_of(day, known=now).filter(**inside)
    papers = {(row.laboratory_id, row.method): row.certificate for row in scopes}
    controls: dict[tuple[int, str], list[Control]] = {}
    for row in Control.objects.filter(**inside, begins__lte=day).order_by("level"):
        if row.ends is None or row.ends > day:
            controls.setdefault((row.laboratory_id, row.method), []).append(row)
    return [
        Ability(
            laboratory=row.laboratory_id,
            laboratory_name=Text(zh=row.laboratory.name_zh, en=row.laboratory.name_en),
            method=book.BY_CODE[row.method],
            certificate=papers.get((row.laboratory_id, row.method), ""),
            controls=controls.get((row.laboratory_id, row.method), ()),
        )
        for row in benches.order_by("laboratory__code", "method")
        if row.method in book.BY_CODE
    ]
