"""Minimise an objective over the pixels of one picture, without losing the best one on the way."""

import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.losses import Value
from nst_helpers.optimize.parameters import Fourier, Pixels
from nst_helpers.runtime import Callback, Progress, Stop, require_choice

Optimizer = Literal["lbfgs", "adam"]

LEARNING_RATES = {"lbfgs": 1.0, "adam": 0.02}

# Curvature pairs that L-BFGS keeps. 20 come within 3% of the loss that 100 reach, with a fifth of the memory.
LBFGS_HISTORY = 20

# A loss above this many times the best so far counts as an explosion.
_EXPLOSION = 100.0

# Evaluations after a start in which only a non-finite loss counts: the first step knows no curvature yet and overshoots
# where the start is all but a minimum.
_GRACE = 4

# How far the first step of L-BFGS moves a variable on average; torch's own first step, 1 over all variables
# together, is too small to measure curvature by, least of all in bfloat16.
_FIRST_STEP = 0.001

# The longest step of L-BFGS: the root mean square of what it changes in the pixels. Steps that overshoot are far longer
# (0.05 to 0.3 was seen, and then a loss many times as high), steps that help are shorter.
_LONGEST_STEP = 0.02

_MOST_RESTARTS = 5


@dataclass
class Optimization:
    """A picture and how it was reached.

    Attributes:
        image: the best picture that was evaluated, float32 in [0, 1].
        loss: its loss.
        history: a report of each evaluation, in order, without the pictures.
        interrupted: whether it ended before its last step, by Ctrl-C or by the callback.
    """

    image: Float[Tensor, "batch 3 height width"]
    loss: float = float("inf")
    history: list[Progress] = field(default_factory=list)
    interrupted: bool = False

    @property
    def notes(self) -> list[str]:
        """What happened out of the ordinary, in sentences."""
        return [progress.note for progress in self.history if progress.note]


