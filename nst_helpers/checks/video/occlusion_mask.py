"""``occlusion_mask(forward, backward, warp)``: where this frame's pixels have no counterpart in the one before.

`video.occlusion_mask` without its motion boundaries (Ruder et al. 2016, section 4.2).
"""

import operator

import torch
from torch import Tensor

from nst_helpers.checks import answers
from nst_helpers.checks.call import NotYet
from nst_helpers.checks.compare import Answer
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform
from nst_helpers.video import end_points, out_of_frame, warp


def _squared(flow):
    return flow.square().sum(dim=1, keepdim=True)


def _occlusion_mask(
    forward,
    backward,
    warp,
    *,
    there=lambda warp, forward, backward: warp(forward, backward),
    rest=operator.add,
    size=_squared,
    share=0.01,
    least=0.5,
    out=out_of_frame,
    mask=torch.logical_or,
):
    there_and_back = there(warp, forward, backward)
    allowed = share * (size(there_and_back) + size(backward)) + least
    return mask(size(rest(there_and_back, backward)) > allowed, out(backward))


def _beyond_whole_sides(flow):
    height, width = flow.shape[2:]
    x, y = end_points(flow).split(1, dim=1)
    return (x < 0) | (x > width) | (y < 0) | (y > height)


def _trial(batch, height, width, reach, error):
    """Each picture's own shift of up to so many pixels; where the forward flow errs most it doesn't undo it."""
    shift = reach * (2 * uniform(batch, 2, 1, 1, seed=height) - 1)
    errors = (2 * uniform(2, batch, 2, height, width, seed=width) - 1) * error
    return errors[0] - shift, shift + 0.2 * errors[1], warp


def _trials():
    still = torch.zeros(2, 1, 2, 4, 5, device="cpu")
    return [_trial(2, 9, 9, 4.0, 1.6), _trial(2, 12, 15, 8.0, 2.0), _trial(3, 10, 7, 1.0, 1.2), (*still, warp)]


def _read(name: str, given: object, trial: object) -> Answer:
    """A tensor of True and False, as 1 and 0."""
    if isinstance(given, Tensor) and given.dtype == torch.bool:
        return {"": given.float()}
    if isinstance(given, Tensor):
        raise NotYet(f"{name} gives {given.dtype}: return True and False, as `>` and `|` give, so that `~` inverts it.")
    return answers.tensor(name, given)


check_occlusion_mask = Exercise(
    name="occlusion_mask",
    right=_occlusion_mask,
    trials=_trials,
    mistakes={
        "the mask is inverted, True where the flows agree; it is True where one doesn't undo the other.": {
            "mask": lambda undone, out: ~(undone | out)
        },
        "the forward flow is taken at the pixel itself; a pixel of this frame was elsewhere in the one before: look it "
        "up there, `warp(forward, backward)`.": {"there": lambda warp, forward, backward: forward},
        "forward and backward are swapped, and so the mask lies on the previous frame; this frame's pixels have "
        "`backward`.": lambda forward, backward, warp: _occlusion_mask(backward, forward, warp),
        "the two are subtracted; there and back undo each other where their *sum* is 0.": {"rest": operator.sub},
        "lengths are compared; all three are squares of lengths, u^2 + v^2.": {
            "size": lambda flow: _squared(flow).sqrt()
        },
        "0.5 is left out, so that rounding decides where little moves; add it on the right.": {"least": 0.0},
        "only 0.5 is allowed; faster motion may err more: add 0.01 (|forward|^2 + |backward|^2).": {"share": 0.0},
        "0.1 stands where 0.01 is meant, and too much passes for visible.": {"share": 0.1},
        "pixels that came from outside the frame are left out; no frame shows them: they are occluded, too.": {
            "out": lambda backward: torch.zeros_like(backward[:, :1], dtype=torch.bool)
        },
        "the frame ends at the centre of its last pixel: x > width - 1 and y > height - 1 are outside.": {
            "out": _beyond_whole_sides
        },
    },
    verified="True where there and back don't undo each other, and out of the frame",
    gradient=False,
    read=_read,
)
