"""The options of painting with a trained network, with their defaults."""

from collections.abc import Mapping
from dataclasses import dataclass

from nst_helpers.runtime import Pixels, Precision, Weight, check_options


@dataclass(frozen=True, kw_only=True)
class PaintSettings:
    """How a network paints a photo.

    Attributes:
        size: longer side of the result, px.
        mix: a style's name, or weights by name, 0 or more; they are divided by their sum.
        device: of a network that is loaded: "auto" (the fastest there is), "cpu", "cuda", "cuda:1" or "mps".
        precision: likewise, of its convolutions: "float32", "bfloat16" or "auto" (bfloat16 where the hardware
            multiplies it fast).
    """

    size: Pixels = 256
    mix: str | Mapping[str, Weight] | None = None
    device: str = "auto"
    precision: Precision = "auto"

    def __post_init__(self):
        check_options(self)
