"""A network begins with what another one has learned."""

import torch
from torch import nn


@torch.no_grad()
def warm_start(network: nn.Module, source: nn.Module) -> None:
    """Copy the weights of another network of the same layers into this one, which may be wider.

    Residual blocks that the source has beyond this one's are left out: a ReCoNet begins with a TransformNet.

    Each style's gamma and beta are those of the source's style of that name, or the mean of its styles'. A wider
    network paints at first what the source does: further channels keep their own first weights, and nothing comes from
    them to the channels that the source has (after Chen et al. 2016, Net2Net).

    Raises:
        ValueError: the layers differ, or the source's are wider; the network stays as it was.
    """
    wanted = network.state_dict()
    given = {name: tensor for name, tensor in source.state_dict().items() if name in wanted or "residual" not in name}
    if given.keys() != wanted.keys():
        raise ValueError(
            f"a {_shown(network)} can't begin with a {_shown(source)}: their layers differ; take the same norm."
        )
    wider = network.width > source.width and network.upsampling == "nearest"
    if network.upsampling != source.upsampling or (network.width != source.width and not wider):
        raise ValueError(
            f"a {_shown(network)} can't begin with a {_shown(source)}: take the same upsampling, and the same width "
            "or, with nearest, a larger one."
        )
    begun = {}
    for name, tensor in wanted.items():
        other = given[name].to(tensor)
        if name.endswith((".gamma", ".beta")):
            other = _rows(other, source.styles, network.styles, len(tensor))
        begun[name] = _widened(other, tensor)
    network.load_state_dict(begun)


def _rows(given: torch.Tensor, styles_given: tuple[str, ...], styles: tuple[str, ...], rows: int) -> torch.Tensor:
    """The rows for these styles; one row has no name where the norm isn't conditional."""
    mean = given.mean(dim=0)
    known = dict(zip(styles_given, given, strict=False)) if len(given) > 1 else {}
    names = styles if rows == len(styles) else ("",) * rows
    return torch.stack([known.get(name, mean) for name in names])


def _widened(given: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    """The given weights, in a corner of the network's own where these are more."""
    wide = own.clone()
    if given.ndim == 4:
        wide[: len(given)] = 0  # what comes from further channels
    wide[tuple(map(slice, given.shape))] = given
    return wide


def _shown(network: nn.Module) -> str:
    arguments = ", ".join(f"{name}={value!r}" for name, value in network.arguments.items())
    return f"{type(network).__name__}({arguments})"
