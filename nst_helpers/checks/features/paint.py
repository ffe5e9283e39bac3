"""``paint(start, to_picture, goal, steps)``: parameters turned by Adam until their picture has a high goal."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform

_RATE = 0.05


def _adam(parameters):
    return torch.optim.Adam([parameters], lr=_RATE)


def _paint(
    start,
    to_picture,
    goal,
    steps,
    *,
    sign=-1,
    zero=True,
    make=_adam,
    renew=False,
    judged=lambda goal, picture, parameters: goal(picture),
    give=lambda picture, parameters, to_picture: to_picture(parameters),
):
    """The loop, with what may be done otherwise at each place of it."""
    parameters = start.detach().clone().requires_grad_()
    optimizer = make(parameters)
    for _ in range(steps):
        optimizer = make(parameters) if renew else optimizer
        picture = to_picture(parameters)
        if zero:
            optimizer.zero_grad()
        (sign * judged(goal, picture, parameters).sum()).backward()
        optimizer.step()
    return give(picture, parameters, to_picture).detach()


def _trial(shape, steps, gain):
    """A goal that is highest at one picture, so that a step too far is corrected, and a picture of mixed parameters."""
    wanted, weights = uniform(*shape[1:], seed=1), 0.5 + uniform(*shape[1:], seed=2)

    def to_picture(parameters):
        return torch.sigmoid(gain * (parameters + 0.5 * parameters.roll(1, dims=3)))

    def goal(picture):
        return -(weights.to(picture) * (picture - wanted.to(picture)).square()).sum(dim=(1, 2, 3))

    return uniform(*shape) - 0.5, to_picture, goal, steps


def _trials():
    return [
        _trial((2, 3, 4, 5), 6, 1.0),
        _trial((1, 3, 5, 3), 2, 2.0),
        _trial((3, 3, 2, 4), 25, 3.0),
    ]


def _also(trial, given):
    if given.requires_grad:
        return "gives a picture that still leads back to the parameters: end with `.detach()`."
    return None


check_paint = Exercise(
    name="paint",
    right=_paint,
    trials=_trials,
    mistakes={
        "the goal falls: an optimiser makes a number small, so give it the goal with a minus.": {"sign": 1},
        "each gradient is added to those before; call `optimizer.zero_grad()` before `backward()`.": {"zero": False},
        "a new optimiser is made in every step and forgets what Adam keeps; make one, before the loop.": {
            "renew": True
        },
        "these are the parameters; give their picture, `to_picture(parameters)`.": {
            "give": lambda picture, parameters, to_picture: parameters
        },
        "the picture was made before the last step; make it once more after the loop.": {
            "give": lambda picture, parameters, to_picture: picture
        },
        "the goal is asked about the parameters; ask it about the picture that they make.": {
            "judged": lambda goal, picture, parameters: goal(parameters)
        },
        "only one step is taken; does `return` stand inside the loop?": (
            lambda start, to_picture, goal, steps: _paint(start, to_picture, goal, 1)
        ),
        "Adam goes at another rate than 0.05; its default is 0.001.": {
            "make": lambda parameters: torch.optim.Adam([parameters])
        },
        "these are plain steps along the gradient; use `torch.optim.Adam`, which scales each parameter's own.": {
            "make": lambda parameters: torch.optim.SGD([parameters], lr=_RATE)
        },
    },
    verified="the goal rises, whatever the parameters are, and the picture is that of the last step",
    gradient=False,
    also=_also,
)
