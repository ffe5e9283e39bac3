"""The field's loss conventions, and how the weights of one become another's.

Every repository divides its Gram matrix and averages its squares in its own way, so that a style weight of a million
here is one of a hundred there. Each convention differs from `losses` by a factor for each layer, which depends only on
the layer's channels and positions:

    theirs = factor(channels, positions) * ours,    ours = mean squared difference (of features; of G / (C M))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nst_helpers.runtime import require_choice

Factor = Callable[[int, int], float]  # of the channels C and the positions M = height * width


@dataclass(frozen=True)
class Convention:
    """One source's formulas as factors on `losses`, with the weights that it uses by default.

    Attributes:
        source: where the formulas were read.
        content: factor on the mean squared difference of the features.
        style: factor on the mean squared difference of the Gram matrices divided by C M.
        content_formula, style_formula: the source's own, in the workbook's symbols (F, P features; G, A Gram
            matrices, undivided; C channels, M positions).
        content_weight, style_weight: the source's default for each layer; None where it gives no single one.
        inputs: what pixels its network is given; losses grow with their range.
    """

    source: str
    content_formula: str
    style_formula: str
    content: Factor
    style: Factor
    content_weight: float | None
    style_weight: float | None
    inputs: str


_UNIT = "RGB, 0 to 1; the network converts them"
_CAFFE = "BGR, 0 to 255, minus their mean: -124 to 151"
_IMAGENET = "RGB, standardised: -2.1 to 2.6"

CONVENTIONS: Mapping[str, Convention] = {
    "mean": Convention(
        source="this workbook's losses",
        content_formula="mean (F - P)^2",
        style_formula="mean (G/CM - A/CM)^2",
        content=lambda c, m: 1.0,
        style=lambda c, m: 1.0,
        content_weight=1.0,
        style_weight=1.0,
        inputs=_UNIT,
    ),
    "gatys": Convention(
        source="Gatys et al. (2016), eqs. 1 and 4 to the letter, layers weighted 1/5, normalised network",
        content_formula="1/2 sum (F - P)^2",
        style_formula="1/(4 C^2) sum (G/M - A/M)^2",
        content=lambda c, m: c * m / 2,
        style=lambda c, m: c**2 / 4,
        content_weight=1e-3,
        style_weight=0.2,
        inputs=_CAFFE,
    ),
    "gatys_averaged": Convention(
        source="Gatys et al. (2016), eq. 4, and eq. 1 averaged over positions and channels, normalised network",
        content_formula="mean (F - P)^2",
        style_formula="1/(4 C^2) sum (G/M - A/M)^2",
        content=lambda c, m: 1.0,
        style=lambda c, m: c**2 / 4,
        content_weight=1e-3,
        style_weight=0.2,
        inputs=_UNIT,
    ),
    "gatys_code": Convention(
        source="leongatys/PytorchNeuralStyleTransfer, layers weighted 1000/C^2, raw network",
        content_formula="mean (F - P)^2",
        style_formula="mean (G/M - A/M)^2",
        content=lambda c, m: 1.0,
        style=lambda c, m: float(c**2),
        content_weight=1.0,
        style_weight=None,
        inputs=_CAFFE,
    ),
    "pytorch_tutorial": Convention(
        source="PyTorch's neural style tutorial, batch of 1",
        content_formula="mean (F - P)^2",
        style_formula="mean (G/CM - A/CM)^2",
        content=lambda c, m: 1.0,
        style=lambda c, m: 1.0,
        content_weight=1.0,
        style_weight=1e6,
        inputs=_IMAGENET,
    ),
    "neural_style": Convention(
        source="jcjohnson/neural-style",
        content_formula="mean (F - P)^2",
        style_formula="mean (G/CM - A/CM)^2",
        content=lambda c, m: 1.0,
        style=lambda c, m: 1.0,
        content_weight=5.0,
        style_weight=100.0,
        inputs=_CAFFE,
    ),
    "johnson": Convention(
        source="Johnson et al. (2016), section 3.2 (the released code takes the mean over G as well)",
        content_formula="1/(C M) sum (F - P)^2",
        style_formula="sum (G/CM - A/CM)^2",
        content=lambda c, m: 1.0,
        style=lambda c, m: float(c**2),
        content_weight=None,
        style_weight=None,
        inputs=_CAFFE,
    ),
}


def find_convention(name: str) -> Convention:
    """The convention of that name; a ValueError lists the near ones."""
    require_choice("convention", name, CONVENTIONS)
    return CONVENTIONS[name]


def convert_weights(
    content: Mapping[str, float],
    style: Mapping[str, float],
    *,
    source: str,
    target: str,
    sizes: Mapping[str, tuple[int, int]],
) -> tuple[dict[str, float], dict[str, float]]:
    """The weights by layer that give, in the target's formulas, the loss that these give in the source's.

    Args:
        content, style: weight of each layer in the source's convention.
        source, target: names in `CONVENTIONS`.
        sizes: (channels, positions) of each layer, on the pictures compared.

    The layers and features stay the same; so does total variation, whose weight is no part of this.

    Raises:
        ValueError: an unknown convention, or a layer without its size.
    """
    old, new = find_convention(source), find_convention(target)
    if missing := (content.keys() | style.keys()) - sizes.keys():
        raise ValueError(
            f"no size was given for {', '.join(sorted(missing))}: give (channels, positions) of each layer."
        )
    return (
        {layer: weight * old.content(*sizes[layer]) / new.content(*sizes[layer]) for layer, weight in content.items()},
        {layer: weight * old.style(*sizes[layer]) / new.style(*sizes[layer]) for layer, weight in style.items()},
    )
