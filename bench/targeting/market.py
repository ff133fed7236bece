"""
An own market: late results, inspectors who miss, drift, new hazards, traders who react.

A line fails by its enterprise, party, heading, origin and their meeting, all drifting. Half-way a
hazard appears at some origin × heading. Traders found twice in a fortnight behave for three weeks;
those found often come back under a new name. Results come two to six days late, and an inspector
finds 55 to 100 % of what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from bench.targeting.peers import brezzi_lai
from guomen.core.frequency import ContinuousPlan, Finding, PlanKind, after, start
from guomen.core.targeting import boosting
from guomen.core.targeting.cells import Level, Scheme
from guomen.core.targeting.ranker import Ranker, Settings, fit

Array = Any
DAYS, LINES, SHARE, REFIT = 80, 300, 0.15, 8
FIRST = date(2012, 1, 1)
HS4 = ("hs2", "hs4")
SCHEME = Scheme(
    levels=(
        Level(name="hs2", by=("hs2",)),
        Level(name="hs4", by=HS4, under=("hs2",)),
        Level(name="origin", by=("origin",)),
        Level(name="origin_hs4", by=(*HS4, "origin"), under=("hs4", "origin")),
        Level(name="enterprise", by=("enterprise",)),
        Level(name="consignor", by=("consignor",)),
        Level(
            name="pathway", by=("enterprise", *HS4, "origin"), under=("enterprise", "origin_hs4")
        ),
    ),
    bonus="origin_hs4",
    numbers=("value_log",),
)


class Market:
    """The truth of one seed, and the lines of each day."""

    def __init__(self, seed: int) -> None:
        """Draw everything that does not depend on who is opened."""
        r = self.rng = np.random.default_rng([seed, 7])
        self.enterprise = r.normal(0, 0.9, 400)
        self.consignor = r.normal(0, 0.4, 250)
        self.hs4, self.origin = r.normal(0, 0.6, 60), r.normal(0, 0.6, 25)
        self.both = r.normal(0, 0.7, (60, 25))
        self.weight = 1 / np.arange(1, 401) ** 0.7
        self.skill = r.uniform(0.55, 1.0, 8)
        self.name = np.arange(400)
        self.caught: dict[int, list[int]] = {}
        self.hazards = [(int(r.integers(60)), int(r.integers(25))) for _ in range(6)]
        self.fresh = 400

    def day(self, number: int) -> tuple[pl.DataFrame, Array]:
        """Return the lines of a day and their chances to fail."""
        r = self.rng
        self.enterprise += r.normal(0, 0.05, 400)
        self.both += r.normal(0, 0.03, (60, 25))
        if number == DAYS // 2:
            for at in self.hazards:
                self.both[at] += 2.5
        who = r.choice(400, LINES, p=self.weight / self.weight.sum())
        # An enterprise sends few kinds of goods from few places.
        hs4 = (who * 7 + r.integers(0, 4, LINES)) % 60
        origin = (who * 3 + r.integers(0, 3, LINES)) % 25
        party = (who * 5 + r.integers(0, 5, LINES)) % 250
        value = r.normal(0, 1, LINES)
        behaves = np.array([self._behaves(int(w), number) for w in who])
        odds = (
            -3.9
            + self.enterprise[who]
            + self.consignor[party]
            + self.hs4[hs4]
            + self.origin[origin]
            + self.both[hs4, origin]
            + 0.4 * np.abs(value)
            - 2.0 * behaves
        )
        lines = pl.DataFrame(
            {
                "enterprise": [f"E{self.name[w]}" for w in who],
                "consignor": [f"C{p}" for p in party],
                "hs2": [f"{h // 6:02d}" for h in hs4],
                "hs4": [f"{h:04d}" for h in hs4],
                "origin": [f"O{o}" for o in origin],
                "value_log": value,
                "who": who,
            }
        )
        return lines, 1 / (1 + np.exp(-odds))

    def _behaves(self, who: int, number: int) -> bool:
        last = self.caught.get(who, [])
        return who % 2 == 0 and len(last) >= 2 and number - last[-2] <= 21

    def found(self, who: int, number: int) -> None:
        """Let a trader know that it was found; some come back under a new name."""
        self.caught.setdefault(who, []).append(number)
        if who % 5 == 0 and len(self.caught[who]) % 3 == 0:
            self.name[who], self.fresh = self.fresh, self.fresh + 1


class Guomen:
    """The core as it is used: fitted every week, cells added to every day, bonus and floor."""

    def __init__(self, rng: Any) -> None:
        """Begin with nothing."""
        self.rng, self.model, self.past = rng, None, []
        self.booster = boosting.light()

    def rank(self, lines: pl.DataFrame, number: int) -> Array:
        """Return the index of each line, with a floor of 3 % of the capacity at random."""
        lucky = self.rng.random(lines.height) < 0.03 * SHARE
        if self.model is None:
            return self.rng.random(lines.height) + lucky
        index = self.model.at(FIRST + timedelta(days=number)).chances(lines).index
        return index + 1e-9 * self.rng.random(lines.height) + lucky

    def see(self, results: pl.DataFrame, number: int) -> None:
        """Add the results of a day; fit again every week."""
        self.past.append(results)
        today = FIRST + timedelta(days=number)
        if self.model is None or number % REFIT == 0:
            self.model: Ranker | None = fit(
                SCHEME, pl.concat(self.past), on=today, settings=Settings(), booster=self.booster
            )
        else:
            self.model = self.model.add(results, on=today)


class Rows:
    """Plain LightGBM on the columns of a line, one in twenty of the capacity at random."""

    COLUMNS = ("enterprise", "consignor", "hs2", "hs4", "origin")

    def __init__(self, rng: Any) -> None:
        """Begin with nothing."""
        self.rng, self.model, self.past = rng, None, []
        self.codes: dict[str, dict[str, int]] = {name: {} for name in self.COLUMNS}

    def _features(self, lines: pl.DataFrame) -> Array:
        columns = [
            [self.codes[name].setdefault(v, len(self.codes[name])) for v in lines[name]]
            for name in self.COLUMNS
        ]
        return np.array([*columns, lines["value_log"].to_list()], dtype=np.float64).T

    def rank(self, lines: pl.DataFrame, number: int) -> Array:
        """Return what the model says."""
        del number
        lucky = self.rng.random(lines.height) < 0.05 * SHARE
        if self.model is None:
            return self.rng.random(lines.height) + lucky
        return self.model.predict(self._features(lines), num_threads=1) + lucky

    def see(self, results: pl.DataFrame, number: int) -> None:
        """Fit again every week."""
        import lightgbm

        self.past.append(results)
        if number % REFIT and self.model is not None:
            return
        table = pl.concat(self.past)
        if table["found"].sum() < 20:
            return
        data = lightgbm.Dataset(
            self._features(table),
            label=table["found"].to_numpy(),
            categorical_feature=list(range(len(self.COLUMNS))),
        )
        options = {
            "objective": "binary",
            "num_leaves": 15,
            "learning_rate": 0.06,
            "min_data_in_leaf": 20,
            "num_threads": 1,
            "verbosity": -1,
            "seed": 1,
        }
        self.model = lightgbm.train(options, data, num_boost_round=80)


class ByCell:
    """Origin × heading cells over 14 days: Eva-like indices, or draws from the posterior."""

    def __init__(self, rng: Any, *, thompson: bool) -> None:
        """Begin with nothing."""
        self.rng, self.thompson = rng, thompson
        self.past: list[pl.DataFrame] = []

    def rank(self, lines: pl.DataFrame, number: int) -> Array:
        """Return the index or the draw of each line's cell."""
        del number
        recent = pl.concat(self.past[-14:]) if self.past else None
        keys = lines.select("hs4", "origin")
        if recent is None:
            return self.rng.random(lines.height)
        sums = recent.group_by("hs4", "origin").agg(pl.col("found").sum(), pl.len().alias("n"))
        joined = keys.join(sums, on=["hs4", "origin"], how="left", maintain_order="left")
        k, n = (joined[c].cast(pl.Float64).fill_null(0).to_numpy() for c in ("found", "n"))
        mean = max(float(recent["found"].mean() or 0), 1e-3)
        a, b = 8 * mean + k, 8 * (1 - mean) + n - k
        if self.thompson:
            draws = {key: self.rng.beta(x, y) for key, x, y in zip(keys.rows(), a, b, strict=True)}
            return np.array([draws[key] for key in keys.rows()])
        m, size = a / (a + b), a + b + 1
        index = m + np.sqrt(m * (1 - m) / size) * brezzi_lai(1 / (size * -np.log(0.9)))
        return index + 1e-9 * self.rng.random(lines.height)

    def see(self, results: pl.DataFrame, number: int) -> None:
        """Keep a day."""
        del number
        self.past.append(results)