def optimize_image(
    objective: Callable[[Tensor], Value],
    start: Float[Tensor, "batch 3 height width"],
    *,
    steps: int,
    optimizer: Optimizer = "lbfgs",
    learning_rate: float | None = None,
    precondition: bool = True,
    callback: Callback | None = None,
    before: Optimization | None = None,
    total: int | None = None,
) -> Optimization:
    """Take ``steps`` steps from ``start``, each one evaluation of loss and gradient.

    Pixels are brought back into [0, 1] after each step and never inside the loss, where it would falsify L-BFGS's
    curvature. A non-finite loss, or one many times the best, sends the optimiser back to the best picture with half the
    learning rate. Ctrl-C, and `runtime.Stop` raised by the callback, return the best picture so far.

    Args:
        objective: of the picture; gives the total and the named losses.
        learning_rate: 1 for L-BFGS and 0.02 for Adam if left out.
        precondition: let L-BFGS turn frequency-scaled Fourier coefficients (`optimize.Fourier`); Adam scales
            each variable by itself and always turns pixels.
        callback: called after each evaluation with a `runtime.Progress`.
        before: an optimisation that this one continues, its history included (at another size, say).
        total: the steps planned in all, for the reports; ``steps`` if left out.

    Raises:
        ValueError: steps below 1, an unknown optimiser, a learning rate not above 0, a first loss not finite.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}: take at least 1.")
    require_choice("optimizer", optimizer, LEARNING_RATES)
    rate = LEARNING_RATES[optimizer] if learning_rate is None else learning_rate
    if not rate > 0:
        raise ValueError(f"learning_rate is {rate}: give a number above 0.")
    history = list(before.history) if before else []
    run = _Run(objective, start, optimizer, rate, precondition, Optimization(start, history=history))
    try:
        for _ in range(steps):
            progress = run.step(total or steps)
            if callback is not None:
                callback(progress)
            if run.restarts > _MOST_RESTARTS:
                break
    except (KeyboardInterrupt, Stop):
        run.result.interrupted = True
    return run.result


class _Run:
    """One optimisation under way: the optimiser, and the best picture so far in ``result``."""

    def __init__(self, objective, start, optimizer: Optimizer, rate: float, precondition: bool, result: Optimization):
        self.objective, self.result = objective, result
        self.restarts = 0
        self.parameterization = Fourier(start) if precondition and optimizer == "lbfgs" else Pixels(start)
        self.name, self.rate = optimizer, rate
        self._start_optimizer()
        self.began = time.perf_counter() - (result.history[-1].seconds if result.history else 0.0)

    def step(self, total: int) -> Progress:
        """One evaluation, one step of the optimiser, one report."""
        image, value = self._evaluate_and_move()
        loss = value.total.item()
        note = ""
        if math.isfinite(loss) and loss < self.result.loss:
            self.result.image, self.result.loss = image, loss
        best = self.result.loss
        self.since_start += 1
        exploded = self.since_start > _GRACE and loss - best > (_EXPLOSION - 1) * abs(best)  # a loss may be negative
        if not math.isfinite(loss) or exploded:
            note = self._restart(loss)
        progress = Progress(
            iteration=len(self.result.history) + 1,
            total=total,
            loss=loss,
            losses={name: term.item() for name, term in value.losses.items()},
            seconds=time.perf_counter() - self.began,
            image=image,
            note=note,
        )
        self.result.history.append(replace(progress, image=None))
        return progress

    def _evaluate_and_move(self) -> tuple[Tensor, Value]:
        """The picture evaluated, with its value; the optimiser has then moved on from it."""
        evaluated = []
        parameters = self.parameterization.parameters

        def closure() -> Tensor:
            self.optimizer.zero_grad()
            image = self.parameterization.image()
            value = self.objective(image)
            value.total.backward()
            if self.scale is None:
                self.scale = 1 / parameters.grad.abs().mean().clamp(min=1e-30)
            parameters.grad *= self.scale
            evaluated.append((image.detach().clamp(0, 1), value))  # the Fourier transform rounds
            return value.total * self.scale

        before = parameters.detach().clone()
        self.optimizer.step(closure)
        self._hold(evaluated[0][0])
        if self.name == "lbfgs":
            # The pair of step and change of gradient that it learns the curvature from has to hold the step really
            # taken. Left as it was before the clamp, it derails pictures with many black or white pixels.
            state = self.optimizer.state[parameters]
            if "d" in state:  # none where the gradient is zero
                state["d"] = (parameters.detach() - before).flatten() / state["t"]
            self.optimizer.param_groups[0]["lr"] = self.rate  # after the first step
        return evaluated[0]

    @torch.no_grad()
    def _hold(self, image: Tensor) -> None:
        """Hold the step just taken from ``image`` to its longest, and the pixels to [0, 1]."""
        moved = self.parameterization.image()
        if self.name == "lbfgs":
            length = (moved - image).square().mean().sqrt()
            moved = torch.lerp(image, moved, (self.rate * _LONGEST_STEP / length).clamp(max=1))
        self.parameterization.set(moved.clamp(0, 1))

    def _restart(self, loss: float) -> str:
        """Go back to the best picture and on from there with half the learning rate; say so."""
        if not math.isfinite(self.result.loss):
            raise ValueError(
                f"the first loss is {loss}: look for a weight that is far too large, or a picture with NaN values."
            )
        self.restarts += 1
        self.rate /= 2
        self.parameterization.set(self.result.image)
        self._start_optimizer()
        end = "going on" if self.restarts <= _MOST_RESTARTS else f"stopping after {_MOST_RESTARTS} restarts"
        note = (
            f"the loss went to {loss:.3g} from a best of {self.result.loss:.3g}: {end} from the best picture, "
            f"learning rate now {self.rate:.3g}."
        )
        warnings.warn(note, RuntimeWarning, stacklevel=4)
        return note

    def _start_optimizer(self) -> None:
        """A new optimiser. Its thresholds (what counts as curvature, Adam's epsilon) are absolute, so the loss is
        scaled for it to a mean gradient of 1 at the start."""
        parameters = self.parameterization.parameters
        self.scale: Tensor | None = None
        self.since_start = 0
        if self.name == "adam":
            self.optimizer = torch.optim.Adam([parameters], lr=self.rate)
            return
        # max_iter=1 makes each step() one evaluation; without tolerances the number of steps alone decides.
        self.optimizer = torch.optim.LBFGS(
            [parameters],
            lr=self.rate * _FIRST_STEP * parameters.numel(),
            max_iter=1,
            history_size=LBFGS_HISTORY,
            tolerance_grad=0,
            tolerance_change=0,
        )
