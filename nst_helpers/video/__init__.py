"""Clips: frames from files and back (lesson 07)."""

from nst_helpers.video.clips import Clip, Frame, read_clip
from nst_helpers.video.encode import require_clip_file, write_clip
from nst_helpers.video.settings import ClipSettings

__all__ = ["Clip", "ClipSettings", "Frame", "read_clip", "require_clip_file", "write_clip"]
