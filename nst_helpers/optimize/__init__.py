"""Minimise an objective over the pixels of a picture."""

from nst_helpers.optimize.descent import LBFGS_HISTORY, LEARNING_RATES, Optimization, Optimizer, optimize_image
from nst_helpers.optimize.parameters import PHOTO_COLORS, Canvas, Fourier, Pixels

__all__ = [
    "LBFGS_HISTORY",
    "LEARNING_RATES",
    "PHOTO_COLORS",
    "Canvas",
    "Fourier",
    "Optimization",
    "Optimizer",
    "Pixels",
    "optimize_image",
]
