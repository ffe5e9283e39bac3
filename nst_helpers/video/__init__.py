"""Clips: frames from files and back, and films made of them (lesson 07)."""

from nst_helpers.video.clips import Clip, Frame, read_clip
from nst_helpers.video.encode import require_clip_file, write_clip
from nst_helpers.video.film import Film, FrameByFrame, Painter, Previous, make_film
from nst_helpers.video.player import Player, show_clip
from nst_helpers.video.settings import ClipSettings

__all__ = [
    "Clip",
    "ClipSettings",
    "Film",
    "Frame",
    "FrameByFrame",
    "Painter",
    "Player",
    "Previous",
    "make_film",
    "read_clip",
    "require_clip_file",
    "show_clip",
    "write_clip",
]
