"""What a run is spread over: the devices and processes that `accelerate` is given, and what they can't share."""

import importlib.util
import os
import shutil

import torch
from accelerate import Accelerator, PartialState
from accelerate.utils import parse_flag_from_env
from torch import nn

from nst_helpers.networks import Norm
from nst_helpers.runtime import pick_device
from nst_helpers.training.settings import TrainingSettings


def make_accelerator(settings: TrainingSettings) -> Accelerator:
    """This process's share of the machines that `accelerate launch` named; alone, the device of the settings."""
    device = pick_device("cpu" if parse_flag_from_env("ACCELERATE_USE_CPU") else settings.device)
    shared = PartialState(cpu=device.type == "cpu")
    if shared.num_processes == 1:
        shared.device = device  # which else stays that of the first run in this process
    return Accelerator(mixed_precision="no")  # whatever was configured: the settings' precision is the loop's own care


def compiler_found(device: torch.device) -> bool:
    """Whether torch.compile has what it needs: a C++ compiler, and Triton on CUDA."""
    if device.type == "cuda":
        return importlib.util.find_spec("triton") is not None
    names = [os.environ.get("CXX"), "g++", "clang++"]
    return device.type == "cpu" and any(name and shutil.which(name) for name in names)


def require_divisible(network: nn.Module, settings: TrainingSettings, accelerator: Accelerator) -> None:
    """Raise a ValueError where the batch, or the norm's statistics, can't be shared out among the processes."""
    processes = accelerator.num_processes
    if settings.batch % processes:
        raise ValueError(f"batch is {settings.batch} on {processes} processes: give a multiple of {processes}.")
    if processes > 1 and any(isinstance(part, Norm) and part.kind == "batch" for part in network.modules()):
        raise ValueError(
            f"batch normalisation on {processes} processes would take each one's own statistics: train it on one."
        )


def require_together(step: int, accelerator: Accelerator) -> None:
    """Raise a ValueError where the processes don't begin at the same step."""
    steps = accelerator.gather(torch.tensor([step], device=accelerator.device)).tolist()
    if len(set(steps)) > 1:
        raise ValueError(
            f"the processes begin at steps {', '.join(map(str, steps))}: name a folder that all machines see."
        )
