"""Video: clips in and out, what moves in them, and what keeps them steady when they are stylised (lesson 07)."""

from nst_helpers.video.clips import Clip, Frame, read_clip
from nst_helpers.video.encode import require_clip_file, write_clip
from nst_helpers.video.film import Film, FrameByFrame, Painter, Previous, make_film
from nst_helpers.video.flow import FLOW_METHODS, estimate_both_flows, estimate_flow
from nst_helpers.video.flow_colors import color_wheel, flow_colors
from nst_helpers.video.flow_files import read_flow, write_flow
from nst_helpers.video.layers import Scene
from nst_helpers.video.motion import Motion, MotionOf, clip_motion, estimate_motion, scene_motion
from nst_helpers.video.occlusion import motion_boundaries, occlusion_mask
from nst_helpers.video.player import Player, show_clip
from nst_helpers.video.ruder import RuderPainter, carried, stylize_clip
from nst_helpers.video.scenes import SCENES, make_scene
from nst_helpers.video.settings import ClipSettings, FilmSettings, RuderSettings, WholeClipSettings
from nst_helpers.video.steady import Blended, FromNoise, SmoothedAdaIN
from nst_helpers.video.temporal import (
    feature_temporal_loss,
    flicker,
    frame_difference_loss,
    frame_difference_term,
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
    "Blended",
    "Clip",
    "ClipSettings",
    "Film",
    "FilmSettings",
    "Frame",
    "FrameByFrame",
    "FromNoise",
    "Motion",
    "MotionOf",
    "Painter",
    "Player",
    "Previous",
    "RuderPainter",
    "RuderSettings",
    "Scene",
    "SmoothedAdaIN",
    "WholeClipSettings",
    "carried",
    "clip_motion",
    "color_wheel",
    "end_points",
    "estimate_both_flows",
    "estimate_flow",
    "estimate_motion",
    "feature_temporal_loss",
    "flicker",
    "flow_colors",
    "frame_difference_loss",
    "frame_difference_term",
    "long_term_weights",
    "make_film",
    "make_scene",
    "motion_boundaries",
    "occlusion_mask",
    "out_of_frame",
    "output_temporal_loss",
    "read_clip",
    "read_flow",
    "require_clip_file",
    "resize_flow",
    "scene_motion",
    "sharpness",
    "show_clip",
    "stylize_clip",
    "temporal_loss",
    "temporal_term",
    "warp",
    "write_clip",
    "write_flow",
]
