"""Files are read whatever they went through, and say where they break."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import orjson
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from guomen.journeys import files, intake
from guomen.journeys.files import BadFileError, Cells, frames

HEADING = ("declaration", "direction", "enterprise", "line", "goods", "hs_code", "quantity")
ROWS = [
    ("A-1", "export", "91440400MA4A000012", "1", "菜心", "0704909001", "1200.5"),
    ("A-1", "export", "91440400MA4A000012", "2", "芥蓝", "0704909001", "30"),
    ("A-2", "export", "91440400MA4A000012", "1", '说明 "特" 级, 大', "0704909001", "7"),
]
TODAY = date(2012, 5, 24)


def csv_text(rows: list[tuple[str, ...]] = ROWS) -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text

    return "".join(",".join(map(cell, row)) + "\r\n" for row in [HEADING, *rows])


def read(content: bytes, kind: str = ".csv") -> Cells:
    return files.read_stream(io.BytesIO(content), kind=kind)


def jsonl(rows: list[tuple[str, ...]] = ROWS) -> bytes:
    return b"".join(orjson.dumps(dict(zip(HEADING, row, strict=True))) + b"\n" for row in rows)


def parquet(rows: list[tuple[str, ...]] = ROWS) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(rows, schema=list(HEADING), orient="row").write_parquet(out)
    return out.getvalue()


def xlsx(rows: list[tuple[object, ...]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (csv_text().encode(), ".csv"),
        (csv_text().encode("utf-8-sig"), ".csv"),
        (csv_text().encode("gb18030"), ".csv"),
        (csv_text().encode("utf-16"), ".csv"),
        (csv_text().replace("\r\n", "\n").rstrip().encode(), ".csv"),
        (jsonl(), ".jsonl"),
        (b"\xef\xbb\xbf" + jsonl().rstrip(), ".ndjson"),
        (parquet(), ".parquet"),
        (xlsx([HEADING, *ROWS]), ".xlsx"),
    ],
)
def test_the_same_rows_are_read_from_every_kind_and_encoding(content: bytes, kind: str) -> None:
    cells = read(content, kind)
    assert cells.frame.select(HEADING).rows() == ROWS
    assert cells.numbers.to_list() == [1, 2, 3]
    assert not cells.problems


@pytest.mark.parametrize("separator", [";", "\t"])
def test_semicolons_and_tabs_separate_too(separator: str) -> None:
    rows = [HEADING, *(row for row in ROWS if "," not in row[4])]
    text = "\n".join(separator.join(row) for row in rows)
    assert read(text.encode()).frame.rows() == ROWS[:2]


def test_chinese_labels_stand_for_the_names_of_columns() -> None:
    text = "企业内部编号,行号,HS 编码\nA-1,1,0704909001\n"
    assert read(text.encode()).frame.columns == ["declaration", "line", "hs_code"]


def test_an_unclosed_quote_is_named_by_its_row() -> None:
    text = csv_text() + 'A-3,export,91440400MA4A000012,1,"菜'
    with pytest.raises(BadFileError, match=r"row 4 \(line 5 of the file\)"):
        read(text.encode())


def test_an_unclosed_quote_far_from_the_end_does_not_swallow_rows_in_silence() -> None:
    many = [
        ("A-9", "export", "91440400MA4A000012", str(i), "菜", "0704909001", "1")
        for i in range(9000)
    ]
    text = csv_text() + 'A-3,export,91440400MA4A000012,1,"菜\r\n' + csv_text(many)
    with pytest.raises(BadFileError, match="row 4"):
        read(text.encode())


def test_a_last_line_cut_in_the_middle_is_named() -> None:
    with pytest.raises(BadFileError, match="Row 4 ends after 3 of 7 cells"):
        read((csv_text() + "A-3,export,9144").encode())
    with pytest.raises(BadFileError, match="Line 4 ends in the middle"):
        read(jsonl() + b'{"declaration": "A-3", "dir', ".jsonl")


def test_a_character_cut_in_the_middle_is_named_by_its_byte() -> None:
    content = csv_text().encode() + "A-3,export,9,1,菜".encode()[:-1]
    with pytest.raises(BadFileError, match=f"byte {len(content) - 2}"):
        read(content)


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.999])
@pytest.mark.parametrize(
    ("kind", "make"), [(".parquet", parquet), (".xlsx", lambda: xlsx([HEADING, *ROWS]))]
)
def test_truncated_tables_are_refused_whole(kind: str, make: object, kept: float) -> None:
    content = make()  # type: ignore[operator]
    with pytest.raises(BadFileError, match="half-written"):
        read(content[: int(len(content) * kept)], kind)


@pytest.mark.parametrize("kind", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_what_is_no_such_file_is_refused_with_a_sentence(kind: str) -> None:
    for content in (b"", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4):
        with pytest.raises(BadFileError):
            read(content, kind)


def test_a_ragged_row_is_a_problem_of_that_row_and_sets_its_declaration_aside() -> None:
    rows = [ROWS[0], ROWS[1][:5], (*ROWS[2], "more")]
    text = (
        ",".join(HEADING)
        + "\n"
        + "".join(
            ",".join(
                f'"{c}"' if "," in c and '"' not in c else c.replace('"', "").replace(",", "")
                for c in row
            )
            + "\n"
            for row in rows
        )
    )
    cells = read(text.encode())
    assert [problem.row for problem in cells.problems] == [2, 3]
    assert cells.frame.rows() == [ROWS[0]]
    assert ("91440400MA4A000012", "A-1") in cells.aside


def test_a_broken_json_line_in_the_middle_is_a_problem_of_that_line() -> None:
    content = jsonl(ROWS[:1]) + b"{oops}\n[1]\n" + jsonl(ROWS[1:])
    cells = read(content, ".jsonl")
    assert [problem.row for problem in cells.problems] == [2, 3]
    assert cells.numbers.to_list() == [1, 4, 5]


@pytest.mark.parametrize("kind", [".csv", ".jsonl"])
def test_a_cell_of_a_hundred_megabytes_costs_no_memory(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"big{kind}"
    whole = {".csv": csv_text().encode(), ".jsonl": jsonl()}[kind]
    lead = {".csv": b'A-7,export,9,1,"', ".jsonl": b'{"declaration": "'}[kind]
    after = {".csv": b'",1,1\r\n', ".jsonl": b'"}\n'}[kind]
    last = {".csv": csv_text().encode().split(b"\r\n", 1)[1], ".jsonl": jsonl()}[kind]
    with path.open("wb") as out:
        out.write(whole + lead)
        for _ in range(100):
            out.write(b"x" * (1 << 20))
        out.write(after + last)
    tracemalloc.start()
    cells = files.read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 << 20
    assert [problem.row for problem in cells.problems] == [4]
    assert cells.frame.height == 6


def test_blank_rows_are_counted_and_skipped() -> None:
    text = csv_text(ROWS[:1]) + ",,,,,,\r\n\r\n" + csv_text(ROWS[1:]).split("\r\n", 1)[1]
    assert read(text.encode()).numbers.to_list() == [1, 4, 5]
    book = xlsx([HEADING, ROWS[0], (), ROWS[1]])
    assert read(book, ".xlsx").numbers.to_list() == [1, 3]


def test_a_row_with_nul_is_refused() -> None:
    text = csv_text().replace("菜心", "菜\0心")
    cells = read(text.encode())
    assert [problem.row for problem in cells.problems] == [1]


def test_numbers_of_a_workbook_stay_as_typed_and_the_lost_zero_is_explained() -> None:
    row = ("A-1", "export", "91440400MA4A000012", 1, "菜心", 704909001, 1200.1)
    cells = read(xlsx([HEADING, row]), ".xlsx")
    assert cells.frame.row(0)[3:] == ("1", "菜心", "704909001", "1200.1")
    problems = intake.parse(cells.frame, today=TODAY).problems
    assert next(p.says.en for p in problems if p.column == "hs_code").startswith(
        "An HS code has 10"
    )


def test_numbers_of_a_workbook_written_with_seventeen_digits_are_read_as_shown(
    tmp_path: Path,
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADING)
    sheet.append(("A-1", "export", "9", 1, "x", "0704909001", 70490900.1))
    book.save(tmp_path / "a.xlsx")
    assert files.read(tmp_path / "a.xlsx").frame["quantity"][0] == "70490900.1"


def test_contents_beyond_the_heading_of_a_sheet_are_a_problem() -> None:
    cells = read(xlsx([HEADING, ROWS[0], (*ROWS[1], "stray")]), ".xlsx")
    assert [problem.row for problem in cells.problems] == [2]


def bomb(*, says: int | None = None) -> bytes:
    """Return a small workbook with a part of four MiB; it may say another size of it."""
    out = io.BytesIO(xlsx([HEADING, *ROWS]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/padding.xml", b" " * (4 << 20))
    content = out.getvalue()
    assert len(content) < 1 << 15
    return content if says is None else content.replace(*map(_size, (4 << 20, says)))


def _size(number: int) -> bytes:
    return number.to_bytes(4, "little")


def test_a_workbook_that_unpacks_to_too_much_is_refused_whatever_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read(bomb(), ".xlsx").rows == len(ROWS)
    with pytest.raises(BadFileError, match="not a whole XLSX"):
        read(bomb(says=100), ".xlsx")
    monkeypatch.setattr(frames, "LARGEST_UNPACKED", 1 << 20)
    with pytest.raises(BadFileError, match="unpacks to 4 MiB"):
        read(bomb(), ".xlsx")


def test_dates_of_workbook_and_parquet_become_iso_texts() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("declaration", "produced_on"))
        sheet.write(1, 0, "A")
        sheet.write_datetime(1, 1, TODAY, book.add_format({"num_format": "yyyy-mm-dd"}))
    assert read(out.getvalue(), ".xlsx").frame["produced_on"][0] == "2012-05-24"
    out = io.BytesIO()
    pl.DataFrame(
        {"declaration": ["A"], "produced_on": [TODAY], "documents": [["a", "b"]]}
    ).write_parquet(out)
    assert read(out.getvalue(), ".parquet").frame.row(0) == ("A", "2012-05-24", "a;b")


def test_a_column_named_twice_and_a_file_without_known_columns_are_refused() -> None:
    with pytest.raises(BadFileError, match="line twice"):
        read(b"declaration,line,line\nA,1,1\n")
    with pytest.raises(BadFileError, match="no known column"):
        read(b"foo,bar\n1,2\n")


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(files.UnknownKindError, match=r"\.csv, \.jsonl"):
        files.read(tmp_path / "a.doc")
    with pytest.raises(BadFileError, match="cannot be opened"):
        files.read(tmp_path / "none.csv")


DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    '=HYPERLINK("http://x")',
    "plain",
    "菜心",
]


@pytest.mark.parametrize("kind", [".csv", ".xlsx"])
def test_no_written_text_is_a_formula_and_numbers_stay_numbers(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{kind}"
    files.write(path, pl.DataFrame({"text": DANGEROUS, "number": [-float(i) for i in range(9)]}))
    if kind == ".csv":
        shown = pl.read_csv(path)
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    else:
        book = openpyxl.load_workbook(path).active
        assert all(cell.data_type != "f" for row in book.iter_rows() for cell in row)
        shown = pl.DataFrame(
            [[c.value for c in row] for row in book.iter_rows(min_row=2)],
            schema=["text", "number"],
            orient="row",
        )
    assert not any(text.startswith(files.writing.FORMULA_STARTS) for text in shown["text"])
    assert shown["number"].to_list() == [-float(i) for i in range(9)]


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=20))
def test_a_safe_text_never_begins_like_a_formula_and_loses_nothing(text: str) -> None:
    kept = files.safe(text)
    assert kept is not None
    assert not kept.startswith(files.writing.FORMULA_STARTS)
    assert kept.removeprefix("'") == text.removeprefix("'") or kept == text


@pytest.mark.parametrize("kind", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_what_is_written_can_be_read_again(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"again{kind}"
    files.write(path, pl.DataFrame(ROWS, schema=list(HEADING), orient="row"))
    assert files.read(path).frame.select(HEADING).rows() == ROWS
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
