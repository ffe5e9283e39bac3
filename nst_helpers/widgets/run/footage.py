"""Clips that studios are given: by name, as a file, as frames, or as a scene whose motion is known."""

import functools
import os
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.images import Picture, load_image
from nst_helpers.video import FilmSettings, MotionOf, Scene, clip_motion, read_clip, scene_motion
from nst_helpers.widgets.controls.text import file_name, quoted

_LEAST = 2  # frames: one alone doesn't flicker


class Footage(NamedTuple):
    """A clip in memory, how its frames move, and how a program comes by both.

    Attributes:
        frames: each (1, 3, height, width) in [0, 1], of one size.
        motion_of: from one frame's number to another's.
        source: how a program names what the frames are from.
        loading: the line that makes them a program's ``frames``.
        motion: an expression for the motion from the frame numbered ``{this}`` to ``{other}``.
        known: whether motion is known, not estimated.
        given: whether the source is what was given to the widget.
    """

    frames: Sequence[Tensor]
    motion_of: MotionOf
    source: str
    loading: str
    motion: str
    known: bool
    given: bool


def take_footage(
    clip: str | os.PathLike | Scene | Sequence[Picture] | Float[Tensor, "frames 3 height width"],
    settings: FilmSettings,
    device: torch.device,
) -> Footage:
    """The first frames of a clip on a device.

    Raises:
        ValueError: fewer than two frames, or frames of several sizes; and what `read_clip` and `load_image` raise.
    """
    moved = "" if device.type == "cpu" else f".to({quoted(str(device))})"
    pictures, source, loading, given = _taken(clip, settings, moved)
    frames = [picture.to(device) for picture in pictures]
    if len(frames) < _LEAST:
        raise ValueError(f"the clip has {len(frames)} frame{'s' * (len(frames) != 1)}: give one of at least {_LEAST}.")
    sizes = dict.fromkeys(f"{frame.shape[-1]}x{frame.shape[-2]}" for frame in frames)
    if len(sizes) > 1:
        raise ValueError(f"the frames are of {' and '.join(sizes)} px: make them of one size.")
    if isinstance(clip, Scene):
        motion_of = functools.partial(scene_motion, Scene(*(part.to(device) for part in clip)))
        return Footage(frames, motion_of, source, loading, "scene_motion(scene, {this}, {other})", True, given)
    method = "" if settings.flow == FilmSettings().flow else f", method={quoted(settings.flow)}"
    motion = f"estimate_motion(frames[{{this}}], frames[{{other}}]{method})"
    return Footage(frames, clip_motion(frames, method=settings.flow), source, loading, motion, False, given)


def _taken(clip: object, settings: FilmSettings, moved: str) -> tuple[list[Tensor], str, str, bool]:
    """The frames, and how a program names and loads them; whether it was given them."""
    each = "[frame{moved} for frame in {clip}]" if moved else "list({clip})"
    if isinstance(clip, str | os.PathLike):
        source = quoted(clip if isinstance(clip, str) else file_name(clip))
        reading = f"read_clip({source}, size={settings.size}, frames={settings.frames})"
        loading = "frames = " + each.format(moved=moved, clip=reading)
        return list(read_clip(clip, size=settings.size, frames=settings.frames)), source, loading, False
    if isinstance(clip, Scene):
        lines = f"scene = Scene(*(part{moved} for part in scene))\n" if moved else ""
        return list(clip.frames[: settings.frames].split(1)), "scene", f"{lines}frames = scene.frames.split(1)", True
    if not isinstance(clip, Sequence | Tensor):
        raise ValueError(f"the clip is of class {type(clip).__name__}: give a name, a file, a scene, or frames.")
    loading = f"frames = [load_image(frame){moved} for frame in frames]"
    return [load_image(frame) for frame in clip[: settings.frames]], "frames", loading, True
