"""The options of painting with a trained network, with their defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from nst_helpers.images import Picture
from nst_helpers.networks.matching import METHODS
from nst_helpers.runtime import Number, Pixels, Precision, Weight, check_options


@dataclass(frozen=True, kw_only=True)
class ShownSettings:
    """How networks are loaded, and how large their pictures are.

    Attributes:
        size: longer side of the pictures, px.
        device: of networks that are loaded: "auto" (the fastest there is), "cpu", "cuda", "cuda:1" or "mps".
        precision: likewise, of their convolutions: "float32", "bfloat16" or "auto" (bfloat16 where the hardware
            multiplies it fast).
    """

    size: Pixels = 256
    device: str = "auto"
    precision: Precision = "auto"

    def __post_init__(self):
        check_options(self)


@dataclass(frozen=True, kw_only=True)
class PaintSettings(ShownSettings):
    """How a network paints a photo.

    Attributes:
        mix: a style's name, or weights by name, 0 or more; they are divided by their sum.
    """

    mix: str | Mapping[str, Weight] | None = None


@dataclass(frozen=True, kw_only=True)
class LightSettings(ShownSettings):
    """In what light networks are shown a photo, see `images.adjust_contrast`.

    Attributes:
        contrast: of the photo, about mid-grey; 1 leaves it.
        brightness: added to the photo.
    """

    contrast: Annotated[float, Number(least=0, most=2)] = 1.0
    brightness: Annotated[float, Number(least=-0.5, most=0.5)] = 0.0


@dataclass(frozen=True, kw_only=True)
class _MatchingSettings:
    """How a photo is given the style of paintings.

    Attributes:
        alpha: strength, from 0 (the photo, rebuilt) to 1.
        method: what is taken from the painting's features: "adain", "wct", "linear", "histogram" or "style_swap", see
            `networks.METHODS`.
        preserve_color: "no", "luminance" (the photo's chroma, afterwards) or "match" (the painting's colours are made
            the photo's, before), both from Gatys et al. (2016, "Preserving color in neural artistic style transfer").
    """

    alpha: Annotated[float, Number(least=0, most=1)] = 1.0
    method: Literal[*METHODS] = "adain"
    preserve_color: Literal["no", "luminance", "match"] = "no"

    def __post_init__(self):
        check_options(self)


@dataclass(frozen=True, kw_only=True)
class AnyStyleSettings(_MatchingSettings):
    """How a photo is given the style of any painting in one pass.

    Attributes:
        style_weights: of several styles, divided by their sum; equal if left out.
        masks: one for each style, white where it is wanted: a picture, or a tensor (height, width) in [0, 1].
    """

    style_weights: Sequence[Weight] | None = None
    masks: Sequence[Picture] | None = None


@dataclass(frozen=True, kw_only=True)
class PadSettings(_MatchingSettings, ShownSettings):
    """Where on a pad with a style in each corner a photo is painted, and how.

    Attributes:
        x: from 0, the left corners, to 1, the right ones.
        y: from 0, the lower corners, to 1, the upper ones.
    """

    x: Annotated[float, Number(least=0, most=1)] = 0.5
    y: Annotated[float, Number(least=0, most=1)] = 0.5

    @property
    def shares(self) -> tuple[float, float, float, float]:
        """Of the corners in reading order, bilinear in x and y: they sum to 1, and a corner has its style alone.

        Example:
            >>> PadSettings(x=0.25, y=1.0).shares
            (0.75, 0.25, 0.0, 0.0)
        """
        return (1 - self.x) * self.y, self.x * self.y, (1 - self.x) * (1 - self.y), self.x * (1 - self.y)
