"""The chance: LightGBM's own answers, SciPy's optimisers, examiners planted with known eyes."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import lightgbm
import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from guomen.core.targeting import Level, Scheme, boosting, keeping, trees
from guomen.core.targeting import ranker as fitting
from guomen.core.targeting.ranker import Settings, fit
from guomen.core.targeting.sensitivity import sensitivities

TODAY = date(2012, 5, 24)
SCHEME = Scheme(
    levels=(
        Level(name="kind", by=("kind",)),
        Level(name="origin", by=("kind", "origin"), under=("kind",)),
    ),
    bonus="origin",
    numbers=("size",),
)


def results(rows: int, *, shape: str = "plain", seed: int = 1) -> pl.DataFrame:
    """Return results by kind and origin; ``shape`` says what the size of a line does to them."""
    rng = np.random.default_rng(seed)
    kind, origin, size = rng.integers(0, 6, rows), rng.integers(0, 8, rows), rng.normal(0, 1, rows)
    odds = -3.0 + np.linspace(-1, 1, 6)[kind] + np.linspace(-0.5, 0.5, 8)[origin]
    odds = odds + {"plain": 0.0, "both ends": 2.5 * (np.abs(size) > 1.3)}[shape]
    days = np.sort(rng.integers(0, 300, rows))
    return pl.DataFrame(
        {
            "kind": pl.Series(kind).cast(pl.String),
            "origin": pl.Series(origin).cast(pl.String),
            "size": size,
            "day": [TODAY - timedelta(days=int(300 - d)) for d in days],
            "found": (rng.random(rows) < expit(odds)).astype(float),
            "tests": np.ones(rows),
            "true": expit(odds),
        }
    )


# Trees against the library that grew them


@pytest.mark.parametrize(("leaves", "unknown"), [(2, 0.0), (15, 0.1), (64, 0.3)])
def test_trees_answer_as_lightgbm_does(leaves: int, unknown: float) -> None:
    rng = np.random.default_rng(leaves)
    seen = rng.normal(0, 1, (4000, 5))
    seen[rng.random(seen.shape) < unknown] = np.nan
    truth = (np.nan_to_num(seen[:, 0] * seen[:, 1]) + seen[:, 2] > 0.3).astype(float)
    options = {"objective": "binary", "num_leaves": leaves, "min_data_in_leaf": 5, "verbosity": -1}
    grown = lightgbm.train(options, lightgbm.Dataset(seen, label=truth), num_boost_round=12)
    read = trees.read(grown.model_to_string())
    asked = rng.normal(0, 1.5, (600, 5))
    # Values that lie on a threshold, and unknown ones that the fit never met.
    asked[:300] = seen[:300]
    asked[rng.random(asked.shape) < 0.05] = np.nan
    expected = grown.predict(asked, raw_score=True)
    np.testing.assert_allclose(read.raw(asked), expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(read.raw(asked[:40]), expected[:40], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("leaves", "category"), [(80, []), (8, [0])])
def test_trees_that_cannot_be_scored_are_refused(leaves: int, category: list[int]) -> None:
    rng = np.random.default_rng(3)
    seen = np.column_stack([rng.integers(0, 9, 3000), rng.normal(0, 1, 3000)])
    truth = np.isin(seen[:, 0], (1, 4, 7)) ^ (rng.random(3000) < 0.3)
    data = lightgbm.Dataset(seen, label=truth, categorical_feature=category)
    options = {"objective": "binary", "num_leaves": leaves, "min_data_in_leaf": 2, "verbosity": -1}
    grown = lightgbm.train(options, data, num_boost_round=2)
    with pytest.raises(trees.TreesError, match="fit with"):
        trees.read(grown.model_to_string())
    with pytest.raises(trees.TreesError, match="fit the model again"):
        trees.read("no tree")


# Stacking and the logistic against brute force


def test_the_mixture_is_the_best_on_a_grid() -> None:
    rng = np.random.default_rng(5)
    truth = (rng.random(3000) < 0.2).astype(float)
    parts = [np.clip(0.2 + s * (truth - 0.2) + rng.normal(0, 0.05, 3000), 0.02, 0.9)
             for s in (0.1, 0.3, -0.1)]  # fmt: skip
    weight = rng.uniform(0.5, 3.0, 3000)
    shares = fitting.mixture(parts, truth, weight)
    assert shares.sum() == pytest.approx(1.0)

    def loss(s: np.ndarray) -> float:
        return fitting.log_loss(np.einsum("i,ij->j", s, np.stack(parts)), truth, weight)

    steps = np.linspace(0, 1, 21)
    grid = [np.array([a, b, 1 - a - b]) for a, b in product(steps, steps) if a + b <= 1]
    assert loss(shares) <= min(map(loss, grid)) + 1e-6


def test_the_logistic_maximises_its_penalised_likelihood() -> None:
    rng = np.random.default_rng(6)
    columns, weight = rng.normal(0, 1, (800, 3)), rng.uniform(0.5, 2.0, 800)
    start = rng.normal(-1, 0.3, 800)
    found = (rng.random(800) < expit(start + columns @ [0.4, 1.5, 1.0])).astype(float)

    def cost(at: np.ndarray) -> float:
        p = expit(start + at[0] + columns @ at[1:])
        likelihood = (weight * np.where(found > 0, np.log(p), np.log1p(-p))).sum()
        return -likelihood + 0.5 * (1e-3 * at[0] ** 2 + 20.0 * ((at[1:] - 1) ** 2).sum())

    best = minimize(cost, np.array([0.0, 1, 1, 1]), method="BFGS", options={"gtol": 1e-6})
    np.testing.assert_allclose(fitting.logistic(columns, found, weight, start), best.x, atol=2e-4)


# The whole fit


def test_the_booster_earns_its_weight_only_where_it_sees_more() -> None:
    seen = fit(SCHEME, results(9000, shape="both ends"), on=TODAY, booster=boosting.light())
    assert seen.weights[2] > 0.5
    assert seen.losses["mixture"] <= min(seen.losses[name] for name in fitting.MODELS) + 1e-9
    assert seen.losses["mixture"] < seen.losses["cells"] - 0.01
    later = results(9000, shape="both ends", seed=2)
    chance = seen.chances(later).chance
    # What is said is what is so, by fifths of the score.
    for part in np.array_split(np.argsort(chance), 5):
        true = later["true"].to_numpy()[part].mean()
        assert chance[part].mean() == pytest.approx(true, rel=0.15, abs=0.015)
    blind = fit(SCHEME, results(9000), on=TODAY, booster=boosting.light())
    assert blind.losses["mixture"] > blind.losses["cells"] - 0.005


def test_few_failures_leave_the_cells_alone_and_the_future_unseen() -> None:
    rows = results(9000)
    few = fit(SCHEME, rows.head(200), on=TODAY, booster=boosting.light())
    assert few.weights == (1.0, 0.0, 0.0)
    early = TODAY - timedelta(days=150)
    assert fit(SCHEME, rows, on=early).results == rows.filter(pl.col("day") <= early).height


def test_a_model_comes_back_from_its_text_with_its_answers() -> None:
    rows = results(6000, shape="both ends")
    made = fit(SCHEME, rows, on=TODAY, booster=boosting.light())
    kept = keeping.text(made)
    back = keeping.read(kept)
    assert keeping.text(back) == kept
    asked = rows.tail(400)
    assert np.array_equal(back.chances(asked).chance, made.chances(asked).chance)
    one = asked.row(3, named=True)
    chance, index, _ = back.chance_of(one)
    batch = made.chances(asked[3:4])
    assert (chance, index) == pytest.approx((batch.chance[0], batch.index[0]), rel=1e-12)


# Who inspected is adjusted for


def test_half_an_eye_counts_half_a_clean_test() -> None:
    rng = np.random.default_rng(7)
    rows = results(12_000, seed=8)
    examiner = rng.choice(["sharp", "half"], rows.height)
    missed = (examiner == "half") & (rng.random(rows.height) < 0.5)
    rows = rows.with_columns(
        examiner=pl.Series(examiner),
        found=pl.when(pl.Series(missed)).then(0.0).otherwise(pl.col("found")),
    )
    model = fit(SCHEME, rows, on=TODAY, settings=Settings(least_found=10**9))
    seen = model.sensitivity.values
    assert seen["half"] / seen["sharp"] == pytest.approx(0.5, abs=0.08)
    counted = model.sensitivity.tests(rows)
    clean = rows["found"].to_numpy() == 0
    assert (counted[~clean] == 1.0).all()
    assert set(counted[clean & (examiner == "half")]) == {seen["half"]}


def test_an_examiner_of_whom_little_is_known_is_taken_for_the_mean() -> None:
    rows = pl.DataFrame({"examiner": ["a"] * 400 + ["new"], "found": [1.0, 0.0] * 200 + [0.0]})
    found = sensitivities(rows, np.full(401, 0.5))
    assert found.values["a"] == pytest.approx(1.0, abs=0.01)
    assert 0.9 < found.values["new"] < 1.0
