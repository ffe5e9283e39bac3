"""``training_step(network, optimizer, photos, loss_of)``: one step of the weights down the loss of the results.

No formula gives the weights after it, so torch's optimisers do, and the loss notes what a student's code does.
"""

import functools
from numbers import Real

import torch
from torch import nn

from nst_helpers.checks.call import NotYet
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.fast.watched import SmallNetwork, WatchedLoss
from nst_helpers.checks.trials import uniform

_TOO_EARLY = "the weights move along the gradient of the step before; call `loss.backward()` before `optimizer.step()`."


def _training_step(
    network,
    optimizer,
    photos,
    loss_of,
    *,
    mode=nn.Module.train,
    zero=torch.optim.Optimizer.zero_grad,
    ask=lambda loss_of, result, photos: loss_of(result, photos),
    move=lambda optimizer, loss: (loss.backward(), optimizer.step()),
    give=lambda loss, again: loss.item(),
):
    """The step, with what may be done otherwise at each place of it."""
    mode(network)
    zero(optimizer)
    loss = ask(loss_of, network(photos), photos)
    move(optimizer, loss)
    return give(loss, lambda: loss_of(network(photos), photos).item())


def _trial(width, batch, side, make, highest):
    """A network that has made one step, whose gradient is still there."""
    network = SmallNetwork(width, highest)
    optimizer = make(network.parameters())
    (network(uniform(1, 3, 5, 5, seed=7)) - 1).square().sum().backward()
    optimizer.step()
    return network, optimizer, uniform(batch, 3, side, side + 2, seed=batch), WatchedLoss(network, optimizer)


def _trials():
    return [
        _trial(2, 2, 6, lambda weights: torch.optim.SGD(weights, lr=0.02), 9.0),  # a clamp that does nothing
        _trial(4, 1, 9, lambda weights: torch.optim.SGD(weights, lr=0.01, momentum=0.9), 0.8),
        _trial(3, 4, 5, lambda weights: torch.optim.Adam(weights, lr=0.02), 0.8),
    ]


def _read(name, given, trial):
    """The weights after the step, and the loss."""
    network, _, photos, loss_of = trial
    if not loss_of.asked:
        raise NotYet(f"{name} never asks for the loss: `loss_of(result, photos)`.")
    if fault := loss_of.fault(photos):
        raise NotYet(f"{name} {fault}")
    if loss_of.steps > 1:
        raise NotYet(
            f"{name} moves the weights {loss_of.steps} times: a step is one `optimizer.step()`, along the gradient of "
            "all the photos."
        )
    weights = network.numbers()
    if not loss_of.steps and not torch.equal(weights, loss_of.before):
        raise NotYet(
            f"{name} moves the weights without `optimizer`, which knows the learning rate and the steps before: call "
            "`optimizer.step()`."
        )
    if isinstance(given, torch.Tensor):
        raise NotYet(
            f"{name} gives the loss as a tensor, and a list of them keeps every step's graph in memory: return a "
            "float, `loss.item()`."
        )
    if not isinstance(given, Real) or isinstance(given, bool):
        raise NotYet(f"{name} gives a {type(given).__name__}: return the loss as a float, `loss.item()`.")
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
        "nothing has moved, as no gradient had reached the weights; the order is `optimizer.zero_grad()`, then "
        "`loss.backward()`, then `optimizer.step()`.": {
            "move": lambda optimizer, loss: (optimizer.step(), loss.backward())
        },
        _TOO_EARLY: {
            "zero": lambda optimizer: (optimizer.step(), optimizer.zero_grad()),
            "move": lambda optimizer, loss: loss.backward(),
        },
        "`loss_of` was given the photos first; the result comes first, `loss_of(result, photos)`.": {
            "ask": lambda loss_of, result, photos: loss_of(photos, result)
        },
        "`loss_of` was given the result twice; it compares it with the photos, `loss_of(result, photos)`.": {
            "ask": lambda loss_of, result, photos: loss_of(result, result)
        },
        "the result is clamped on the way to the loss, and pixels outside [0, 1] get no gradient; give it as it is.": {
            "ask": lambda loss_of, result, photos: loss_of(result.clamp(0, 1), photos)
        },
        "this is the loss after the step; return that of the result whose gradient moved the weights.": {
            "give": lambda loss, again: again()
        },
    },
    verified="in training mode, one gradient, one step of the optimiser, and the loss as a number",
    gradient=False,
    read=_read,
)
