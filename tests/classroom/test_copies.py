"""What students are handed has neither solutions nor ticks, and what they wrote stays."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from classroom import exercises
from classroom.copies import NOTEBOOKS, hand_out, main, without_solutions

LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))


def cells(text: str) -> list:
    return nbformat.reads(text, as_version=4).cells


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_copy_has_no_solution_and_no_tick(lesson):
    text = without_solutions(lesson.read_text(encoding="utf-8"))
    assert "### BEGIN SOLUTION" not in text
    said = [output.get("text", "") for cell in cells(text) for output in cell.get("outputs", ())]
    assert not re.search("^✓ ", "\n".join(said), flags=re.MULTILINE)
    for exercise in exercises.find(lesson):
        body = exercise.solution.source.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
        assert not [cell for cell in cells(text) if cell.cell_type == "code" and body.strip() in cell.source]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_everything_else_stays_and_the_stubs_are_seen(lesson):
    whole = lesson.read_text(encoding="utf-8")
    for before, after in zip(cells(whole), cells(without_solutions(whole)), strict=True):
        if exercises.role(before) == "solution":
            assert after.source == exercises.stub(before.source) != before.source
            assert "source_hidden" not in json.dumps(after.metadata)
        elif exercises.role(before) == "check":
            assert (after.source, after.outputs) == (before.source, [])
        else:
            assert after == before


def test_a_copy_that_exists_is_never_overwritten(tmp_path, capsys):
    (mine := tmp_path / "work" / LESSONS[0].name).parent.mkdir()
    mine.write_text("my own work")
    main([str(tmp_path / "work")])
    assert mine.read_text() == "my own work"
    assert sorted(path.name for path in mine.parent.iterdir()) == [lesson.name for lesson in LESSONS]
    assert len(capsys.readouterr().out.splitlines()) == len(LESSONS) - 1
    assert not list(hand_out(NOTEBOOKS, mine.parent, solved=False))


def test_solved_copies_are_the_lessons_themselves(tmp_path):
    main([str(tmp_path / "work" / "solved"), "--solved"])
    for lesson in LESSONS:
        assert Path(tmp_path, "work", "solved", lesson.name).read_bytes() == lesson.read_bytes()
