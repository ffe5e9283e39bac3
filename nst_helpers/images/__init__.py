"""Files to tensors and back, colour, and noise: RGB, float32, [0, 1], shape (batch, 3, height, width)."""

from nst_helpers.images.color import keep_luminance, luminance, match_color
from nst_helpers.images.files import Picture, load_image, require_savable, resize, save_image, to_pil
from nst_helpers.images.noise import faint_noise

__all__ = [
    "Picture",
    "faint_noise",
    "keep_luminance",
    "load_image",
    "luminance",
    "match_color",
    "require_savable",
    "resize",
    "save_image",
    "to_pil",
]
