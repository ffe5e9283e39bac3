"""Where a frame shows what the frame before it didn't, by Ruder et al. (2016, section 4.2)."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from nst_helpers.video.warping import out_of_frame, warp


def occlusion_mask(
    forward: Float[Tensor, "batch 2 height width"],
    backward: Float[Tensor, "batch 2 height width"],
    boundaries: bool = True,
) -> Bool[Tensor, "batch 1 height width"]:
    """On this frame's pixels, True where they have no counterpart in the previous frame, or their flow can't say so.

    With the forward flow w, the backward flow ŵ and w̃(x) = w(x + ŵ(x)), where one doesn't undo the other,
    ``|w̃ + ŵ|² > 0.01 (|w̃|² + |ŵ|²) + 0.5``; where ŵ leads out of the frame; and where a flow is NaN. The
    temporal losses weigh pixels by ``~occlusion_mask(...)``.

    Args:
        forward: ``estimate_flow(previous, this)``.
        backward: ``estimate_flow(this, previous)``.
        boundaries: adds `motion_boundaries`, where estimates are unreliable.
    """
    there_and_back = warp(forward, backward)
    undone = _squared(there_and_back + backward) <= 0.01 * (_squared(there_and_back) + _squared(backward)) + 0.5
    mask = ~undone | out_of_frame(backward)
    return mask | motion_boundaries(backward) if boundaries else mask


def motion_boundaries(backward: Float[Tensor, "batch 2 height width"]) -> Bool[Tensor, "batch 1 height width"]:
    """True where the flow changes from a pixel to the next: ``|∇û|² + |∇v̂|² > 0.01 |ŵ|² + 0.002``.

    The gradients are central differences, at the frame's edges one-sided.
    """
    steepness = sum(_squared(slope) for slope in torch.gradient(backward, dim=(-2, -1)))
    return steepness > 0.01 * _squared(backward) + 0.002


def _squared(flow: Tensor) -> Tensor:
    return flow.square().sum(dim=1, keepdim=True)
