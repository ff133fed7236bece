"""Which laboratory carries out which method, its accreditation, and its control materials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from guomen.rulebooks.laboratory import METHODS, Measure, Method, Speciality
from guomen.scenarios.zhuhai2012.rows import moment
from guomen.supervision.samples.models import Accreditation, Bench, Control

BEGINS = date(2010, 1, 1)
LABORATORIES: Mapping[Speciality, str] = MappingProxyType(
    {Speciality.FOOD: "ZH-L1", Speciality.BIOLOGY: "ZH-L2", Speciality.INDUSTRY: "ZH-L3"}
)
# A scope that ended yesterday and is being renewed: its results decide nothing alone until then,
# which the demonstration shows on a few samples of lines that still wait.
LAPSED: Mapping[str, date] = MappingProxyType({"LAB-METHYLMERCURY": date(2012, 5, 23)})
# Content of the control materials, as a multiple of the limit of detection; they spread by 8 %.
_LEVELS = (5, 20)
_SPREAD = Decimal("0.08")


def benches(agencies: Mapping[str, int]) -> Iterator[Bench]:
    """Yield where each method is carried out."""
    for method in METHODS:
        yield Bench(
            laboratory_id=agencies[LABORATORIES[method.speciality]],
            method=method.code,
            begins=BEGINS,
            recorded_at=moment(BEGINS),
        )


def accreditations(agencies: Mapping[str, int]) -> Iterator[Accreditation]:
    """Yield what each laboratory is accredited for."""
    for method in METHODS:
        yield Accreditation(
            laboratory_id=agencies[LABORATORIES[method.speciality]],
            method=method.code,
            certificate=f"L{1200 + list(Speciality).index(method.speciality)}",
            begins=BEGINS,
            ends=LAPSED.get(method.code),
            recorded_at=moment(BEGINS),
        )


def controls(agencies: Mapping[str, int]) -> Iterator[Control]:
    """Yield two control materials a method: a low and a high one, or one without and one with."""
    for method in METHODS:
        for level, times in enumerate(_LEVELS, start=1):
            mean, deviation = _target(method, level, times)
            yield Control(
                laboratory_id=agencies[LABORATORIES[method.speciality]],
                method=method.code,
                name=f"QC-{method.code.removeprefix('LAB-')}-{level}",
                level=level,
                mean=mean,
                deviation=deviation,
                unit=method.unit,
                begins=BEGINS,
            )


def _target(method: Method, level: int, times: int) -> tuple[Decimal, Decimal]:
    if method.measure is Measure.FINDING:
        # 0 not found, 1 found; anything else is far out of control.
        return Decimal(level - 1), Decimal("0.25")
    mean = method.lod * times
    return mean, mean * _SPREAD
