"""A network of few numbers, for the trials of what takes an extractor."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.checks.trials import uniform


class ToyExtractor:
    """A network without weights to load, which writes down the pictures that it was asked for.

    Args:
        names: of its layers, in order; those that begin with "relu" cut off below 0, the others mix channels.
    """

    def __init__(self, names: Sequence[str]):
        self.names = names
        self.asked: list[Tensor] = []

    def __call__(self, image: Float[Tensor, "batch 3 height width"]) -> dict[str, Tensor]:
        self.asked.append(image.detach().clone())
        features, x = {}, image
        for number, name in enumerate(self.names):
            mixing = uniform(3 + number, x.shape[1], seed=10 + number).to(x) * 2 - 0.7
            x = x.relu() if name.startswith("relu") else torch.einsum("dc,bchw->bdhw", mixing, x)
            features[name] = x
        return features
