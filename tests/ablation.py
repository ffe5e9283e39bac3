"""``python -m tests.ablation --photos DIR``: lesson 05's training runs, and the file of figures that it plots.

One network, one objective, one loop: what differs is the norm, the seed, the batch, and what was done to the photos.
Each run's folder under ``build/ablation`` holds its checkpoint, so that the command can be stopped and started again.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from nst_helpers import assets
from nst_helpers.images import equalize_luminance, find_pictures, load_image, save_image
from nst_helpers.networks import TransformNet, load_network
from nst_helpers.runtime import write_whole
from nst_helpers.training import (
    Batch,
    Crops,
    FastSettings,
    PerceptualObjective,
    make_accelerator,
    measured_objective,
    set_aside,
    train,
)

STYLE = "starry_night"
PAINTINGS = {STYLE: STYLE}
FOLDER = Path("build/ablation")
RESULT = assets.data_directory() / "figures" / "instance_norm_runs.json"
EVERY = 20  # steps, over which a curve's point is averaged
JUDGED_AT = 256  # px


@dataclass(frozen=True)
class Run:
    """What distinguishes a run."""

    norm: str
    seed: int = 0
    photos: str = "as they are"
    batch: int = 4

    @property
    def name(self) -> str:
        """Of its folder."""
        return "_".join([self.norm, self.photos.replace(" ", "-"), f"batch-{self.batch}", f"seed-{self.seed}"])

    @property
    def settings(self) -> FastSettings:
        """The same for all but for seed and batch; no reconstruction first, so that a curve shows one loss."""
        return FastSettings(
            width=16, size=96, batch=self.batch, steps=2000, seed=self.seed, reconstruction=0, save_every=500, workers=1
        )


RUNS = [
    *(Run(norm, seed) for seed in range(3) for norm in ("instance", "batch", "none")),
    *(Run(norm, photos="equalized") for norm in ("instance", "batch")),
    *(Run(norm, photos=photos) for photos in ("ink_landscape", STYLE) for norm in ("instance", "batch")),
    *(Run("batch", batch=batch) for batch in (1, 2)),
]


def main() -> None:
    """Train what isn't trained yet, judge it, and write all figures to one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    options = parser.parse_args()
    settings = RUNS[0].settings
    kept, _ = set_aside(find_pictures(options.photos), settings.held_out)
    crops = Crops(kept, settings.size, settings.seed)
    scales = measured_objective(PAINTINGS, crops, settings, torch.device("cpu")).scales
    for run in RUNS:
        if not (FOLDER / run.name / "figures.json").exists():
            figures = carry_out(run, folder_of(run.photos, options.photos), scales)
            write_whole(FOLDER / run.name / "figures.json", json.dumps(figures).encode())
    runs = [json.loads((FOLDER / run.name / "figures.json").read_text()) for run in RUNS]
    RESULT.write_text(json.dumps({"every": EVERY, "scales": scales, "runs": runs}) + "\n")


def carry_out(run: Run, photos: Path, scales: dict[str, float]) -> dict[str, object]:
    """Train and judge one network; its curves, averaged, and its losses on photos set aside."""
    kept, held_out = set_aside(find_pictures(photos), run.settings.held_out)
    torch.manual_seed(run.seed)
    network = TransformNet(run.settings.width, run.norm, (STYLE,))
    accelerator = make_accelerator(run.settings)
    objective = PerceptualObjective(PAINTINGS, run.settings, scales=scales)
    facts = {"scales": scales, "photos": len(kept), "held_out": [path.name for path in held_out]}
    trained = train(
        network,
        objective,
        Crops(kept, run.settings.size, run.seed),
        run.settings,
        folder=FOLDER / run.name,
        facts=facts,
        accelerator=accelerator,
    )
    return {
        "norm": run.norm,
        "seed": run.seed,
        "photos": run.photos,
        "batch": run.batch,
        "curves": curves_of(FOLDER / run.name / "log.jsonl"),
        "held_out": dict(judged(trained.network, objective, held_out)),
    }


def curves_of(log: Path) -> dict[str, list[float]]:
    """Loss, content and style, each averaged over `EVERY` steps."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    steps = [line for line in lines if "loss" in line]
    parts = [steps[start : start + EVERY] for start in range(0, len(steps), EVERY)]
    return {
        name: [float(f"{sum(line[name] for line in part) / len(part):.4g}") for part in parts]
        for name in ("loss", "content", "style")
    }


@torch.no_grad()
def judged(
    network: nn.Module, objective: PerceptualObjective, photos: list[Path]
) -> Iterator[tuple[str, dict[str, float]]]:
    """The losses on square crops of photos never trained on, and of the crops themselves.

    A batch norm is judged by its running statistics and by each batch's own, of four photos and of one.
    """
    crops = Crops(photos, JUDGED_AT, 0)
    batch = torch.stack([crops[number][0] for number in range(len(photos))])
    network.eval()
    yield "photo", losses(objective, lambda photos: photos, batch.split(1))
    yield "network", losses(objective, network, batch.split(1))
    if network.norm == "batch":
        network.train()  # its own statistics; the result is clamped as in eval mode
        for size in (4, 1):
            yield (
                f"network, statistics of {size}",
                losses(objective, lambda photos: network(photos).clamp(0, 1), batch.split(size)),
            )


def losses(
    objective: PerceptualObjective, painter: Callable[[Tensor], Tensor], batches: tuple[Tensor, ...]
) -> dict[str, float]:
    """Averaged over the batches: the total, content and style."""
    found = [
        objective(lambda photos, mix: painter(photos), Batch(batch, torch.zeros(len(batch)).long()))
        for batch in batches
    ]
    means = {name: sum(value.losses[name].item() for value in found) / len(found) for name in ("content", "style")}
    return {"loss": sum(value.total.item() for value in found) / len(found)} | means


def folder_of(kind: str, photos: Path) -> Path:
    """The photos as they are, or a folder of them equalised or stylised, made where there is none."""
    if kind == "as they are":
        return photos
    folder = FOLDER / f"photos_{kind}"
    if kind == "equalized":
        change = equalize_luminance
    elif kind == STYLE:
        change = load_network("fast_starry_night")
    else:
        change = partial(load_network("conditional"), mix=kind)
    folder.mkdir(parents=True, exist_ok=True)
    for path in find_pictures(photos):
        if not (folder / path.name).exists():
            save_image(change(load_image(path)), folder / path.name)
    return folder


if __name__ == "__main__":
    main()
