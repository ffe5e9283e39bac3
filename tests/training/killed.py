"""Runs that are killed with SIGKILL at a moment of their own, each in a process of its own.

``python -m tests.training.killed PHOTOS FOLDER`` leaves a folder for each way to die, and prints what ended each.
"""

import json
import os
import sys
from pathlib import Path

import torch

from nst_helpers.training.state import State
from tests.killing import before, die
from tests.training.runs import SAVED, STYLES, noisy, start

# A save calls fsync and replace twice: for the checkpoint, then for the network. The second save's are the third.
WAYS = {
    "in the first step": lambda: before(torch.Tensor, "backward", 1),
    "while the first checkpoint is written": lambda: before(os, "fsync", 1),
    "once a step is in the log": None,  # by the callback
    "before the optimiser's step": lambda: before(torch.optim.Adam, "step", 5),
    "between the optimiser's step and the average": lambda: before(State, "advance", 5),
    "while the average takes a step": lambda: before(torch.Tensor, "lerp_", 578),  # of 62 an average and 62 in Adam
    "while a later checkpoint is written": lambda: before(os, "fsync", 3),
    "between the writing and the renaming of a checkpoint": lambda: before(os, "replace", 3),
    "between a checkpoint and its network": lambda: before(os, "fsync", 4),
    "while the last checkpoint is written": lambda: before(os, "fsync", 5),
}


def run(way: str, photos: Path, folder: Path) -> int:
    """Fork, run until it dies, and return the signal that ended it; 0 where none did."""
    child = os.fork()
    if child == 0:
        if WAYS[way]:
            WAYS[way]()
        start(photos, folder, callback=None if WAYS[way] else _after(SAVED + 2))
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def _after(step: int):
    return lambda progress: die() if progress.iteration == step else None


def main() -> None:
    """Every way, one after the other."""
    photos, folder = map(Path, sys.argv[1:])
    torch.set_num_threads(1)
    noisy(STYLES)  # once for all
    print(json.dumps({way: run(way, photos, folder / way) for way in WAYS}))


if __name__ == "__main__":
    main()
