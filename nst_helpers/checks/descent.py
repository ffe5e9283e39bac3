"""The exercise whose answer is a loop: the loss and torch's optimisers write down what the student's code does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.optim.optimizer import register_optimizer_step_pre_hook

from nst_helpers.checks.calling import NotYet, call, passed
from nst_helpers.checks.compare import require_tensor

# Goal of the loss, and steps. "outside" needs the clamp; were only some of its pixels to stop at a border, L-BFGS
# with a plain clamp would lose its way, see `optimize.optimize_image`.
_TRIALS = (("outside", 40), ("inside", 2), ("inside", 40))
_ENOUGH = 0.4  # of the way down, after 40 steps

# In the order in which they are told: the cause before its consequences.
_FAULTS = {
    "clamp in closure": "changes the picture inside the closure, which falsifies the curvature that L-BFGS learns from "
    "two gradients: clamp after `optimizer.step(closure)`, under `torch.no_grad()`.",
    "clamp in loss": "clamps on the way to the loss, where pixels outside [0, 1] get no gradient and never come back: "
    "give the loss the picture itself, and clamp after the step.",
    "closure without result": "has a closure that returns nothing: L-BFGS needs the loss, so end it with "
    "`return loss`.",
    "no gradient": "steps although the optimiser's picture has no gradient: either `loss.backward()` is missing, or "
    "the loss was asked about another tensor than the one given to the optimiser (`image = image.clamp(0, 1)` makes "
    "one; `image.clamp_(0, 1)` doesn't).",
    "gradients added up": "adds each gradient to those of the steps before: call `optimizer.zero_grad()` before "
    "`loss.backward()`.",
    "new optimiser": "makes a new optimiser in every step, which forgets the curvature or the momentum: make one, "
    "before the loop.",
}


def check_optimize(function: Callable[..., Any]) -> None:
    """``optimize(image, loss_fn, steps)``: one evaluation a step, clamped after it; the caller's picture stays."""
    for goal, steps in _TRIALS:
        loss = _Loss(goal)
        with _watched(loss):
            try:
                result = call("optimize", function, loss.start, loss, steps)
            except NotYet:
                _tell(loss)  # the cause of the error, where it is known
                raise
        _tell(loss)
        _check_evaluations(loss, steps)
        _check_result(loss, require_tensor("optimize", result), steps)
    passed("optimize", f"one evaluation a step, clamped after it, {loss.progress(result):.0%} of the way down")


def _tell(loss: "_Loss") -> None:
    for fault, sentence in _FAULTS.items():
        if fault in loss.faults:
            raise NotYet(f"optimize {sentence}")


def _check_evaluations(loss: "_Loss", steps: int) -> None:
    if loss.evaluations < steps:
        raise NotYet(
            f"optimize evaluates the loss {loss.evaluations} times in {steps} steps: loop over `range(steps)`."
        )
    if loss.evaluations > steps:
        raise NotYet(
            f"optimize evaluates the loss {loss.evaluations} times in {steps} steps, more than once per step: "
            "`torch.optim.LBFGS` takes up to 20 unless it has `max_iter=1`, and `optimizer.step(closure)` returns "
            "the loss that you may want to print."
        )
    low, high = loss.range
    if low < -1e-4 or high > 1 + 1e-4:
        raise NotYet(
            f"optimize asks for the loss of pixels from {low:.2f} to {high:.2f}: clamp into [0, 1] after every step, "
            "not only at the end."
        )


def _check_result(loss: "_Loss", result: Float[Tensor, "..."], steps: int) -> None:
    if result.shape != loss.start.shape:
        raise NotYet(f"optimize gives the shape {tuple(result.shape)}: return the picture, {tuple(loss.start.shape)}.")
    if result.min() < -1e-6 or result.max() > 1 + 1e-6:
        raise NotYet(
            f"optimize gives pixels from {result.min():.2f} to {result.max():.2f}: clamp into [0, 1] after the last "
            "step as well."
        )
    if result.requires_grad:
        raise NotYet("optimize gives a picture that still asks for a gradient: return `image.detach()`.")
    if steps >= 40 and loss.progress(result) < _ENOUGH:
        raise NotYet(
            f"optimize has hardly improved the picture: its loss went from {loss.value(loss.start):.3g} to "
            f"{loss.value(result):.3g} in {steps} steps, where {loss.lowest:.3g} can be reached. Do you return the "
            "tensor that the optimiser changes, and is the learning rate about 1 (L-BFGS) or 0.05 (Adam)?"
        )


