"""Minimise an objective over the pixels of one picture, without losing the best one on the way."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.losses import Value
from nst_helpers.optimize.lbfgs import LBFGS
from nst_helpers.optimize.parameters import Fourier, Pixels
from nst_helpers.runtime import Callback, Progress, Recorder, require_choice, return_large_blocks

Optimizer = Literal["lbfgs", "adam"]

LEARNING_RATES = {"lbfgs": 1.0, "adam": 0.02}

# Steps that L-BFGS remembers. 20 come within 3% of the loss that 100 reach, with a fifth of the memory.
LBFGS_HISTORY = 20

# A loss above this many times the best so far counts as an explosion.
_EXPLOSION = 100.0

# Evaluations after a start in which only a non-finite loss counts: the first step knows no curvature yet and overshoots
# where the start is all but a minimum.
_GRACE = 4

# How far the first step of L-BFGS moves a variable on average.
_FIRST_STEP = 0.001

# The longest step of L-BFGS: the root mean square of what it changes in the pixels. Steps that overshoot are far
# longer, steps that help are shorter.
_LONGEST_STEP = 0.02

_MOST_RESTARTS = 5


@dataclass
class Optimization:
    """A picture and how it was reached.

    Attributes:
        image: float32 in [0, 1]; the function that returns it says whether it is the best one or the last.
        loss: its loss.
        history: a report of each evaluation, in order, without the pictures.
        interrupted: whether it ended before its last step, by Ctrl-C or by the callback.
    """

    image: Float[Tensor, "batch 3 height width"]
    loss: float = math.inf
    history: list[Progress] = field(default_factory=list)
    interrupted: bool = False

    @classmethod
    def of(cls, recorder: Recorder, start: Float[Tensor, "batch 3 height width"]) -> Optimization:
        """What was recorded; the picture is the start where none was evaluated."""
        image = start if recorder.image is None else recorder.image
        return cls(image, recorder.loss, recorder.history, recorder.interrupted)

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
    recorder: Recorder | None = None,
) -> Optimization:
    """Take ``steps`` steps from ``start``, each one evaluation of loss and gradient.

    Pixels are brought back into [0, 1] after each step and never inside the loss, where it would falsify L-BFGS's
    curvature. A non-finite loss, or one many times the best, sends the optimiser back to the best picture with half the
    learning rate.

    Args:
        objective: of the picture; gives the total and the named losses.
        learning_rate: 1 for L-BFGS and 0.02 for Adam if left out.
        precondition: let L-BFGS turn frequency-scaled Fourier coefficients (`optimize.Fourier`); Adam scales
            each variable by itself and always turns pixels.
        callback: called after each evaluation with a `runtime.Progress`; it may raise `runtime.Stop`.
        recorder: of the loops that this one continues, at another size, say; it has the callback and the total.

    Returns:
        `Optimization`: ``.image`` is the best picture evaluated, after Ctrl-C and `runtime.Stop` as well.

    Raises:
        ValueError: steps below 1, an unknown optimiser, a learning rate not above 0, a first loss not finite.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}: take at least 1.")
    require_choice("optimizer", optimizer, LEARNING_RATES)
    rate = LEARNING_RATES[optimizer] if learning_rate is None else learning_rate
    if not rate > 0:
        raise ValueError(f"learning_rate is {rate}: give a number above 0.")
    if callback is not None and recorder is not None:
        raise ValueError("a callback and a recorder were given: give the recorder the callback.")
    recorder = Recorder(steps, callback) if recorder is None else recorder
    return_large_blocks()
    with recorder:
        _descend(_Descent(objective, start, optimizer, rate, precondition), steps, recorder)
    return Optimization.of(recorder, start)


def _descend(descent: _Descent, steps: int, recorder: Recorder) -> None:
    """Evaluate, report, move; where the loss goes wrong, start again from the best picture."""
    recorder.begin()
    for _ in range(steps):
        image, value = descent.evaluate()
        loss = value.total.item()
        wrong = descent.went_wrong(loss, recorder.loss)
        note = descent.slow_down(loss, recorder.loss) if wrong else ""
        recorder.report(loss, losses={name: term.item() for name, term in value.losses.items()}, image=image, note=note)
        if descent.restarts > _MOST_RESTARTS:
            break
        if wrong:
            descent.start(recorder.image)
        else:
            descent.move(image)


class _Descent:
    """A picture on its way down: its parameters, and the optimiser that turns them."""

    def __init__(self, objective, start: Tensor, optimizer: Optimizer, rate: float, precondition: bool):
        self.objective, self.optimizer, self.rate = objective, optimizer, rate
        self.restarts = 0
        self.parameterization = Fourier(start) if precondition and optimizer == "lbfgs" else Pixels(start)
        self.start(start)

    def start(self, image: Tensor) -> None:
        """Begin at a picture, with an optimiser that knows nothing yet."""
        self.parameterization.set(image)
        self.evaluations = 0
        self.scale: Tensor | None = None
        self.lbfgs = LBFGS(LBFGS_HISTORY)
        self.adam = torch.optim.Adam([self.parameterization.parameters], lr=self.rate)

    def evaluate(self) -> tuple[Tensor, Value]:
        """The picture with its value; the gradient is scaled to a mean of 1 at the start, as Adam's epsilon and the
        length of the first step are absolute."""
        parameters = self.parameterization.parameters
        parameters.grad = None
        image = self.parameterization.image()
        value = self.objective(image)
        value.total.backward()
        if self.scale is None:
            self.scale = 1 / parameters.grad.abs().mean().clamp(min=1e-30)
        parameters.grad *= self.scale
        self.evaluations += 1
        return image.detach().clamp(0, 1), value  # the Fourier transform rounds

    @torch.no_grad()
    def move(self, image: Tensor) -> None:
        """One step from the picture just evaluated, L-BFGS's no longer than the longest, with pixels held to [0, 1]."""
        parameters = self.parameterization.parameters
        if self.optimizer == "adam":
            self.adam.step()
            moved = self.parameterization.image()
        else:
            length = self.rate * (_FIRST_STEP if self.evaluations == 1 else 1)
            direction = self.lbfgs.direction(parameters.flatten(), parameters.grad.flatten())
            parameters += length * direction.view_as(parameters)
            moved = self.parameterization.image()
            change = (moved - image).square().mean().sqrt()
            moved = torch.lerp(image, moved, (self.rate * _LONGEST_STEP / change).clamp(max=1))
        self.parameterization.set(moved.clamp(0, 1))

    def went_wrong(self, loss: float, best: float) -> bool:
        """Whether the loss is not finite or exploded; ValueError if it is the first one."""
        if math.isfinite(loss):
            return self.evaluations > _GRACE and loss - best > (_EXPLOSION - 1) * abs(best)  # it may be negative
        if self.evaluations == 1 and not self.restarts:
            raise ValueError(
                f"the first loss is {loss}: look for a weight that is far too large, or a picture with NaN values."
            )
        return True

    def slow_down(self, loss: float, best: float) -> str:
        """Halve the learning rate for the start that follows; a sentence says so."""
        self.restarts += 1
        self.rate /= 2
        end = "going on" if self.restarts <= _MOST_RESTARTS else f"stopping after {_MOST_RESTARTS} restarts"
        note = (
            f"the loss went to {loss:.3g} from a best of {best:.3g}: {end} from the best picture, "
            f"learning rate now {self.rate:.3g}."
        )
        warnings.warn(note, RuntimeWarning, stacklevel=4)
        return note
