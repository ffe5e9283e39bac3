"""Clips: what moves in them, and pictures that move along (lesson 07)."""

from nst_helpers.video.layers import Scene
from nst_helpers.video.scenes import SCENES, make_scene
from nst_helpers.video.warping import end_points, out_of_frame, resize_flow, warp

__all__ = ["SCENES", "Scene", "end_points", "make_scene", "out_of_frame", "resize_flow", "warp"]
