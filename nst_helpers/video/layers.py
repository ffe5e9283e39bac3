"""Layers of a picture, each moved by affine maps: what frames show of them, their flow and what they hide."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from nst_helpers.images import resize
from nst_helpers.video.warping import end_points, out_of_frame

_MOST_ENLARGED = 2  # beyond it a frame has far less detail than pixels
_BORDER = 2  # px of the picture around what is seen, for bicubic sampling


class Scene(NamedTuple):
    """A clip and what is known of it.

    Attributes:
        frames: in [0, 1].
        forward: the k-th lies on frame k and says where its pixels went in frame k + 1, x first, in pixels.
        backward: the k-th lies on frame k + 1 and says where its pixels were in frame k.
        occluded: the k-th lies on frame k + 1 and is True where its pixels have no counterpart in frame k: hidden there
            by a nearer layer, or out of the frame.
    """

    frames: Float[Tensor, "frames 3 height width"]
    forward: Float[Tensor, "pairs 2 height width"]
    backward: Float[Tensor, "pairs 2 height width"]
    occluded: Bool[Tensor, "pairs 1 height width"]


@dataclass(frozen=True)
class Layer:
    """A surface that moves as a whole; positions are (batch, 2, height, width), x first, in pixels from the centre.

    Attributes:
        poses: (frames, 3, 3) in float64: from positions on the layer to positions in each frame.
        outline: how far inside the layer's outline positions on it lie, in pixels, (batch, 1, height, width), negative
            outside; None: it has none.
        half_size: x and y of what the outline encloses; None: the layer shows all that the frames see of it.
        flips: the picture's dimensions that are mirrored.
    """

    poses: Tensor
    outline: Callable[[Tensor], Tensor] | None = None
    half_size: tuple[float, float] | None = None
    flips: tuple[int, ...] = ()

    def depth(self, places: Float[Tensor, "batch 2 height width"]) -> Float[Tensor, "batch 1 height width"]:
        """How far inside the outline positions on the layer lie: infinitely where there is none."""
        return torch.full_like(places[:, :1], math.inf) if self.outline is None else self.outline(places)


def make_poses(
    *,
    shift: Float[Tensor, "frames 2"] | None = None,
    scale: Float[Tensor, " frames"] | None = None,
    angle: Float[Tensor, " frames"] | None = None,
) -> Float[Tensor, "frames 3 3"]:
    """Matrices that scale, turn (radians, from x to y), then shift (pixels)."""
    frames = len(next(given for given in (shift, scale, angle) if given is not None))
    scale = torch.ones(frames, dtype=torch.float64) if scale is None else scale
    angle = torch.zeros(frames, dtype=torch.float64) if angle is None else angle
    poses = torch.eye(3, dtype=torch.float64).repeat(frames, 1, 1)
    poses[:, 0, 0] = poses[:, 1, 1] = scale * angle.cos()
    poses[:, 1, 0] = scale * angle.sin()
    poses[:, 0, 1] = -poses[:, 1, 0]
    if shift is not None:
        poses[:, :2, 2] = shift
    return poses


def render(photo: Float[Tensor, "1 3 photo_height photo_width"], layers: list[Layer], size: tuple[int, int]) -> Scene:
    """What frames of (height, width) see of the layers, the farthest first.

    Outlines are antialiased in the frames and hard in the flow and the occlusion.

    Raises:
        ValueError: the photo would have to be enlarged more than twofold.
    """
    points = end_points(photo.new_zeros(1, 2, *size)) - _center(size).to(photo.device)
    frames = forward = backward = front = points.new_zeros(())
    for number, layer in enumerate(layers):
        places = _move(torch.linalg.inv(layer.poses), points)
        depth = layer.depth(places)
        frames = torch.lerp(frames, _shown(photo, layer, places, size), (depth + 0.5).clamp(0, 1))
        inside = depth > 0
        forward = torch.where(inside[:-1], _motion(layer.poses[:-1], layer.poses[1:], points), forward)
        backward = torch.where(inside[1:], _motion(layer.poses[1:], layer.poses[:-1], points), backward)
        front = torch.where(inside[1:], number, front)
    return Scene(frames, forward, backward, out_of_frame(backward) | _hidden(layers, front, points + backward))


def _hidden(layers: list[Layer], front: Tensor, before: Tensor) -> Tensor:
    """Where a layer nearer than that in front covers the positions (pairs, 2, height, width) in the frame before."""
    hidden = torch.zeros_like(front, dtype=torch.bool)
    for number, layer in enumerate(layers):
        covers = layer.depth(_move(torch.linalg.inv(layer.poses[:-1]), before)) > 0
        hidden |= covers & (front < number)
    return hidden


def _shown(photo: Tensor, layer: Layer, places: Tensor, size: tuple[int, int]) -> Tensor:
    """The picture, scaled and cropped to what the frames see of the layer, at places on it."""
    seen = _half_seen(layer, size) if layer.half_size is None else layer.half_size
    # of the frame's parity, so that pixels of a layer that stands still are pixels of the picture
    width, height = (
        side + 2 * (math.ceil(half - (side - 1) / 2) + _BORDER) for half, side in zip(seen, reversed(size), strict=True)
    )
    texture = _cover(photo, height, width).flip(layer.flips).expand(len(places), -1, -1, -1)
    middle = _center((height, width)).to(places)
    grid = (places / middle).permute(0, 2, 3, 1)
    return F.grid_sample(texture, grid, mode="bicubic", padding_mode="border", align_corners=True).clamp(0, 1)


def _half_seen(layer: Layer, size: tuple[int, int]) -> list[float]:
    """How far from the middle of the layer the frames see it, x and y: to one of their corners."""
    corner = _center(size).double()
    corners = torch.cat([corner, corner * torch.tensor([-1, 1]).view(2, 1, 1)], dim=2)[None]
    frames = torch.linalg.inv(layer.poses)
    return torch.cat([_move(frames, corners), _move(frames, -corners)]).abs().amax(dim=(0, 2, 3)).tolist()


def _cover(photo: Tensor, height: int, width: int) -> Tensor:
    """The photo's middle at a size that it covers."""
    scale = min(photo.shape[-2] / height, photo.shape[-1] / width)
    if scale * _MOST_ENLARGED < 1:
        raise ValueError(
            f"the picture is {photo.shape[-1]}x{photo.shape[-2]} px and the frames see {width}x{height} px of it, more "
            "than twice as much: give a larger picture, smaller or fewer frames, or a lower speed"
        )
    rows, columns = (max(1, round(side * scale)) for side in (height, width))
    top, left = (photo.shape[-2] - rows) // 2, (photo.shape[-1] - columns) // 2
    return resize(photo[..., top : top + rows, left : left + columns], (height, width))


def _motion(start: Tensor, end: Tensor, points: Tensor) -> Tensor:
    """How far points seen under one pose have come under the other."""
    there = end @ torch.linalg.inv(start)
    return _move(there - torch.eye(3, dtype=there.dtype), points)


def _move(matrices: Tensor, points: Tensor) -> Tensor:
    """Affine maps (frames, 3, 3) of points (frames or 1, 2, height, width)."""
    matrices = matrices[:, :2, :, None, None].to(points.dtype).to(points.device)
    x, y = points.split(1, dim=1)
    return matrices[:, :, 0] * x + matrices[:, :, 1] * y + matrices[:, :, 2]


def _center(size: tuple[int, int]) -> Tensor:
    """x and y of the middle, in pixels, (2, 1, 1)."""
    height, width = size
    return torch.tensor([(width - 1) / 2, (height - 1) / 2]).view(2, 1, 1)
