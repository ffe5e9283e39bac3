"""``python -m tests.channel_figures``: the plate of lesson 01, channels of every depth, too slow for a live run."""

import argparse
from pathlib import Path

import torch
from torch.nn import functional as F

from nst_helpers import assets
from nst_helpers.feature_vis import channel, visualize
from nst_helpers.images import save_image
from nst_helpers.vgg import STYLE_LAYERS

PLATE = assets.data_directory() / "figures" / "channels.jpg"
CHANNELS = (10, 30, 50)  # of each layer; not chosen for their looks
SIZE, STEPS, GAP = 160, 96, 4  # px of a picture, evaluations, px of white after it


def main() -> None:
    """Paint the channels, a column for each layer, and write them as one picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PLATE, help="file of the plate")
    options = parser.parse_args()
    columns = [torch.cat([painted(layer, number) for number in CHANNELS], dim=2) for layer in STYLE_LAYERS]
    save_image(torch.cat(columns, dim=3), options.out)


def painted(layer: str, number: int) -> torch.Tensor:
    """What a channel looks for, white to the right of it and below."""
    image = visualize(channel(layer, number), size=SIZE, steps=STEPS).image
    print(layer, number, flush=True)
    return F.pad(image, (0, GAP, 0, GAP), value=1.0)


if __name__ == "__main__":
    main()
