"""Lesson 07's exercises: frames brought to one another, what keeps them steady, and a clip painted by them."""

from nst_helpers.checks.video.flicker import check_flicker
from nst_helpers.checks.video.occlusion_mask import check_occlusion_mask
from nst_helpers.checks.video.output_temporal_loss import check_output_temporal_loss
from nst_helpers.checks.video.paint_steadily import check_paint_steadily
from nst_helpers.checks.video.temporal_loss import check_temporal_loss
from nst_helpers.checks.video.warp import check_warp

__all__ = [
    "check_flicker",
    "check_occlusion_mask",
    "check_output_temporal_loss",
    "check_paint_steadily",
    "check_temporal_loss",
    "check_warp",
]
