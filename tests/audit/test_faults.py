"""The audit's faults are up to date, and its script tells a fault that is noticed from one that isn't."""

import json
from pathlib import Path

import pytest

from tests.audit import faults
from tests.audit.seeds import FAULTS, Edit, Fault, Swap

ROOT = Path(__file__).resolve().parents[2]
# A repository of its own, where pytest needs no plugin: the package's sum, and the tests that look at it.
TINY = {
    "package.py": "def total(numbers):\n    return sum(numbers)\n",
    "tests/test_total.py": "from package import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
    "tests/test_blind.py": "from package import total\n\n\ndef test_nothing():\n    assert total([]) == 0\n",
    "notebooks/00_total.py": "from package import total\n\n\ndef test_lesson():\n    assert total([3]) == 3\n",
    "pytest.ini": "[pytest]\npythonpath = .\npython_files = *.py\n",
}
DOUBLED = Edit("package.py", "sum(numbers)", "2 * sum(numbers)")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_can_be_seeded_and_what_has_to_notice_it_is_there(fault, tmp_path):
    files = [fault.change.file, *([fault.change.by] if isinstance(fault.change, Swap) else [])]
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    before = (tmp_path / fault.change.file).read_bytes()
    fault.change.apply(tmp_path)
    after = (tmp_path / fault.change.file).read_bytes()
    assert after != before
    if fault.change.file.endswith(".py"):
        compile(after, fault.change.file, "exec")
    file, _, function = fault.test.partition("::")
    assert f"\ndef {function}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")
    assert len(faults.tests_of(fault)) == 2  # the notebook is there, too


def test_no_two_faults_have_one_name():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) > 20


def test_a_text_that_is_not_there_once_is_one_sentence(tmp_path):
    (tmp_path / "package.py").write_text("x = 1\ny = x\n")
    for old, times in (("z", 0), ("x", 2)):
        with pytest.raises(ValueError, match=rf"^package\.py has '{old}' {times} times, not once: bring the fault up"):
            Edit("package.py", old, "w").apply(tmp_path)
    assert (tmp_path / "package.py").read_text() == "x = 1\ny = x\n"


def test_a_file_is_not_swapped_for_itself_or_for_none(tmp_path):
    for name in ("one", "same"):
        (tmp_path / name).write_bytes(b"1")
    for other in ("same", "missing"):
        with pytest.raises(ValueError, match=rf"^one and {other} should be two files"):
            Swap("one", other).apply(tmp_path)


@pytest.fixture
def tiny(tmp_path, monkeypatch) -> Path:
    """The repository that is audited, with a record of its own."""
    root = tmp_path / "tiny"
    for file, text in TINY.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # faster
    monkeypatch.setattr(faults, "ROOT", root)
    monkeypatch.setattr(faults, "COPIED", ("package.py", "tests", "notebooks", "pytest.ini"))
    monkeypatch.setattr(faults, "RECORD", root / "build/faults.json")
    monkeypatch.setattr(faults, "LESSON", "{}_*.py")
    monkeypatch.setattr(faults, "FAULTS", (Fault("doubled", DOUBLED, "test_total.py::test_total", "00"),))
    return root


def test_a_fault_that_both_kinds_of_test_notice(tiny, capsys):
    assert faults.main(["--control", "--json"]) == 0
    found = {"unit test": "test_total", "notebook": "test_lesson"}
    assert json.loads(capsys.readouterr().out) == {"no fault": dict.fromkeys(found, ""), "doubled": found}
    assert (tiny / "package.py").read_text() == TINY["package.py"]


def test_a_fault_that_stays_green_fails_and_is_named(tiny, capsys, monkeypatch):
    monkeypatch.setattr(faults, "FAULTS", (Fault("doubled", DOUBLED, "test_blind.py::test_nothing", "00"),))
    assert faults.main([]) == 1
    last = capsys.readouterr().out.splitlines()[-2:]
    assert last[0].split() == ["doubled", "green", "test_lesson"]
    assert last[1] == "not as it should be: doubled"


def test_tests_that_are_red_without_a_fault_fail(tiny, capsys):
    (tiny / "package.py").write_text("def total(numbers):\n    return -sum(numbers)\n")
    assert faults.main(["--control"]) == 1
    assert "not as it should be: no fault" in capsys.readouterr().out


def test_what_is_finished_is_left_out_until_it_changes(tiny, capsys, monkeypatch):
    assert faults.main([]) == 0
    runs = []
    monkeypatch.setattr(faults, "first_red", lambda files, folder: runs.append(files) or "test")
    assert faults.main([]) == 0
    assert not runs
    (tiny / "tests/test_total.py").write_text(TINY["tests/test_total.py"] + "\n")
    assert faults.main([]) == 0
    assert len(runs) == 2
    assert faults.main(["--afresh"]) == 0
    assert len(runs) == 4


def test_tests_that_can_not_run_are_told_from_red_ones(tiny, capsys, monkeypatch):
    broken = Edit("package.py", "return sum(numbers)", "return (")
    monkeypatch.setattr(faults, "FAULTS", (Fault("broken", broken, "test_total.py::test_total", "00"),))
    assert faults.main([]) == 1
    assert "tests/test_total.py::test_total could not be tested (status 4):" in capsys.readouterr().err


def test_an_unknown_fault_is_answered_with_the_known(tiny, capsys):
    with pytest.raises(SystemExit):
        faults.main(["halved"])
    assert "no fault is called 'halved': choose from 'doubled'" in capsys.readouterr().err


def test_an_interrupted_audit_leaves_no_process_and_keeps_what_is_finished(tiny, monkeypatch, capsys):
    started = []

    class Interrupted(faults.psutil.Popen):
        def communicate(self):
            started.append(self)
            raise KeyboardInterrupt

    slow = "import time\n\n\ndef test_total():\n    time.sleep(600)\n"
    (tiny / "tests/test_total.py").write_text(slow)
    monkeypatch.setattr(faults, "PATIENCE", 0)
    monkeypatch.setattr(faults.psutil, "Popen", Interrupted)
    assert faults.main([]) == 130
    assert not started[0].is_running()
    assert "what is finished is kept" in capsys.readouterr().err
