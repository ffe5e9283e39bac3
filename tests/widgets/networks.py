"""Small untrained networks for studios: they keep what they were asked for, fail when told to, and wait at a gate."""

import threading
from collections.abc import Callable, Iterator

import torch
from torch import nn

from nst_helpers.images import load_image
from nst_helpers.networks import AdaINNet, Norm, TransformNet
from nst_helpers.widgets.run.panel import Panel
from tests.widgets.helpers import PATIENCE

STYLES = ("starry_night", "whalers", "ink_landscape")


class Watched(TransformNet):
    """A small network that keeps what it was asked for, and raises each of its ``errors`` once."""

    def __init__(self, styles=STYLES, norm="conditional_instance"):
        super().__init__(4, norm=norm, styles=styles)
        self.mixes, self.errors = [], []
        for part in self.modules():
            if isinstance(part, Norm) and len(self.styles) > 1:  # else every style would paint alike
                torch.nn.init.normal_(part.gamma, 1.0, 0.5)
                torch.nn.init.normal_(part.beta)
        self.requires_grad_(False)  # as load_network gives it

    def forward(self, image, mix=None):
        self.mixes.append(mix)
        if self.errors:
            raise self.errors.pop()
        return super().forward(image, mix)


class WatchedAdaIN(AdaINNet):
    """Likewise for any style; it keeps the paintings it has encoded, too."""

    def __init__(self):
        super().__init__({"weights": "random", "normalized": False})
        self.mixes, self.errors, self.encoded = [], [], []
        for conv in self.decoder:
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        nn.init.constant_(self.decoder[-1].bias, 0.5)
        self.requires_grad_(False)
        self.decoder[-1].weight *= 0.1

    def encode(self, painting):
        self.encoded.append(painting)
        return super().encode(painting)

    def forward(self, photo, style=None, **options):
        self.mixes.append(options)
        if self.errors:
            raise self.errors.pop()
        return super().forward(photo, style, **options)


class _Gate:
    """Of a network that waits, once the gate is shut, in the midst of a picture."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.begun, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def shut(self):
        self.mixes.clear()
        self.begun.clear()
        self.gate.clear()

    def forward(self, *arguments, **options):
        self.begun.set()
        assert self.gate.wait(PATIENCE), "nobody opened the gate"
        return super().forward(*arguments, **options)


class Gated(_Gate, Watched):
    """A watched network with a gate."""


class GatedAdaIN(_Gate, WatchedAdaIN):
    """Likewise for any style."""


def single(norm="instance", kind=Watched):
    """A network of one style, whose picture is neither black nor white, nor blind to the photo."""
    network = kind((), norm)
    network.output.weight.mul_(3)
    network.output.bias.fill_(0.5)
    photo = load_image("coffee", 32)
    for _ in range(60 if norm == "batch" else 0):  # its statistics come near those of photos
        network(photo)
    network.mixes.clear()
    return network.eval()


def painting(studio: Panel, network: _Gate, move: Callable[[], None]) -> Iterator[tuple[Panel, _Gate]]:
    """A fixture's whole body: a studio in the midst of the picture that a move asks for, and its network."""
    network.shut()
    move()
    assert network.begun.wait(PATIENCE)
    yield studio, network
    network.gate.set()


def unwatched(network: Watched | WatchedAdaIN) -> TransformNet | AdaINNet:
    """The same weights in a network that can be saved."""
    kind = AdaINNet if isinstance(network, AdaINNet) else TransformNet
    same = kind(**network.arguments)
    same.load_state_dict(network.state_dict())
    return same.requires_grad_(False).eval()
