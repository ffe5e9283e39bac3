"""VGG-19 as a dictionary of named features."""

import functools
from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from nst_helpers import assets
from nst_helpers.images import load_image
from nst_helpers.runtime import pick_device, pick_precision, require_choice, return_large_blocks, takes
from nst_helpers.vgg import weights as vgg_weights
from nst_helpers.vgg.settings import NetworkSettings
from nst_helpers.vgg.weights import layer_names

__all__ = ["STYLE_LAYERS", "Features", "VGGFeatures", "layer_names"]

Features = dict[str, Tensor]

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")  # Gatys et al. (2016)

_POOLING = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


class VGGFeatures(nn.Module):
    """VGG-19 (Simonyan & Zisserman 2015) as a function from a picture to a dictionary of named features.

    Frozen, and run no further than the deepest layer asked for. Layers carry the papers' names, ``conv1_1 relu1_1
    ... pool5``; where a paper says "conv4_2" its code reads ``relu4_2``.

    Args:
        layers: the names wanted, in any order.

    Raises:
        ValueError: an unknown name (the near ones are listed) or option.

    Example:
        >>> features = VGGFeatures(["relu4_2"])(load_image("astronaut", size=224))
        >>> features["relu4_2"].shape
        torch.Size([1, 512, 28, 28])
    """

    @takes(NetworkSettings)
    def __init__(self, layers: Iterable[str], *, settings: NetworkSettings):
        super().__init__()
        self.layers = _in_order(layers)
        self.pooling, self.padding, self.checkpointing = settings.pooling, settings.padding, settings.checkpointing
        self.device = pick_device(settings.device)
        if self.device.type == "cpu":
            return_large_blocks()
        self.dtype = pick_precision(settings.precision, self.device)

        convolutions = vgg_weights.load_convolutions(settings.weights)
        if settings.normalized:
            convolutions = vgg_weights.rescale(convolutions, _channel_means(settings.weights, settings.pooling))
        self.blocks = nn.ModuleList(self._make_blocks(convolutions))
        scale, shift = vgg_weights.preprocessing(settings.weights)
        self.register_buffer("scale", scale, persistent=False)
        self.register_buffer("shift", shift, persistent=False)
        self.to(self.device).requires_grad_(False).eval()

    def forward(self, image: Float[Tensor, "batch 3 height width"]) -> Features:
        """The features of a picture in [0, 1], RGB.

        Returns:
            For each layer, in the network's order, a float32 tensor ``(batch, channels, height / s, width / s)``
            with s = 1, 2, 4, 8, 16 in blocks 1 to 5.

        Raises:
            ValueError: the picture is too small for the deepest layer.
        """
        self._require_size(image)
        x = image.to(self.device) * self.scale - self.shift
        memory_format = torch.contiguous_format if self.device.type == "mps" else torch.channels_last
        x = x.to(self.dtype).contiguous(memory_format=memory_format)
        features: Features = {}
        for block in self.blocks:
            if self.checkpointing and torch.is_grad_enabled():
                x, found = checkpoint(self._run, block, x, use_reentrant=False)
            else:
                x, found = self._run(block, x)
            features |= found
        return features

    def minimum_size(self) -> int:
        """The fewest pixels that a side may have, so that the deepest layer still has one position (or its convolution
        two, to reflect)."""
        names = [name for block in self.blocks for name in block]
        pools = sum(name.startswith("pool") for name in names)
        to_reflect = self.padding == "reflect" and not names[-1].startswith("pool")
        return 2 ** (pools + to_reflect)

    def _run(self, block: nn.ModuleDict, x: Tensor) -> tuple[Tensor, Features]:
        found = {}
        for name, module in block.items():
            x = module(x)
            if name in self.layers:
                found[name] = x.float()
        return x, found

    def _make_blocks(self, convolutions: vgg_weights.Convolutions) -> list[nn.ModuleDict]:
        """One ModuleDict for each stretch between poolings, ending at the deepest layer asked for."""
        names = layer_names()[: layer_names().index(self.layers[-1]) + 1]
        blocks: list[dict[str, nn.Module]] = [{}]
        for name in names:
            if name.startswith("pool") and blocks[-1]:
                blocks.append({})
            blocks[-1][name] = self._make_module(name, convolutions)
        return [nn.ModuleDict(block) for block in blocks]

    def _make_module(self, name: str, convolutions: vgg_weights.Convolutions) -> nn.Module:
        if name.startswith("pool"):
            return _POOLING[self.pooling](kernel_size=2, stride=2)
        if name.startswith("relu"):
            # In place saves an activation, but would change the convolution's output if that is wanted too.
            return nn.ReLU(inplace=name.replace("relu", "conv") not in self.layers)
        weight, bias = convolutions[name]
        out_channels, in_channels, *_ = weight.shape
        conv = nn.utils.skip_init(
            nn.Conv2d,
            in_channels,
            out_channels,
            3,
            padding=1,
            padding_mode=self.padding,
            dtype=self.dtype,
        )
        conv.weight = nn.Parameter(weight.to(self.dtype).contiguous(memory_format=torch.channels_last))
        conv.bias = nn.Parameter(bias.to(self.dtype))
        return conv

    def _require_size(self, image: Tensor) -> None:
        *_, height, width = image.shape
        if min(height, width) < self.minimum_size():
            raise ValueError(
                f"the picture is {width}x{height} px: VGG-19 up to {self.layers[-1]} needs at least "
                f"{self.minimum_size()} px on the short side; enlarge it or drop {self.layers[-1]}."
            )


def _in_order(layers: Iterable[str]) -> list[str]:
    wanted = [layers] if isinstance(layers, str) else list(layers)
    if not wanted:
        raise ValueError("no layer was given: name at least one, such as relu4_2.")
    for name in wanted:
        require_choice("layer", name, layer_names())
    return [name for name in layer_names() if name in wanted]


@functools.cache
def _channel_means(weights: str, pooling: str) -> dict[str, Tensor]:
    """The packaged means of the original weights; for others, those over the bundled photos."""
    if weights == "original":
        return vgg_weights.packaged_means(pooling)
    return channel_means((load_image(name, size=256) for name in assets.photos()), weights=weights, pooling=pooling)


@torch.no_grad()
def channel_means(
    images: Iterable[Float[Tensor, "1 3 height width"]], *, weights: str = "original", pooling: str = "max"
) -> dict[str, Float[Tensor, " channels"]]:
    """Mean activation of each channel after its ReLU, over pictures and positions, by convolution ("conv1_1").

    A channel that (almost) never fires is given a hundredth of its layer's mean, so that dividing by it can't
    turn noise into the layer's loudest feature.
    """
    relus = [name for name in layer_names() if name.startswith("relu")]
    extractor = VGGFeatures(relus, weights=weights, pooling=pooling, device="cpu", precision="float32")
    sums, positions = dict.fromkeys(relus, 0.0), dict.fromkeys(relus, 0)
    for image in images:
        for name, feature in extractor(image).items():
            sums[name] = sums[name] + feature.sum(dim=(0, 2, 3), dtype=torch.float64)
            positions[name] += feature.shape[0] * feature.shape[2] * feature.shape[3]
    means = {name.replace("relu", "conv"): sums[name] / positions[name] for name in relus}
    return {name: mean.clamp(min=mean.mean().item() / 100).float() for name, mean in means.items()}
