"""Whether a student's function leaves precision and device to its input."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from nst_helpers.checks.call import NotYet, call


def check_precision_and_device(name: str, function: Callable[..., Any], trial: tuple[Any, ...]) -> None:
    """NotYet where a result isn't as precise as the input, or can't be on another device."""
    with _Places() as places:
        result = call(name, function, *(doubled(argument) for argument in trial))
    if result.is_floating_point() and result.dtype != torch.float64:
        raise NotYet(
            f"{name} gives {result.dtype} for a torch.float64 input: look for `.float()`, or for new tensors made "
            "without `dtype=`; `new_zeros` and `zeros_like` take it from the input."
        )
    if places.fixed:
        raise NotYet(
            f"{name} fixes a device with `{places.fixed[0]}`, and fails where the picture is on another: leave that to "
            "the input, with its `device=`, `new_zeros` or `zeros_like`."
        )


class _Places(TorchFunctionMode):
    """Notes which of torch's calls put a tensor on a device of their own choice."""

    _makers = (
        *("zeros", "ones", "empty", "full", "eye", "rand", "randn", "tensor", "from_numpy"),
        *("fft_fftfreq", "fft_rfftfreq"),
    )

    def __init__(self):
        super().__init__()
        self.fixed: list[str] = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        result = function(*args, **kwargs)
        name = getattr(function, "__name__", "")
        if name in self._makers and isinstance(result, Tensor) and result.ndim:  # a number goes with every device
            if not isinstance(kwargs.get("device"), torch.device):
                self.fixed.append(f"torch.{name.replace('fft_', 'fft.')}(...)")
        elif name in ("cpu", "cuda") or (name == "to" and any(isinstance(argument, str) for argument in args)):
            self.fixed.append(f".{name}(...)")
        return result


def doubled(argument: Any) -> Any:
    """A copy in float64 of a tensor, or of a dictionary of them; positions stay whole numbers, the rest as it is."""

    def double(tensor: Tensor) -> Tensor:
        if tensor.dtype == torch.int64:
            return tensor.clone()
        return tensor.detach().to(torch.complex128 if tensor.is_complex() else torch.float64, copy=True)

    return _each(argument, double)


def _each(argument: Any, change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(argument, Tensor):
        return change(argument)
    if isinstance(argument, Mapping):
        return {key: _each(value, change) for key, value in argument.items()}
    return argument
