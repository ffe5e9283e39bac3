"""Exercise checkers that explain what is wrong: one room per lesson, and the pieces that they share.

A check takes the student's function. It prints one line when the answer is right, and otherwise raises `NotYet`, whose
sentences say what the function gave, what is needed and where to look.

Example:
    >>> from nst_helpers import checks, losses
    >>> checks.check_gram_matrix(losses.gram_matrix)
    ✓ gram_matrix: one per picture, channels by channels, divided by C*H*W, with its gradient.
"""

from nst_helpers.checks.calling import NotYet
from nst_helpers.checks.descent import check_optimize
from nst_helpers.checks.gatys import (
    check_content_loss,
    check_gram_matrix,
    check_keep_colors,
    check_make_targets,
    check_style_loss,
    check_total_variation,
)

__all__ = [
    "NotYet",
    "check_content_loss",
    "check_gram_matrix",
    "check_keep_colors",
    "check_make_targets",
    "check_optimize",
    "check_style_loss",
    "check_total_variation",
]
