"""The decoder for any style: its losses by hand, what is kept of crops, and runs that go on bit for bit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nst_helpers.training import train_adain
from tests.training.runs import draw_pictures
from tests.training.test_resume import assert_same_end

REPOSITORY = Path(__file__).resolve().parents[2]
STEPS, SAVED = 7, 3

# A pool of three crops, of which a batch has two: the kill comes in the middle of a pool and of a batch.
SMALL = {
    **{"size": 32, "batch": 2, "steps": STEPS, "save_every": SAVED, "held_out": 0, "workers": 0, "reconstruction": 2},
    **{"warmup": 2, "pool": 3, "passes": 2, "averaging": 0.9, "style_layers": ("relu1_1", "relu3_1")},
    **{"weights": "random", "normalized": False, "device": "cpu", "precision": "float32"},
}


@pytest.fixture(scope="module")
def paintings(tmp_path_factory):
    """A folder of four small pictures, none of them a photo of the other folder."""
    return draw_pictures(tmp_path_factory.mktemp("paintings"), 4)


def start(photos, paintings, folder=None, **options):
    return train_adain(photos, paintings, folder=folder, **{**SMALL, **options})


@pytest.fixture(scope="module")
def whole(photos, paintings, tmp_path_factory):
    """A run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    assert not start(photos, paintings, folder).interrupted
    return folder


KILLED = """
import os, signal, sys
import torch
from tests.training.test_adain import start
torch.set_num_threads(1)
photos, paintings, folder, step = sys.argv[1:]
start(photos, paintings, folder, callback=lambda progress: progress.iteration == int(step) and os.kill(os.getpid(), 9))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals as on Unix")
@pytest.mark.parametrize("workers", [0, 2])
def test_killed_in_the_middle_of_a_pool_and_resumed_it_ends_where_an_uninterrupted_run_ends(
    photos, paintings, whole, tmp_path, workers
):
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", KILLED, str(photos), str(paintings), str(tmp_path), "5"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    again = start(photos, paintings, tmp_path, workers=workers)
    assert [report.iteration for report in again.history] == list(range(SAVED + 1, STEPS + 1))
    assert_same_end(tmp_path, whole)
