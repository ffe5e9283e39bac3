"""``python -m tests.judge NETWORK --photos DIR``: a network's loss beside Gatys', on photos it never saw.

The objective is the one that the network's file tells; photos, and with ``--paintings`` a network's for any style, are
those it set aside by name. Gatys' method runs as its papers had it (L-BFGS on pixels, from noise), and as this package
runs it by default (from the photo, preconditioned).
"""

import argparse
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn

from nst_helpers import assets
from nst_helpers.images import faint_noise, load_image, save_image
from nst_helpers.losses import Objective, Value
from nst_helpers.networks import AdaINNet, load_network
from nst_helpers.optimize import optimize_image
from nst_helpers.training import AdaINSettings, adain_objective, objective_of, trained_with

SIZE, SHEET_SIZE = 256, 512  # px


def main() -> None:
    """Print the medians, and write the contact sheets if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network")
    parser.add_argument("--photos", type=Path, help="the folder it was trained on; left out, no loss is measured")
    parser.add_argument("--paintings", type=Path, help="likewise, of a network for any style")
    parser.add_argument("--evaluations", type=int, default=50, help="of Gatys' method")
    parser.add_argument("--most", type=int, default=20, help="photos")
    parser.add_argument("--sheet", type=Path, help="folder for a picture of every bundled photo in every style")
    options = parser.parse_args()
    network = load_network(options.network)
    if options.photos is not None:
        compare(network, options)
    if options.sheet is not None:
        options.sheet.mkdir(parents=True, exist_ok=True)
        draw_sheets(network, options.sheet)


def compare(network: nn.Module, options: argparse.Namespace) -> None:
    """Losses of the photo itself, the network and both ways of optimising, pair by pair and in the median."""
    rows = []
    pairs = any_style if isinstance(network, AdaINNet) else own_styles
    for style, photo, objective, paint in pairs(network, options):
        with torch.no_grad():
            painted, itself = objective(paint(photo)), objective(photo)
        as_published = optimize_image(
            objective, faint_noise(*photo.shape[-2:]), steps=options.evaluations, precondition=False
        )
        ours = optimize_image(objective, photo.clone(), steps=options.evaluations)
        curve = [progress.loss for progress in as_published.history]
        worth = next((step for step, loss in enumerate(curve, 1) if loss <= painted.total), None)
        row = {"style": style, "photo": itself.total.item(), "network": painted.total.item(),
               "from noise": min(curve), "this package": ours.loss, "worth": worth or len(curve) + 1,
               "style loss / photo's": style_of(painted) / style_of(itself)}  # fmt: skip
        if isinstance(network, AdaINNet):
            row["dB given back"] = decibels(network(photo, style_picture(style, options), alpha=0), photo)
        print(json.dumps({key: value if isinstance(value, str) else round(value, 4) for key, value in row.items()}))
        rows.append(row)
    keys = [key for key in rows[0] if key != "style"]
    print("median", {key: round(median(row[key] for row in rows), 4) for key in keys})
    print("median of network / from noise", round(median(row["network"] / row["from noise"] for row in rows), 3))


Pair = tuple[str, Tensor, Objective, Callable[[Tensor], Tensor]]
"""A style's name, a photo, what is minimised for both, and how the network paints it."""


def own_styles(network: nn.Module, options: argparse.Namespace) -> Iterator[Pair]:
    """Each photo in one of the network's styles, in turn."""
    judge = objective_of(network)
    for number, name in enumerate(network.facts["held_out"][: options.most]):
        photo, style = load_image(options.photos / name, SIZE), judge.styles[number % len(judge.styles)]
        yield style, photo, Objective(judge.extractor, judge.terms(photo, style)), lambda x, s=style: network(x, s)


def any_style(network: AdaINNet, options: argparse.Namespace) -> Iterator[Pair]:
    """Each photo in a painting of its own."""
    options_of_training = asdict(trained_with(network, AdaINSettings))
    names = zip(network.facts["held_out"], network.facts["held_out_paintings"], strict=True)
    for name, style in list(names)[: options.most]:
        photo, painting = load_image(options.photos / name, SIZE), style_picture(style, options)
        objective = adain_objective(photo, painting, **options_of_training)
        yield style, photo, objective, lambda x, p=painting: network(x, p)


def style_picture(name: str, options: argparse.Namespace) -> Tensor:
    return load_image(options.paintings / name, SIZE)


def style_of(value: Value) -> float:
    """The style losses summed."""
    return sum(loss.item() for name, loss in value.losses.items() if name.startswith("style"))


def decibels(found: Tensor, wanted: Tensor) -> float:
    """Peak signal to noise ratio."""
    return -10 * math.log10((found - wanted).square().mean().item())


def draw_sheets(network: nn.Module, folder: Path) -> None:
    """For each style, every bundled photo; a network for any style is shown in a few of the bundled paintings."""
    for style in assets.paintings()[::4] if isinstance(network, AdaINNet) else network.styles:
        pictures = [network(load_image(name, SHEET_SIZE), style) for name in assets.photos()]
        height = max(picture.shape[2] for picture in pictures)
        padded = [torch.nn.functional.pad(p, (0, SHEET_SIZE - p.shape[3], 0, height - p.shape[2])) for p in pictures]
        rows = [torch.cat(padded[start : start + 4], dim=3) for start in range(0, len(padded), 4)]
        save_image(torch.cat(rows, dim=2), folder / f"{style}.png")


if __name__ == "__main__":
    main()
