"""The options of feature visualisation, with their defaults."""

from dataclasses import dataclass
from typing import Annotated

from nst_helpers.runtime import Count, Number, Pixels, Rate, Seed
from nst_helpers.vgg import NetworkSettings


@dataclass(frozen=True, kw_only=True)
class FeatureVisSettings(NetworkSettings):
    """The options of `feature_vis.visualize`.

    Attributes:
        size: of the square pictures, px.
        steps: of Adam, each one evaluation.
        batch: pictures made at once; they begin with different noise.
        learning_rate: of Adam.
        fourier: optimise Fourier coefficients scaled by 1/f, not pixels, see `optimize.Canvas`.
        decorrelate: mix the colours as they vary together in photos.
        pad: px of grey around the picture; for this and the next three see `feature_vis.transform`.
        jitter: px of shift, at most.
        zoom: share of enlargement or reduction, at most.
        rotate: degrees, at most.
        seed: of the noise and of the transformations.
    """

    size: Pixels = 128
    steps: Count = 64
    batch: Count = 1
    learning_rate: Rate = 0.03
    fourier: bool = True
    decorrelate: bool = True
    pad: Annotated[int, Number(least=0, unit="px")] = 12
    jitter: Annotated[int, Number(least=0, unit="px")] = 8
    zoom: Annotated[float, Number(least=0, below=1)] = 0.1
    rotate: Annotated[float, Number(least=0, unit="°")] = 10.0
    seed: Seed = 0

    @property
    def robustness(self) -> dict[str, float | int]:
        """The options of `feature_vis.transform`."""
        return {name: getattr(self, name) for name in ("pad", "jitter", "zoom", "rotate")}
