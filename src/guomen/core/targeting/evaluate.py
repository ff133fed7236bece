"""
Was it right: hit rates, true failure rates, calibration, drift, and what others would have found.

Results exist only for what was opened, and who was opened was chosen. Each opened line therefore
counts for the inverse of its logged chance. Lines that were refused, held, overridden, or selected
and not checked are censored, never clean; every estimate says how many there were and how far they
could move it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from guomen.core.errors import GuomenError
from guomen.core.frequency import (
    MILLION,
    ContinuousPlan,
    ContinuousState,
    Finding,
    Phase,
    after,
    start,
)
from guomen.core.targeting.cells import Floats, Ints
from guomen.core.text import Text

Flags = npt.NDArray[np.bool_]
# A weight above this counts as this: few lines shall not speak for all.
CAP: Final = 50.0


class EvaluationError(GuomenError):
    """Records do not fit together."""

    code: ClassVar[str] = "targeting.evaluation"


class Fate(StrEnum):
    """What became of a line, for learning."""

    CHECKED = "checked"
    NOT_SELECTED = "not_selected"
    UNCHECKED = "unchecked"
    REFUSED = "refused"
    HELD = "held"
    OVERRIDDEN = "overridden"


FATE_NAMES: Final = {
    Fate.CHECKED: Text(zh="抽中并已查验", en="selected and checked"),
    Fate.NOT_SELECTED: Text(zh="未抽中", en="not selected"),
    Fate.UNCHECKED: Text(zh="抽中未查验", en="selected, not checked"),
    Fate.REFUSED: Text(zh="已拒绝", en="refused"),
    Fate.HELD: Text(zh="暂扣待处理", en="held"),
    Fate.OVERRIDDEN: Text(zh="人工调整", en="overridden by an officer"),
}
CENSORED: Final = (Fate.UNCHECKED, Fate.REFUSED, Fate.HELD, Fate.OVERRIDDEN)


@dataclass(frozen=True, kw_only=True)
class Log:
    """
    What was decided and found: a row a line, in the order of receipt.

    ``chance`` is the logged chance of selection; ``found`` 1 or 0 where the fate is checked, NaN
    elsewhere; ``score`` the chance to fail that was given beforehand (NaN if none was).
    """

    chance: Floats
    found: Floats
    fate: Sequence[Fate]
    score: Floats

    def __post_init__(self) -> None:
        """
        Refuse records that contradict themselves.

        :raises EvaluationError: and says how many
        """
        checked = self.where(Fate.CHECKED)
        wrong = (checked & ~np.isin(self.found, (0.0, 1.0))) | (~checked & ~np.isnan(self.found))
        bad = wrong | ~((self.chance > 0) & (self.chance <= 1))
        if bad.any():
            raise EvaluationError(
                f"{int(bad.sum())} lines have a chance outside 0 to 1, or a result that does not go"
                " with their fate",
                first=int(np.flatnonzero(bad)[0]),
            )

    def where(self, *fates: Fate) -> Flags:
        """Tell which lines had one of the fates."""
        return np.isin(np.array(list(self.fate), dtype=object), list(fates))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """
    A failure rate of all lines, estimated from those that were checked.

    ``effective`` is Kish's number of lines; ``capped`` how many weights were cut and ``cap_bias``
    how far that can have moved the value; ``low_if_clean`` and ``high_if_failing`` what it would
    be if every censored line were clean, or failed.
    """

    value: float
    low: float
    high: float
    effective: float
    checked: int
    censored: Mapping[Fate, int]
    capped: int
    cap_bias: float
    low_if_clean: float
    high_if_failing: float

    @property
    def says(self) -> Text:
        """Say it in one sentence, with how censored lines are treated."""
        lost = sum(self.censored.values())
        value, low, high, a, b = (
            f"{100 * v:.3g}"
            for v in (self.value, self.low, self.high, self.low_if_clean, self.high_if_failing)
        )
        return Text(
            zh=f"真实不合格率估计 {value}%（95% 区间 {low}%–{high}%，"
            f"有效样本 {self.effective:.0f} 批）；"
            f"另有 {lost} 批结果缺失，不按合格计：若全部合格为 {a}%，若全部不合格为 {b}%。",
            en=f"True failure rate {value} % (95 % {low}–{high} %, {self.effective:.0f} effective "
            f"lines); {lost} more have no result and do not count as clean: {a} % if all were "
            f"clean, {b} % if all failed.",
        )


def true_rate(log: Log, *, cap: float = CAP) -> Rate:
    """
    Return the failure rate of all lines by inverse chances of selection (Hájek 1971).

    Lines that were overridden have no known chance and stand outside; checks on suspicion are
    discretionary and would bias it.
    """
    checked = log.where(Fate.CHECKED)
    lost = {fate: int(log.where(fate).sum()) for fate in CENSORED}
    if not checked.any():
        return Rate(
            value=np.nan, low=0.0, high=1.0, effective=0.0, checked=0, censored=lost,
            capped=0, cap_bias=np.nan, low_if_clean=0.0, high_if_failing=1.0,
        )  # fmt: skip
    full = 1.0 / log.chance[checked]
    weight = np.minimum(full, cap)
    found = log.found[checked]
    value = float(weight @ found / weight.sum())
    uncut = float(full @ found / full.sum())
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    low, high = _beta_interval(value * effective, effective)
    share = _lost_share(log, weight.sum(), cap)
    return Rate(
        value=value,
        low=low,
        high=high,
        effective=effective,
        checked=int(checked.sum()),
        censored=lost,
        capped=int((full > cap).sum()),
        cap_bias=value - uncut,
        low_if_clean=value * (1 - share),
        high_if_failing=value * (1 - share) + share,
    )


def _lost_share(log: Log, known: float, cap: float) -> float:
    """Return which share of all lines the censored ones stand for."""
    # Unchecked lines stand for the lines like them, as checked ones do; the others for themselves.
    unchecked = np.minimum(1.0 / log.chance[log.where(Fate.UNCHECKED)], cap).sum()
    others = log.where(Fate.REFUSED, Fate.HELD, Fate.OVERRIDDEN).sum()
    lost = float(unchecked + others)
    return lost / (lost + known)


def _beta_interval(found: float, tests: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of Jeffreys."""
    tail = (1 - level) / 2
    clean = max(tests - found, 0.0)
    low = float(betaincinv(found + 0.5, clean + 0.5, tail)) if found > 0 else 0.0
    high = float(betaincinv(found + 0.5, clean + 0.5, 1 - tail)) if clean > 0 else 1.0
    return low, high


