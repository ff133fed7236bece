"""
Sampling policies that rules name: lots in, sample sizes and acceptance numbers out, as arrays.

The plans are computed by ``core.sampling``; here are only the choices of this house, with their
sources. Where no sample can promise the detection asked, the whole lot is taken. Not for tests
per unit, nor for variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from guomen.core.decide import SamplingPolicy
from guomen.core.sampling import iso2859, ispm31
from guomen.core.text import Text
from guomen.rulebooks.dated import Certainty

Ints = npt.NDArray[np.int64]

AQL_FOR_INDUSTRIAL = "gbt2828.1-II-2.5"
AQL_FOR_PACKED_FOOD = "gbt2828.1-II-4.0"
DETECTION = "ispm31-95-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """Single sampling by attributes, normal inspection (GB/T 2828.1 = ISO 2859-1)."""

    level: str
    aql_percent: float
    name: Text
    certainty: Certainty = "default"

    def plans(self, lots: Ints) -> Mapping[str, Ints]:
        """Return what to take from each lot (at most the lot) and the numbers of its plan."""
        found = iso2859.single(lots, level=self.level, aql_percent=self.aql_percent)
        return {
            "n": found.units,
            "ac": found.ac.astype(np.int64),
            "re": found.re.astype(np.int64),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """
    Enough units to find a level of infestation with a confidence (ISPM 31, appendix 2).

    The number infested is rounded up, so that small lots hold at least one unit to be found.
    """

    level: float
    confidence: float
    name: Text
    certainty: Certainty = "default"

    def plans(self, lots: Ints) -> Mapping[str, Ints]:
        """Return what to take from each lot; no unit may be infested."""
        units = self._units(lots) if len(lots) > _FEW else self._units_of_few(lots)
        return {"n": units, "ac": np.zeros_like(lots), "re": np.ones_like(lots)}

    def _units(self, lots: Ints) -> Ints:
        return ispm31.sample_size(lots, self.level, self.confidence, rounding="ceil").units

    def _units_of_few(self, lots: Ints) -> Ints:
        """Return the same from what is remembered: single lines name the same sizes of lot."""
        question = self.level, self.confidence
        known = _REMEMBERED.get(question, {})
        if new := sorted({int(lot) for lot in lots} - known.keys()):
            if len(known) + len(new) > _MOST:
                known, new = {}, sorted({int(lot) for lot in lots})
            found = dict(zip(new, self._units(np.array(new)).tolist(), strict=True))
            # Another mapping each time: threads that read the one before are not disturbed.
            known = _REMEMBERED[question] = known | found
        return np.array([known[int(lot)] for lot in lots])


# Lots up to which a search for each new size costs more than remembering all sizes met so far.
_FEW = 64
_MOST = 10_000
_REMEMBERED: dict[tuple[float, float], dict[int, int]] = {}


POLICIES: Mapping[str, Attributes | Detection] = MappingProxyType(
    {
        AQL_FOR_INDUSTRIAL: Attributes(
            level="II",
            aql_percent=2.5,
            name=Text(
                zh="GB/T 2828.1 一般检验水平 II，AQL 2.5，正常检验一次抽样",
                en="GB/T 2828.1 level II, AQL 2.5, normal single sampling",
            ),
        ),
        AQL_FOR_PACKED_FOOD: Attributes(
            level="II",
            aql_percent=4.0,
            name=Text(
                zh="GB/T 2828.1 一般检验水平 II，AQL 4.0，正常检验一次抽样",
                en="GB/T 2828.1 level II, AQL 4.0, normal single sampling",
            ),
        ),
        DETECTION: Detection(
            level=0.01,
            confidence=0.95,
            name=Text(
                zh="ISPM 31:95% 置信度检出 1% 染疫水平",
                en="ISPM 31: 1% infested found with 95% confidence",
            ),
        ),
    }
)

SAMPLING: Mapping[str, SamplingPolicy] = POLICIES
SAMPLING_NAMES: Mapping[str, Text] = MappingProxyType({k: p.name for k, p in POLICIES.items()})
