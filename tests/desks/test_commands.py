"""What the command line does with files, and how it says what is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from django.conf import settings
from tests.desks import scenario
from typer.testing import CliRunner

from guomen.core.text import Text
from guomen.desks.commands import helping, output, pages, refused, start
from guomen.desks.commands.app import app
from guomen.journeys import files
from guomen.journeys.intake import rows_frame
from guomen.supervision.declarations.models import Line, LineResult

ROOT = Path(__file__).resolve().parents[2]
scenario_given_back = scenario.scenario_given_back
scenario_loaded = scenario.scenario_loaded
AT = "2012-05-24T12:00:00"


def guomen(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def answer(*words: object, code: int = 0) -> dict[str, Any]:
    done = guomen(*words, "--json")
    assert done.exit_code == code, done.output
    return dict(json.loads(done.stdout))


@pytest.fixture
def registers(scenario_loaded: None, db: None, demo_mode: Path) -> Path:
    scenario.commit()
    return demo_mode


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return [dict(row) for row in scenario.clean_rows(60)]


@pytest.mark.parametrize("kind", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_a_file_of_each_kind_is_decided_and_its_rulings_written(
    registers: Path, rows: list[dict[str, Any]], kind: str
) -> None:
    file, out = registers / f"in{kind}", registers / f"out{kind}"
    files.write(file, rows_frame(rows))
    done = answer("decide", file, "--at", AT, "--out", out)
    assert done["decided"] == len(rows) == Line.objects.count()
    assert sum(done["outcomes"].values()) == len(rows)
    assert not file.with_name(f"{file.name}.rejects.csv").exists()
    written = files.read_table(out, columns=("reference", "outcome", "own_number"))
    assert set(written["reference"]) == set(Line.objects.values_list("reference", flat=True))


def test_two_thousand_rows_with_twenty_bad_ones(registers: Path) -> None:
    rows = [dict(row) for row in scenario.clean_rows(2_000)]
    declarations = list(dict.fromkeys(row["declaration"] for row in rows))
    bad = set(declarations[:: len(declarations) // 20][:20])
    spoiled: set[str] = set()
    for row in rows:
        if row["declaration"] in bad - spoiled:
            spoiled.add(row["declaration"])
            row["quantity"] = "1,200"
    file = registers / "many.csv"
    files.write(file, rows_frame(rows))
    done = answer("decide", file, "--at", AT, code=1)
    assert done["rejected"] == sum(row["declaration"] in bad for row in rows)
    assert done["decided"] == len(rows) - done["rejected"] == Line.objects.count()
    rejects = pl.read_csv(file.with_name("many.csv.rejects.csv"))
    wrong = rejects.filter(pl.col("column") == "quantity")
    assert wrong.height == 20
    assert set(wrong["value"]) == {"1,200"}
    assert {rows[row - 1]["declaration"] for row in wrong["row"]} == bad
    again = answer("decide", file, "--at", AT, code=1)
    assert again["decided"] == 0, "what was lodged is not lodged twice"


def test_a_ragged_row_rejects_its_declaration_and_no_other(
    registers: Path, rows: list[dict[str, Any]]
) -> None:
    file = registers / "ragged.csv"
    files.write(file, rows_frame(rows))
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    lines[1] += ",more"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = answer("decide", file, "--at", AT, code=1)
    ragged = sum(row["declaration"] == rows[0]["declaration"] for row in rows)
    assert done["rejected"] == ragged
    assert done["decided"] == len(rows) - ragged


def test_a_misspelt_heading_decides_nothing(registers: Path, rows: list[dict[str, Any]]) -> None:
    file = registers / "heading.csv"
    files.write(file, rows_frame(rows).rename({"origin": "orign"}))
    assert answer("decide", file, "--at", AT, code=1)["decided"] == 0
    assert "orign" in file.with_name("heading.csv.rejects.csv").read_text(encoding="utf-8-sig")


def test_an_expected_error_is_one_sentence_without_a_traceback(registers: Path) -> None:
    file = registers / "broken.parquet"
    file.write_bytes(b"PAR1")
    done = guomen("decide", file)
    assert done.exit_code == start.FOUND
    assert "half-written" in done.output
    assert "Traceback" not in done.output
    assert answer("decide", file, code=1)["error"]["code"] == "files.bad-file"


def test_wrong_usage_is_exit_code_two(db: None) -> None:
    assert guomen("decide").exit_code == start.USAGE
    assert guomen("decide", "--no-such").exit_code == start.USAGE


def test_a_ruling_is_explained_in_both_languages(
    registers: Path, rows: list[dict[str, Any]]
) -> None:
    file = registers / "in.csv"
    files.write(file, rows_frame(rows))
    answer("decide", file, "--at", AT)
    line = Line.objects.filter(outcome="inspect_and_sample").order_by("pk").first()
    assert line is not None
    assert "准入" in guomen("explain", line.reference, "--lang", "zh").output
    assert "Admission" in guomen("explain", line.reference).output
    english = guomen("explain", line.declaration.reference, "--lang", "en").output
    assert "Admission" in english
    gates = answer("explain", line.reference)["rulings"][0]["gates"]
    shown = [why for gate in gates for why in gate["reasons"] if f"{why['rule']} ·" in english]
    assert shown
    plain = " ".join(english.replace("│", " ").split())
    for why in shown:
        assert f"{why['instrument']['en']} {why['clause'].split(' / ')[-1]}" in plain
    assert not re.search(r"[一-龥]", english), "an English reader is cited English clauses"
    assert answer("explain", line.reference)["rulings"][0]["line"] == line.reference
    assert guomen("explain", "DEC-0").exit_code == 1


def test_commands_speak_the_language_that_is_chosen(
    registers: Path, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = registers / "in.csv"
    files.write(file, rows_frame(rows))
    monkeypatch.setenv("GUOMEN_LANG", "zh")
    decided = guomen("decide", file, "--at", AT).output
    assert f"已判定 {len(rows)} 批" in decided
    assert "lines decided" not in decided
    assert "条判定推导一致" in guomen("replay").output
    assert answer("replay")["different"] == []
    monkeypatch.delenv("GUOMEN_LANG")
    assert "rulings come out equal" in guomen("replay").output


def test_refusals_the_doctor_and_the_help_speak_chinese_too(
    registers: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "not end in one of" in guomen("decide", "goods.doc").output
    monkeypatch.setenv("GUOMEN_LANG", "zh")
    assert "不认识的文件类型" in " ".join(guomen("decide", "goods.doc").output.split())
    assert "抽签密钥" in guomen("doctor").output
    command = typer.main.get_command(app)
    helping.translate(command)
    command.main(["draw", "--help"], standalone_mode=False)
    assert "公布今后各日密钥的承诺" in capsys.readouterr().out


def test_the_help_in_chinese_is_of_commands_that_exist() -> None:
    def walk(command: Any, path: str) -> list[str]:
        own = [path]
        inside = getattr(command, "commands", {})
        return own + [p for n, c in inside.items() for p in walk(c, f"{path} {n}".strip())]

    assert set(helping.IN_CHINESE) <= set(walk(typer.main.get_command(app), ""))


def test_what_is_said_in_chinese_is_refused_somewhere() -> None:
    named = "".join(file.read_text() for file in Path(output.__file__).parents[2].rglob("*.py"))
    assert [code for code in refused.IN_CHINESE if f'= "{code}"' not in named] == []


def test_a_head_and_a_cell_are_worded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output.choose(json=False)
    for language, shown in (("zh", ("步骤", "是")), ("en", ("step", "yes"))):
        monkeypatch.setenv("GUOMEN_LANG", language)
        output.table(("step",), [(Text(zh="是", en="yes"),)])
        assert tuple(line.strip() for line in capsys.readouterr().out.splitlines()) == shown


def test_results_of_papers_are_recorded_all_or_none(
    registers: Path, rows: list[dict[str, Any]]
) -> None:
    file = registers / "in.csv"
    files.write(file, rows_frame(rows))
    answer("decide", file, "--at", AT)

    def lines_of(state: str) -> list[str]:
        return list(Line.objects.filter(state=state).values_list("reference", flat=True)[:2])

    papers, opened = lines_of("under_document_check"), lines_of("under_inspection")
    results = registers / "results.csv"
    results.write_text(f"line,performed,finding\n{papers[0]},yes,conform\n{papers[1]},maybe,\n")
    assert answer("outcomes", results, "--at", AT, code=1)["error"]["row"] == 2
    good = f"{papers[0]},yes,conform,\n{papers[1]},yes,nonconform,label\n"
    results.write_text(
        f"line,performed,finding,reason\n{good}{opened[0]},yes,conform,\n{opened[1]},no,,capacity\n"
    )
    refused = answer("outcomes", results, "--at", AT, code=1)["error"]["rows"]
    assert [(row["row"], row["line"]) for row in refused] == [(3, opened[0]), (4, opened[1])]
    assert all(row["order"].startswith("WO-") for row in refused)
    assert not LineResult.objects.exists()
    results.write_text(f"line,performed,finding,reason\n{good}")
    assert answer("outcomes", results, "--at", AT) == {"recorded": 2}
    assert LineResult.objects.count() == 2


def test_what_was_decided_replays_and_verifies(
    registers: Path, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "GUOMEN_VAR", registers)
    file = registers / "in.csv"
    files.write(file, rows_frame(rows))
    answer("decide", file, "--at", AT)
    assert answer("replay") == {"equal": len(rows), "erased": [], "different": []}
    anchors = registers / "anchors.jsonl"
    answer("anchor", "--day", "2012-05-24", "--out", anchors)
    assert answer("verify", "ledger", "--anchor", anchors)["unanchored"] == 0
    assert answer("draw", "verify")["flaws"] == []
    assert answer("redecide")["held"] == Line.objects.filter(state="held").count()
    line = Line.objects.exclude(u=-1).first()
    assert line is not None
    assert answer("draw", "verify", line.reference, code=1)["verified"] is None


def test_the_columns_are_listed_and_the_example_is_a_good_declaration_file(tmp_path: Path) -> None:
    example = tmp_path / "example.xlsx"
    names = [
        column["column"]
        for column in answer("decide", "--columns", "--example", example)["columns"]
    ]
    assert files.read(example).frame.columns == names


def test_the_page_of_commands_is_in_step() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == pages.render_commands(), "run `guomen docs` to write it again"


def test_every_command_and_option_has_help() -> None:
    page = pages.render_commands()
    assert page.count("\n## ") >= 20
    assert "| `--json` | Print one JSON document. |" in page
