"""Two processes on the CPU (gloo) train as one does with the same global batch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from torch.distributed import TCPStore

from tests.training.runs import STYLES, noisy, start

REPOSITORY = Path(__file__).resolve().parents[2]


def environment(rank: int, port: int) -> dict[str, str]:
    """What `accelerate launch --cpu` sets; it also hosts the store, so that no port has to be guessed."""
    launched = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_USE_AGENT_STORE": True}
    ranks = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2, "ACCELERATE_USE_CPU": True}
    configured = {"ACCELERATE_MIXED_PRECISION": "bf16"}  # is not to be heard: the settings say float32
    own = {"PYTHONPATH": REPOSITORY, "OMP_NUM_THREADS": 1, "GLOO_SOCKET_IFNAME": "lo"}
    return os.environ | {name: str(value) for name, value in (launched | ranks | configured | own).items()}


@pytest.fixture(scope="module")
def pair(photos, tmp_path_factory):
    """What each of the two says."""
    if sys.platform != "linux":
        pytest.skip("gloo's interface is named as on Linux")
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    folder = tmp_path_factory.mktemp("pair")
    command = [sys.executable, "-m", "tests.training.pair", str(photos), str(folder)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, env=environment(rank, store.port), **pipes) for rank in (0, 1)]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    return [json.loads(out) for out, _ in said]


def test_two_give_the_losses_of_one(photos, pair):
    alone = start(photos, objective=noisy(STYLES, 0.0, batch=4), batch=4, steps=4)
    assert pair[0]["losses"] == pair[1]["losses"]
    assert pair[0]["losses"] == pytest.approx([report.loss for report in alone.history], rel=1e-4)


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("uneven", "batch is 3 on 2 processes: give a multiple of 2."),
        ("batch norm", "batch normalisation on 2 processes would take each one's own statistics: train it on one."),
        ("apart", "the processes begin at steps 4, 0: name a folder that all machines see."),
    ],
)
def test_what_two_cannot_do_is_a_sentence_from_each(pair, case, sentence):
    assert [one[case] for one in pair] == [sentence, sentence]
