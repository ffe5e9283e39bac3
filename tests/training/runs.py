"""Small training runs, the same in every process that asks for one."""

import functools
import json
from pathlib import Path

import numpy as np
import PIL.Image
import torch

from nst_helpers.networks import TransformNet
from nst_helpers.training import Batch, Crops, FastSettings, PerceptualObjective, Training, find_pictures, train

STEPS, SAVED = 8, 3  # checkpoints stand at 3, 6 and 8
STYLES = ("starry_night", "whalers")


def settings(**changes) -> FastSettings:
    """As small as a run can be that still uses every part."""
    small = {
        **{"width": 4, "size": 32, "batch": 2, "steps": STEPS, "save_every": SAVED, "held_out": 0, "workers": 0},
        **{"warmup": 2, "reconstruction": 1, "cooldown": 0.5, "averaging": 0.9, "clip": 0.5, "style_size": 32},
        **{"style_layers": ("relu1_1", "relu2_1"), "content_layers": ("relu2_1",), "normalized": False},
        **{"weights": "random", "compiled": "no", "device": "cpu", "precision": "float32"},
    }
    return FastSettings(**(small | changes))


def draw_pictures(folder: Path, number: int = 5) -> Path:
    """Pictures of noise, no two alike, none symmetric."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(number):
        pixels = np.random.default_rng(seed).integers(0, 256, (40 + seed, 50, 3), dtype=np.uint8)
        PIL.Image.fromarray(pixels).save(folder / f"{seed}.png")
    return folder


def make_network(norm: str = "conditional_instance", width: int = 4) -> TransformNet:
    """A network with the same first weights every time."""
    with torch.random.fork_rng([]):
        torch.manual_seed(7)
        return TransformNet(width, norm, STYLES if norm == "conditional_instance" else ())


def start(photos: Path, folder: Path | None = None, *, norm: str = "conditional_instance", **options) -> Training:
    """Begin a run or go on with it; options that are no setting go to `train`."""
    passed = {name: options.pop(name) for name in ("callback", "preview", "facts", "objective") if name in options}
    styles = STYLES if norm == "conditional_instance" else STYLES[:1]
    passed = {"objective": noisy(styles)} | passed
    chosen = settings(**options)
    crops = Crops(find_pictures(photos), chosen.size, chosen.seed)
    return train(make_network(norm, chosen.width), crops=crops, settings=chosen, folder=folder, **passed)


@functools.cache
def noisy(styles: tuple[str, ...], noise: float = 0.05, batch: int = 2):
    """The perceptual objective of photos with noise, so that a step depends on the state of chance too."""
    perceptual = PerceptualObjective(dict(zip(styles, styles, strict=True)), settings(batch=batch))

    def objective(network, batch):
        return perceptual(network, Batch(batch.photos + noise * torch.randn_like(batch.photos), batch.samples))

    return objective


def steps_logged(folder: Path) -> list[dict]:
    """The log's steps without what depends on the clock."""
    entries = map(json.loads, (folder / "log.jsonl").read_text(encoding="utf-8").splitlines())
    clock = ("seconds", "waited")
    return [{name: value for name, value in one.items() if name not in clock} for one in entries if "loss" in one]
