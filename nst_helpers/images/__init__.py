"""Files to tensors and back, colour, and noise: RGB, float32, [0, 1], shape (batch, 3, height, width)."""

from nst_helpers.images.color import adjust_contrast, equalize_luminance, keep_luminance, luminance, match_color
from nst_helpers.images.files import Picture, load_image, picture_size, resize, to_pil
from nst_helpers.images.folder import find_files, find_pictures
from nst_helpers.images.noise import faint_noise
from nst_helpers.images.saving import SAVABLE, require_savable, save_image

__all__ = [
    "SAVABLE",
    "Picture",
    "adjust_contrast",
    "equalize_luminance",
    "faint_noise",
    "find_files",
    "find_pictures",
    "keep_luminance",
    "load_image",
    "luminance",
    "match_color",
    "picture_size",
    "require_savable",
    "resize",
    "save_image",
    "to_pil",
]
