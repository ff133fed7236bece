"""
Decision rules under measurement uncertainty, and the risk of deciding wrongly.

Source: JCGM 106:2012 (clauses 7 to 9 and annex A) and ILAC-G8:09/2019. All
functions take scalars or arrays. The measurement is normal about the true value,
and a prior, when there is one, is normal too. Not for counts, and not for the
risk of having sampled the wrong units, which is the business of `core.sampling`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, owens_t

from guomen.core.errors import GuomenError
from guomen.core.text import Text

Floats = NDArray[np.float64]
#: (lower, upper); None for an end that is not limited.
Limits = tuple[ArrayLike | None, ArrayLike | None]


class RuleInvalid(GuomenError):
    """A decision rule would accept and refuse the same result."""

    code: ClassVar[str] = "conformity.rule-invalid"


class UncertaintyInvalid(GuomenError):
    """A standard uncertainty or a prior deviation is negative or not a number."""

    code: ClassVar[str] = "conformity.uncertainty-invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule:
    """
    Where a measured value is accepted, and where it is refused.

    With a guard measure m, a value is accepted up to T - accept·m and refused
    beyond T + reject·m, mirrored at a lower limit; what lies between is
    inconclusive. `below` says whether a result under the detection limit may be
    judged by that limit, as though it had been found there.

    :raises RuleInvalid: if the zones of acceptance and refusal would overlap
    """

    key: str
    name: Text
    accept: float = 0.0
    reject: float = 0.0
    guard_in: Literal["standard", "expanded", "absolute"] = "standard"
    max_ratio: float | None = None  # of the expanded uncertainty to the limit
    below: Literal["bound", "undecided"] = "undecided"
    source: str

    def __post_init__(self) -> None:
        """Refuse zones that overlap."""
        if not self.accept + self.reject >= 0:
            raise RuleInvalid(
                f"The rule {self.key} accepts beyond where it refuses: make reject at least "
                f"{-self.accept}.",
                accept=self.accept,
                reject=self.reject,
            )

    @property
    def needs_uncertainty(self) -> bool:
        """Tell whether the rule cannot decide without a stated uncertainty."""
        guarded = (self.accept, self.reject) != (0.0, 0.0) and self.guard_in != "absolute"
        return guarded or self.max_ratio is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is known of the quantity before measuring: a normal, in the limit's unit."""

    mean: ArrayLike
    sd: ArrayLike


SIMPLE = DecisionRule(
    key="simple",
    name=Text(zh="简单接受", en="simple acceptance"),
    below="bound",
    source="JCGM 106:2012, 8.2; ILAC-G8:09/2019, 4.2.1",
)


def guard_band(confidence: float = 0.95) -> DecisionRule:
    """
    Build the three-way rule: conform, fail, or inconclusive near the limit.

    Either verdict then has at most 1 - confidence risk of being wrong at one limit.
    Source: ILAC-G8:09/2019, 4.2.3.
    """
    k = _quantile(confidence)
    return DecisionRule(
        key=f"guard_band_{confidence:g}",
        name=Text(zh=f"保护带（{confidence:.0%}）", en=f"guard band at {confidence:.0%}"),
        accept=k,
        reject=k,
        below="bound",
        source="ILAC-G8:09/2019, 4.2.3; JCGM 106:2012, 8.3",
    )


def guarded_acceptance(confidence: float = 0.95) -> DecisionRule:
    """Build the two-way rule that protects the consumer (JCGM 106:2012, 8.3.2)."""
    k = _quantile(confidence)
    return DecisionRule(
        key=f"guarded_acceptance_{confidence:g}",
        name=Text(zh=f"保护接受（{confidence:.0%}）", en=f"guarded acceptance at {confidence:.0%}"),
        accept=k,
        reject=-k,
        below="bound",
        source="JCGM 106:2012, 8.3.2",
    )


