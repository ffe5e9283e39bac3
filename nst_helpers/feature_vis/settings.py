"""The options of feature visualisation, with their defaults."""

from dataclasses import dataclass
from typing import Literal

from nst_helpers.runtime import Precision


@dataclass(frozen=True, kw_only=True)
class FeatureVisSettings:
    """The options of `feature_vis.visualize`.

    Attributes:
        size: of the square pictures, px.
        steps: of Adam, each one evaluation.
        batch: pictures made at once; they begin with different noise.
        learning_rate: of Adam.
        fourier: whether coefficients scaled by 1/f are turned, not pixels, see `optimize.Canvas`.
        decorrelate: whether colours are correlated as in photos.
        pad: px of grey around the picture; this and the next three are drawn anew each step, see `feature_vis.transform`.
        jitter: px of shift, at most.
        zoom: share of enlargement or reduction, at most.
        rotate: degrees, at most.
        seed: of the noise and of the transformations.
        weights, pooling, device, precision: of the network, see `vgg.VGGFeatures`.
    """

    size: int = 128
    steps: int = 64
    batch: int = 1
    learning_rate: float = 0.03
    fourier: bool = True
    decorrelate: bool = True
    pad: int = 12
    jitter: int = 8
    zoom: float = 0.1
    rotate: float = 10.0
    seed: int = 0
    weights: Literal["original", "torchvision", "random"] = "original"
    pooling: Literal["max", "average"] = "max"
    device: str = "auto"
    precision: Precision = "auto"

    def __post_init__(self):
        for name in ("size", "steps", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: take at least 1.")
        for name in ("pad", "jitter", "zoom", "rotate"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}: give a finite number, 0 or more.")
        if not self.zoom < 1:
            raise ValueError(f"zoom is {self.zoom}: give a share below 1, such as 0.1.")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate is {self.learning_rate}: give a number above 0.")

    @property
    def robustness(self) -> dict[str, float | int]:
        """The options of `feature_vis.transform`."""
        return {name: getattr(self, name) for name in ("pad", "jitter", "zoom", "rotate")}
