"""API and command line give the plans and verdicts of the core, and say why there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from typer.testing import CliRunner

from guomen.core.sampling import draw_units, iso2859, oc
from guomen.desks.commands.app import app


def run(*words: str) -> tuple[int, dict[str, object]]:
    done = CliRunner().invoke(app, [*words, "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_the_plan_of_the_api_is_that_of_the_standard(client: Client) -> None:
    asked = {"lot": 1200, "aql_percent": 1.0, "inspection_level": "II"}
    by_get = client.get("/api/v1/sampling/plan", asked).json()
    by_post = client.post("/api/v1/sampling/plan", asked, content_type="application/json").json()
    plan = iso2859.single(1200)
    assert (by_get["n"], by_get["ac"], by_get["re"]) == (plan.n, plan.ac, plan.re)
    assert by_get == by_post


def test_an_impossible_plan_is_422_with_the_best_there_is(client: Client) -> None:
    answer = client.get(
        "/api/v1/sampling/plan", {"lot": 40, "hazard": "nematodes", "sensitivity": 0.9}
    )
    assert answer.status_code == 422
    assert answer.json()["error"]["best_confidence"] == pytest.approx(0.9)


def test_the_curve_of_the_api_is_that_of_the_core(client: Client) -> None:
    rows = client.get("/api/v1/sampling/oc?n=80&ac=2&p=0.01&p=0.05").json()["curve"]
    expected = oc(iso2859.single(1200), [0.01, 0.05]).pa
    assert [row["accepted"] for row in rows] == pytest.approx(expected.tolist(), abs=1e-12)


def test_units_need_no_key_but_the_seed(client: Client) -> None:
    drawn = client.get("/api/v1/sampling/units?lot=100&n=3&seed=x").json()["units"]
    assert drawn == list(draw_units(3, 100, b"x"))
    code, document = run("sample", "units", "--lot", "100", "--n", "3", "--seed", "x")
    assert (code, document["units"]) == (0, drawn)


def test_a_verdict_of_the_api_never_reads_nd_as_clean(client: Client) -> None:
    body = {"value": "ND", "unit": "mg/kg", "limit": {"upper": "2.5", "unit": "mg/kg"}}
    found = client.post("/api/v1/conformity/judge", body, content_type="application/json").json()
    assert found["outcome"] == "unknown"
    found = client.get(
        "/api/v1/conformity/judge",
        {"value": "2.4", "unit": "mg/kg", "commodity": "food/dairy/milk_powder",
         "analyte": "melamine", "taken": "2012-05-20"},
    ).json()  # fmt: skip
    assert (found["outcome"], found["limit"]["upper"]) == ("conform", "2.5")


@pytest.mark.parametrize("lot", [8, 1200, 50_000])
def test_sample_plan_prints_the_plan_of_the_standard(lot: int) -> None:
    code, found = run("sample", "plan", "--lot", str(lot), "--level", "II", "--aql", "1.0")
    plan = iso2859.single(lot)
    assert code == 0
    assert (found["units"], found["ac"]) == (plan.units, plan.ac)


def test_sample_detect_without_a_sample_exits_with_one_and_the_best() -> None:
    code, found = run("sample", "detect", "--lot", "40", "--sensitivity", "0.9")
    assert code == 1
    assert found["error"]["best_confidence"] == pytest.approx(0.9)  # type: ignore[index]


@pytest.mark.parametrize(
    ("value", "outcome", "code"),
    [("0.02", "conform", 0), ("0.06", "fail", 1), ("<0.01", "unknown", 1), ("ND", "unknown", 1)],
)
def test_judge_says_the_verdict_and_exits_by_it(value: str, outcome: str, code: int) -> None:
    found, document = run("judge", "--value", value, "--unit", "mg/kg", "--limit", "0.05")
    assert (found, document["outcome"]) == (code, outcome)


def test_judge_reads_a_file_as_the_report_wrote_it(tmp_path: Path) -> None:
    rows = ["4", "ND", "6", "", "=1"]
    lines = [f"food/tea,lead,CN,{raw},mg/kg,2012-05-01" for raw in rows]
    file = tmp_path / "results.csv"
    file.write_text("\n".join(["commodity,analyte,market,raw,unit,taken", *lines]), "utf-8")
    code, document = run("judge", str(file), "--out", str(tmp_path / "out.csv"))
    assert code == 1
    assert document["outcomes"] == {"conform": 1, "fail": 1, "unknown": 3}
    assert "'=1" in (tmp_path / "out.csv").read_text("utf-8")
