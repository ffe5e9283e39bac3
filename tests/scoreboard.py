"""``python -m tests.scoreboard``: lesson 06's table of methods at 512 px, and a plate of their pictures for each pair.

Gatys' method runs as its papers had it (L-BFGS on pixels, from noise), once by Gram matrices, for which lesson 04's
networks were trained, and once by moments, for which lesson 06's decoder was. A pass is worth as many evaluations as
its curve needs to get as low.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from torch import Tensor
from torch.nn import functional as F

from nst_helpers import assets
from nst_helpers.images import faint_noise, load_image, save_image
from nst_helpers.losses import Objective
from nst_helpers.networks import AdaINNet, TransformNet, load_network
from nst_helpers.optimize import Optimization, optimize_image
from nst_helpers.runtime import write_whole
from nst_helpers.training import Crops, FastSettings, PerceptualObjective, adain_objective

PAIRS = [(photo, "starry_night") for photo in ("neuschwanstein", "chelsea", "macaw")]
FAST = ("fast_starry_night", "conditional")
METHODS = ("adain", "wct")
FIGURES = assets.data_directory() / "figures"
SIZE, PLATE_HEIGHT = 512, 192  # px
EVALUATIONS = 100
SCALED_BY = 8  # crops, of which the unpainted ones' style loss is the unit of the Gram objective


def main() -> None:
    """Run what is asked for, and write the figures and the plates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adain", default="adain", help="the network for any style")
    parser.add_argument("--most", type=int, default=len(PAIRS), help="pairs")
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--evaluations", type=int, default=EVALUATIONS, help="of Gatys' method")
    parser.add_argument("--out", type=Path, default=FIGURES, help="folder of the figures")
    options = parser.parse_args()
    networks = {name: load_network(name) for name in FAST}
    any_style = load_network(options.adain)
    pairs = []
    for photo, style in PAIRS[: options.most]:
        picture, painting = load_image(photo, options.size), load_image(style, options.size)
        passes = passes_of(picture, painting, style, networks, any_style)
        goals = goals_of(picture, painting, style)
        rows, pictures = compared(picture, passes, goals, options.evaluations)
        pairs.append({"photo": photo, "style": style, "rows": rows})
        save_image(plate({"photo": picture, **pictures}), options.out / f"any_style_{photo}.jpg")
        print(photo, style, json.dumps(rows, indent=1), flush=True)
    numbers = {name: learned(network) for name, network in networks.items()}
    numbers |= dict.fromkeys(METHODS, learned(any_style))
    record = {"size": options.size, "evaluations": options.evaluations, "numbers": numbers, "pairs": pairs}
    write_whole(options.out / "any_style_scoreboard.json", (json.dumps(record) + "\n").encode())


def passes_of(
    picture: Tensor, painting: Tensor, style: str, networks: Mapping[str, TransformNet], any_style: AdaINNet
) -> dict[str, Callable[[], Tensor]]:
    """By name, what paints the picture in one pass; the painting is encoded before."""
    passes = {name: lambda one=one: one(picture, style) for name, one in networks.items() if style in one.styles}
    encoded = any_style.encode(painting)
    for method in METHODS:
        encoded.measured(method)
        passes[method] = lambda method=method: any_style(picture, encoded, method=method)
    return passes


def goals_of(picture: Tensor, painting: Tensor, style: str) -> dict[str, Objective]:
    """Both objectives for one pair."""
    settings = FastSettings()
    crops = Crops(assets.photos(), settings.size // 2, settings.seed)
    photos = torch.stack([crops[number][0] for number in range(SCALED_BY)])
    judge = PerceptualObjective({style: style}, settings, photos=photos)
    return {
        "Gram": Objective(judge.extractor, judge.terms(picture, style)),
        "moments": adain_objective(picture, painting),
    }


def compared(
    picture: Tensor, passes: Mapping[str, Callable[[], Tensor]], goals: Mapping[str, Objective], evaluations: int
) -> tuple[dict[str, dict], dict[str, Tensor]]:
    """Each method's seconds, its losses by each objective and the evaluations it is worth; and its picture."""
    start = faint_noise(*picture.shape[-2:])
    runs = {by: optimize_image(goal, start, steps=evaluations, precondition=False) for by, goal in goals.items()}
    rows = {f"Gatys, {by}": {"seconds": evaluations * seconds_of_a_step(run)} for by, run in runs.items()}
    pictures = {f"Gatys, {by}": run.image for by, run in runs.items()}
    for name, paint in passes.items():
        rows[name], pictures[name] = {"seconds": seconds_of(paint)}, paint()
    rows["photo"], pictures_and_photo = {}, {**pictures, "photo": picture}
    for name, row in rows.items():
        for by, goal in goals.items():
            losses = losses_of(goal, pictures_and_photo[name])
            row[by] = losses | {"worth": crossing(runs[by], losses["total"])}
    return rows, pictures


@torch.no_grad()
def losses_of(goal: Objective, picture: Tensor) -> dict[str, float]:
    """Content, style and the total, each weighted."""
    value = goal(picture)
    parts = {"content": 0.0, "style": 0.0, "total": value.total.item()}
    for term in goal.terms:
        part = term.name.split()[0]
        if part in parts:  # total variation counts in the total alone
            parts[part] += term.weight * value.losses[term.name].item()
    return parts


def crossing(run: Optimization, level: float) -> float | None:
    """After how many evaluations the loss is as low as a level, on straight lines between them; None for never."""
    lowest = float("inf")
    for step, report in enumerate(run.history, 1):
        if report.loss <= level:
            return step - (level - report.loss) / (lowest - report.loss) if step > 1 else 1.0
        lowest = min(lowest, report.loss)
    return None


def seconds_of(paint: Callable[[], object], times: int = 5) -> float:
    """Median, after one that isn't counted."""
    taken = []
    for _ in range(times + 1):
        began = perf_counter()
        paint()
        taken.append(perf_counter() - began)
    return median(taken[1:])


def seconds_of_a_step(run: Optimization) -> float:
    """Median over the run."""
    return median(after.seconds - before.seconds for before, after in pairwise(run.history))


def learned(network: torch.nn.Module) -> int:
    """How many numbers a network learned; VGG's are no part of it."""
    return sum(weight.numel() for weight in network.parameters())


def plate(pictures: Mapping[str, Tensor]) -> Tensor:
    """The pictures in a row, in the order given, with white between them."""
    small = []
    for picture in pictures.values():
        width = round(PLATE_HEIGHT * picture.shape[3] / picture.shape[2])
        one = F.interpolate(picture, (PLATE_HEIGHT, width), mode="bicubic", antialias=True).clamp(0, 1)
        small.append(F.pad(one, (0, 4), value=1.0))
    return torch.cat(small, dim=3)[..., :-4]


if __name__ == "__main__":
    main()
