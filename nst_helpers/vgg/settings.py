"""The options of the network, stated once: every method's settings with a VGG inherit them."""

from dataclasses import dataclass, fields
from typing import Literal

from nst_helpers.runtime import Precision, check_options

Weights = Literal["original", "torchvision", "random"]


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """Which VGG-19 looks at the pictures, and how it computes.

    Attributes:
        weights: "original" (the papers'; installed), "torchvision" (retrained; downloaded) or "random".
        pooling: "max", as trained, or "average", which Gatys et al. prefer.
        padding: of the convolutions: "zeros", as trained, "reflect" or "replicate" (fewer artefacts at the border).
        normalized: scale each filter to a mean activation of 1 (Gatys et al. 2016, section 2); their loss weights are
            meant for this network, the raw one's activations are in the hundreds.
        device: "auto" (the fastest there is), "cpu", "cuda", "cuda:1" or "mps".
        precision: of the convolutions, "float32", "bfloat16" or "auto" (bfloat16 where the hardware multiplies it
            fast); features come out in float32 whatever it is.
        checkpointing: forget activations within each block and compute them again in the backward pass: less memory,
            more time.
    """

    weights: Weights = "original"
    pooling: Literal["max", "average"] = "max"
    padding: Literal["zeros", "reflect", "replicate"] = "zeros"
    normalized: bool = False
    device: str = "auto"
    precision: Precision = "auto"
    checkpointing: bool = False

    def __post_init__(self):
        check_options(self)

    @property
    def network(self) -> dict[str, object]:
        """The network's options alone, as `VGGFeatures` takes them."""
        return {field.name: getattr(self, field.name) for field in fields(NetworkSettings)}
