"""
The booster: LightGBM, small, seeded, started from the log odds of the logistic.

Imported late: its library needs ``libgomp`` of the system, and who only asks cells never pays
for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from guomen.core.targeting.cells import Floats
from guomen.core.targeting.ranker import BoosterFit


@dataclass(frozen=True, slots=True, kw_only=True)
class BoosterSettings:
    """How large the booster may become."""

    rounds: int = 60
    leaves: int = 15
    rate: float = 0.06
    least_in_leaf: int = 100
    threads: int = 1


@dataclass(frozen=True, slots=True)
class LightBooster:
    """A fitted LightGBM model."""

    model: Any

    def raw(self, features: Floats) -> Floats:
        """Return what is to be added to the log odds of the logistic."""
        added: Floats = np.asarray(self.model.predict(features, raw_score=True, num_threads=1))
        return added

    def text(self) -> str:
        """Return the model as text."""
        return str(self.model.model_to_string())


def light(settings: BoosterSettings | None = None) -> BoosterFit | None:
    """Return what fits the booster; None where its library cannot be loaded."""
    try:
        import lightgbm
    except (ImportError, OSError):
        return None
    return partial(_fit, lightgbm, settings or BoosterSettings())


def read(text: str) -> LightBooster:
    """
    Return a model from its text.

    :raises OSError: if the library, or ``libgomp`` that it needs, is not there
    """
    import lightgbm

    return LightBooster(lightgbm.Booster(model_str=text))


def _fit(
    library: Any, s: BoosterSettings, features: Floats, found: Floats, weight: Floats, start: Floats
) -> LightBooster:
    options = {
        "objective": "binary",
        "num_leaves": s.leaves,
        "learning_rate": s.rate,
        "min_data_in_leaf": s.least_in_leaf,
        "lambda_l2": 10.0,
        "feature_fraction": 0.8,
        "boost_from_average": False,
        "deterministic": True,
        "force_row_wise": True,
        "seed": 1,
        "num_threads": s.threads,
        "verbosity": -1,
    }
    data = library.Dataset(features, label=found, weight=weight, init_score=start)
    return LightBooster(library.train(options, data, num_boost_round=s.rounds))
