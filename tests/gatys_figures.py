"""``python -m tests.gatys_figures``: what lesson 03 shows of runs too long for it, and plates of larger ones."""

import argparse
import json
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path

import torch
from torch.nn import functional as F

from nst_helpers import assets
from nst_helpers.gatys import GatysSettings, stylize
from nst_helpers.images import save_image
from nst_helpers.optimize import Optimization
from nst_helpers.runtime import write_whole

PAIRS = {"neuschwanstein": "starry_night", "chelsea": "whalers", "brandenburg_gate": "shiva_and_parvati"}
FIGURES = assets.data_directory() / "figures"
OPTIMIZERS: Mapping[str, dict] = {
    "L-BFGS": {},
    "Adam": {"optimizer": "adam"},
    "L-BFGS on bare pixels": {"precondition": False},
}
CURVE_SIZE, CURVE_STEPS, PAST = 96, 150, 450  # px, steps of all, and of L-BFGS alone
SIZE, STEPS = 384, 60
ONE, TWO = {"scales": 1}, {"scales": 2}
NOISE = {"init": "noise", "content_weight": 1.0}


def main() -> None:
    """Run what is asked for, and write its figures and plates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["scales", "optimizers"])
    parser.add_argument("--out", type=Path, default=FIGURES, help="folder of the figures")
    options = parser.parse_args()
    record = write_scales(options.out) if options.what == "scales" else {"size": CURVE_SIZE, "curves": curves()}
    write_whole(options.out / f"gatys_{options.what}.json", (json.dumps(record) + "\n").encode())


def write_scales(out: Path) -> dict[str, object]:
    """Each pair at one scale and at two, on a plate; the first pair from noise as well."""
    found = {photo: compared_scales(photo, photo, out, {"one scale": ONE, "two scales": TWO}) for photo in PAIRS}
    first = next(iter(PAIRS))
    noise = compared_scales(first, f"{first}_noise", out, {"one scale": ONE | NOISE, "two scales": TWO | NOISE})
    return {"size": SIZE, "steps": STEPS, "pairs": found, "noise": noise}


def compared_scales(photo: str, plate: str, out: Path, ways: Mapping[str, dict]) -> dict[str, dict[str, float]]:
    """The losses of each way to run a pair; their pictures go into a plate of that name."""
    runs = {name: stylize(photo, PAIRS[photo], size=SIZE, steps=STEPS, **way) for name, way in ways.items()}
    pictures = [F.pad(run.image, (0, 6), value=1.0) for run in runs.values()]
    save_image(torch.cat(pictures, dim=3)[..., :-6], out / f"gatys_{plate}.jpg")
    found = {name: losses_of(run) for name, run in runs.items()}
    print(photo, plate, json.dumps(found), flush=True)
    return found


def losses_of(run: Optimization) -> dict[str, float]:
    """Content and style of the best picture, without their weights of alpha and beta, and its total."""
    best = min(run.history, key=lambda report: report.loss)
    shares = GatysSettings().style_layers
    style = sum(share * best.losses[f"style {layer}"] for layer, share in shares.items())
    return {"content": best.losses["content relu4_2"], "style": style, "total": best.loss}


def curves() -> dict[str, dict[str, list[float]]]:
    """By photo and optimiser, the lowest loss up to each step."""
    found = {photo: {} for photo in PAIRS}
    for photo, style in PAIRS.items():
        for name, how in OPTIMIZERS.items():
            run = stylize(photo, style, size=CURVE_SIZE, steps=CURVE_STEPS if how else PAST, **how)
            found[photo][name] = [round(loss, 4) for loss in accumulate((report.loss for report in run.history), min)]
            print(photo, name, found[photo][name][::30], flush=True)
    return found


if __name__ == "__main__":
    main()
