"""
The booster: LightGBM, small, seeded, started from the log odds of the logistic.

Its library, which needs ``libgomp`` of the system, is imported late and only to fit: what it
fitted is scored as ``trees``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from guomen.core.targeting import trees
from guomen.core.targeting.cells import Floats
from guomen.core.targeting.ranker import BoosterFit
from guomen.core.targeting.trees import Trees


@dataclass(frozen=True, slots=True, kw_only=True)
class BoosterSettings:
    """How large the booster may become."""

    rounds: int = 60
    leaves: int = 15
    rate: float = 0.06
    least_in_leaf: int = 100
    threads: int = 1


def light(settings: BoosterSettings | None = None) -> BoosterFit | None:
    """Return what fits the booster; None where its library cannot be loaded."""
    try:
        import lightgbm
    except (ImportError, OSError):
        return None
    return partial(_fit, lightgbm, settings or BoosterSettings())


def _fit(
    library: Any, s: BoosterSettings, features: Floats, found: Floats, weight: Floats, start: Floats
) -> Trees:
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
    fitted = library.train(options, data, num_boost_round=s.rounds)
    return trees.read(fitted.model_to_string())
