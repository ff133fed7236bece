"""
Beta-binomial chances for a pest that sits in clusters (ISPM 31, appendix 5).

Written so that sizes far beyond any lot keep their digits. Not for direct use:
see ``ispm31``.
"""

from __future__ import annotations

import math


def beta_shapes(level: float, sensitivity: float, aggregation: float) -> tuple[float, float]:
    """Return the beta parameters of an aggregated pest, as it appears to the inspector."""
    spread = (1.0 - aggregation) / aggregation
    seen = level * sensitivity
    return seen * spread, (1.0 - seen) * spread


def log_gamma_rise(x: float, a: float) -> float:
    """Return log gamma(x + a) - log gamma(x) without cancellation when x is large."""
    if x < 10.0:
        return math.lgamma(x + a) - math.lgamma(x)

    def tail(z: float) -> float:
        return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * z * z)) / (z * z)) / (z * z)) / z

    return (x + a - 0.5) * math.log1p(a / x) + a * (math.log(x) - 1.0) + tail(x + a) - tail(x)


def log_miss(n: float, alpha: float, beta: float) -> float:
    """Return log B(alpha, beta + n) / B(alpha, beta)."""
    return log_gamma_rise(beta, alpha) - log_gamma_rise(beta + n, alpha)


def detects(n: float, level: float, *, sensitivity: float, aggregation: float) -> float:
    """Return the confidence of n units, also where the pest is never or always seen."""
    alpha, beta = beta_shapes(level, sensitivity, aggregation)
    if n <= 0 or alpha <= 0.0:
        return 0.0
    return 1.0 if beta <= 0.0 else -math.expm1(log_miss(n, alpha, beta))
