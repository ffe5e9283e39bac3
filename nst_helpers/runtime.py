"""Where and how to compute: device, precision, seed, memory."""

import contextlib
import ctypes
import difflib
import gc
import os
import random
import re
import threading
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Literal, TypeVar

import torch

Precision = Literal["auto", "float32", "bfloat16"]
Result = TypeVar("Result")

# What oneDNN may be held to (its ONEDNN_MAX_CPU_ISA) and still multiply bfloat16 in hardware.
_FAST_ISAS = ("", "ALL", "DEFAULT", "AVX512_CORE_BF16", "AVX512_CORE_FP16", "AVX10_1_512", "AVX10_2_512")

# VGG-19's five blocks: convolutions in each, and their channels.
_BLOCKS = ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))

_LIBRARY_BYTES = 25_000_000

_M_MMAP_THRESHOLD = -3  # glibc's name for the bound above which a block is mapped by itself


def require_choice(what: str, given: object, allowed: Iterable[str]) -> None:
    """Raise a ValueError that names the nearest of the allowed words when ``given`` is not one of them."""
    allowed = list(allowed)
    if given in allowed:
        return
    near = difflib.get_close_matches(str(given), allowed, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(allowed)}."
    raise ValueError(f"{what} {given!r} is unknown: {hint}")


def pick_device(device: str | torch.device = "auto") -> torch.device:
    """The device to compute on; "auto" takes CUDA, then MPS, then the CPU.

    Raises:
        ValueError: the device is no device's name, or this machine doesn't have it.
    """
    if str(device) == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        chosen = torch.device(device)
    except RuntimeError:
        raise ValueError(f"device {device!r} is unknown: use auto, cpu, cuda, cuda:1 or mps.") from None
    missing = (chosen.type == "cuda" and not torch.cuda.is_available()) or (
        chosen.type == "mps" and not torch.backends.mps.is_available()
    )
    if missing:
        raise ValueError(f"device {str(device)!r} is not on this machine: use auto or cpu.")
    return chosen


def multiplies_bfloat16_fast(device: str | torch.device = "auto") -> bool:
    """Whether the kernels that will run here have bfloat16 arithmetic in hardware.

    True on CUDA from Ampere on, and on x86 with AVX512-BF16 or AMX, unless the kernels are held to an
    older instruction set (``ATEN_CPU_CAPABILITY``, ``ONEDNN_MAX_CPU_ISA``), as when another CPU is emulated.
    """
    device = pick_device(device)
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu":
        return False
    isa = os.environ.get("ONEDNN_MAX_CPU_ISA", os.environ.get("DNNL_MAX_CPU_ISA", "")).upper()
    held_back = isa not in _FAST_ISAS and "AMX" not in isa
    in_hardware = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return (
        in_hardware
        and not held_back
        and "AVX512" in torch.backends.cpu.get_cpu_capability()
        and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )


def pick_precision(precision: Precision = "auto", device: str | torch.device = "auto") -> torch.dtype:
    """The convolutions' number format; pixels, losses and the optimiser stay in float32 whatever it is.

    "auto" is bfloat16 where the hardware multiplies it fast, else float32.
    """
    require_choice("precision", precision, ("auto", "float32", "bfloat16"))
    if precision == "auto":
        return torch.bfloat16 if multiplies_bfloat16_fast(device) else torch.float32
    return getattr(torch, precision)


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and torch's random numbers (all devices)."""
    import numpy as np

    if not 0 <= seed < 2**32:
        raise ValueError(f"seed {seed} is out of range: use a whole number from 0 to {2**32 - 1}.")
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def import_torchvision() -> ModuleType:
    """torchvision, also beside a torch without CUDA.

    torchvision's packaged binary is built for CUDA and can't load there, and its Python part then fails for want
    of the binary's operators. They are declared (not defined) only after that failure, and the import is tried
    again; models and transforms don't use them.
    """
    signature = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
    for _ in range(10):
        try:
            import torchvision
        except RuntimeError as error:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if missing is None:
                raise
            torch.library.define(f"torchvision::{missing[1]}", signature)
        else:
            return torchvision
    raise ImportError("torchvision can't be imported beside this torch: install the two in matching versions.")


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


def available_memory(device: str | torch.device = "auto") -> int:
    """Bytes free on the device; on the CPU, what new programs can have without swapping."""
    device = pick_device(device)
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    import psutil

    return psutil.virtual_memory().available


def return_large_blocks() -> None:
    """Have glibc give blocks above 8 MB back to the system as soon as they are freed; does nothing elsewhere.

    Left to itself it raises that bound to 32 MB and keeps the pieces: at 512 px an optimisation then held 10 to 25%
    more memory, with checkpointing up to 80% more, and was no faster.
    """
    _call_glibc("mallopt", _M_MMAP_THRESHOLD, 8_000_000)


def _call_glibc(function: str, *arguments: int) -> None:
    """Call a function of glibc's memory allocator, where there is one."""
    with contextlib.suppress(OSError, AttributeError):
        getattr(ctypes.CDLL("libc.so.6"), function)(*arguments)


def measure_peak(function: Callable[[], Result], *, device: str | torch.device = "auto") -> tuple[Result, int]:
    """What a function returns, and the most bytes that it held above what was held before.

    On CUDA the allocator's own count; on the CPU the process's resident memory, sampled every 2 ms, after what it no
    longer needs was given back.
    """
    device = pick_device(device)
    gc.collect()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        result = function()
        return result, torch.cuda.max_memory_allocated(device) - before
    import psutil

    _call_glibc("malloc_trim", 0)
    process, done = psutil.Process(), threading.Event()
    before = peak = process.memory_info().rss

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.002):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        result = function()
    finally:
        done.set()
        watcher.join()
    return result, peak - before


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
