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
        """The normalised features, in the precision of ``x``; statistics and sums are taken in float32 or better.

        Args:
            mix: the share of each style in each picture; needed where there are several.
        """
        gamma, beta = (
            (row if mix is None else (mix[..., None] * row).sum(dim=1)).to(torch.promote_types(x.dtype, torch.float32))
            for row in (self.gamma, self.beta)  # no product of matrices, which autocast would round
        )
        if self.kind == "none":
            return (x * gamma[..., None, None] + beta[..., None, None]).to(x.dtype)
        if _is_plain(x, gamma, beta) and (self.kind != "batch" or not self.training):
            return self._normalised_without_gradient(x, gamma, beta)
        mean, variance = self._moments(x.to(gamma.dtype))
        scale = gamma * (variance + _EPS).rsqrt()
        return ((x - mean[..., None, None]) * scale[..., None, None] + beta[..., None, None]).to(x.dtype)

    def _moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(batch or 1, channels) each."""
        if self.kind != "batch":
            return _mean_and_variance(x, (2, 3))
        if not self.training:
            return self.running_mean[None], self.running_variance[None]
        mean, variance = _mean_and_variance(x, (0, 2, 3))
        with torch.no_grad():
            self.running_mean.lerp_(mean, _MOMENTUM)
            self.running_variance.lerp_(variance, _MOMENTUM)
        return mean[None], variance[None]

    def _normalised_without_gradient(self, x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        """One fused pass for each picture: batch normalisation, told the mean and variance to use."""
        running = self.kind == "batch"
        pictures = [
            F.batch_norm(picture, *(self._running(g.dtype) if running else _column_moments(picture)), g, b, eps=_EPS)
            for picture, g, b in zip(x.split(1), gamma.expand(len(x), -1), beta.expand(len(x), -1), strict=True)
        ]
        return pictures[0] if len(pictures) == 1 else torch.cat(pictures)

    def _running(self, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        return self.running_mean.to(dtype), self.running_variance.to(dtype)


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
            x = reflected(x, self.border)
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


def reflected(x: Float[Tensor, "batch channels height width"], border: int) -> Float[Tensor, "batch channels _ _"]:
    """With a border on every side that mirrors what is inside, in the precision of ``x``.

    Raises RuntimeError where the border is as wide as a side, or wider.
    """
    if torch.compiler.is_compiling():  # the compiled gradient of torch's own is slow
        for axis in (2, 3):
            inside = x.shape[axis] - 1 - border
            x = torch.cat(
                [x.narrow(axis, 1, border).flip(axis), x, x.narrow(axis, inside, border).flip(axis)], dim=axis
            )
        return x
    with torch.autocast("cpu", enabled=False):  # which would take it to float32; on other devices it does not
        return F.pad(x, 4 * [border], mode="reflect")


def padded(x: Float[Tensor, "batch channels height width"], multiple: int, least: int) -> Tensor:
    """Enlarged by repeating the last row and column to sides of at least ``least`` that ``multiple`` divides."""
    height, width = (max(least, -(-side // multiple) * multiple) for side in x.shape[-2:])
    return F.pad(x, [0, width - x.shape[-1], 0, height - x.shape[-2]], mode="replicate")


def _is_plain(*tensors: Tensor) -> bool:
    """Whether kernels that have no gradient may be used: on the CPU, uncompiled, where nobody asks for a gradient."""
    if torch.compiler.is_compiling() or tensors[0].device.type != "cpu":
        return False
    return not (torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors))


def _mean_and_variance(x: Tensor, axes: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """In two passes: torch's `var_mean` of one pass is several times slower where memory is channels_last."""
    mean = x.mean(axes, keepdim=True)
    variance = (x - mean).square().mean(axes)
    return mean.view_as(variance), variance


def _column_moments(picture: Float[Tensor, "1 channels height width"]) -> tuple[Tensor, Tensor]:
    """Mean and variance (channels) each, in float32 or better, combined from those of the picture's columns.

    torch's kernel reads channels_last without a copy, but adds number by number: over all positions of a large picture
    such a sum loses so much that a flat channel's variance comes out wrong by its mean. Columns are short.
    """
    _, channels, height, width = picture.shape
    columns = picture.permute(0, 2, 3, 1).reshape(height, width * channels)
    dtype = torch.promote_types(picture.dtype, torch.float32)
    mean = torch.zeros(width * channels, dtype=dtype)  # their dtype is that of the statistics
    means, variances = torch.batch_norm_update_stats(columns, mean, torch.ones_like(mean), 0.0)
    means, variances = means.view(width, channels), variances.view(width, channels)
    mean, between = _mean_and_variance(means, (0,))
    return mean, variances.mean(dim=0) + between  # the law of total variance