def foretold(score: Floats, found: Floats) -> Log:
    """Return the log of results that a model foretold before it knew them: all are checked."""
    return Log(
        chance=np.ones(score.size), found=found, fate=[Fate.CHECKED] * score.size, score=score
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One band of scores: how many were checked and failed, the rate with its interval."""

    low_score: float
    high_score: float
    lines: int
    checked: int
    found: int
    rate: float
    low: float
    high: float
    foretold: float


def bands(log: Log, *, number: int = 10) -> tuple[Band, ...]:
    """Return the hit rate by tenth of the score, over lines that were checked and had a score."""
    scored = ~np.isnan(log.score)
    if not scored.any():
        return ()
    edges = np.unique(np.quantile(log.score[scored], np.linspace(0, 1, number + 1)))
    place = np.clip(np.searchsorted(edges, log.score, side="right") - 1, 0, max(edges.size - 2, 0))
    checked = log.where(Fate.CHECKED) & scored
    found = []
    for band in range(max(edges.size - 1, 1)):
        here = scored & (place == band)
        seen = here & checked
        hits, tests = float(np.nansum(log.found[seen])), int(seen.sum())
        low, high = _beta_interval(hits, tests) if tests else (0.0, 1.0)
        found.append(
            Band(
                low_score=float(edges[band]),
                high_score=float(edges[min(band + 1, edges.size - 1)]),
                lines=int(here.sum()),
                checked=tests,
                found=int(hits),
                rate=hits / tests if tests else np.nan,
                low=low,
                high=high,
                foretold=float(log.score[seen].mean()) if tests else np.nan,
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a way of choosing would have found on the same capacity, with its 95 % interval."""

    name: str
    opened: float
    finds: float
    low: float
    high: float
    effective: float


def compare(
    log: Log, ways: Mapping[str, Floats], *, capacity: float, cap: float = CAP
) -> tuple[Compared, ...]:
    """
    Return what each way would have found, estimated from finds under the logged chances.

    :param ways: the chance that each way gives each line; scaled to open ``capacity`` lines
    """
    checked = log.where(Fate.CHECKED)
    # Selected and not checked is taken as missing at random among the selected.
    selected = log.where(Fate.CHECKED, Fate.UNCHECKED)
    answered = checked.sum() / max(selected.sum(), 1)
    found = np.where(checked, np.nan_to_num(log.found), 0.0)
    rows = []
    for name, wanted in ways.items():
        chance = _to_capacity(wanted, capacity)
        weight = np.where(checked, np.minimum(chance / log.chance, cap), 0.0) / max(answered, 1e-9)
        each = weight * found
        total, spread = float(each.sum()), float((each**2).sum()) ** 0.5
        rows.append(
            Compared(
                name=name,
                opened=float(chance.sum()),
                finds=total,
                low=max(total - 1.96 * spread, 0.0),
                high=total + 1.96 * spread,
                effective=float(weight.sum() ** 2 / max((weight**2).sum(), 1e-12)),
            )
        )
    return tuple(rows)


def _to_capacity(wanted: Floats, capacity: float) -> Floats:
    """Scale chances, none above 1, so that as many lines are opened as can be."""
    chance = np.clip(wanted, 0.0, 1.0)
    for _ in range(50):
        short = capacity - chance.sum()
        room = (chance > 0) & (chance < 1)
        if abs(short) < 1e-6 * max(capacity, 1) or not room.any():
            break
        part = chance[room].sum()
        chance[room] = np.clip(chance[room] * max((part + short) / part, 0.0), 0.0, 1.0)
    if chance.sum() > capacity:
        chance *= capacity / chance.sum()
    return chance


def every_tenth(lines: int) -> Floats:
    """Return the chances of "every tenth lot", whoever sends it."""
    return np.full(lines, 0.1)


def continuous(kinds: Ints, log: Log, plan: ContinuousPlan) -> Floats:
    """
    Return the chances that a continuous sampling plan would have given each line.

    The state is folded over the results that are known; a line that it would have opened and that
    was not checked leaves the state where it is.

    :param kinds: a number for each line's enterprise and goods
    """
    states: dict[int, ContinuousState] = {}
    chances = np.empty(kinds.size)
    fraction = plan.fraction_ppm / MILLION
    findings = {0.0: Finding.CONFORM, 1.0: Finding.NONCONFORM}
    for i, kind in enumerate(kinds.tolist()):
        state = states.get(kind) or start(plan)
        every = state.phase in (Phase.SCREENING, Phase.GUARD)
        chances[i] = 1.0 if every else fraction
        states[kind] = after(state, findings.get(float(log.found[i]), Finding.UNKNOWN), plan=plan)
    return chances


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationCheck:
    """How well chances mean what they say: expected error, Brier score, log loss, the bins."""

    error: float
    brier: float
    log_loss: float
    bins: tuple[tuple[float, float, int], ...]


def calibration(score: Floats, found: Floats, *, number: int = 10) -> CalibrationCheck:
    """Return the reliability of chances in bins of equal size: (foretold, found, lines)."""
    if not score.size:
        return CalibrationCheck(error=np.nan, brier=np.nan, log_loss=np.nan, bins=())
    order = np.argsort(score, kind="stable")
    parts = [part for part in np.array_split(order, number) if part.size]
    rows = tuple((float(score[p].mean()), float(found[p].mean()), int(p.size)) for p in parts)
    safe = np.clip(score, 1e-9, 1 - 1e-9)
    return CalibrationCheck(
        error=float(sum(n * abs(a - b) for a, b, n in rows) / score.size),
        brier=float(((score - found) ** 2).mean()),
        log_loss=float(-(found * np.log(safe) + (1 - found) * np.log(1 - safe)).mean()),
        bins=rows,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Whether what the floor finds still fits what was foretold: two sums and their limit."""

    above: float
    below: float
    limit: float
    lines: int
    alarm_at: int | None

    @property
    def alarm(self) -> bool:
        """Tell whether the model no longer fits."""
        return self.alarm_at is not None


def drift(score: Floats, found: Floats, *, allowance: float = 0.25, limit: float = 20.0) -> Drift:
    """
    Return the two-sided CUSUM (Page 1954) of standardised residuals, in the order given.

    To be asked of the floor's lines: they were drawn evenly, so targeting cannot hide a change.
    """
    above = below = 0.0
    highest = [0.0, 0.0]
    at: int | None = None
    sd = np.sqrt(np.clip(score * (1 - score), 1e-6, None))
    for i, residual in enumerate(np.clip((found - score) / sd, -6.0, 6.0).tolist()):
        above = max(0.0, above + residual - allowance)
        below = max(0.0, below - residual - allowance)
        highest = [max(highest[0], above), max(highest[1], below)]
        if at is None and max(above, below) > limit:
            at = i
    return Drift(
        above=highest[0], below=highest[1], limit=limit, lines=int(score.size), alarm_at=at
    )
