"""Clips: what moves in them, and pictures that move along (lesson 07)."""

from nst_helpers.video.flow import FLOW_METHODS, estimate_flow
from nst_helpers.video.flow_colors import color_wheel, flow_colors
from nst_helpers.video.flow_files import read_flow, write_flow
from nst_helpers.video.layers import Scene
from nst_helpers.video.occlusion import motion_boundaries, occlusion_mask
from nst_helpers.video.scenes import SCENES, make_scene
from nst_helpers.video.warping import end_points, out_of_frame, resize_flow, warp

__all__ = [
    "FLOW_METHODS",
    "SCENES",
    "Scene",
    "color_wheel",
    "end_points",
    "estimate_flow",
    "flow_colors",
    "make_scene",
    "motion_boundaries",
    "occlusion_mask",
    "out_of_frame",
    "read_flow",
    "resize_flow",
    "warp",
    "write_flow",
]
