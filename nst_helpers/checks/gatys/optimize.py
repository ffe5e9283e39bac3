"""``optimize(image, loss_fn, steps)``: a loop that takes a picture down a loss.

No formula gives its answer, so the loss and torch's optimisers write down what the student's code does.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.checks import answers
from nst_helpers.checks.call import NotYet, call
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.gatys.descent import WatchedLoss

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
_TWENTY = (
    "more than once per step: `torch.optim.LBFGS` takes up to 20 unless it has `max_iter=1`, and "
    "`optimizer.step(closure)` returns the loss that you may want to print."
)
_AT_THE_END = "clamp into [0, 1] after every step, not only at the end."
_LAST = "clamp into [0, 1] after the last step as well."


def _adam(image):
    return torch.optim.Adam([image], lr=0.05)


def _optimize(
    image,
    loss_fn,
    steps,
    *,
    make=lambda image: torch.optim.LBFGS([image], max_iter=1),
    renew=False,
    before=lambda image: None,
    way=lambda image: image,
    zero=True,
    backward=torch.Tensor.backward,
    give=lambda loss: loss,
    after=lambda image: image.data.clamp_(0, 1),
    end=lambda image: image.clamp(0, 1),
):
    """The loop, with what may be done otherwise at each place of it."""
    image = image.detach().clone().requires_grad_()
    optimizer = make(image)

    def closure():
        before(image)
        if zero:
            optimizer.zero_grad()
        loss = loss_fn(way(image))
        backward(loss)
        return give(loss)

    for _ in range(steps):
        optimizer = make(image) if renew else optimizer
        optimizer.step(closure)
        after(image)
    return end(image.detach())


def _trials():
    """Losses with the clamp needed and not needed.

    Were only some of the pixels to stop at a border, L-BFGS with a plain clamp would lose its way.
    """
    kinds = [
        (WatchedLoss("outside", (1, 3, 6, 6)), 40),
        (WatchedLoss("inside", (1, 3, 6, 6)), 2),
        (WatchedLoss("inside", (1, 3, 5, 8), rising=True), 3),
        (WatchedLoss("inside", (2, 3, 12, 9)), 40),
    ]
    return [(loss.start, loss, steps) for loss, steps in kinds]


class _Loop(Exercise):
    """An exercise whose answer is judged by what its loss has seen."""

    def examine(self, function) -> str:
        """What has been verified; NotYet where something is wrong."""
        for image, loss, steps in self.trials():
            with loss.watching():
                try:
                    result = call(self.name, function, image, loss, steps)
                except NotYet:
                    self._tell(loss)  # the cause of the error, where it is known
                    raise
            self._tell(loss)
            pixels = answers.tensor(self.name, result)[""]
            complaint = _of_evaluations(loss, steps) or _of_result(loss, pixels, steps)
            if complaint:
                raise NotYet(f"{self.name} {complaint}")
        return f"{self.verified}, {loss.progress(pixels):.0%} of the way down"

    def _tell(self, loss: WatchedLoss) -> None:
        for fault, sentence in _FAULTS.items():
            if fault in loss.faults:
                raise NotYet(f"{self.name} {sentence}")


def _of_evaluations(loss: WatchedLoss, steps: int) -> str | None:
    """What is wrong with the pictures that the loss was asked about."""
    count = len(loss.asked)
    if count < steps:
        return f"evaluates the loss {count} times in {steps} steps: loop over `range(steps)`."
    if loss.asked[0].shape != loss.start.shape or not torch.allclose(loss.asked[0].to(loss.start), loss.start):
        return "starts from another picture than `image`: work on a copy of it, `image.detach().clone()`."
    if count > steps:
        return f"evaluates the loss {count} times in {steps} steps, {_TWENTY}"
    low, high = (min(p.min().item() for p in loss.asked), max(p.max().item() for p in loss.asked))
    if low < -1e-4 or high > 1 + 1e-4:
        return f"asks for the loss of pixels from {low:.2f} to {high:.2f}: {_AT_THE_END}"
    return None


def _of_result(loss: WatchedLoss, result: Float[Tensor, "..."], steps: int) -> str | None:
    """What is wrong with the picture returned."""
    if result.shape != loss.start.shape:
        return f"gives the shape {tuple(result.shape)}: return the picture, {tuple(loss.start.shape)}."
    if not result.isfinite().all():
        return "gives NaN or infinity: is the learning rate about 1 (L-BFGS) or 0.05 (Adam)?"
    if result.min() < -1e-6 or result.max() > 1 + 1e-6:
        return f"gives pixels from {result.min():.2f} to {result.max():.2f}: {_LAST}"
    if result.requires_grad:
        return "gives a picture that still asks for a gradient: return `image.detach()`."
    if steps < 40 and any(torch.allclose(result.to(asked), asked) for asked in loss.asked):
        return (
            "gives the picture that an earlier step began with, or the start: return the tensor that the optimiser "
            "changes, after the last step, whatever its loss."
        )
    if steps >= 40 and loss.progress(result) < _ENOUGH:
        return (
            f"has hardly improved the picture: its loss went from {loss.value(loss.start):.3g} to "
            f"{loss.value(result):.3g} in {steps} steps, where {loss.lowest:.3g} can be reached. Do you return the "
            "tensor that the optimiser changes, and is the learning rate about 1 (L-BFGS) or 0.05 (Adam)?"
        )
    return None


check_optimize = _Loop(
    name="optimize",
    right=_optimize,
    trials=_trials,
    mistakes={
        _FAULTS["clamp in closure"]: {"before": lambda image: image.data.clamp_(0, 1), "after": lambda image: None},
        _FAULTS["clamp in loss"]: {"way": lambda image: image.clamp(0, 1)},
        _FAULTS["closure without result"]: {"give": lambda loss: None},
        _FAULTS["no gradient"]: {"make": _adam, "backward": lambda loss: None},
        _FAULTS["gradients added up"]: {"make": _adam, "zero": False},
        _FAULTS["new optimiser"]: {"make": _adam, "renew": True},
        _TWENTY: {"make": lambda image: torch.optim.LBFGS([image])},
        _AT_THE_END: {"after": lambda image: None},
    },
    verified="one evaluation a step, clamped after it",
)
