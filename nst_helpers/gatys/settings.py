"""The options of Gatys' method, with their defaults: for the signature, the widget, the command line and papermill."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from nst_helpers.images import Picture
from nst_helpers.losses import CONVENTIONS, STATISTICS, Layers
from nst_helpers.optimize import Optimizer
from nst_helpers.runtime import Count, Pixels, Rate, Seed, Weight
from nst_helpers.vgg import STYLE_LAYERS, NetworkSettings

DEFAULT_SIZE = 256  # px, the longer side at which names and files are loaded


@dataclass(frozen=True, kw_only=True)
class GatysSettings(NetworkSettings):
    """The options of `stylize`.

    Attributes:
        size: longer side of the result in px; None takes tensors as they are and files at 256 px.
        steps: evaluations of loss and gradient, over all scales together.
        content_weight: alpha, in the units of ``convention``.
        style_weight: beta, likewise.
        tv_weight: weight of the squared total variation, see `losses.total_variation_loss`.
        content_layers: a weight for each layer, or names, which share a weight of 1.
        style_layers: likewise; the paper's w_l = 1/5.
        statistic: what is kept of the style's features: "gram", "moments", "covariance", "wasserstein",
            "sliced_wasserstein" or "mmd", see `losses`; each has its own formula, so its own range of weights.
        style_weights: of several styles; equal and summing to 1 (or each 1, under masks) if left out.
        masks: one for each style, white where it is wanted: a picture, or a tensor (height, width) in [0, 1].
        convention: whose formulas the weights belong to, a name in `losses.CONVENTIONS`.
        init: what to start from: "content", "noise" (`images.faint_noise`) or any picture.
        optimizer: "lbfgs" or "adam".
        learning_rate: 1 for L-BFGS and 0.02 for Adam if left out.
        precondition: let L-BFGS work on scaled Fourier coefficients, see `optimize.Fourier`.
        scales: coarse to fine, each half the size of the next; 1 works at full size alone.
        preserve_color: "no", "luminance" (the photo's chroma, afterwards) or "match" (the painting's colours are made
            the photo's, before), both from Gatys et al. (2016, "Preserving color in neural artistic style transfer").
        seed: of the noise.
    """

    size: Pixels | None = None
    steps: Count = 300
    content_weight: Weight = 1e-2
    style_weight: Weight = 1.0
    tv_weight: Weight = 0.0
    content_layers: Layers = field(default_factory=lambda: {"relu4_2": 1.0})
    style_layers: Layers = field(default_factory=lambda: dict.fromkeys(STYLE_LAYERS, 0.2))
    statistic: Literal[*STATISTICS] = "gram"
    style_weights: Sequence[Weight] | None = None
    masks: Sequence[Picture] | None = None
    convention: Literal[*CONVENTIONS] = "gatys_averaged"
    init: Literal["content", "noise"] | Picture = "content"
    optimizer: Optimizer = "lbfgs"
    learning_rate: Rate | None = None
    precondition: bool = True
    scales: Count = 1
    preserve_color: Literal["no", "luminance", "match"] = "no"
    seed: Seed = 0
    normalized: bool = True

    def __post_init__(self):
        super().__post_init__()
        if self.masks is not None and self.statistic != "gram":
            raise ValueError(f"masks were given with the statistic {self.statistic}: masks guide Gram matrices alone.")
