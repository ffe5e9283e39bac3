"""Lesson 02's exercises: what a Gram matrix and other statistics keep of features, and a map of paintings."""

from nst_helpers.checks.grams.covariance import check_covariance
from nst_helpers.checks.grams.grow import check_grow
from nst_helpers.checks.grams.mmd import check_mmd
from nst_helpers.checks.grams.moments import check_moments
from nst_helpers.checks.grams.nearest_neighbors import check_nearest_neighbors
from nst_helpers.checks.grams.place import check_place
from nst_helpers.checks.grams.shuffle_positions import check_shuffle_positions
from nst_helpers.checks.grams.sorted_distance import check_sorted_distance

__all__ = [
    "check_covariance",
    "check_grow",
    "check_mmd",
    "check_moments",
    "check_nearest_neighbors",
    "check_place",
    "check_shuffle_positions",
    "check_sorted_distance",
]
