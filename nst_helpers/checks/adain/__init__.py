"""Lesson 06's exercises: what is taken from a painting's features, how it is mixed, and the network around it."""

from nst_helpers.checks.adain.adain import check_adain
from nst_helpers.checks.adain.blend import check_blend
from nst_helpers.checks.adain.match_histogram import check_match_histogram
from nst_helpers.checks.adain.mix_under_masks import check_mix_under_masks
from nst_helpers.checks.adain.restyle import check_restyle
from nst_helpers.checks.adain.whiten import check_whiten

__all__ = [
    "check_adain",
    "check_blend",
    "check_match_histogram",
    "check_mix_under_masks",
    "check_restyle",
    "check_whiten",
]
