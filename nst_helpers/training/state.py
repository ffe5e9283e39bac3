"""Where a training run stands, in one file from which it goes on as if nothing had happened."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save as to_bytes
from torch import nn

from nst_helpers.networks import read_tensors
from nst_helpers.runtime import printable, write_whole

# What may change when a run goes on: how long and where it runs, not what it computes.
_FREE = {"steps", "workers", "compiled", "device", "precision", "checkpointing", "save_every", "preview_every"}

CHECKPOINT = "checkpoint.safetensors"  # in a run's folder

_KEY = "nst_helpers_run"
_BETAS = (0.9, 0.999)
_MOMENTS = {"step", "exp_avg", "exp_avg_sq"}  # as torch's Adam names them


class State:
    """A network, the moving average of its weights, its optimiser and the steps taken.

    Args:
        network: trained in place, as far as its parameters require a gradient.
        averaging: decay of the moving average; the first steps count for more, so that it doesn't remember the start.
    """

    def __init__(self, network: nn.Module, averaging: float):
        self.network, self.step, self._averaging = network, 0, averaging
        self.average = copy.deepcopy(network).requires_grad_(False)
        trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.Adam(trained, betas=_BETAS)

    @torch.no_grad()
    def advance(self) -> None:
        """A step was taken: the average follows."""
        self.step += 1
        decay = min(self._averaging, (1 + self.step) / (10 + self.step))
        pairs = zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True)
        for average, current in pairs:
            average.lerp_(current, 1 - decay)

    def save(self, path: Path, about: Mapping[str, object]) -> None:
        """Write the whole state, or leave the older file as it was.

        Args:
            about: what JSON can hold, to be compared with the next run's.
        """
        tensors = {f"network/{name}": tensor for name, tensor in self.network.state_dict().items()}
        tensors |= {f"average/{name}": tensor for name, tensor in self.average.state_dict().items()}
        for number, moments in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{number}/{name}": tensor for name, tensor in moments.items()}
        tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
        metadata = {_KEY: json.dumps({"step": self.step, **about})}
        write_whole(path, to_bytes(tensors, metadata=metadata))

    def load(self, path: Path) -> None:
        """Continue where the file stands; ValueError where it is damaged or another network's."""
        about, tensors = _read(path)
        parts: dict[str, dict[str, torch.Tensor]] = {"network": {}, "average": {}, "optimizer": {}}
        moments: dict[int, dict[str, torch.Tensor]] = {}
        try:
            for name, tensor in tensors.items():
                part, _, rest = name.partition("/")
                parts[part][rest] = tensor
            for name, tensor in parts["optimizer"].items():
                number, _, moment = name.partition("/")
                moments.setdefault(int(number), {})[moment] = tensor
            if any(found.keys() != _MOMENTS for found in moments.values()):
                raise _damaged(path)
            self.network.load_state_dict(parts["network"])
            self.average.load_state_dict(parts["average"])
        except (KeyError, ValueError, RuntimeError):
            raise _damaged(path) from None
        self.optimizer.load_state_dict(self.optimizer.state_dict() | {"state": moments})
        self.step = about["step"]


def read_about(path: Path) -> dict[str, object]:
    """What a saved state says of its run; ValueError where the file is damaged."""
    return _read(path)[0]


def require_same(before: Mapping[str, object], now: Mapping[str, object], folder: Path) -> None:
    """Raise a ValueError where a run would go on with other settings, another network or other pictures."""
    then, given = ({**about["settings"], **about} for about in (before, now))
    for name in given:
        if name not in {*_FREE, "settings"} and then.get(name) != given[name]:
            raise ValueError(
                f"{printable(folder)} holds a run with {name} {then.get(name)}, not {given[name]}: go on with that, or "
                "name another folder."
            )


def _read(path: Path) -> tuple[dict[str, object], dict[str, torch.Tensor]]:
    try:
        about, tensors = read_tensors(path, _KEY)
    except ValueError:
        raise _damaged(path) from None
    if not isinstance(about.get("step"), int) or not isinstance(about.get("settings"), dict):
        raise _damaged(path)
    return about, tensors


def _damaged(path: Path) -> ValueError:
    return ValueError(
        f"{printable(path)} is damaged or no checkpoint of a run: put back a copy, remove it to begin anew, or name "
        "another folder."
    )
