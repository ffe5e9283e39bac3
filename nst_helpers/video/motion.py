"""How two frames of a clip lie on one another: estimated from the pictures, or known of a scene."""

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from jaxtyping import Bool, Float
from torch import Tensor

from nst_helpers.video.flow import estimate_both_flows
from nst_helpers.video.layers import Scene
from nst_helpers.video.occlusion import occlusion_mask
from nst_helpers.video.warping import warp


class Motion(NamedTuple):
    """What is known of a frame's pixels in another frame, earlier or later.

    Attributes:
        flow: on this frame, to where its pixels are in the other, x first, px.
        visible: on this frame, where its pixels have a counterpart in the other.
    """

    flow: Float[Tensor, "1 2 height width"]
    visible: Bool[Tensor, "1 1 height width"]


MotionOf = Callable[[int, int], Motion]
"""The motion of a clip's frame, by its number, to another frame."""


def estimate_motion(
    this: Float[Tensor, "1 3 height width"], other: Float[Tensor, "1 3 height width"], *, method: str = "dis"
) -> Motion:
    """By `estimate_both_flows` and Ruder's `occlusion_mask`, which hides motion boundaries too; raises theirs."""
    flow, back = estimate_both_flows(this, other, method=method)
    return Motion(flow, ~occlusion_mask(back, flow))


def clip_motion(frames: Sequence[Float[Tensor, "1 3 height width"]], *, method: str = "dis") -> MotionOf:
    """`estimate_motion` between frames by their numbers, each pair once."""
    return functools.cache(lambda this, other: estimate_motion(frames[this], frames[other], method=method))


def scene_motion(scene: Scene, this: int, other: int) -> Motion:
    """What the scene knows, followed from neighbour to neighbour.

    A pixel counts as visible where every frame on the way shows it: farther frames never show what the nearest hides,
    and flow to them is interpolated between pixels. What comes back into sight has to be estimated.

    Raises:
        ValueError: the two are one frame, or the scene lacks one.
    """
    if this == other or not (0 <= this < len(scene.frames) and 0 <= other < len(scene.frames)):
        raise ValueError(f"{this} and {other} were given: name two frames of the scene, 0 to {len(scene.frames) - 1}.")
    step = 1 if other > this else -1
    motion = _to_neighbour(scene, this, step)
    for number in range(this + step, other, step):
        motion = _followed(motion, _to_neighbour(scene, number, step))
    return motion


def _to_neighbour(scene: Scene, number: int, step: int) -> Motion:
    if step < 0:
        return Motion(scene.backward[number - 1, None], ~scene.occluded[number - 1, None])
    forward, backward = scene.forward[number, None], scene.backward[number, None]
    return Motion(forward, ~occlusion_mask(backward, forward, boundaries=False))


def _followed(first: Motion, then: Motion) -> Motion:
    """One motion after another."""
    seen = warp(then.visible.to(first.flow.dtype), first.flow) > 0.99  # all four pixels around
    return Motion(first.flow + warp(then.flow, first.flow), first.visible & seen)
