"""``training_step(network, optimizer, photos, loss_of)``: one step of the weights down the loss of the results.

No formula gives the weights after it, so torch's optimisers do.
"""

import functools
from numbers import Real

import torch
from torch import nn
from torch.nn import functional as F

from nst_helpers.checks.call import NotYet
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform

_TOO_EARLY = (
    "the weights move along the gradient of the step before; call `loss.backward()` before `optimizer.step()`."
)


class _Clamp(nn.Module):
    """What a network for pictures may end with; in training a clamp would cut the gradient."""

    def forward(self, x):
        return x if self.training else x.clamp(0.2, 0.8)


class _Network(nn.Module):
    """Two convolutions, left in eval mode, as after a look at its pictures."""

    def __init__(self, width):
        super().__init__()
        self.first = nn.Parameter(uniform(width, 3, 3, 3, seed=width) - 0.5)
        self.second = nn.Parameter(uniform(3, width, 1, 1, seed=width + 1) - 0.2)
        self.end = _Clamp()
        self.eval()

    def forward(self, photos):
        inner = F.relu(F.conv2d(F.pad(photos, [1, 1, 1, 1], mode="reflect"), self.first))
        return self.end(F.conv2d(inner, self.second))


class _LossOf:
    """A loss that is the lower, the nearer the results come to the photos' negatives, and what it was asked about."""

    def __init__(self):
        self.asked = []

    def __call__(self, result, photos):
        loss = (result + 0.6 * photos - 0.9).square().mean() + 0.1 * (result - photos.roll(1, dims=3)).abs().mean()
        self.asked.append((result, photos))
        return loss

    def fault(self, photos):
        """What is wrong with the results that it was asked about, if anything is."""
        if not self.asked:
            return None
        if any(getattr(given, "requires_grad", False) for given in self.asked[-1]):
            return None
        if self.asked[-1][0] is photos:
            return "asks for the loss of the photos, which no weight can change: `loss_of(network(photos), photos)`."
        return (
            "asks for the loss of a result that leads back to no weight: leave out `.detach()`, and run the network "
            "outside `torch.no_grad()`."
        )


def _training_step(
    network,
    optimizer,
    photos,
    loss_of,
    *,
    mode=nn.Module.train,
    make=lambda optimizer, network: optimizer,
    zero=torch.optim.Optimizer.zero_grad,
    ask=lambda loss_of, result, photos: loss_of(result, photos),
    move=lambda optimizer, loss: (loss.backward(), optimizer.step()),
    give=lambda loss, again: loss.item(),
):
    """The step, with what may be done otherwise at each place of it."""
    mode(network)
    optimizer = make(optimizer, network)
    zero(optimizer)
    loss = ask(loss_of, network(photos), photos)
    move(optimizer, loss)
    return give(loss, lambda: loss_of(network(photos), photos).item())


def _trial(width, batch, side, make):
    """A network that has made one step, whose gradient is still there."""
    network = _Network(width)
    optimizer = make(network.parameters())
    (network(uniform(1, 3, 5, 5, seed=7)) - 1).square().sum().backward()
    optimizer.step()
    return network, optimizer, uniform(batch, 3, side, side + 2, seed=batch), _LossOf()


def _trials():
    return [
        _trial(2, 2, 6, lambda weights: torch.optim.SGD(weights, lr=0.02)),
        _trial(4, 1, 9, lambda weights: torch.optim.SGD(weights, lr=0.01, momentum=0.9)),
        _trial(3, 4, 5, lambda weights: torch.optim.Adam(weights, lr=0.02)),
    ]


def _read(name, given, trial):
    """The loss and the weights."""
    network, _, photos, loss_of = trial
    if not loss_of.asked:
        raise NotYet(f"{name} never asks for the loss: `loss_of(result, photos)`.")
    if fault := loss_of.fault(photos):
        raise NotYet(f"{name} {fault}")
    if isinstance(given, torch.Tensor):
        raise NotYet(
            f"{name} gives the loss as a tensor, and a list of them keeps every step's graph in memory: return a "
            "float, `loss.item()`."
        )
    if not isinstance(given, Real) or isinstance(given, bool):
        raise NotYet(f"{name} gives a {type(given).__name__}: return the loss as a float, `loss.item()`.")
    weights = torch.cat([weight.detach().flatten() for weight in network.parameters()])
    return {"the weights": weights, "the loss": torch.tensor(float(given), device="cpu")}


class _Step(Exercise):
    """An exercise whose errors are explained by what the loss was asked about."""

    def examine(self, function) -> str:
        """What has been verified; NotYet where something is wrong."""
        return super().examine(self._explaining(function) if callable(function) else function)

    def _explaining(self, function):
        @functools.wraps(function)
        def explaining(network, optimizer, photos, loss_of):
            try:
                return function(network, optimizer, photos, loss_of)
            except RuntimeError as error:
                moved = "modified by an inplace operation" in str(error)
                fault = loss_of.fault(photos) or (f"stopped: {_TOO_EARLY}" if moved else None)
                if isinstance(error, NotImplementedError) or not fault:
                    raise
                raise NotYet(f"{self.name} {fault}") from error

        return explaining


check_training_step = _Step(
    name="training_step",
    right=_training_step,
    trials=_trials,
    mistakes={
        "the gradient is added to that of the step before; call `optimizer.zero_grad()` before `loss.backward()`.": {
            "zero": lambda optimizer: None
        },
        "the network isn't in training mode, in which it may work otherwise (this one doesn't clamp); call "
        "`network.train()` first.": {"mode": lambda network: None},
        "nothing has moved; the order is `optimizer.zero_grad()`, then `loss.backward()`, and then "
        "`optimizer.step()`.": {"move": lambda optimizer, loss: (optimizer.step(), loss.backward())},
        _TOO_EARLY: {
            "zero": lambda optimizer: (optimizer.step(), optimizer.zero_grad()),
            "move": lambda optimizer, loss: loss.backward(),
        },
        "`loss_of` was given the photos first; the result comes first, `loss_of(result, photos)`.": {
            "ask": lambda loss_of, result, photos: loss_of(photos, result)
        },
        "the weights move twice; one step is one `optimizer.step()`.": {
            "move": lambda optimizer, loss: (loss.backward(), optimizer.step(), optimizer.step())
        },
        "this is the loss after the step; return that of the result whose gradient moved the weights.": {
            "give": lambda loss, again: again()
        },
        "a new optimiser made the step, which forgets the momentum and the learning rate; use `optimizer`.": {
            "make": lambda optimizer, network: torch.optim.Adam(network.parameters(), lr=1e-3)
        },
    },
    verified="in training mode, one gradient, one step of the optimiser, and the loss as a number",
    gradient=False,
    read=_read,
)
