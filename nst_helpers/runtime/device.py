"""Where and how to compute: device, precision, seed, and torchvision's import and weights."""

import os
import pickle
import random
import re
import threading
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import torch
from torch import Tensor

from nst_helpers.runtime.options import require_choice

Precision = Literal["auto", "float32", "bfloat16"]

# What oneDNN may be held to (its ONEDNN_MAX_CPU_ISA) and still multiply bfloat16 in hardware.
_FAST_ISAS = ("", "ALL", "DEFAULT", "AVX512_CORE_BF16", "AVX512_CORE_FP16", "AVX10_1_512", "AVX10_2_512")

_IMPORTING = threading.Lock()


def devices() -> tuple[str, ...]:
    """What this machine offers to compute on, the fastest first: "cuda" (and "cuda:1" ...), "mps", "cpu"."""
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    found = ["cuda"] * (cards > 0) + [f"cuda:{number}" for number in range(1, cards)]
    return (*found, *["mps"] * torch.backends.mps.is_available(), "cpu")


def pick_device(device: str | torch.device = "auto") -> torch.device:
    """The device to compute on; "auto" takes CUDA, then MPS, then the CPU.

    torch's "meta", which computes shapes alone, is a device as well: it tells whether everything is on one.

    Raises:
        ValueError: the device is no device's name, or this machine doesn't have it; the sentence lists what it has.
    """
    offered = devices()
    if str(device) == "auto":
        return torch.device(offered[0])
    has = f"this machine has {', '.join(offered)}; auto takes the first."
    try:
        chosen = torch.device(device)
    except RuntimeError:
        raise ValueError(f"device {device!r} is unknown: {has}") from None
    first = str(chosen).removesuffix(":0")
    if first not in (*offered, "meta"):
        raise ValueError(f"device {str(device)!r} is not on this machine: {has}")
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
    again; models and transforms don't use them. One thread at a time: a second one would declare them twice.
    """
    with _IMPORTING:
        return _import_torchvision()


def torchvision_weights(weights: Any, otherwise: str) -> dict[str, Tensor]:
    """What one of torchvision's weights enumerations holds, from its cache or downloaded, the digest checked.

    Args:
        weights: such as ``VGG19_Weights.IMAGENET1K_V1``.
        otherwise: what to do without them, for the sentence.

    Raises:
        ValueError: the file in the cache is damaged.
        ConnectionError: they are neither in the cache nor to be downloaded.
    """
    try:
        return dict(weights.get_state_dict(progress=True, check_hash=True))
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        kept = Path(torch.hub.get_dir(), "checkpoints", Path(weights.url).name)
        if kept.is_file():  # then nothing was downloaded
            raise ValueError(f"{kept} is damaged: delete it, and it is downloaded again.") from None
        name = type(weights).__name__
        raise ConnectionError(
            f"torchvision's {name} can't be downloaded ({error}): go online once, or {otherwise}."
        ) from None


def _import_torchvision() -> ModuleType:
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