class _Loss:
    """A quadratic loss whose lowest picture is known, and notes of what was done with it.

    Args:
        goal: "inside" for a lowest picture inside [0, 1], "outside" for one with each pixel below 0 or above 1.
    """

    def __init__(self, goal: str):
        generator = torch.Generator().manual_seed(0)
        start, goals, stiffness = torch.rand(3, 1, 3, 6, 6, generator=generator, device="cpu", dtype=torch.float32)
        self.start = 0.2 + 0.6 * start
        self.goal = 0.1 + 0.8 * goals if goal == "inside" else torch.where(goals > 0.5, 1.5, -0.5)
        self.stiffness = 0.2 + stiffness if goal == "inside" else torch.ones_like(start)
        self.lowest = self.value(self.goal.clamp(0, 1)).item()
        self.evaluations = 0
        self.range = (0.5, 0.5)
        self.faults: set[str] = set()
        self.optimizers: list[torch.optim.Optimizer] = []  # kept, so that no two have one id
        self.added_up = torch.zeros_like(self.start)
        self.latest = torch.zeros_like(self.start)

    def __call__(self, image: Float[Tensor, "..."]) -> Float[Tensor, ""]:
        self.evaluations += 1
        pixels = image.detach()
        self.range = (min(self.range[0], pixels.min().item()), max(self.range[1], pixels.max().item()))
        if image.grad_fn is not None and image.grad_fn.name().startswith(("Clamp", "Hardtanh", "Minimum", "Maximum")):
            self.faults.add("clamp in loss")
        self.latest = 2 * self.stiffness * (pixels - self.goal)
        self.added_up += self.latest
        return self.value(image)

    def value(self, image: Float[Tensor, "..."]) -> Float[Tensor, ""]:
        """The sum of squared distances to the goal, stiffer for some pixels than for others."""
        return (self.stiffness * (image - self.goal).square()).sum()

    def progress(self, image: Float[Tensor, "..."]) -> float:
        """How much of the way from the start's loss down to the lowest was gone."""
        start = self.value(self.start).item()
        return (start - self.value(image).item()) / (start - self.lowest)

    def see_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Called at the start of each step."""
        if all(optimizer is not known for known in self.optimizers):
            self.optimizers.append(optimizer)
        if len(self.optimizers) > 1:
            self.faults.add("new optimiser")

    def see_gradient(self, parameters: list[torch.nn.Parameter | Tensor]) -> None:
        """Called when the gradient has been computed."""
        gradients = [parameter.grad for parameter in parameters]
        if any(gradient is None for gradient in gradients):
            self.faults.add("no gradient")
        elif len(gradients) == 1 and self.evaluations > 1 and gradients[0].shape == self.latest.shape:
            added_up = torch.allclose(gradients[0], self.added_up)
            if added_up and not torch.allclose(gradients[0], self.latest):
                self.faults.add("gradients added up")


@contextmanager
def _watched(loss: _Loss) -> Iterator[None]:
    """While it lasts, every step of an optimiser of this thread is seen by the loss."""
    thread = threading.get_ident()

    def before_step(optimizer, args, kwargs):
        if threading.get_ident() != thread:
            return None
        loss.see_step(optimizer)
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        itself, *rest = args
        closure = rest[0] if rest else kwargs.get("closure")
        if closure is None:
            loss.see_gradient(parameters)
            return None

        def watched_closure():
            before = [parameter.detach().clone() for parameter in parameters]
            value = closure()
            if any(not torch.equal(old, new.detach()) for old, new in zip(before, parameters, strict=True)):
                loss.faults.add("clamp in closure")
            if value is None:
                loss.faults.add("closure without result")
            loss.see_gradient(parameters)
            return value

        return (itself, watched_closure), {}

    handle = register_optimizer_step_pre_hook(before_step)
    try:
        yield
    finally:
        handle.remove()
