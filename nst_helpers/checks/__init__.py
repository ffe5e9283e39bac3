"""Exercise checkers that explain what is wrong: one room per lesson, and the pieces that they share.

A check takes the student's function. It prints one line when the answer is right, and otherwise raises `NotYet`, whose
sentences say what the function gave, what is needed and where to look.

Example:
    >>> from nst_helpers import checks, losses
    >>> checks.check_gram_matrix(losses.gram_matrix)
    ✓ gram_matrix: one per picture, channels by channels, divided by C*H*W, with its gradient.
"""

from nst_helpers.checks.adain import (
    check_adain,
    check_blend,
    check_match_histogram,
    check_mix_under_masks,
    check_restyle,
    check_whiten,
)
from nst_helpers.checks.call import NotYet
from nst_helpers.checks.fast import (
    check_conditional_instance_norm,
    check_enlarge,
    check_instance_norm,
    check_output_field,
    check_perceptual_loss,
    check_training_step,
)
from nst_helpers.checks.features import (
    check_as_picture,
    check_channel_goal,
    check_from_spectrum,
    check_high_frequency_share,
    check_paint,
    check_receptive_field,
    check_robust_goal,
    check_strongest_position,
)
from nst_helpers.checks.gatys import (
    check_content_loss,
    check_gram_matrix,
    check_keep_colors,
    check_make_targets,
    check_optimize,
    check_style_loss,
    check_total_variation,
    check_transfer,
)
from nst_helpers.checks.grams import (
    check_covariance,
    check_grow,
    check_mmd,
    check_moments,
    check_nearest_neighbors,
    check_place,
    check_shuffle_positions,
    check_sorted_distance,
)
from nst_helpers.checks.norms import (
    check_conditional_affine,
    check_count_norm,
    check_equalize,
    check_normalize,
    check_update_running,
)
from nst_helpers.checks.verdict import verdict
from nst_helpers.checks.video import (
    check_flicker,
    check_occlusion_mask,
    check_output_temporal_loss,
    check_paint_steadily,
    check_temporal_loss,
    check_warp,
)

__all__ = [
    "NotYet",
    "check_adain",
    "check_as_picture",
    "check_blend",
    "check_channel_goal",
    "check_conditional_affine",
    "check_conditional_instance_norm",
    "check_content_loss",
    "check_count_norm",
    "check_covariance",
    "check_enlarge",
    "check_equalize",
    "check_flicker",
    "check_from_spectrum",
    "check_gram_matrix",
    "check_grow",
    "check_high_frequency_share",
    "check_instance_norm",
    "check_keep_colors",
    "check_make_targets",
    "check_match_histogram",
    "check_mix_under_masks",
    "check_mmd",
    "check_moments",
    "check_nearest_neighbors",
    "check_normalize",
    "check_occlusion_mask",
    "check_optimize",
    "check_output_field",
    "check_output_temporal_loss",
    "check_paint",
    "check_paint_steadily",
    "check_perceptual_loss",
    "check_place",
    "check_receptive_field",
    "check_restyle",
    "check_robust_goal",
    "check_shuffle_positions",
    "check_sorted_distance",
    "check_strongest_position",
    "check_style_loss",
    "check_temporal_loss",
    "check_total_variation",
    "check_training_step",
    "check_transfer",
    "check_update_running",
    "check_warp",
    "check_whiten",
    "verdict",
]
