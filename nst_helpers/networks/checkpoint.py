"""Networks to files and back: weights and all that is needed to rebuild them, in one safetensors file."""

import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import nn

from nst_helpers import assets
from nst_helpers.networks.adain import AdaINNet
from nst_helpers.networks.fast import TransformNet
from nst_helpers.networks.reconet import ReCoNet
from nst_helpers.runtime import (
    Precision,
    pick_device,
    pick_precision,
    printable,
    require_choice,
    require_writable,
    write_whole,
)

_KEY = "nst_helpers"  # of the metadata's entry, a JSON object
_CLASSES = {"AdaINNet": AdaINNet, "ReCoNet": ReCoNet, "TransformNet": TransformNet}


def save_network(network: nn.Module, path: str | os.PathLike, *, facts: Mapping[str, object] | None = None) -> Path:
    """Write a network as float16 safetensors, whole or not at all, and return the path.

    The metadata hold its class, its constructor's arguments (``network.arguments``), the versions it was made with, and
    the facts of its training.

    Args:
        facts: what JSON can hold; those that it was loaded with if left out.

    Raises:
        ValueError: a suffix other than .safetensors, a class that `load_network` can't rebuild, weights that float16
            can't hold.
        OSError: the file can't be written.
    """
    path = require_network_file(path)
    require_choice("network", type(network).__name__, _CLASSES)
    weights = {name: tensor.detach().to("cpu", torch.float16) for name, tensor in network.state_dict().items()}
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            raise ValueError(f"{name} has values that are not finite in float16: this network can't be saved.")
    about = {
        "class": type(network).__name__,
        "arguments": network.arguments,
        "facts": dict(network.facts if facts is None else facts),
        "versions": {"torch": torch.__version__.split("+")[0]},
    }
    data = {name: tensor.contiguous() for name, tensor in weights.items()}
    return write_whole(path, to_bytes(data, metadata={_KEY: json.dumps(about)}))


def require_network_file(path: str | os.PathLike) -> Path:
    """The path, if a network can be saved there: known before the work that trains it.

    Raises ValueError for a suffix other than .safetensors, and what `runtime.require_writable` raises.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise ValueError(f"{printable(path)} has another suffix than .safetensors: networks are saved as such.")
    return require_writable(path)


def load_network(
    name_or_path: str | os.PathLike, *, device: str | torch.device = "auto", precision: Precision = "auto"
) -> nn.Module:
    """A saved network, frozen, in eval mode, with the facts of its training in ``network.facts``.

    Args:
        name_or_path: a bundled network's name (`bundled_networks`), or a .safetensors file.
        precision: of the convolutions; "auto" is bfloat16 where the hardware multiplies it fast.

    Raises:
        ValueError: an unknown name, or a file that is damaged, cut off, or no network of this package.
        FileNotFoundError: no such file.

    Example:
        >>> network = load_network("fast_starry_night")  # doctest: +SKIP
        >>> network(load_image("astronaut", 512))  # doctest: +SKIP
    """
    path = _located(name_or_path)
    about, weights = read_tensors(path)
    device = pick_device(device)
    network = _rebuilt(path, about, weights)
    convolve_in(network, pick_precision(precision, device))
    return network.to(device).requires_grad_(False).eval()


def convolve_in(network: nn.Module, dtype: torch.dtype) -> None:
    """Hold a network's convolutions in a number format, laid out channels_last; all else stays as it is."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            module.to(dtype=dtype, memory_format=torch.channels_last)


def bundled_networks() -> tuple[str, ...]:
    """The names that `load_network` knows."""
    folder = assets.data_directory() / "networks"
    return tuple(sorted(path.stem for path in folder.glob("*.safetensors") if not path.stem.startswith("vgg19")))


def read_tensors(path: Path, key: str = _KEY) -> tuple[dict[str, object], dict[str, torch.Tensor]]:
    """A safetensors file's JSON metadata under ``key``, and its tensors, in float32 where they are of half precision.

    Raises ValueError where it is damaged, cut off, or has no such metadata.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})[key])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, KeyError, ValueError):
        raise _unreadable(path) from None
    except OSError as error:
        raise OSError(f"{printable(path)} can't be read ({error.strerror or error}): check its permissions") from error
    if not isinstance(about, dict):
        raise _unreadable(path)
    halves = {name: tensor.float() for name, tensor in tensors.items() if tensor.dtype == torch.float16}
    return about, tensors | halves


def _rebuilt(path: Path, about: Mapping[str, object], weights: Mapping[str, torch.Tensor]) -> nn.Module:
    """The network of the class and arguments that the metadata name, with its weights and facts."""
    try:
        make = functools.partial(_CLASSES[about["class"]], **about["arguments"])
        with torch.device("meta"):  # takes no memory, however large the network is said to be
            shapes = {name: tensor.shape for name, tensor in make().state_dict().items()}
        facts = dict(about.get("facts", {}))
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise _unreadable(path) from None
    if shapes != {name: tensor.shape for name, tensor in weights.items()}:
        raise _unreadable(path)
    with torch.random.fork_rng([]):  # its first weights, soon replaced, are drawn
        network = make()
    network.load_state_dict(weights)
    network.facts = facts
    return network


def _located(name_or_path: str | os.PathLike) -> Path:
    name = os.fsdecode(name_or_path)
    path = Path(os.path.expanduser(name))
    if name == path.name and not path.suffix:
        require_choice("network", name, bundled_networks())
        return assets.data_directory() / "networks" / f"{name}.safetensors"
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no file {printable(path)}: give a .safetensors file, or one of {', '.join(bundled_networks())}"
        )
    return path


def _unreadable(path: Path) -> ValueError:
    return ValueError(
        f"{printable(path)} is damaged or no network of this package: take a file that save_network wrote."
    )
