"""``tests/bench.py --only films``: ReCoNet's frames per second, beside plain float32 and the quoted 15 at 1280x720.

The two take turns, so that a busy machine slows both; read the ratios, the frames per second are this machine's.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from networks_bench import in_turns, plain_network, ready
from torch import nn

from nst_helpers.networks import ReCoNet
from nst_helpers.runtime import pick_precision
from nst_helpers.training import ReCoNetSettings
from nst_helpers.video import Clip, read_clip, write_clip

SIZES = ((640, 360), (1280, 720))
FRAMES = 3  # of the film that is painted
ROUNDS = 5
RATE = 25


def films_table() -> None:
    """Frames per second, of the network alone and of a film that is decoded, painted and encoded."""
    print(f"\n{'frames per second, ours in ' + str(pick_precision('auto', 'cpu')):52}    plain     ours  ours/plain")
    width = ReCoNetSettings().width
    plain = plain_network(width, blocks=ReCoNet.blocks).requires_grad_(False).eval()
    ours = ready(ReCoNet(width))
    for size in SIZES:
        size_rows(size, plain, ours)
    print("quoted for ReCoNet on a GPU: 15 at 1280x720; its authors report more")


def size_rows(size: tuple[int, int], plain: nn.Module, ours: nn.Module) -> None:
    """Both rows of frames of (width, height)."""
    width, height = size
    frame = torch.rand(1, 3, height, width)
    alone = in_turns(lambda: plain(frame), lambda: ours(frame), rounds=ROUNDS)
    rates_row(f"ReCoNet at {width}x{height}, the network alone", *alone, 1)
    with tempfile.TemporaryDirectory() as folder:
        filmed = list(read_clip("bigbuckbunny", size=width, frames=FRAMES))
        clip = read_clip(write_clip(Path(folder, "clip.mp4"), filmed, RATE))
        runs = (film_of(clip, network, Path(folder, "painted.mp4")) for network in (plain, ours))
        rates_row(f"ReCoNet at {width}x{height}, with decoding and encoding", *in_turns(*runs, rounds=ROUNDS), FRAMES)


def film_of(clip: Clip, network: nn.Module, path: Path) -> Callable[[], Path]:
    return lambda: write_clip(path, (network(frame) for frame in clip), clip.rate)


def rates_row(what: str, theirs: float, ours: float, frames: int) -> None:
    """Frames per second of runs that took so many milliseconds."""
    print(f"{what:52} {1000 * frames / theirs:8.2f} {1000 * frames / ours:8.2f} {theirs / ours:10.2f}", flush=True)
