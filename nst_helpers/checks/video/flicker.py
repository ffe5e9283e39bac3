"""``flicker(frames, flow, occluded, warp)``: the mean squared change along the flow, over visible pixels alone."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform
from nst_helpers.video import warp


def _to_the_next(frames, flow, warp):
    return frames[1:] - warp(frames[:-1], flow)


def _of_all(numbers, visible):
    return numbers.sum() / (numbers.shape[1] * visible.sum()).clamp(min=1)


def _of_each_pair(numbers, visible):
    return torch.stack([_of_all(*pair) for pair in zip(numbers.split(1), visible.split(1), strict=True)]).mean()


def _flicker(
    frames,
    flow,
    occluded,
    warp,
    *,
    change=_to_the_next,
    counts=torch.logical_not,
    size=lambda change: change.square(),
    mean=_of_all,
):
    visible = counts(occluded).to(frames.dtype)
    return mean(visible * size(change(frames, flow, warp)), visible)


def _trial(frames, height, width, hidden):
    """The share of hidden pixels falls from pair to pair; what is hidden changes more than what isn't."""
    flow = 4 * uniform(frames - 1, 2, height, width, seed=1) - 2
    bound = torch.linspace(hidden, hidden / 4, frames - 1, device="cpu").view(-1, 1, 1, 1)
    occluded = uniform(frames - 1, 1, height, width, seed=2) < bound
    pictures = uniform(frames, 3, height, width)
    pictures[1:] = torch.where(occluded, pictures[1:] ** 0.25, pictures[1:])
    return pictures, flow, occluded, warp


def _trials():
    frames, flow, occluded, _ = _trial(3, 5, 4, 0.5)
    nothing = torch.ones_like(occluded)
    return [_trial(4, 6, 6, 0.8), _trial(2, 5, 7, 0.3), _trial(5, 4, 6, 0.6), (frames, flow, nothing, warp)]


check_flicker = Exercise(
    name="flicker",
    right=_flicker,
    trials=_trials,
    mistakes={
        "the mask is inverted: occluded pixels count here, which have nothing to be compared with; take `~occluded`.": {
            "counts": lambda occluded: occluded
        },
        "it is divided by all numbers, so that a clip in which more is hidden looks steadier; divide by the visible "
        "ones.": {"mean": lambda numbers, visible: numbers.mean()},
        "this is the sum; divide by how many numbers are visible.": {"mean": lambda numbers, visible: numbers.sum()},
        "occluded pixels count, too; leave them out of the sum and of what it is divided by.": {
            "counts": torch.ones_like
        },
        "it is divided by the number of visible pixels; each has three channels.": {
            "mean": lambda numbers, visible: numbers.sum() / visible.sum().clamp(min=1)
        },
        "each pair's mean counts the same, however little of it is visible; sum over all pairs, then divide.": {
            "mean": _of_each_pair
        },
        "frames are compared without their flow, so that motion counts as flicker; warp the previous one first.": {
            "change": lambda frames, flow, warp: frames[1:] - frames[:-1]
        },
        "the later frame of each pair is warped; the flow lies on it, so warp the earlier one, `frames[:-1]`.": {
            "change": lambda frames, flow, warp: frames[:-1] - warp(frames[1:], flow)
        },
        "these are absolute differences; square them.": {"size": torch.abs},
        "this is its root; leave the root out.": lambda *clip: _flicker(*clip).sqrt(),
    },
    verified="squared changes along the flow over visible pixels alone, and 0 where none is",
    gradient=False,
)