class Csp3:
    """CSP-3 in each enterprise and heading."""

    PLAN = ContinuousPlan(kind=PlanKind.CSP3, clearance=10, fraction_ppm=100_000)

    def __init__(self, rng: Any) -> None:
        """Begin with every lot."""
        self.rng = rng
        self.states: dict[Any, Any] = {}

    def rank(self, lines: pl.DataFrame, number: int) -> Array:
        """Return what the plan asks for."""
        del number
        first = start(self.PLAN)
        phases = [
            self.states.get(key, first).phase.value
            for key in lines.select("enterprise", "hs4").rows()
        ]
        wanted = np.array([1.0 if p in ("screening", "guard") else 0.1 for p in phases])
        return wanted + 0.05 * self.rng.random(lines.height)

    def see(self, results: pl.DataFrame, number: int) -> None:
        """Fold the findings."""
        del number
        first = start(self.PLAN)
        for e, h, found in results.select("enterprise", "hs4", "found").iter_rows():
            finding = Finding.NONCONFORM if found else Finding.CONFORM
            self.states[e, h] = after(self.states.get((e, h), first), finding, plan=self.PLAN)


class Random:
    """Any lines."""

    def __init__(self, rng: Any) -> None:
        """Keep the dice."""
        self.rng = rng

    def rank(self, lines: pl.DataFrame, number: int) -> Array:
        """Draw."""
        del number
        return self.rng.random(lines.height)

    def see(self, results: pl.DataFrame, number: int) -> None:
        """Learn nothing."""


