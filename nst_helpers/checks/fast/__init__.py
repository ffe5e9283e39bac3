"""Lesson 04's exercises: what a fast network is made of, and how it is trained."""

from nst_helpers.checks.fast.conditional_instance_norm import check_conditional_instance_norm
from nst_helpers.checks.fast.enlarge import check_enlarge
from nst_helpers.checks.fast.instance_norm import check_instance_norm
from nst_helpers.checks.fast.output_field import check_output_field
from nst_helpers.checks.fast.perceptual_loss import check_perceptual_loss
from nst_helpers.checks.fast.training_step import check_training_step

__all__ = [
    "check_conditional_instance_norm",
    "check_enlarge",
    "check_instance_norm",
    "check_output_field",
    "check_perceptual_loss",
    "check_training_step",
]
