"""Pictures to files: written whole or not at all, and only where a file belongs."""

import io
import os
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from nst_helpers.images.files import to_pil
from nst_helpers.runtime import printable, require_writable, write_whole

_JPEG = ("JPEG", {"quality": 95, "subsampling": 0})  # 0 is 4:4:4
_FORMATS = {
    ".png": ("PNG", {}),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": ("WEBP", {"quality": 95}),
    ".bmp": ("BMP", {}),
    ".tif": ("TIFF", {}),
    ".tiff": ("TIFF", {}),
}
SAVABLE = tuple(_FORMATS)
"""The suffixes of the formats that can be written."""


def save_image(image: Float[Tensor, "*batch 3 height width"], path: str | os.PathLike) -> Path:
    """Write one picture, clamped to [0, 1] and rounded to 8 bits, in the format that the suffix names.

    The file appears whole or not at all: on failure an older one stays as it was, and one that is replaced hands on
    its permissions. JPEG is written at quality 95 without chroma subsampling. Returns the path.

    Raises ValueError (several pictures, non-finite values, unknown suffix, no ordinary file), FileNotFoundError (no
    such folder), IsADirectoryError, or OSError if the file can't be written.
    """
    path = require_savable(path)
    return write_whole(path, _encoded(image, path))


def require_savable(path: str | os.PathLike) -> Path:
    """The path, if a picture can be saved there: a known suffix, a folder in which a file can be made and written.

    Raises what `save_image` raises, but before the work that makes the picture.
    """
    name = os.fsdecode(path)
    if "\0" not in name and Path(name).suffix.lower() not in _FORMATS:
        raise ValueError(f"{printable(name)} has no suffix of a format that can be written: use {', '.join(SAVABLE)}")
    return require_writable(path)


def _encoded(image: Tensor, path: Path) -> bytes:
    """The whole file in memory: Pillow's encoders don't notice that a disk took only a part."""
    form, options = _FORMATS[path.suffix.lower()]
    pil, data = to_pil(image), io.BytesIO()
    try:
        pil.save(data, format=form, **options)
    except (OSError, ValueError) as error:
        size = f"{pil.width}x{pil.height} px"
        raise OSError(f"{printable(path)} can't hold {size} ({error}): choose another format or size") from error
    return data.getvalue()
