"""
An estimate that keeps its question: what was asked, of how many, with which prior, how sure.

Not for deciding: it is the explanation that goes with a chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from scipy.special import betaincinv

from guomen.core.text import Text

SOURCE = Text(
    zh="分层贝塔—二项后验（子单元向上级单元收缩，强度取边际似然最大值）",
    en="Hierarchical beta-binomial posterior; cells shrink to parents by marginal likelihood",
)
LEVEL_NAMES = {
    "all": Text(zh="全部货物", en="all goods"),
    "hs2": Text(zh="同章商品", en="the chapter (HS2)"),
    "hs4": Text(zh="同品目商品", en="the heading (HS4)"),
    "hs6": Text(zh="同子目商品", en="the subheading (HS6)"),
    "origin": Text(zh="同一产地", en="the origin"),
    "origin_hs4": Text(zh="同产地同品目", en="origin and heading"),
    "enterprise": Text(zh="同一企业", en="the enterprise"),
    "consignor": Text(zh="同一境外收发货人", en="the overseas party"),
    "site": Text(zh="同一生产场所", en="the site"),
    "pathway": Text(zh="同一流向（企业、产地、品目）", en="enterprise, origin and heading"),
}


def interval(mean: float, strength: float, *, level: float = 0.95) -> tuple[float, float]:
    """
    Return the equal-tailed interval of a beta posterior of that mean, worth so many tests.

    >>> [round(x, 3) for x in interval(0.08, 212)]
    [0.047, 0.12]
    """
    tail = (1.0 - level) / 2.0
    a, b = mean * strength, (1.0 - mean) * strength
    return float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1.0 - tail))


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """
    How often lines like one fail, at one level of cells, on one day.

    ``found`` and ``tests`` are what the cell saw (faded on the slow scale, so not whole),
    ``prior`` what its parents say, ``weight`` what the prior is worth in tests, ``value`` the
    posterior mean now and ``strength`` what it is worth in tests.
    """

    level: str
    cell: tuple[str, ...]
    on: date
    found: float
    tests: float
    prior: float
    weight: float
    value: float
    strength: float
    method: Text = SOURCE

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval."""
        return interval(self.value, self.strength)

    @property
    def says(self) -> Text:
        """Say it in one sentence."""
        low, high = (f"{100 * value:.3g}" for value in self.interval)
        name = LEVEL_NAMES.get(self.level, Text(zh=self.level, en=self.level))
        found, tests, prior = f"{self.found:.4g}", f"{self.tests:.4g}", f"{100 * self.prior:.2g}"
        value = f"{100 * self.value:.2g}"
        return Text(
            zh=f"{name.zh}：已查 {tests} 批中 {found} 批不合格；上级估计 {prior}%；"
            f"现估计 {value}%，95% 区间 {low}%–{high}%。",
            en=f"{name.en}: {found} of {tests} like it failed; prior {prior} %; "
            f"now {value} %, 95 % {low}–{high} %.",
        )


def telling(estimates: Sequence[Estimate], *, most: int = 3) -> tuple[Estimate, ...]:
    """Return the estimates that moved furthest from their priors, against their uncertainty."""
    moved = [e for e in estimates if e.tests > 0]
    return tuple(sorted(moved, key=_surprise, reverse=True)[:most])


def _surprise(estimate: Estimate) -> float:
    spread = (estimate.prior * (1.0 - estimate.prior) / max(estimate.weight, 1.0)) ** 0.5
    return float(abs(estimate.value - estimate.prior) / max(spread, 1e-12))
