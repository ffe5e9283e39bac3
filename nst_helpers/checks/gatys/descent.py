"""A loss whose lowest picture is known, and notes of what a student's loop does with it and with torch's optimisers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor
from torch.optim.optimizer import register_optimizer_step_pre_hook

from nst_helpers.checks.trials import uniform


class WatchedLoss:
    """A quadratic loss, and what was done with it.

    Args:
        goal: "inside" for a lowest picture inside [0, 1], "outside" for one with each pixel below 0 or above 1.
        shape: of the picture to start from.
        rising: whether each evaluation adds a constant to the loss, so that the last picture looks like the worst.
    """

    def __init__(self, goal: str, shape: tuple[int, int, int, int], *, rising: bool = False):
        goals, stiffness = uniform(*shape, seed=1), uniform(*shape, seed=2)
        self.start = 0.2 + 0.6 * uniform(*shape)
        self.goal = 0.1 + 0.8 * goals if goal == "inside" else torch.where(goals > 0.5, 1.5, -0.5)
        self.stiffness = 0.2 + stiffness if goal == "inside" else torch.ones_like(goals)
        self.rising = rising
        self.lowest = self.value(self.goal.clamp(0, 1)).item()
        self.asked: list[Tensor] = []
        self.faults: set[str] = set()
        self.optimizers: list[torch.optim.Optimizer] = []  # kept, so that no two have one id
        self.added_up = torch.zeros_like(self.start)
        self.latest = torch.zeros_like(self.start)

    def __call__(self, image: Float[Tensor, "..."]) -> Float[Tensor, ""]:
        pixels = image.detach()
        self.asked.append(pixels.clone())
        if image.grad_fn is not None and image.grad_fn.name().startswith(("Clamp", "Hardtanh", "Minimum", "Maximum")):
            self.faults.add("clamp in loss")
        self.latest = 2 * self.stiffness * (pixels - self.goal)
        self.added_up = self.added_up + self.latest
        return self.value(image) + (1000.0 * len(self.asked) if self.rising else 0)

    def value(self, image: Float[Tensor, "..."]) -> Float[Tensor, ""]:
        """The sum of squared distances to the goal, stiffer for some pixels than for others."""
        return (self.stiffness * (image - self.goal).square()).sum()

    def progress(self, image: Float[Tensor, "..."]) -> float:
        """How much of the way from the start's loss down to the lowest was gone."""
        start = self.value(self.start).item()
        return (start - self.value(image).item()) / (start - self.lowest)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While it lasts, every step of an optimiser of this thread is seen."""
        thread = threading.get_ident()

        def before_step(optimizer, args, kwargs):
            return self._see_step(optimizer, args, kwargs) if threading.get_ident() == thread else None

        handle = register_optimizer_step_pre_hook(before_step)
        try:
            yield
        finally:
            handle.remove()

    def _see_step(self, optimizer, args, kwargs):
        if all(optimizer is not known for known in self.optimizers):
            self.optimizers.append(optimizer)
        if len(self.optimizers) > 1:
            self.faults.add("new optimiser")
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        itself, *rest = args
        closure = rest[0] if rest else kwargs.get("closure")
        if closure is None:
            self._see_gradient(parameters)
            return None

        def watched_closure():
            before = [parameter.detach().clone() for parameter in parameters]
            value = closure()
            if any(not torch.equal(old, new.detach()) for old, new in zip(before, parameters, strict=True)):
                self.faults.add("clamp in closure")
            if value is None:
                self.faults.add("closure without result")
            self._see_gradient(parameters)
            return value

        return (itself, watched_closure), {}

    def _see_gradient(self, parameters):
        gradients = [parameter.grad for parameter in parameters]
        if any(gradient is None for gradient in gradients):
            self.faults.add("no gradient")
        elif len(gradients) == 1 and len(self.asked) > 1 and gradients[0].shape == self.latest.shape:
            added_up = torch.allclose(gradients[0].to(self.added_up), self.added_up)
            if added_up and not torch.allclose(gradients[0].to(self.latest), self.latest):
                self.faults.add("gradients added up")
