"""The sheet, the page and the table say what came of each run, and what didn't."""

import csv
import dataclasses
import re

import PIL.Image
import pytest

from nst_helpers.batch.page import write_page
from nst_helpers.batch.record import Record, write_record
from nst_helpers.batch.results import read_results
from nst_helpers.batch.sheet import write_sheet
from nst_helpers.batch.sweep import Run
from nst_helpers.batch.table import write_table

FINE = Record(
    "d",
    12.3,
    losses=("loss 0.25",),
    verdicts=(("A: a 1 < b 2", "holds"), ("B: a 1 > b 0.5", "doesn't hold here")),
    pictures=("picture_01.png", "picture_02.png"),
)
FAILED = Record("d", 3.0, error="the notebook stopped: NameError: <x>", traceback="Traceback\nNameError: <x>")


def run_of(path, word, picture=-1):
    return Run(path / "a.ipynb", {"WORD": word, "NUMBER": 1}, ("WORD",), picture=picture)


@pytest.fixture
def results(tmp_path):
    """One that is fine and shows two pictures, one that failed, one that was not run."""
    runs = [run_of(tmp_path, "fine"), run_of(tmp_path, "<failed>"), run_of(tmp_path, "none")]
    for run, record in zip(runs, (FINE, FAILED), strict=False):
        (tmp_path / run.name).mkdir(parents=True)
        write_record(tmp_path / run.name, record)
    PIL.Image.new("RGB", (60, 20), "red").save(tmp_path / runs[0].name / "picture_01.png")
    PIL.Image.new("RGB", (60, 20), "blue").save(tmp_path / runs[0].name / "picture_02.png")
    return read_results(runs, tmp_path)


@pytest.mark.parametrize(("picture", "number"), [(-1, 2), (1, 1), (2, 2), (-2, 1), (3, None), (-3, None)])
def test_a_run_s_picture_is_counted_from_either_end(picture, number, tmp_path):
    result = dataclasses.replace(read_results([run_of(tmp_path, "x", picture)], tmp_path)[0], record=FINE)
    assert result.picture == (number and result.folder / f"picture_0{number}.png")


def test_the_table_has_a_row_for_each(results, tmp_path):
    with open(write_table(results, tmp_path / "table.csv"), newline="", encoding="utf-8") as file:
        fine, failed, none = csv.DictReader(file)
    assert (fine["WORD"], fine["NUMBER"], fine["seconds"], fine["error"]) == ("fine", "1", "12.3", "")
    assert (fine["verdicts"], fine["hold"], fine["losses"]) == ("2", "1", "loss 0.25")
    assert fine["doubts"] == "B: a 1 > b 0.5. It doesn't hold here."
    assert failed["error"] == FAILED.error
    assert none["error"] == "not run"
    assert fine["folder"] == results[0].run.name


def test_the_page_needs_no_other_file_and_tells_all(results, tmp_path):
    page = write_page(results, tmp_path / "index.html", "sweep").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="(?!data:)', page) == []
    assert page.count("<img ") == 1
    assert "3 runs: 1 failed, 1 not run; in 1 a verdict didn't hold." in page
    for words in (
        "B: a 1 &gt; b 0.5. It doesn&#x27;t hold here.",
        "loss 0.25",
        "12 s; 1 of 2 verdicts hold",
        "not run",
    ):
        assert words in page
    assert "NameError: &lt;x&gt;" in page
    assert "<failed>" not in page


def test_the_sheet_shows_a_panel_for_each(results, tmp_path):
    with PIL.Image.open(write_sheet(results, tmp_path / "sheet.png")) as sheet:
        colors = {color for _, color in sheet.convert("RGB").getcolors(1 << 24)}
    assert (0, 0, 255) in colors  # the last picture of the run that is fine
    assert (255, 0, 0) not in colors
    assert (217, 217, 217) in colors  # where there is none
