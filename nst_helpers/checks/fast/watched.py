"""A network small enough for a check, and a loss that notes what a training step does with it and the optimiser."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from nst_helpers.checks.trials import uniform


class SmallNetwork(nn.Module):
    """Two convolutions, and a clamp outside training; left in eval mode, as after a look at its pictures.

    Args:
        width: channels between the two.
        highest: what the clamp leaves.
    """

    def __init__(self, width: int, highest: float):
        super().__init__()
        self.first = nn.Parameter(uniform(width, 3, 3, 3, seed=width) - 0.5)
        self.second = nn.Parameter(uniform(3, width, 1, 1, seed=width + 1) - 0.2)
        self.end = _Clamp(highest)
        self.eval()

    def forward(self, photos: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 3 height width"]:
        """Pictures of the same size."""
        inner = F.relu(F.conv2d(F.pad(photos, [1, 1, 1, 1], mode="reflect"), self.first))
        return self.end(F.conv2d(inner, self.second))

    def numbers(self) -> Float[Tensor, " weights"]:
        """A copy of all its weights, in one row."""
        return torch.cat([weight.detach().flatten() for weight in self.parameters()])


class _Clamp(nn.Module):
    """A module of its own, so that the mode has to reach what is inside a network."""

    def __init__(self, highest: float):
        super().__init__()
        self.highest = highest

    def forward(self, x):
        return x if self.training else x.clamp(max=self.highest)


class WatchedLoss:
    """``loss_of(result, photos)``, and what was done with it.

    Args:
        network, optimizer: those of the training step.
    """

    def __init__(self, network: SmallNetwork, optimizer: torch.optim.Optimizer):
        self.before = network.numbers()
        self.asked: list[tuple[Tensor, Tensor]] = []
        self.steps = 0
        optimizer.register_step_post_hook(self._count)

    def __call__(
        self, result: Float[Tensor, "batch 3 height width"], photos: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, ""]:
        loss = (result + 0.6 * photos - 0.9).square().mean() + 0.1 * (result - photos.roll(1, dims=3)).abs().mean()
        self.asked.append((result, photos))
        return loss

    def fault(self, photos: Float[Tensor, "batch 3 height width"]) -> str | None:
        """What is wrong with the results that it was asked about, if no gradient can lead back to a weight."""
        if not self.asked or any(getattr(given, "requires_grad", False) for pair in self.asked for given in pair):
            return None
        if self.asked[-1][0] is photos:
            return "asks for the loss of the photos, which no weight can change: `loss_of(network(photos), photos)`."
        return (
            "asks for the loss of a result that leads back to no weight: leave out `.detach()`, and run the network "
            "outside `torch.no_grad()`."
        )

    def _count(self, optimizer, args, kwargs):
        self.steps += 1
