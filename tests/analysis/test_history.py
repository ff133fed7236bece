"""The folder of the history: whole files, a manifest that tells the truth, months replaced."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from guomen.analysis import history
from guomen.scenarios.nation.lines import Nation, months

SMALL = Nation(lines=2_400, seed=7, enterprises=200)


def test_what_was_written_is_read_again_month_by_month(tmp_path: Path) -> None:
    written = history.write_months(tmp_path, months(SMALL), through=5)
    assert written.rows == 2_400
    assert history.read_manifest(tmp_path) == written
    read = pl.concat(pl.read_parquet(path) for path in history.files(tmp_path))
    assert read.equals(pl.concat(frame.sort("day", "line") for _, frame in months(SMALL)))
    assert history.damaged(tmp_path) == ()


def test_a_month_written_again_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    history.write_months(tmp_path, months(SMALL), through=5)
    name, frame = next(iter(months(SMALL)))
    history.write_months(tmp_path, [(name, frame.head(10))], through=9)
    manifest = history.read_manifest(tmp_path)
    assert (manifest.through, dict(manifest.months)[name].rows) == (9, 10)
    named = {month.file for month in dict(manifest.months).values()}
    assert {path.name for path in (tmp_path / "lines").glob("*.parquet")} == named


def test_a_changed_or_lost_file_is_named(tmp_path: Path) -> None:
    history.write_months(tmp_path, months(SMALL), through=5)
    first, second, *_ = history.files(tmp_path)
    first.write_bytes(first.read_bytes()[:-1] + b"x")
    second.unlink()
    assert history.damaged(tmp_path) == ("2012-01", "2012-02")
    with pytest.raises(history.HistoryError, match="export those months again"):
        history.files(tmp_path)


def test_rows_of_another_shape_leave_the_folder_as_it_was(tmp_path: Path) -> None:
    history.write_months(tmp_path, months(SMALL), through=5)
    before = (tmp_path / "lines" / history.MANIFEST).read_text()
    with pytest.raises(history.HistoryError, match="no history"):
        history.write_months(tmp_path, [("2012-01", pl.DataFrame({"line": ["x"]}))], through=6)
    assert (tmp_path / "lines" / history.MANIFEST).read_text() == before


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"through": 1, "schema": 99, "months": []})])
def test_a_manifest_that_cannot_be_right_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "lines").mkdir()
    (tmp_path / "lines" / history.MANIFEST).write_text(text)
    with pytest.raises(history.HistoryError):
        history.read_manifest(tmp_path)


def test_a_nation_is_the_same_from_the_same_seed_and_draws_with_the_chance_it_stores() -> None:
    frames = [frame for _, frame in months(Nation(lines=120_000, seed=3))]
    again = [frame for _, frame in months(Nation(lines=120_000, seed=3))]
    assert all(a.equals(b) for a, b in zip(frames, again, strict=True))
    lines = pl.concat(frames)
    share = lines["chance_ppm"].mean() / 1e6
    error = (share * (1 - share) / lines.height) ** 0.5
    assert abs(lines["selected"].mean() - share) < 4 * error
