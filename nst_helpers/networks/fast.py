"""One pass instead of hundreds of steps: Johnson et al.'s network, and Dumoulin et al.'s for several styles."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from nst_helpers.networks.blocks import ConvBlock, Kind, ResidualBlock, padded, reflected
from nst_helpers.runtime import require_choice

Weights = Mapping[str, float | int]
Mix = str | Weights | Sequence[str | Weights] | Tensor
"""A style's name, weights by name, one of these for each picture, or a tensor (batch, styles)."""

_SMALLEST = 16  # px, so that every border can be reflected
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, of the input
_SHARPEST = ("nearest", "transposed")


class TransformNet(nn.Module):
    """Johnson, Alahi & Fei-Fei (2016): an encoder, five residual blocks and a decoder, from a picture to a picture.

    Departures: reflected borders throughout, enlargement before convolutions (no checkerboards), instance
    normalisation (Ulyanov et al. 2016), a linear output in place of ``tanh``, which is clamped outside training.

    Args:
        width: channels of the first layer; 2 and 4 times as many follow. The paper has 32.
        norm: after every convolution but the last, see `networks.Norm`.
        styles: their names; with "conditional_instance" one network holds them all (Dumoulin et al. 2017).
        upsampling: "nearest" or "transposed", see `networks.ConvBlock`.

    Raises:
        ValueError: a width below 1, an unknown norm or upsampling, several styles for a norm that holds one, no or
            doubled names.

    Example:
        >>> network = TransformNet(8, norm="conditional_instance", styles=("starry_night", "whalers"))
        >>> network(torch.rand(2, 3, 50, 37), mix=["whalers", {"whalers": 1, "starry_night": 3}]).shape
        torch.Size([2, 3, 50, 37])
    """

    stride, blocks = 4, 5  # of the encoder's features; residual blocks

    def __init__(
        self,
        width: int = 32,
        norm: Kind = "instance",
        styles: Sequence[str] = (),
        upsampling: Literal["nearest", "transposed"] = "nearest",
    ):
        super().__init__()
        require_choice("upsampling", upsampling, _SHARPEST)
        self.width, self.norm, self.styles, self.upsampling = width, norm, tuple(styles), upsampling
        self.facts: dict[str, object] = {}  # of its training
        _check(width, norm, self.styles)
        options = {"norm": norm, "styles": len(self.styles) if norm == "conditional_instance" else 1}
        self.encoder = nn.ModuleList(
            [
                ConvBlock(3, width, 9, **options),
                ConvBlock(width, 2 * width, 3, stride=2, **options),
                ConvBlock(2 * width, 4 * width, 3, stride=2, **options),
            ]
        )
        self.residual = nn.ModuleList([ResidualBlock(4 * width, **options) for _ in range(self.blocks)])
        self.decoder = nn.ModuleList(
            [
                ConvBlock(4 * width, 2 * width, 3, upsampling=upsampling, **options),
                ConvBlock(2 * width, width, 3, upsampling=upsampling, **options),
            ]
        )
        self.output = nn.Conv2d(width, 3, 9)
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(_DEVIATION).view(1, 3, 1, 1), persistent=False)

    @property
    def arguments(self) -> dict[str, object]:
        """Of the constructor."""
        return {"width": self.width, "norm": self.norm, "styles": list(self.styles), "upsampling": self.upsampling}

    def forward(
        self, image: Float[Tensor, "batch 3 height width"], mix: Mix | None = None
    ) -> Float[Tensor, "batch 3 height width"]:
        """The pictures stylised, each at its own size; in [0, 1] outside training.

        Args:
            image: in [0, 1], RGB.
            mix: the style: a name, weights by name (0 or more, divided by their sum), a list of these (one a picture)
                or a tensor (batch, styles). Needed where there are several styles.

        Raises:
            ValueError: no mix where there are several styles, an unknown style, weights that are negative or all 0.
        """
        *_, height, width = image.shape
        return self.decode(self.encode(image, mix), (height, width), mix)

    def encode(
        self, image: Float[Tensor, "batch 3 height width"], mix: Mix | None = None
    ) -> Float[Tensor, "batch channels feature_height feature_width"]:
        """Encoder and residual blocks: features of 1/``stride`` of the size, rounded up; at least 4 by 4.

        Args and Raises: as `forward`'s.
        """
        x = padded((image - self.mean) / self.deviation, self.stride, _SMALLEST)
        x = x.to(self.output.weight.dtype).contiguous(memory_format=torch.channels_last)
        return self._through((*self.encoder, *self.residual), x, self._shares(mix, image))

    def decode(
        self,
        features: Float[Tensor, "batch channels feature_height feature_width"],
        size: tuple[int, int],
        mix: Mix | None = None,
    ) -> Float[Tensor, "batch 3 height width"]:
        """The picture of these features.

        Args:
            size: height and width of the picture that was encoded, px.
            mix: as `forward`'s.
        """
        height, width = size
        x = self._through(self.decoder, features, self._shares(mix, features))
        x = self.output(reflected(x, self.output.kernel_size[0] // 2))
        x = x[..., :height, :width].float()
        return x if self.training else x.clamp(0, 1)

    def _through(self, parts: Iterable[nn.Module], x: Tensor, shares: Tensor | None) -> Tensor:
        for part in parts:
            x = part(x, shares)
        return x

    def _shares(self, mix: Mix | None, image: Tensor) -> Float[Tensor, "batch styles"] | None:
        if self.norm != "conditional_instance":
            if mix is not None and (not isinstance(mix, str) or mix not in self.styles):
                raise ValueError(f"mix is {mix!r}: this network has one style; call it without.")
            return None
        if mix is None:
            if len(self.styles) > 1:
                raise ValueError(f"no mix was given: name one of {', '.join(self.styles)}, or weigh several.")
            mix = self.styles[0]
        return shares_of(mix, self.styles, len(image)).to(image.device)


def shares_of(mix: Mix, styles: Sequence[str], batch: int) -> Float[Tensor, "batch styles"]:
    """The share of each style in each picture, in rows that sum to 1.

    Raises:
        ValueError: an unknown style, negative, non-finite or no weights, or another number of mixes than pictures.
    """
    if isinstance(mix, str | Mapping):
        weights = torch.tensor([_weights(mix, styles)]).expand(batch, -1)
    elif isinstance(mix, Tensor):
        weights = mix.float()
    else:
        weights = torch.tensor([_weights(one, styles) for one in mix])
    if weights.shape != (batch, len(styles)):
        raise ValueError(
            f"the mix has shape {tuple(weights.shape)}: {batch} pictures of {len(styles)} styles need "
            f"({batch}, {len(styles)})."
        )
    if weights.device.type != "meta" and not (
        weights.isfinite().all() and (weights >= 0).all() and weights.sum(1).all()
    ):
        raise ValueError(f"the weights of the mix are {weights.tolist()}: give finite ones, 0 or more, not all 0.")
    return weights / weights.sum(dim=1, keepdim=True)


def _weights(mix: str | Weights, styles: Sequence[str]) -> list[float]:
    weights = {mix: 1.0} if isinstance(mix, str) else mix
    for name in weights:
        require_choice("style", name, styles)
    return [float(weights.get(name, 0.0)) for name in styles]


def _check(width: int, norm: str, styles: tuple[str, ...]) -> None:
    if width < 1:
        raise ValueError(f"width is {width}: give a whole number of at least 1.")
    if norm == "conditional_instance" and (not styles or len(set(styles)) < len(styles)):
        raise ValueError(f"styles are {styles}: give conditional instance norm each style's name, once.")
    if norm != "conditional_instance" and len(styles) > 1:
        raise ValueError(f'{len(styles)} styles were given: {norm} norm holds one; take norm="conditional_instance".')
