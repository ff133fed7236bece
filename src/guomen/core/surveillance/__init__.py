"""
Early warning: when to raise the alarm over weekly series, and which of many alarms to believe.

Counts come as series × weeks, NaN where a week is not known; every result keeps its question
and its source, and unknown is a state of its own. Nothing compiles at import. Not for choosing
whom to inspect.
"""

from guomen.core.surveillance.binomial import (
    BetaPrior,
    Binomial,
    BinomialWatch,
    binomial,
    effective,
)  # fmt: skip
from guomen.core.surveillance.bounds import BOUNDS
from guomen.core.surveillance.calibration import Calibration, Uncalibrated, calibrate
from guomen.core.surveillance.cusum import (
    Chart,
    Cusum,
    LikelihoodCusum,
    binomial_cusum,
    cusum,
    poisson_cusum,
)  # fmt: skip
from guomen.core.surveillance.ears import Ears, EarsWatch, ears
from guomen.core.surveillance.episodes import Episode, episodes, with_episodes
from guomen.core.surveillance.farrington import Farrington, HistoryTooShort, Watch, farrington
from guomen.core.surveillance.multiplicity import (
    Hierarchy,
    Shortlist,
    benjamini_hochberg,
    benjamini_yekutieli,
    e_benjamini_hochberg,
    e_from_p,
    hierarchical,
    price,
    top,
    with_q,
)  # fmt: skip
from guomen.core.surveillance.prior import JEFFREYS, GammaPrior, NothingToPool, pooled
from guomen.core.surveillance.run_length import (
    binomial_limit,
    binomial_run_length,
    poisson_limit,
    poisson_run_length,
)  # fmt: skip
from guomen.core.surveillance.series import (
    ALARM,
    QUIET,
    UNKNOWN,
    InvalidSeries,
    Source,
    UnknownChoice,
)  # fmt: skip

__all__ = [
    "ALARM", "BOUNDS", "JEFFREYS", "QUIET", "UNKNOWN", "BetaPrior", "Binomial", "BinomialWatch",
    "Calibration", "Chart", "Cusum", "Ears", "EarsWatch", "Episode", "Farrington", "GammaPrior",
    "Hierarchy", "HistoryTooShort", "InvalidSeries", "LikelihoodCusum", "NothingToPool",
    "Shortlist", "Source", "Uncalibrated", "UnknownChoice", "Watch",
    "benjamini_hochberg", "benjamini_yekutieli", "binomial", "binomial_cusum", "binomial_limit",
    "binomial_run_length", "calibrate", "cusum", "e_benjamini_hochberg", "e_from_p", "ears",
    "effective", "episodes", "farrington", "hierarchical", "poisson_cusum", "poisson_limit",
    "poisson_run_length", "pooled", "price", "top", "with_episodes", "with_q",
]  # fmt: skip