def guarded_rejection(confidence: float = 0.95) -> DecisionRule:
    """Build the two-way rule that refuses only beyond reasonable doubt (JCGM 106:2012, 8.3.3)."""
    k = _quantile(confidence)
    return DecisionRule(
        key=f"guarded_rejection_{confidence:g}",
        name=Text(zh=f"保护拒绝（{confidence:.0%}）", en=f"guarded rejection at {confidence:.0%}"),
        accept=-k,
        reject=k,
        below="bound",
        source="JCGM 106:2012, 8.3.3",
    )


def expanded_guard(r: float = 1.0) -> DecisionRule:
    """Build the two-way rule with a guard of r times the expanded uncertainty (ILAC-G8, 4.2.2)."""
    return DecisionRule(
        key=f"expanded_guard_{r:g}",
        name=Text(zh=f"保护带 {r:g}U", en=f"guard band of {r:g} U"),
        accept=r,
        reject=-r,
        guard_in="expanded",
        below="bound",
        source="ILAC-G8:09/2019, 4.2.2",
    )


def shared_risk(max_ratio: float) -> DecisionRule:
    """
    Build simple acceptance on condition that the uncertainty is small.

    The expanded uncertainty may be at most `max_ratio` of the limit, or of the
    width of a range; above that the result is inconclusive. Source: JCGM 106:2012, 8.2.
    """
    return DecisionRule(
        key=f"shared_risk_{max_ratio:g}",
        name=Text(
            zh=f"共担风险（U ≤ {max_ratio:.0%}）", en=f"shared risk with U ≤ {max_ratio:.0%}"
        ),
        max_ratio=max_ratio,
        below="bound",
        source="JCGM 106:2012, 8.2; ILAC-G8:09/2019, 4.2.1",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """
    The answer of `jcgm106`, with its question: scalars or arrays, one shape.

    `specific_consumer_risk` is NaN unless accepted, `specific_producer_risk` NaN
    unless refused; the global risks are None without a prior.
    """

    y: Any
    u: Any
    limits: Limits
    rule: DecisionRule
    prior: Prior | None
    guard: Any
    p_conform: Any
    accepted: Any
    refused: Any
    specific_consumer_risk: Any
    specific_producer_risk: Any
    consumer_risk: Any = None
    producer_risk: Any = None


def jcgm106(
    y: ArrayLike,
    u: ArrayLike,
    limits: Limits,
    rule: DecisionRule = SIMPLE,
    prior: Prior | None = None,
) -> Assessment:
    """
    Assess measured values y with standard uncertainty u against limits.

    A guard "in expanded" takes U = 2u. `max_ratio` is not applied here. Source:
    JCGM 106:2012, 7.2 (posterior), 8.3 (guard bands), 9 (specific and global risk).

    >>> found = jcgm106(9.0, 0.5, (None, 10.0), guarded_acceptance(0.95))
    >>> round(found.p_conform, 6), found.accepted
    (0.97725, True)

    :raises UncertaintyInvalid: if u or the prior's sd is negative or not a number
    """
    measured, deviation = np.broadcast_arrays(_floats(y), _deviation(u, name="u"))
    lower, upper = _ends(limits)
    measure = guard_measure(deviation, 2.0 * deviation, rule=rule)
    accepted, refused = zones(measured, lower=lower, upper=upper, guards=_guards(measure, rule))
    inside, outside = conformance(measured, deviation, limits=(lower, upper), prior=prior)
    risks = None if prior is None else global_risks(deviation, limits, rule=rule, prior=prior)
    return Assessment(
        y=y,
        u=u,
        limits=limits,
        rule=rule,
        prior=prior,
        guard=_plain(rule.accept * measure),
        p_conform=_plain(inside),
        accepted=_plain(accepted),
        refused=_plain(refused),
        specific_consumer_risk=_plain(np.where(accepted, outside, np.nan)),
        specific_producer_risk=_plain(np.where(refused, inside, np.nan)),
        consumer_risk=None if risks is None else risks[0],
        producer_risk=None if risks is None else risks[1],
    )


def conformance(
    y: Floats, u: Floats, *, limits: tuple[Floats, Floats], prior: Prior | None = None
) -> tuple[Floats, Floats]:
    """
    Return the probabilities that the true value lies inside and outside the limits.

    Each is computed from its own tail, so that a small one keeps its digits. With
    u = 0 the value is known. Source: JCGM 106:2012, 7.2 to 7.5 and A.4.4.
    """
    mean, sd = (y, u) if prior is None else _posterior(y, u, prior)
    lower, upper = limits
    to_upper, to_lower = _standard(upper - mean, sd), _standard(mean - lower, sd)
    outside = np.minimum(ndtr(-to_upper) + ndtr(-to_lower), 1.0)
    # From the side of the smaller tail, so that nothing is lost to cancellation.
    inside = np.where(
        to_lower < 0, ndtr(to_lower) - ndtr(-to_upper), ndtr(to_upper) - ndtr(-to_lower)
    )
    return inside, outside


def global_risks(
    u: ArrayLike, limits: Limits, *, rule: DecisionRule = SIMPLE, prior: Prior
) -> tuple[Any, Any]:
    """
    Return the long-run consumer's and producer's risk of a rule under a prior.

    Consumer: an item is outside the limits and accepted. Producer: it is inside and
    refused. Bivariate normal probabilities by Owen's T, to an absolute error of 1e-14.
    Source: JCGM 106:2012, clause 9.

    :raises UncertaintyInvalid: if u or the prior's sd is negative or not a number
    """
    deviation = _deviation(u, name="u")
    guards = _guards(guard_measure(deviation, 2.0 * deviation, rule=rule), rule)
    consumer, producer = joint_risks(deviation, limits=_ends(limits), guards=guards, prior=prior)
    return _plain(consumer), _plain(producer)


def joint_risks(
    u: Floats, *, limits: tuple[Floats, Floats], guards: tuple[Floats, Floats], prior: Prior
) -> tuple[Floats, Floats]:
    """Return the risks of `global_risks` for guards that are already in the limit's unit."""
    (lower, upper), (accept, reject) = limits, guards
    joint = _Joint(mean=_floats(prior.mean), sd=_deviation(prior.sd, name="sd"), u=u)
    everything = (np.float64(-np.inf), np.float64(np.inf))
    accepted = (lower + accept, upper - accept)
    not_refused = (lower - reject, upper + reject)
    inside = (lower, upper)
    consumer = joint.box(everything, accepted) - joint.box(inside, accepted)
    producer = joint.box(inside, everything) - joint.box(inside, not_refused)
    return np.clip(consumer, 0.0, 1.0), np.clip(producer, 0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joint:
    """The true value Y and the measured value Y + e, jointly normal."""

    mean: Floats
    sd: Floats
    u: Floats

    def box(self, true: tuple[Any, Any], measured: tuple[Any, Any]) -> Floats:
        """Return P(true[0] < Y < true[1] and measured[0] < Y + e < measured[1])."""
        (a, b), (c, d) = true, measured
        total = (
            self._both_below(b, d)
            - self._both_below(a, d)
            - self._both_below(b, c)
            + self._both_below(a, c)
        )
        # An empty zone of acceptance, wider guards than limits, holds nothing.
        return np.where((a < b) & (c < d), total, 0.0)

    def _both_below(self, true: Any, measured: Any) -> Floats:
        spread = np.hypot(self.sd, self.u)
        h = _standard(_floats(true) - self.mean, self.sd)
        k = _standard(_floats(measured) - self.mean, spread)
        h, k, sd, u = np.broadcast_arrays(h, k, self.sd, self.u)
        inner = np.isfinite(h) & np.isfinite(k) & (sd > 0) & (u > 0)
        # An end at infinity, or a certain measurement: the lesser of the two decides.
        value = np.where((sd == 0) & (u > 0), ndtr(h) * ndtr(k), np.minimum(ndtr(h), ndtr(k)))
        value[inner] = _both_below(h[inner], k[inner], tilt=sd[inner] / u[inner])
        return _floats(value)


def _both_below(h: Floats, k: Floats, *, tilt: Floats) -> Floats:
    """
    Return the standard bivariate normal distribution function at finite (h, k).

    The correlation is given as its tilt ρ/√(1-ρ²), which keeps its digits near one.
    Source: Owen (1956), equation 3.1, and its limits at h = 0 and at k = 0.
    """
    stretch = np.sqrt(1.0 + tilt**2)  # 1/√(1-ρ²)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slope_h = stretch * k / h - tilt
        slope_k = stretch * h / k - tilt
    apart = (h * k < 0) | ((h * k == 0) & (h + k < 0))
    value = 0.5 * (ndtr(h) + ndtr(k)) - owens_t(h, slope_h) - owens_t(k, slope_k) - 0.5 * apart
    value = np.where(h == 0, 0.5 * ndtr(k) + owens_t(k, tilt), value)
    value = np.where(k == 0, 0.5 * ndtr(h) + owens_t(h, tilt), value)
    return _floats(np.clip(value, 0.0, 1.0))


def guard_measure(u: Floats, expanded: Floats, *, rule: DecisionRule) -> Floats:
    """Return what the rule's factors multiply: u, U, or one unit of the limit."""
    return {"standard": u, "expanded": expanded, "absolute": np.ones_like(u)}[rule.guard_in]


def zones(
    y: Floats, *, lower: Floats, upper: Floats, guards: tuple[Floats, Floats]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where measured values are accepted and where they are refused."""
    accept, reject = guards
    accepted = (y >= lower + accept) & (y <= upper - accept)
    refused = (y < lower - reject) | (y > upper + reject)
    return accepted, refused


def _guards(measure: Floats, rule: DecisionRule) -> tuple[Floats, Floats]:
    return rule.accept * measure, rule.reject * measure


def _quantile(confidence: float) -> float:
    if not 0.5 <= confidence < 1:
        raise RuleInvalid("Give a confidence from 0.5 to below 1.", confidence=confidence)
    return float(ndtri(confidence))


def _posterior(y: Floats, u: Floats, prior: Prior) -> tuple[Floats, Floats]:
    mean, sd = _floats(prior.mean), _deviation(prior.sd, name="sd")
    variance = sd**2 + u**2
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(variance > 0, sd**2 / variance, 1.0)
        spread = np.where(variance > 0, sd * u / np.sqrt(variance), 0.0)
    return weight * y + (1.0 - weight) * mean, spread


def _standard(margin: ArrayLike, sd: ArrayLike) -> Floats:
    """Return margin/sd; without spread, a margin of at least zero is certain."""
    gap, spread = _floats(margin), _floats(sd)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = gap / spread
    return np.where(spread == 0, np.where(gap >= 0, np.inf, -np.inf), scaled)


def _floats(value: ArrayLike) -> Floats:
    return np.asarray(value, dtype=np.float64)


def _deviation(value: ArrayLike, *, name: str) -> Floats:
    found = _floats(value)
    if not bool(np.all((found >= 0) & np.isfinite(found))):
        raise UncertaintyInvalid(
            f"Give {name} as a finite number of at least zero, in the unit of the limit.",
            name=name,
        )
    return found


def _ends(limits: Limits) -> tuple[Floats, Floats]:
    lower, upper = limits
    return (
        _floats(-np.inf if lower is None else lower),
        _floats(np.inf if upper is None else upper),
    )


def _plain(value: Any) -> Any:
    """Return a Python scalar for a scalar question, an array for an array."""
    found = np.asarray(value)
    return found.item() if found.ndim == 0 else found
