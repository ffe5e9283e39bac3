"""Small untrained networks for studios: they keep what they were asked for, fail when told to, and wait at a gate."""

import threading
from collections.abc import Callable, Iterator

import torch

from nst_helpers.networks import Norm, TransformNet
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


class Gated(Watched):
    """A network that waits, once the gate is shut, in the midst of a picture."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.begun, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def shut(self):
        self.mixes.clear()
        self.begun.clear()
        self.gate.clear()

    def forward(self, image, mix=None):
        self.begun.set()
        assert self.gate.wait(PATIENCE), "nobody opened the gate"
        return super().forward(image, mix)


def painting(studio: Panel, network: Gated, move: Callable[[], None]) -> Iterator[tuple[Panel, Gated]]:
    """A fixture's whole body: a studio in the midst of the picture that a move asks for, and its network."""
    network.shut()
    move()
    assert network.begun.wait(PATIENCE)
    yield studio, network
    network.gate.set()


def unwatched(network: TransformNet) -> TransformNet:
    """The same weights in a network that can be saved."""
    same = TransformNet(**network.arguments)
    same.load_state_dict(network.state_dict())
    return same.requires_grad_(False).eval()
