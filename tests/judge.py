"""``python -m tests.judge NETWORK --photos DIR``: a network's loss beside Gatys', on photos it never saw.

The objective is the one that the network's file tells; photos are those it set aside by name. Gatys' method runs as its
papers had it (L-BFGS on pixels, from noise), and as this package runs it by default (from the photo, preconditioned).
"""

import argparse
import json
from pathlib import Path
from statistics import median

import torch

from nst_helpers import assets
from nst_helpers.images import faint_noise, load_image, save_image
from nst_helpers.losses import Objective
from nst_helpers.networks import load_network
from nst_helpers.optimize import optimize_image
from nst_helpers.training import objective_of

SIZE, SHEET_SIZE = 256, 512  # px


def main() -> None:
    """Print the medians, and write the contact sheets if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network")
    parser.add_argument("--photos", type=Path, help="the folder it was trained on; left out, no loss is measured")
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


def compare(network: torch.nn.Module, options: argparse.Namespace) -> None:
    """Losses of the photo itself, the network and both ways of optimising, photo by photo and in the median."""
    judge = objective_of(network)
    by_name = {path.name: path for path in options.photos.rglob("*.*")}
    rows = []
    for number, name in enumerate(network.facts["held_out"][: options.most]):
        photo = load_image(by_name[name], SIZE)
        style = judge.styles[number % len(judge.styles)]
        objective = Objective(judge.extractor, judge.terms(photo, style))
        with torch.no_grad():
            painted = objective(network(photo, style)).total.item()
        as_published = optimize_image(
            objective, faint_noise(*photo.shape[-2:]), steps=options.evaluations, precondition=False
        )
        ours = optimize_image(objective, photo.clone(), steps=options.evaluations)
        curve = [progress.loss for progress in as_published.history]
        worth = next((step for step, loss in enumerate(curve, 1) if loss <= painted), None)
        row = {"style": style, "photo": objective(photo).total.item(), "network": painted, "from noise": min(curve),
               "this package": ours.loss, "worth": worth or len(curve) + 1}  # fmt: skip
        print(
            name, json.dumps({key: value if isinstance(value, str) else round(value, 4) for key, value in row.items()})
        )
        rows.append(row)
    keys = [key for key in rows[0] if key != "style"]
    print("median", {key: round(median(row[key] for row in rows), 4) for key in keys})
    print("median of network / from noise", round(median(row["network"] / row["from noise"] for row in rows), 3))


def draw_sheets(network: torch.nn.Module, folder: Path) -> None:
    """For each style, every bundled photo."""
    for style in network.styles:
        pictures = [network(load_image(name, SHEET_SIZE), style) for name in assets.photos()]
        height = max(picture.shape[2] for picture in pictures)
        padded = [torch.nn.functional.pad(p, (0, SHEET_SIZE - p.shape[3], 0, height - p.shape[2])) for p in pictures]
        rows = [torch.cat(padded[start : start + 4], dim=3) for start in range(0, len(padded), 4)]
        save_image(torch.cat(rows, dim=2), folder / f"{style}.png")


if __name__ == "__main__":
    main()
