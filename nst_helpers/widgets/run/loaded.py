"""Networks that studios are given: by name, as a file, or themselves."""

import os
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import nn

from nst_helpers.networks import AdaINNet, TransformNet, load_network
from nst_helpers.widgets.controls.text import file_name, quoted
from nst_helpers.widgets.run.call import literal

_OPTIONS = ("device", "precision")


class Loaded(NamedTuple):
    """A network, and how a program comes by it.

    Attributes:
        network: in eval mode.
        source: how a program names what it was loaded from; "" where it was given itself.
        loading: the expression that loads it; "" likewise.
    """

    network: TransformNet | AdaINNet
    source: str
    loading: str

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return next(self.network.parameters()).device


def take_network(
    network: str | os.PathLike | nn.Module, settings: object, called: str, kind: type[nn.Module] = TransformNet
) -> Loaded:
    """A network of a kind that was given, or loaded on the device and in the precision that the settings say.

    Raises:
        ValueError: what is no network or one of another kind, one in training mode, or device or precision beside one
            that is not loaded; the sentence calls it ``called``.
    """
    options, source, loading = {name: getattr(settings, name) for name in _OPTIONS}, "", ""
    if isinstance(network, str | os.PathLike):
        source = quoted(network if isinstance(network, str) else file_name(network))
        given = [f"{name}={literal(value)}" for name, value in options.items() if value != "auto"]
        loading = f"load_network({', '.join([source, *given])})"
        network = load_network(network, **options)
    elif set(options.values()) != {"auto"}:
        raise ValueError("device or precision was given with a network: they are for one that is loaded by name.")
    if not isinstance(network, kind):
        found, wanted = type(network).__name__, kind.__name__
        raise ValueError(f"{called} is of class {found}: give one of class {wanted}, its name, or its file.")
    if network.training:
        raise ValueError(f"{called} is in training mode: call network.eval() before it paints.")
    return Loaded(network, source, loading)


def take_networks(
    networks: Mapping[str, str | os.PathLike | nn.Module], settings: object, *, most: int | None = None
) -> dict[str, Loaded]:
    """Networks of one style each, by label, as `take_network` takes them, all on one device.

    Args:
        most: how many there may be.

    Raises:
        ValueError: likewise; no mapping of labels, none or too many, one of several styles, or several devices.
    """
    if not isinstance(networks, Mapping) or not all(isinstance(label, str) for label in networks):
        raise ValueError('networks is no mapping of labels: give {"batch": network, "instance": another}.')
    if not networks or (most is not None and len(networks) > most):
        raise ValueError(
            f"{len(networks)} networks were given: give one {'or more' if most is None else f'to {most}'}."
        )
    loaded = {label: take_network(one, settings, f"networks[{quoted(label)}]") for label, one in networks.items()}
    for label, one in loaded.items():
        if len(one.network.styles) > 1:
            styles = ", ".join(one.network.styles)
            raise ValueError(f"networks[{quoted(label)}] has several styles ({styles}): give networks of one style.")
    devices = dict.fromkeys(str(one.device) for one in loaded.values())
    if len(devices) > 1:
        raise ValueError(f"the networks are on {' and '.join(devices)}: move them to one device.")
    return loaded
