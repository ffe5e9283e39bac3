"""Lesson 01's exercises: feature maps, receptive fields, goals, frequencies."""

from nst_helpers.checks.features.as_picture import check_as_picture
from nst_helpers.checks.features.channel_goal import check_channel_goal
from nst_helpers.checks.features.from_spectrum import check_from_spectrum
from nst_helpers.checks.features.high_frequency_share import check_high_frequency_share
from nst_helpers.checks.features.paint import check_paint
from nst_helpers.checks.features.receptive_field import check_receptive_field
from nst_helpers.checks.features.robust_goal import check_robust_goal
from nst_helpers.checks.features.strongest_position import check_strongest_position

__all__ = [
    "check_as_picture",
    "check_channel_goal",
    "check_from_spectrum",
    "check_high_frequency_share",
    "check_paint",
    "check_receptive_field",
    "check_robust_goal",
    "check_strongest_position",
]
