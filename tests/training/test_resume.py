"""A run that was cut off and goes on ends, bit for bit, where an uninterrupted one ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from nst_helpers.runtime import Stop
from nst_helpers.training.state import State
from tests.training import killed
from tests.training.runs import SAVED, STEPS, start, steps_logged

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def whole(photos, tmp_path_factory):
    """A run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    assert not start(photos, folder).interrupted
    return folder


@pytest.fixture(scope="module")
def dead(photos, tmp_path_factory):
    """A folder for each way to die, of runs that are dead."""
    if not hasattr(os, "fork"):
        pytest.skip("signals and processes as on Unix")
    folder = tmp_path_factory.mktemp("dead")
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.training.killed", str(photos), str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    assert json.loads(done.stdout) == dict.fromkeys(killed.WAYS, 9)
    return folder


def assert_same_end(folder, whole):
    """Weights, average, optimiser, network and log are those of the whole run, and nothing else lies about."""
    for name in ("checkpoint.safetensors", "network.safetensors"):
        given, expected = load_file(folder / name), load_file(whole / name)
        assert given.keys() == expected.keys()
        assert [key for key in expected if not torch.equal(given[key], expected[key])] == []
    assert steps_logged(folder) == steps_logged(whole)
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in whole.iterdir())


def test_a_checkpoint_holds_all_that_it_should(whole):
    names = {name.split("/")[0] for name in load_file(whole / "checkpoint.safetensors")}
    moments = {name.split("/")[-1] for name in load_file(whole / "checkpoint.safetensors") if "optimizer" in name}
    assert names == {"network", "average", "optimizer"}
    assert moments == {"step", "exp_avg", "exp_avg_sq"}
    assert [entry["step"] for entry in steps_logged(whole)] == list(range(1, STEPS + 1))


@pytest.mark.parametrize("way", killed.WAYS)
def test_killed_at_any_moment_and_resumed_it_ends_where_an_uninterrupted_run_ends(photos, whole, dead, way):
    checkpoint = dead / way / "checkpoint.safetensors"
    assert checkpoint.exists() is ("first" not in way)
    done = start(photos, dead / way)
    later = ("between a checkpoint and its network", "while the last checkpoint is written")
    kept = 0 if "first" in way else 2 * SAVED if way in later else SAVED
    assert [report.iteration for report in done.history] == list(range(kept + 1, STEPS + 1))
    assert_same_end(dead / way, whole)


@pytest.mark.parametrize("reason", [Stop, KeyboardInterrupt])
@pytest.mark.parametrize("step", [1, SAVED, SAVED + 1, STEPS])
def test_stopped_and_resumed_it_ends_where_an_uninterrupted_run_ends(photos, whole, tmp_path, reason, step):
    def stop(progress):
        if progress.iteration == step:
            raise reason

    stopped = start(photos, tmp_path, callback=stop)
    assert stopped.interrupted
    assert len(stopped.history) == step
    done = start(photos, tmp_path)
    assert not done.interrupted
    assert len(done.history) == STEPS - step  # no step was lost
    assert_same_end(tmp_path, whole)


@pytest.mark.parametrize(
    ("owner", "name", "moment"),
    [
        (torch.Tensor, "backward", lambda call, *_: call == 1),
        (torch.Tensor, "backward", lambda call, *_: call == 5),
        (torch.optim.Adam, "step", lambda call, *_: call == 5),
        (State, "advance", lambda call, *_: call == 5),
        (torch.Tensor, "lerp_", lambda call, *_: call == 578),
        (json, "dumps", lambda _, entry: entry.get("step") == 5),  # the step is taken, and not yet in the log
    ],
)
def test_ctrl_c_in_the_middle_of_a_step_keeps_no_half_of_it(photos, whole, tmp_path, monkeypatch, owner, name, moment):
    function, calls = getattr(owner, name), []

    def pressed(*args, **keywords):
        calls.append(name)
        if moment(len(calls), *args):
            raise KeyboardInterrupt
        return function(*args, **keywords)

    monkeypatch.setattr(owner, name, pressed)
    stopped = start(photos, tmp_path)
    monkeypatch.undo()
    assert stopped.interrupted
    assert len(stopped.history) in (0, 4)
    start(photos, tmp_path)
    assert_same_end(tmp_path, whole)


@pytest.mark.parametrize("norm", ["batch", "instance", "none"])
def test_every_norm_and_its_statistics_go_on(photos, tmp_path, norm):
    def stop(progress):
        if progress.iteration == 2:
            raise Stop

    start(photos, tmp_path / "whole", norm=norm, steps=4)
    start(photos, tmp_path / "parts", norm=norm, steps=4, callback=stop)
    start(photos, tmp_path / "parts", norm=norm, steps=4)
    assert_same_end(tmp_path / "parts", tmp_path / "whole")


def test_a_log_with_broken_lines_is_mended(photos, whole, tmp_path):
    def stop(progress):
        if progress.iteration == 4:
            raise Stop

    start(photos, tmp_path, callback=stop)
    with open(tmp_path / "log.jsonl", "a", encoding="utf-8") as file:
        file.write("\0\0\n[1]\n" + '{"step": 5, "loss": 0.')
    start(photos, tmp_path)
    assert_same_end(tmp_path, whole)


def test_more_steps_may_be_asked_for_later(photos, tmp_path):
    start(photos, tmp_path, steps=2)
    done = start(photos, tmp_path, steps=4)
    assert [(report.iteration, report.total) for report in done.history] == [(3, 4), (4, 4)]


def test_a_finished_run_started_again_changes_nothing(photos, whole, tmp_path):
    start(photos, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert start(photos, tmp_path).history == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert_same_end(tmp_path, whole)