POLICIES: Mapping[str, Callable[[Any], Any]] = {
    "guomen": Guomen,
    "lightgbm on rows": Rows,
    "eva-like": lambda rng: ByCell(rng, thompson=False),
    "thompson": lambda rng: ByCell(rng, thompson=True),
    "csp-3": Csp3,
    "random": Random,
    "oracle": Random,
}


def live(name: str, seed: int) -> float:
    """Return how many failing lines a policy opened, found or missed by the inspector."""
    market, policy = Market(seed), POLICIES[name](np.random.default_rng([seed, 1]))
    dice = np.random.default_rng([seed, 2])
    waiting: dict[int, list[pl.DataFrame]] = {}
    total = 0.0
    for number in range(DAYS):
        known = waiting.pop(number, [])
        if known:
            policy.see(pl.concat(known), number)
        lines, rate = market.day(number)
        fails = dice.random(LINES) < rate
        order = rate if name == "oracle" else policy.rank(lines, number)
        taken = np.argsort(-order, kind="stable")[: int(SHARE * LINES)]
        examiner = dice.integers(0, 8, taken.size)
        seen = fails[taken] & (dice.random(taken.size) < market.skill[examiner])
        total += float(fails[taken].sum())
        results = lines[taken.tolist()].with_columns(
            day=pl.lit(FIRST + timedelta(days=number)),
            found=pl.Series(seen.astype(np.float64)),
            tests=pl.lit(1.0),
            examiner=pl.Series([f"I{e}" for e in examiner]),
        )
        late = dice.integers(2, 7, taken.size)
        for days in np.unique(late).tolist():
            part = results.filter(pl.Series(late == days))
            waiting.setdefault(number + days, []).append(part.drop("who"))
        for who in results["who"].filter(pl.Series(seen)).to_list():
            market.found(who, number)
    return total


def run(seeds: range) -> dict[str, Array]:
    """Return what each policy opened of what fails: a value a seed."""
    return {name: np.array([live(name, seed) for seed in seeds]) for name in POLICIES}
