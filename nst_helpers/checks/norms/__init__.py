"""Lesson 05's exercises: what a network's normalisation is made of, and what it takes out of a picture."""

from nst_helpers.checks.norms.conditional_affine import check_conditional_affine
from nst_helpers.checks.norms.count_norm import check_count_norm
from nst_helpers.checks.norms.equalize import check_equalize
from nst_helpers.checks.norms.normalize import check_normalize
from nst_helpers.checks.norms.update_running import check_update_running

__all__ = [
    "check_conditional_affine",
    "check_count_norm",
    "check_equalize",
    "check_normalize",
    "check_update_running",
]
