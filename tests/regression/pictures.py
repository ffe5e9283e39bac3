"""When two pictures are the same picture: decoded, blurred, compared as a whole and tile by tile.

The mean alone overlooks a small thing that went wrong in a large figure, and the worst tile alone a
slight change everywhere; so both have a limit. Each is taken of the channel that differs most,
because a swap of two channels leaves the third as it was.

Measured on the 53 photos and paintings of data/ at 160 x 128 px (mean / worst tile, grey levels):
Adam on another instruction set .4 / .5, a change of 1 % in brightness 1.4 / 2, a JPEG at quality 75
2.5 / 3.6, a loss curve that is 1 % higher .1 / 4.7. Faults, at their least visible: two channels
swapped 7.4 / 13.7, the same in a corner of a figure .8 / 18.8, a third replaced 14.5 / 55.8.

L-BFGS amplifies rounding: after 200 steps another number of threads gives 8.1 / 20, another instruction set and float32
12.3 / 53 (other swirls, the same manner), so its pictures are tagged ``nbval-png=16``. Another painting gives 61 / 132
and more there, swapped channels 53 / 98. A style weight off by 3 gives 11 / 23, so no picture can tell it from
rounding; the losses that are printed beside it can.

What a channel paints (feature visualisation) comes out in other places under float32: 34 / 114 for what an eye calls
the same, 47 / 123 for another channel's. Blurred by 48 px, what large areas look like is left: 5.2 / 15 at most for
float32, 5.4 / 21 with another seed, 9.6 / 31 and more for another channel or layer, 6.3 / 14 and more for red and blue
swapped. So its pictures are tagged ``nbval-blur=48`` and ``nbval-png=6``.

Where one bar of a black and white pattern may grow or not (lesson 02's fence: 4.4 / 96 under float32, blurred by 16 px
2.7 / 27), the tags are ``nbval-blur=16`` and ``nbval-png=8``.
"""

import base64
import io

import numpy as np
from PIL import Image, ImageFilter, ImageSequence

from . import PICTURE_BLUR, Rules

TILE = 32  # px
TILE_FACTOR = 5  # the worst tile may differ by this many times the mean that is allowed
AMPLIFIED = 8  # times, in the picture of a difference


def decode(picture: str) -> list[Image.Image]:
    """A stored picture (base64 of PNG, JPEG or GIF) as its frames in RGB, transparency on white."""
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        return [_on_white(frame) for frame in ImageSequence.Iterator(image)]


def picture_change(old: str, new: str, rules: Rules) -> str | None:
    """A sentence on how two stored pictures differ, or None."""
    before, after = decode(old), decode(new)
    if len(before) != len(after):
        return f"{len(before)} frames are now {len(after)}"
    if before[0].size != after[0].size:
        return "{}x{} px is now {}x{} px".format(*before[0].size, *after[0].size)
    if rules.measures:
        return None
    mean, tile = np.max([distance(a, b, rules.picture_blur) for a, b in zip(before, after, strict=True)], axis=0)
    allowed = rules.picture_mean, TILE_FACTOR * rules.picture_mean
    if mean <= allowed[0] and tile <= allowed[1]:
        return None
    return (
        f"differs by {mean:.1f} grey levels of 255 on average (allowed: {allowed[0]:g}), "
        f"and by {tile:.1f} in the worst tile (allowed: {allowed[1]:g})"
    )


def distance(a: Image.Image, b: Image.Image, blur: float = PICTURE_BLUR) -> tuple[float, float]:
    """Mean absolute difference of two blurred RGB pictures of one size: of the whole, of the worst tile.

    Grey levels of 255, of the channel that differs most.
    """
    difference = np.abs(_blurred(a, blur) - _blurred(b, blur))
    height, width, _ = difference.shape
    rows, columns = _edges(height), _edges(width)
    sums = np.add.reduceat(np.add.reduceat(difference, rows, axis=0), columns, axis=1)
    areas = np.outer(np.diff([*rows, height]), np.diff([*columns, width]))
    return float(difference.mean(axis=(0, 1)).max()), float((sums / areas[:, :, None]).max())


def as_png(picture: str) -> bytes:
    """The first frame of a stored picture as a PNG file."""
    return _png(decode(picture)[0])


def difference_png(old: str, new: str) -> bytes | None:
    """The difference of two stored pictures, amplified, as a PNG file; None where the sizes differ."""
    before, after = decode(old)[0], decode(new)[0]
    if before.size != after.size:
        return None
    difference = np.abs(_blurred(before, PICTURE_BLUR) - _blurred(after, PICTURE_BLUR)) * AMPLIFIED
    return _png(Image.fromarray(difference.clip(0, 255).astype(np.uint8)))


def _on_white(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _blurred(image: Image.Image, blur: float) -> np.ndarray:
    return np.asarray(image.filter(ImageFilter.GaussianBlur(blur)), dtype=np.float32)


def _edges(length: int) -> list[int]:
    """Where the tiles along one side begin: all about equally long, so that no sliver counts as a tile."""
    count = max(1, round(length / TILE))
    return [i * length // count for i in range(count)]


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
