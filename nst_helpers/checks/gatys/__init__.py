"""Lesson 03's exercises: the losses, their targets, the loop, the photo's colours, and the transfer made of them."""

from nst_helpers.checks.gatys.content_loss import check_content_loss
from nst_helpers.checks.gatys.gram_matrix import check_gram_matrix
from nst_helpers.checks.gatys.keep_colors import check_keep_colors
from nst_helpers.checks.gatys.make_targets import check_make_targets
from nst_helpers.checks.gatys.optimize import check_optimize
from nst_helpers.checks.gatys.style_loss import check_style_loss
from nst_helpers.checks.gatys.total_variation import check_total_variation
from nst_helpers.checks.gatys.transfer import check_transfer

__all__ = [
    "check_content_loss",
    "check_gram_matrix",
    "check_keep_colors",
    "check_make_targets",
    "check_optimize",
    "check_style_loss",
    "check_total_variation",
    "check_transfer",
]
