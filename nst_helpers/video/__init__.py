"""Clips: what moves in them, and pictures that move along (lesson 07)."""

from nst_helpers.video.flow import FLOW_METHODS, estimate_flow
from nst_helpers.video.flow_colors import color_wheel, flow_colors
from nst_helpers.video.flow_files import read_flow, write_flow
from nst_helpers.video.layers import Scene
from nst_helpers.video.occlusion import motion_boundaries, occlusion_mask
from nst_helpers.video.scenes import SCENES, make_scene
from nst_helpers.video.temporal import (
    feature_temporal_loss,
    flicker,
    long_term_weights,
    output_temporal_loss,
    sharpness,
    temporal_loss,
    temporal_term,
)
from nst_helpers.video.warping import end_points, out_of_frame, resize_flow, warp

__all__ = [
    "FLOW_METHODS",
    "SCENES",
    "Scene",
    "color_wheel",
    "end_points",
    "estimate_flow",
    "feature_temporal_loss",
    "flicker",
    "flow_colors",
    "long_term_weights",
    "make_scene",
    "motion_boundaries",
    "occlusion_mask",
    "out_of_frame",
    "output_temporal_loss",
    "read_flow",
    "resize_flow",
    "sharpness",
    "temporal_loss",
    "temporal_term",
    "warp",
    "write_flow",
]
