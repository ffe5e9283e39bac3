"""A network begins with what another one has learned."""

import torch
from torch import nn


@torch.no_grad()
def warm_start(network: nn.Module, source: nn.Module) -> None:
    """Copy the weights of another network of the same layers into this one.

    Each style's gamma and beta are those of the source's style of that name, or the mean of its styles'.

    Raises:
        ValueError: the layers differ in name or size; the network stays as it was.
    """
    given, wanted = source.state_dict(), network.state_dict()
    if given.keys() != wanted.keys():
        raise ValueError(
            f"a {_shown(network)} can't begin with a {_shown(source)}: their layers differ; take the same norm."
        )
    begun = {}
    for name, tensor in wanted.items():
        other = given[name].to(tensor)
        if name.endswith((".gamma", ".beta")):
            other = _rows(other, source.styles, network.styles, len(tensor))
        if other.shape != tensor.shape:
            raise ValueError(
                f"a {_shown(network)} can't begin with a {_shown(source)}: {name} is {tuple(tensor.shape)} here and "
                f"{tuple(other.shape)} there; take the same width and upsampling."
            )
        begun[name] = other
    network.load_state_dict(begun)


def _rows(given: torch.Tensor, styles_given: tuple[str, ...], styles: tuple[str, ...], rows: int) -> torch.Tensor:
    """The rows for these styles; one row has no name where the norm isn't conditional."""
    mean = given.mean(dim=0)
    known = dict(zip(styles_given, given, strict=False)) if len(given) > 1 else {}
    names = styles if rows == len(styles) else ("",) * rows
    return torch.stack([known.get(name, mean) for name in names])


def _shown(network: nn.Module) -> str:
    arguments = ", ".join(f"{name}={value!r}" for name, value in network.arguments.items())
    return f"{type(network).__name__}({arguments})"
