"""What feed-forward networks are built from: convolutions with reflected borders, normalisation, residual blocks."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from nst_helpers.runtime import require_choice

Kind = Literal["instance", "batch", "conditional_instance", "none"]
KINDS = ("instance", "batch", "conditional_instance", "none")

_EPS = 1e-5
_MOMENTUM = 0.1  # of batch normalisation's running statistics


class Norm(nn.Module):
    """``gamma * (x - mean) / sqrt(variance + eps) + beta``; the kind says over which axes mean and variance go.

    Args:
        channels: of the feature maps.
        kind: "instance", over the positions of each picture (Ulyanov et al. 2016); "batch", over the batch as well
            (Ioffe & Szegedy 2015), in eval mode by running statistics; "conditional_instance", where gamma and beta
            are each style's own (Dumoulin et al. 2017, eq. 5); "none", gamma and beta alone.
        styles: rows of gamma and beta; 1 but for "conditional_instance".
    """

    def __init__(self, channels: int, kind: Kind, styles: int = 1):
        super().__init__()
        require_choice("norm", kind, KINDS)
        self.kind = kind
        self.gamma = nn.Parameter(torch.ones(styles, channels))
        self.beta = nn.Parameter(torch.zeros(styles, channels))
        if kind == "batch":
            self.register_buffer("running_mean", torch.zeros(channels))
            self.register_buffer("running_variance", torch.ones(channels))

    def forward(
        self, x: Float[Tensor, "batch channels height width"], mix: Float[Tensor, "batch styles"] | None = None
    ) -> Float[Tensor, "batch channels height width"]:
        """The normalised features, in the precision of ``x``; statistics and sums are taken in float32.

        Args:
            mix: the share of each style in each picture; needed where there are several.
        """
        gamma, beta = (self.gamma, self.beta) if mix is None else (mix @ self.gamma, mix @ self.beta)
        if self.kind == "none":
            scale, shift = gamma, beta
        else:
            mean, variance = self._moments(x.float())
            scale = gamma * (variance + _EPS).rsqrt()
            shift = beta - mean * scale
        return (x.float() * scale[..., None, None] + shift[..., None, None]).to(x.dtype)

    def _moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(batch or 1, channels) each."""
        if self.kind != "batch":
            variance, mean = torch.var_mean(x, dim=(2, 3), correction=0)
            return mean, variance
        if not self.training:
            return self.running_mean[None], self.running_variance[None]
        variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
        with torch.no_grad():
            self.running_mean.lerp_(mean, _MOMENTUM)
            self.running_variance.lerp_(variance, _MOMENTUM)
        return mean[None], variance[None]


class ConvBlock(nn.Module):
    """Reflected border, convolution, normalisation, ReLU; enlarged before, where ``upsampling`` is given.

    Args:
        stride: of the convolution, which is as many times smaller.
        upsampling: "nearest", twice enlarged and then convolved (Odena et al. 2016); "transposed", a transposed
            convolution of stride 2, whose uneven overlaps draw checkerboards; None for neither.
        relu: whether it ends with one.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        size: int,
        *,
        norm: Kind,
        styles: int = 1,
        stride: int = 1,
        upsampling: Literal["nearest", "transposed"] | None = None,
        relu: bool = True,
    ):
        super().__init__()
        self.upsampling, self.relu, self.border = upsampling, relu, size // 2
        if upsampling == "transposed":
            self.conv = nn.ConvTranspose2d(channels_in, channels_out, size, 2, padding=size // 2, output_padding=1)
        else:
            self.conv = nn.Conv2d(channels_in, channels_out, size, stride)
        self.norm = Norm(channels_out, norm, styles)

    def forward(
        self, x: Float[Tensor, "batch channels_in height width"], mix: Float[Tensor, "batch styles"] | None = None
    ) -> Float[Tensor, "batch channels_out new_height new_width"]:
        """The features, twice as large where they are enlarged, 1/stride as large else."""
        if self.upsampling == "nearest":
            x = F.interpolate(x, scale_factor=2.0, mode="nearest")
        if self.upsampling != "transposed":
            x = F.pad(x, 4 * [self.border], mode="reflect")
        x = self.norm(self.conv(x), mix)
        return F.relu(x) if self.relu else x


class ResidualBlock(nn.Module):
    """Two convolutions whose result is added to what came in (He et al. 2016, without the last ReLU).

    The last norm's gamma begins at 0, so that a new block gives back what it got (Goyal et al. 2017, section 5.1).
    Beginning at 1, each block adds a full deviation that the network doesn't want, and it learns to hide it: a spike of
    30 deviations in one flat place makes all else small after instance normalisation. The picture has a grey hole there
    (the droplets of Karras et al. 2020, section 2).
    """

    def __init__(self, channels: int, *, norm: Kind, styles: int = 1):
        super().__init__()
        self.first = ConvBlock(channels, channels, 3, norm=norm, styles=styles)
        self.second = ConvBlock(channels, channels, 3, norm=norm, styles=styles, relu=False)
        nn.init.zeros_(self.second.norm.gamma)

    def forward(
        self, x: Float[Tensor, "batch channels height width"], mix: Float[Tensor, "batch styles"] | None = None
    ) -> Float[Tensor, "batch channels height width"]:
        """The features, changed."""
        return x + self.second(self.first(x, mix), mix)
