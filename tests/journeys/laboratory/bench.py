"""A laboratory for the small bureau: benches, accreditation, controls; and the way to its door."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.journeys import builders

from guomen.journeys import laboratory
from guomen.journeys.clearance import Lodgement
from guomen.journeys.laboratory import Entry, Taking
from guomen.rulebooks.laboratory import METHODS, Measure
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.agencies.models import Agency, AgencyKind
from guomen.supervision.declarations.models import Line
from guomen.supervision.samples.models import (
    Accreditation,
    Bench,
    Control,
    Run,
    Sample,
    TestOrder,
)
from guomen.supervision.samples.operations import Hand

SAMPLER, ANALYST, OTHER, APPROVER, COURIER = "OFC-S", "OFC-A", "OFC-B", "OFC-P", "冷链车 粤C-1"
LAB = "ZHL1"
UNACCREDITED = "LAB-CARBOFURAN"


def how(by: str, *, minutes: int = 0, agency: str = LAB) -> Lodgement:
    return Lodgement(at=builders.NOW + timedelta(minutes=minutes), by=by, agency=agency)


def found() -> Agency:
    """Give the small bureau a laboratory that carries out every method."""
    bureau = Agency.objects.get(code=builders.BUREAU)
    new = agencies.NewAgency(code=LAB, kind=AgencyKind.LABORATORY, name_zh="实验室", name_en="Lab")
    made = agencies.found(new, parent=bureau)
    dated: dict[str, Any] = {"begins": builders.FOUNDED, "recorded_at": builders.RECORDED}
    for method in METHODS:
        Bench.objects.create(laboratory=made, method=method.code, **dated)
        if method.code != UNACCREDITED:
            Accreditation.objects.create(
                laboratory=made, method=method.code, certificate="L0000", **dated
            )
        finding = method.measure is Measure.FINDING
        for level, times in ((1, 4), (2, 12)):
            mean = Decimal(level - 1) if finding else method.lod * times
            Control.objects.create(
                laboratory=made,
                method=method.code,
                name=f"{method.hazard} {level}",
                level=level,
                mean=mean,
                deviation=Decimal("0.25") if finding else mean / 10,
                unit=method.unit,
                begins=builders.FOUNDED,
            )
    return made


def sampled(**more: Any) -> tuple[Line, Sample]:
    """Return a lot of vegetables that must be sampled, and the test sample that was taken."""
    (line,) = builders.lodged(builders.vegetables(**more))
    assert line.outcome == "inspect_and_sample"
    first, *_ = laboratory.take_samples(
        line.reference,
        Taking(seal="S-1", witness="货主"),
        how=how(SAMPLER, minutes=5, agency="ZHGB"),
    )
    return line, Sample.objects.get(reference=first)


def delivered(**more: Any) -> tuple[Line, Sample]:
    """Return a line whose sample is at the laboratory."""
    line, sample = sampled(**more)
    laboratory.hand_over(
        sample.reference, Hand(taker=COURIER, seal="S-1"), how=how(SAMPLER, minutes=10)
    )
    laboratory.receive(
        sample.reference, Hand(taker=ANALYST, seal="S-1"), how=how(ANALYST, minutes=60)
    )
    sample.refresh_from_db()
    return line, sample


def in_control(run: Run, z: float = 0.3) -> dict[int, Decimal]:
    """Return control values so many standard deviations from the mean, signs alternating."""
    controls = Control.objects.filter(method=run.method).order_by("level")
    return {c.pk: c.mean + c.deviation * Decimal(str(z if c.level % 2 else -z)) for c in controls}


def measured(
    sample: Sample, raws: dict[str, str] | None = None, *, by: str = ANALYST, z: float = 0.3
) -> list[TestOrder]:
    """Measure every open test of a sample, one run a method; what is not named was not found."""
    tests = list(sample.tests.filter(state="ordered"))
    for test in tests:
        reference = laboratory.open_run(test.method, [test.pk], how=how(by, minutes=90))
        run = Run.objects.get(reference=reference)
        raw = (raws or {}).get(test.hazard, "ND")
        laboratory.enter(
            reference,
            controls=in_control(run, z),
            results={test.pk: Entry(raw=raw)},
            how=how(by, minutes=120),
        )
    return list(sample.tests.order_by("pk"))


def later(given: Lodgement, **more: Any) -> Lodgement:
    return replace(given, at=given.at + timedelta(**more))
