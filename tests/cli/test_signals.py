"""Ctrl-C at any moment: the best picture so far or a sentence, no traceback, nothing half done."""

import signal
import subprocess
from pathlib import Path

import pytest

from nst_helpers.images import load_image
from tests.cli.process import TINY, command, environment, run

STYLIZE = ["stylize", "chelsea", "starry_night", "-o", "out.png", *TINY]
OLDER = b"an older file"

IMPORT = """
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            press({signal})
sys.meta_path.insert(0, Finder())
"""
TORCH = "import torch\n"
STEP = TORCH + "before(torch.Tensor, 'backward', lambda: press({signal}), call={call})"
DECODE = "import nst_helpers.images.decode as decode\nbefore(decode, 'read_file', press)"
WEIGHTS = TORCH + "before(torch, 'randn', press)"
FSYNC = "before(os, 'fsync', {action})"
TWICE = "lambda: (press(), press())"
REPORT = "import nst_helpers.cli.stylize as command\nbefore(command.ProgressBar, '__call__', {action}, call={call})"

# a press while a destructor runs: Python drops the exception
DESTRUCTOR = """
class Dropped:
    def __del__(self):
        press()
"""


def leftovers(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"out.png"}


@pytest.mark.parametrize(
    ("scenario", "status"),
    [
        (IMPORT.format(name="torch", signal=""), 130),
        (IMPORT.format(name="torch", signal="signal.SIGTERM"), 143),
        (IMPORT.format(name="torchvision.models", signal=""), 130),
        (WEIGHTS, 130),
        (DECODE, 130),
        (STEP.format(signal="", call=1), 130),
        (STEP.format(signal="", call=2), 130),
        (REPORT.format(action="press", call=1), 130),
    ],
    ids=[
        "importing torch",
        "importing torch, SIGTERM",
        "importing torchvision",
        "reading weights",
        "decoding",
        "in the first step",
        "in the second step, when only the start was evaluated",
        "while the first step is reported",
    ],
)
def test_before_there_is_a_picture_a_sentence_says_so(tmp_path, scenario, status):
    (tmp_path / "out.png").write_bytes(OLDER)
    done = run(tmp_path, *STYLIZE, "--steps", "30", scenario=scenario)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    told = (done.stdout or done.stderr).splitlines()[-1]
    assert told.startswith("stopped")
    assert "picture" in told
    assert (tmp_path / "out.png").read_bytes() == OLDER
    assert not leftovers(tmp_path)


@pytest.mark.parametrize(
    ("scenario", "status"),
    [
        (STEP.format(signal="", call=5), 130),
        (STEP.format(signal="signal.SIGTERM", call=5), 143),
        (REPORT.format(action="press", call=5), 130),
        (DESTRUCTOR + REPORT.format(action="Dropped", call=4), 130),
    ],
    ids=["in a step", "in a step, SIGTERM", "while a step is reported", "in a destructor"],
)
def test_the_best_picture_so_far_is_saved(tmp_path, scenario, status):
    done = run(tmp_path, *STYLIZE, "--steps", "3000", scenario=scenario)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout in [f"stopped at step {n} of 3000: saved the best picture so far in out.png\n" for n in (4, 5)]
    assert not load_image(tmp_path / "out.png").equal(load_image("chelsea", 32))
    assert not leftovers(tmp_path)


def test_between_scales_the_coarse_picture_is_not_lost(tmp_path):
    scenario = REPORT.format(
        action="lambda: before(torch.nn.functional, 'interpolate', press)", call=6
    )  # of 12 steps at two scales, the sixth is the coarse one's last
    done = run(tmp_path, *STYLIZE, "--steps", "12", "--scales", "2", scenario=TORCH + scenario)
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == "stopped at step 6 of 12: saved the best picture so far in out.png\n"
    assert load_image(tmp_path / "out.png").shape == load_image("chelsea", 32).shape


@pytest.mark.parametrize("scenario", [FSYNC.format(action="press"), REPORT.format(action="press", call=3)])
def test_a_finished_picture_is_saved_to_the_end(tmp_path, scenario):
    done = run(tmp_path, *STYLIZE, "--steps", "3", scenario=scenario)
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert "out.png" in done.stdout
    assert load_image(tmp_path / "out.png").shape == load_image("chelsea", 32).shape
    assert not leftovers(tmp_path)


@pytest.mark.parametrize(
    "scenario",
    [
        FSYNC.format(action=TWICE),
        STEP.format(signal="", call=3) + "\n" + FSYNC.format(action="press"),
        FSYNC.format(action=TWICE) + "\nfrom pathlib import Path\nbefore(Path, 'unlink', press, call=3)",
    ],
    ids=["twice while saving", "in a step and while saving", "and a third time while tidying up"],
)
def test_a_second_press_ends_at_once_and_leaves_nothing(tmp_path, scenario):
    (tmp_path / "out.png").write_bytes(OLDER)
    done = run(tmp_path, *STYLIZE, "--steps", "9", scenario=scenario)
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.endswith("ended at once\n")
    assert (tmp_path / "out.png").read_bytes() == OLDER
    assert not leftovers(tmp_path)


def test_a_press_when_all_is_done_changes_nothing(tmp_path):
    done = run(tmp_path, *STYLIZE, "--steps", "2", scenario="import atexit\natexit.register(press)")
    assert (done.returncode, done.stdout[:16]) == (0, "out.png: 2 steps")
    assert "Traceback" not in done.stderr


def test_what_whoever_started_it_has_switched_off_stays_off(tmp_path):
    scenario = "signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + STEP.format(signal="", call=2)
    done = run(tmp_path, *STYLIZE, "--steps", "3", scenario=scenario)
    assert (done.returncode, done.stdout[:16]) == (0, "out.png: 3 steps"), done.stderr


def test_a_signal_from_outside(tmp_path):
    with subprocess.Popen(
        command(*STYLIZE, "--steps", "1000000"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        seen = b""
        while not (b"step/s" in seen and b"loss=" in seen and b" 0/1000000" not in seen.rpartition(b"\r")[2]):
            part = process.stderr.read1(64)
            assert part, seen
            seen += part
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert out.startswith(b"stopped at step ")
