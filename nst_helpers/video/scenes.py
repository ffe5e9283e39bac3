"""Clips made from any picture, whose flow and occlusion are known exactly."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nst_helpers.images import Picture, load_image
from nst_helpers.runtime import require_choice
from nst_helpers.video.layers import Layer, Scene, make_poses, render

# Of the light ramp.
_DARKEST = 0.6
_STEP = 0.1


@dataclass(frozen=True)
class _Plan:
    """What a motion is planned from; ``reach`` is a corner's distance from the centre, in pixels as speed is."""

    frames: int
    height: int
    width: int
    speed: float
    chance: torch.Generator

    @property
    def reach(self) -> float:
        return math.hypot(self.height - 1, self.width - 1) / 2

    @property
    def times(self) -> Tensor:
        """The frames' numbers, counted from the clip's middle."""
        return torch.arange(self.frames, dtype=torch.float64) - (self.frames - 1) / 2

    def uniform(self, low: float | int, high: float | int, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=self.chance, dtype=torch.float64)

    def sign(self) -> float:
        return 1.0 if self.uniform(0, 1) < 0.5 else -1.0


def make_scene(
    picture: Picture,
    motion: str,
    *,
    frames: int = 2,
    size: int | tuple[int, int] = 256,
    speed: float | int = 4,
    seed: int = 0,
) -> Scene:
    """A clip of one motion, one of `SCENES`, made from a picture.

    translation, zoom, rotation and shake (translation and roll at random) move all of it; parallax moves three layers
    sideways, the nearest by speed, the others by a half and a quarter of it; a disc passes along a row or a column over
    a still background; light changes the brightness from 1 down to 0.6 or back, by at most 0.1 a frame, without motion.
    Every layer shows the picture, scaled until it covers what the frames see.

    Args:
        picture: larger than the frames, best twice as large.
        size: of the frames in pixels, (height, width), or one number for a square.
        speed: how far the fastest visible point moves from a frame to the next, in pixels.
        seed: of directions, places and outlines.

    Raises:
        ValueError: an unknown motion, fewer than two frames, a speed below 0 or above half the shorter side, or a
            picture that would have to be enlarged more than twofold; and what `load_image` raises.
    """
    require_choice("motion", motion, SCENES)
    height, width = size if isinstance(size, tuple) else (size, size)
    if frames < 2 or min(height, width) < 8 or not 0 <= speed <= min(height, width) / 2:
        raise ValueError(
            f"{frames} frames of {width}x{height} px at {speed:g} px a frame make no scene: at least 2 frames, "
            "8 px a side, and a speed from 0 to half the shorter side"
        )
    plan = _Plan(frames, height, width, float(speed), torch.Generator().manual_seed(seed))
    scene = render(load_image(picture), _MOTIONS[motion](plan), (height, width))
    return scene._replace(frames=scene.frames * _light(plan).to(scene.frames)) if motion == "light" else scene


# What moves, and how


def _translation(plan: _Plan) -> list[Layer]:
    angle = plan.uniform(0, 2 * math.pi)
    step = plan.speed * torch.stack([angle.cos(), angle.sin()])
    return [Layer(make_poses(shift=plan.times[:, None] * step))]


def _zoom(plan: _Plan) -> list[Layer]:
    """Never below 1, where the picture's detail would be finer than the pixels."""
    steps = torch.arange(plan.frames, dtype=torch.float64)
    steps = steps if plan.sign() > 0 else steps.flip(0)
    return [Layer(make_poses(scale=(1 + plan.speed / plan.reach) ** steps))]


def _rotation(plan: _Plan) -> list[Layer]:
    step = 2 * math.asin(plan.speed / plan.reach / 2)
    return [Layer(make_poses(angle=plan.sign() * step * plan.times))]


def _shake(plan: _Plan) -> list[Layer]:
    """Half of the speed for the shift and half for the roll, as much as they may differ from a frame to the next."""
    most = plan.speed / 4
    direction, amount = plan.uniform(0, 2 * math.pi, plan.frames), plan.uniform(0, 1, plan.frames).sqrt()
    shift = most * amount[:, None] * torch.stack([direction.cos(), direction.sin()], dim=1)
    return [Layer(make_poses(shift=shift, angle=plan.uniform(-1, 1, plan.frames) * most / plan.reach))]


def _parallax(plan: _Plan) -> list[Layer]:
    """Far, middle and near: two ranges of hills before the picture."""
    sideways = plan.sign() * plan.speed * plan.times
    layers = []
    for share, level, flips in ((0.25, None, ()), (0.5, 0.0, (-1,)), (1.0, 0.25, (-2,))):
        poses = make_poses(shift=share * torch.stack([sideways, torch.zeros_like(sideways)], dim=1))
        layers.append(Layer(poses, None if level is None else _hills(plan, level * plan.height), flips=flips))
    return layers


def _disc(plan: _Plan) -> list[Layer]:
    radius = min(plan.height, plan.width) * plan.uniform(0.2, 0.3).item()
    middle = plan.uniform(-0.1, 0.1, 2) * min(plan.height, plan.width)
    step = plan.sign() * plan.speed * torch.eye(2, dtype=torch.float64)[plan.uniform(0, 2).int()]
    path = make_poses(shift=middle + plan.times[:, None] * step)

    def outline(places: Tensor) -> Tensor:
        return radius - torch.hypot(*places.split(1, dim=1))

    return [*_still(plan), Layer(path, outline, (radius, radius), flips=(-2, -1))]


def _still(plan: _Plan) -> list[Layer]:
    return [Layer(make_poses(shift=torch.zeros(plan.frames, 2, dtype=torch.float64)))]


_MOTIONS = {
    "translation": _translation,
    "zoom": _zoom,
    "rotation": _rotation,
    "parallax": _parallax,
    "disc": _disc,
    "shake": _shake,
    "light": _still,
}
SCENES = tuple(_MOTIONS)
"""The motions that a scene can have."""


def _hills(plan: _Plan, level: float) -> Callable[[Tensor], Tensor]:
    """Everything below a wave around ``level``; the distance to it is exact to first order."""
    height, phase = 0.08 * plan.height, plan.uniform(0, 2 * math.pi).item()
    frequency = 2 * math.pi * plan.uniform(1, 2).item() / plan.width

    def outline(places: Tensor) -> Tensor:
        x, y = places.split(1, dim=1)
        turn = frequency * x + phase
        return (y - level - height * turn.sin()) / (1 + (height * frequency * turn.cos()).square()).sqrt()

    return outline


def _light(plan: _Plan) -> Tensor:
    """A gain for each frame, (frames, 1, 1, 1)."""
    gains = torch.linspace(1, max(_DARKEST, 1 - _STEP * (plan.frames - 1)), plan.frames)
    return (gains if plan.sign() > 0 else gains.flip(0)).view(-1, 1, 1, 1)
