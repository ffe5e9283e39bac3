"""How much memory optimising a picture through VGG-19 takes, and a refusal in a sentence where it won't fit."""

import bisect
import contextlib
from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import nn

from nst_helpers.runtime import available_memory, memory_in_a_sentence, pick_device, return_large_blocks
from nst_helpers.vgg.weights import architecture, layer_names

Sides = tuple[int, int]  # height and width of a picture, px

# What the CPU's convolution library (oneDNN) holds beside torch's tensors, measured at 256 to 512 px: its kernels, and
# weights in its own order; copies, in its order, of the largest maps. cuDNN's working space was not measured.
_LIBRARY_BYTES = 25_000_000
_MAPS_COPIED_FORWARD, _MAPS_COPIED_BACKWARD = 1.0, 1.5

_ACCURACY = 1.25  # an optimisation takes at most this many times its estimate


def estimate_memory(
    height: int,
    width: int,
    *,
    layers: Iterable[str] = ("relu5_1",),
    dtype: torch.dtype = torch.float32,
    pooling: str = "max",
    checkpointing: bool = False,
    vectors: int = 40,
    device: str | torch.device = "cpu",
) -> int:
    """Bytes that optimising a picture of this size through VGG-19 takes at its peak, above what is held before.

    Args:
        height, width: of the picture, px.
        layers: those that losses read; the deepest decides how far the network runs.
        dtype: of the convolutions. Features read from bfloat16 ones are copied to float32.
        pooling: max pooling keeps the positions of its maxima.
        checkpointing: whether each block's activations are computed again in the backward pass.
        vectors: how many pictures the optimiser remembers (L-BFGS: two for each curvature pair; Adam: two).
        device: only on the CPU the convolution library's own memory is known, and counted.

    Counted from the architecture: activations that the backward pass needs, float32 copies of features, the optimiser's
    vectors, and the gradients at the largest convolution, where memory peaks.
    """
    layers, element = set(layers), _bytes_of(dtype)
    on_cpu = pick_device(device).type == "cpu"
    total = _LIBRARY_BYTES * on_cpu + (vectors + 8) * 3 * height * width * 4
    walk = list(_walk(height, width, layers))
    for (name, values), (following, _) in zip(walk, [*walk[1:], ("pool", 0)], strict=True):
        ends_block = following.startswith("pool")
        if checkpointing:
            total += values * element * ends_block
        elif not name.startswith("conv"):
            total += values * (element + 8 * (name.startswith("pool") and pooling == "max"))
        if name in layers:
            copied = element == 2 or checkpointing
            total += values * (4 * copied + element * name.startswith("conv"))
    largest = walk[0][1]
    total += int((2 + _MAPS_COPIED_BACKWARD * on_cpu) * largest * element)
    return total + 2 * largest * (checkpointing and element == 2)


def estimate_reading(
    height: int,
    width: int,
    *,
    layers: Iterable[str] = ("relu5_1",),
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> int:
    """Bytes that reading a picture's features without a gradient takes at its peak, as style targets are measured."""
    layers, element = set(layers), _bytes_of(dtype)
    on_cpu = pick_device(device).type == "cpu"
    kept, peak, given = 0, 0, 3 * height * width
    given_is_kept = False
    for name, values in _walk(height, width, layers):
        if not name.startswith("relu"):  # a ReLU works in place
            maps = given * (not given_is_kept) + values * (1 + _MAPS_COPIED_FORWARD * on_cpu)
            peak = max(peak, kept + int(maps * element))
        given, given_is_kept = values, name in layers and element == 4
        kept += values * 4 * (name in layers)
    return _LIBRARY_BYTES * on_cpu + 2 * 3 * height * width * 4 + max(peak, kept)


def require_memory(
    height: int, width: int, *, paintings: Sequence[Sides] = (), device: str | torch.device = "auto", **options
) -> None:
    """Raise a MemoryError with the size that would fit, where an optimisation won't.

    Args:
        height, width: of the picture that is optimised, px.
        paintings: (height, width) of every painting, px: its features are read once, at its own size.
        device: whose free memory counts.
        options: of `estimate_memory`.
    """
    pictures, free = [(height, width), *paintings], available_memory(device)
    needed, (height, width) = _most_needed(pictures, device, options)
    if needed > free:
        raise MemoryError(
            f"a picture of {width}x{height} px needs about {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free: "
            f"{_advice(pictures, free, device, options)}."
        )


@contextlib.contextmanager
def within_memory(
    height: int, width: int, *, paintings: Sequence[Sides] = (), device: str | torch.device = "auto", **options
) -> Iterator[None]:
    """`require_memory` before; and an allocation that fails within, other programs being hungry too, is a sentence.

    On the CPU it has the allocator give large blocks back (`runtime.return_large_blocks`), as the estimate supposes.

    Example:
        >>> with within_memory(512, 768, paintings=[(600, 400)], vectors=2):  # doctest: +SKIP
        ...     optimize_image(objective, photo, steps=300, optimizer="adam")
    """
    pictures = [(height, width), *paintings]
    require_memory(height, width, paintings=paintings, device=device, **options)
    if pick_device(device).type == "cpu":
        return_large_blocks()

    def sentence() -> str:
        needed, (height, width) = _most_needed(pictures, device, options)
        left = min(available_memory(device), int(needed / _ACCURACY))
        return (
            f"memory ran out: a picture of {width}x{height} px needs about {needed / 1e9:.1f} GB or more, "
            f"beside what other programs take: {_advice(pictures, left, device, options)}."
        )

    with memory_in_a_sentence(sentence):
        yield


def _most_needed(pictures: Sequence[Sides], device: str | torch.device, options: dict) -> tuple[int, Sides]:
    """Bytes at the peak, and the picture that brings it: the first is optimised, the others are read."""
    held = sum(3 * height * width * 4 for height, width in pictures[1:])
    reading = {name: value for name, value in options.items() if name in ("layers", "dtype")}
    needs = [held + estimate_memory(*pictures[0], device=device, **options)]
    needs += [held + estimate_reading(*painting, device=device, **reading) for painting in pictures[1:]]
    needed = max(needs)
    return needed, pictures[needs.index(needed)]


def _advice(pictures: Sequence[Sides], free: int, device: str | torch.device, options: dict) -> str:
    """What to do so that it fits: ``size`` is the longer side that all pictures get."""

    def needed(size: int) -> int:
        return _most_needed([_scaled(*picture, size) for picture in pictures], device, options)[0]

    fits = bisect.bisect_right(range(1, max(map(max, pictures))), free, key=needed)
    thriftier, _ = _most_needed(pictures, device, {**options, "checkpointing": True})
    alternative = ", or checkpointing=True" if thriftier <= free else ""
    return f"take size={fits} or less{alternative}" if fits > 1 else "close something else first"


def _walk(height: int, width: int, layers: set[str]) -> Iterator[tuple[str, int]]:
    """Each layer's name and how many values it gives, up to the deepest of ``layers``."""
    names, channels = layer_names(), 3
    deepest = max(map(names.index, layers))
    for name, module in zip(names[: deepest + 1], architecture(), strict=False):
        if isinstance(module, nn.Conv2d):
            channels = module.out_channels
        elif name.startswith("pool"):
            height, width = height // 2, width // 2
        yield name, channels * height * width


def _bytes_of(dtype: torch.dtype) -> int:
    return torch.empty(0, dtype=dtype).element_size()


def _scaled(height: int, width: int, size: int) -> Sides:
    longer = max(height, width)
    return max(1, round(height * size / longer)), max(1, round(width * size / longer))
