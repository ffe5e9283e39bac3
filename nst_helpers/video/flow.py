"""Optical flow between two pictures, as OpenCV or torchvision estimates it."""

import functools
import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from nst_helpers.images import luminance, resize
from nst_helpers.runtime import import_torchvision, require_choice, torchvision_weights
from nst_helpers.video.warping import resize_flow

FLOW_METHODS = ("dis", "raft")

# The smallest pictures that each of them takes. Of a side below 16 px DIS reads beyond its coarsest level, and crashes.
_LEAST_SIDE = {"dis": 16, "raft": 128}
_RAFT_MULTIPLE = 8

# DIS's medium preset ends at half of the resolution and after 5 refinements. Down to the pixels, after 20 and with a
# shorter side of 320 px or more, it is off by a third of that on scenes, and what it warps fits a film's frames better.
_DIS_FINEST_SCALE, _DIS_REFINEMENTS, _DIS_SIDE = 0, 20, 320
_DIS_ENLARGED = 8192  # px, of the longer side: a strip of 16 px isn't enlarged twentyfold
_DIS_LONGEST = 32766  # px, of OpenCV's coordinates


def estimate_flow(
    first: Float[Tensor, "batch 3 height width"],
    second: Float[Tensor, "second_batch 3 second_height second_width"],
    *,
    method: str = "dis",
) -> Float[Tensor, "batch 2 height width"]:
    """Where each pixel of the first picture went in the second: x first, in pixels, without a gradient.

    The previous frame is brought to this one by ``warp(previous, estimate_flow(this, previous))``.

    Args:
        first, second: in [0, 1].
        method: "dis", inverse search in patches (Kroeger et al. 2016) by OpenCV's medium preset, taken down to single
            pixels, on the luminance in 8 bits, enlarged if it is small, and on the CPU; or "raft", a network (Teed &
            Deng 2020) with torchvision's weights, which are downloaded once (21 MB), on the pictures' device.

    Raises:
        ValueError: an unknown method, pictures of two shapes, below the method's least size, too long for OpenCV, or
            with NaN or infinite values, or a damaged download.
        ImportError: OpenCV is not installed.
        ConnectionError: RAFT's weights are neither in torchvision's cache nor to be downloaded.
    """
    require_choice("method", method, FLOW_METHODS)
    _require_same_shape(first, second)
    height, width = first.shape[-2:]
    if min(height, width) < _LEAST_SIDE[method]:
        least = f"needs at least {_LEAST_SIDE[method]} px a side"
        raise ValueError(f'the pictures are {width}x{height} px and method="{method}" {least}: enlarge them')
    if method == "dis" and max(height, width) > _DIS_LONGEST:
        raise ValueError(
            f"the pictures are {width}x{height} px: OpenCV takes {_DIS_LONGEST} px a side at most: crop them"
        )
    if not (first.isfinite().all() and second.isfinite().all()):
        raise ValueError("the pictures have NaN or infinite values: find the step that made them")
    estimate = {"dis": _estimate_by_dis, "raft": _estimate_by_raft}[method]
    with torch.no_grad():
        return estimate(first, second)


def estimate_both_flows(
    first: Float[Tensor, "batch 3 height width"],
    second: Float[Tensor, "second_batch 3 second_height second_width"],
    *,
    method: str = "dis",
) -> tuple[Float[Tensor, "batch 2 height width"], Float[Tensor, "batch 2 height width"]]:
    """The first pictures' flow to the second and the second's to the first, as `estimate_flow`, side by side."""
    _require_same_shape(first, second)
    forward, backward = estimate_flow(torch.cat([first, second]), torch.cat([second, first]), method=method).chunk(2)
    return forward, backward


def _require_same_shape(first: Tensor, second: Tensor) -> None:
    if first.shape != second.shape:
        raise ValueError(f"the pictures' shapes are {tuple(first.shape)} and {tuple(second.shape)}: make them the same")


def _estimate_by_dis(first: Tensor, second: Tensor) -> Tensor:
    size = first.shape[-2:]
    times = max(1, min(math.ceil(_DIS_SIDE / min(size)), _DIS_ENLARGED // max(size)))
    enlarged = tuple(times * side for side in size)
    pairs = zip(*(_grey_levels(pictures, enlarged).numpy() for pictures in (first, second)), strict=True)
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:  # OpenCV takes one core for a pair
        flows = torch.stack(list(pool.map(_dis_of_pair, pairs))).movedim(-1, 1)
    return resize_flow(flows, size).contiguous().to(first)


def _dis_of_pair(pair: Iterable[np.ndarray]) -> Float[Tensor, "height width 2"]:
    cv2 = _import_opencv()
    estimator = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    estimator.setFinestScale(_DIS_FINEST_SCALE)
    estimator.setVariationalRefinementIterations(_DIS_REFINEMENTS)
    return torch.from_numpy(estimator.calc(*pair, None))


def _grey_levels(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    return resize(luminance(pictures), size)[:, 0].mul(255).round().clamp(0, 255).to("cpu", torch.uint8)


def _import_opencv() -> ModuleType:
    try:
        import cv2
    except ImportError:
        raise ImportError(
            'OpenCV is missing, which estimates flow with method="dis": pip install "nst-helpers[video]".'
        ) from None
    return cv2


def _estimate_by_raft(first: Tensor, second: Tensor) -> Tensor:
    height, width = first.shape[-2:]
    beyond = (0, -width % _RAFT_MULTIPLE, 0, -height % _RAFT_MULTIPLE)
    network = _raft().to(first.device)
    padded = (2 * F.pad(pictures.float(), beyond, mode="replicate") - 1 for pictures in (first, second))
    return network(*padded)[-1][..., :height, :width].to(first)


@functools.cache
def _raft() -> nn.Module:
    models = import_torchvision().models.optical_flow
    network = models.raft_large(weights=None).eval().requires_grad_(False)
    weights = models.Raft_Large_Weights.C_T_SKHT_V2
    network.load_state_dict(torchvision_weights(weights, 'use method="dis", which needs no weights'))
    return network
