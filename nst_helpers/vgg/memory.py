"""How much memory optimising a picture through VGG-19 takes, and a refusal in a sentence where it won't fit."""

import re
from collections.abc import Iterable

import torch

from nst_helpers.runtime import available_memory

# VGG-19's five blocks: convolutions in each, and their channels.
_BLOCKS = ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))

_LIBRARY_BYTES = 25_000_000


def estimate_memory(
    height: int,
    width: int,
    *,
    layers: Iterable[str] = ("relu5_1",),
    dtype: torch.dtype = torch.float32,
    pooling: str = "max",
    checkpointing: bool = False,
    vectors: int = 40,
) -> int:
    """Bytes that optimising a picture of this size through VGG-19 takes at its peak, above what is held before.

    Args:
        height, width: of the picture, px.
        layers: those that losses read; the deepest decides how far the network runs.
        dtype: of the convolutions. Features read from bfloat16 ones are copied to float32.
        pooling: max pooling keeps the positions of its maxima.
        checkpointing: whether each block's activations are computed again in the backward pass.
        vectors: how many pictures the optimiser remembers (L-BFGS: two for each curvature pair; Adam: two).

    Counted from the architecture: activations that the backward pass needs, float32 copies of features, the optimiser's
    vectors, and the first block's gradients, where memory peaks; on top, what the convolution library keeps for itself
    (its kernels, and weights in its own order). That factor and that constant were measured on the CPU.
    """
    layers, element = list(layers), 2 if dtype == torch.bfloat16 else 4
    deepest = max((*map(int, re.findall(r"\d", layer)), 9) for layer in layers)
    total = _LIBRARY_BYTES + (vectors + 8) * 3 * height * width * 4
    for block, (convolutions, channels) in enumerate(_BLOCKS[: deepest[0]], start=1):
        values = channels * (height >> (block - 1)) * (width >> (block - 1))
        run = min(convolutions, deepest[1]) if block == deepest[0] else convolutions
        read = sum(re.search(r"\d", layer)[0] == str(block) for layer in layers)
        total += values * element * (1 if checkpointing else run)
        total += values * 4 * read * (element == 2 or checkpointing)
        if not checkpointing and block < deepest[0]:
            total += values // 4 * (element + 8 * (pooling == "max"))
        if block == 1:
            total += int(3.5 * values * element) + 2 * values * (checkpointing and element == 2)
    return total


def require_memory(height: int, width: int, *, device: str | torch.device = "auto", **options) -> None:
    """Raise a MemoryError with the size that would fit if an optimisation won't (`estimate_memory`)."""
    free = available_memory(device)
    needed = estimate_memory(height, width, **options)
    if needed <= free:
        return
    longer = max(height, width)
    fits = int(longer * (free / needed) ** 0.5)
    while fits > 1 and estimate_memory(*_scaled(height, width, fits / longer), **options) > free:
        fits -= 1
    thriftier = estimate_memory(height, width, **{**options, "checkpointing": True})
    alternative = ", or checkpointing=True" if thriftier <= free else ""
    advice = f"take size={fits} or less{alternative}" if fits > 1 else "close something else first"
    raise MemoryError(
        f"a picture of {width}x{height} px needs about {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free: "
        f"{advice}."
    )


def _scaled(height: int, width: int, factor: float) -> tuple[int, int]:
    return max(1, round(height * factor)), max(1, round(width * factor))
