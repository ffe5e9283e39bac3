"""Any picture that a user has, decoded: files and Pillow images to RGB tensors, or one sentence that says why not."""

import os
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import numpy as np
import PIL.Image
import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers import assets
from nst_helpers.runtime import printable

# What is opened, whatever a file is called. Pillow knows more formats; for EPS it would start Ghostscript.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "ICO", "JPEG2000", "AVIF", "HEIF")

_ORIENTATION = 0x0112  # EXIF's tag
_TURNS = {value: PIL.Image.Transpose(turn) for value, turn in zip(range(2, 9), (0, 3, 1, 5, 4, 6, 2), strict=True)}


def fit(height: int, width: int, size: int) -> tuple[int, int]:
    """The sides, at least 1 px each, of a picture whose longer side becomes `size`."""
    longer = max(height, width)
    return max(1, round(height * size / longer)), max(1, round(width * size / longer))


def locate(picture: str | os.PathLike) -> Path:
    """The file that a name or a path means."""
    name = os.fsdecode(picture)
    path = Path(os.path.expanduser(name))
    bare = isinstance(picture, str) and name == path.name and not path.suffix
    if bare and name in assets.photos() + assets.paintings():
        assets.verify(assets.find(name))
        return assets.find(name).path
    if not name:
        raise ValueError("the name is empty: give a path or a bundled name such as 'starry_night'")
    if os.path.isdir(path):
        raise IsADirectoryError(f"{printable(path)} is a directory: name one picture in it")
    if not os.path.exists(path):
        _refuse_missing(path, bare)
    if not os.path.isfile(path):
        raise ValueError(f"{printable(path)} is no regular file: give a picture such as a PNG or a JPEG")
    return path


def _refuse_missing(path: Path, bare: bool) -> NoReturn:
    try:
        found = assets.find(path.name if bare else path.stem)
    except ValueError as error:
        if bare:
            raise ValueError(f"there is no file {printable(path)}, and {error}") from None
        raise FileNotFoundError(f"there is no file {printable(path.absolute())}: check folder and suffix") from None
    raise FileNotFoundError(f"there is no file {printable(path.absolute())}: the bundled one is called {found.name!r}")


@contextmanager
def _sentences(name: str):
    """Say in one sentence why Pillow can't read `name`; its warnings about metadata are silenced."""
    name = printable(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (MemoryError, OverflowError):
        raise MemoryError(f"{name} doesn't fit into memory: shrink it first") from None
    except PIL.Image.DecompressionBombError:
        raise ValueError(
            f"{name} has over {PIL.Image.MAX_IMAGE_PIXELS} pixels: shrink it, give a size if it "
            "is a JPEG, or raise PIL.Image.MAX_IMAGE_PIXELS"
        ) from None
    except PermissionError:
        raise ValueError(f"{name} may not be read: change its permissions or copy it") from None
    except PIL.UnidentifiedImageError:
        raise ValueError(
            f"{name} is cut short or no picture of a format that is read here: export it as PNG or JPEG"
        ) from None
    except Exception as error:  # decoders raise OSError, SyntaxError, EOFError, struct.error, ...
        raise ValueError(f"{name} is damaged or incomplete: download or export it again") from error


@contextmanager
def _opened(path: Path):
    """A file, opened but not decoded."""
    PIL.Image.init()
    if path.stat().st_size == 0:
        raise ValueError(f"{printable(path)} is empty: download or export it again")
    formats = [name for name in FORMATS if name in PIL.Image.OPEN]
    with _sentences(str(path)), PIL.Image.open(path, formats=formats) as file:
        yield file


def read_file(path: Path, size: int | None) -> tuple[PIL.Image.Image, tuple[int, int] | None]:
    """Decode a file, a large JPEG at the smallest scale with thrice the size; with the sides it is to get."""
    with _opened(path) as file:
        sides = None if size is None else fit(*file.size, size)
        if size is not None:
            file.draft(None, fit(*file.size, 3 * size))
        if file.width * file.height > (PIL.Image.MAX_IMAGE_PIXELS or float("inf")):
            raise PIL.Image.DecompressionBombError
        file.load()
        return _upright(file), sides[::-1] if sides is not None and _lies(file) else sides


def read_pillow(pil: PIL.Image.Image) -> PIL.Image.Image:
    """A Pillow image, decoded and turned upright; a broken one is a ValueError in a sentence."""
    if 0 in pil.size:
        raise ValueError(f"the Pillow image is {pil.width}x{pil.height} px: it needs at least one pixel")
    with _sentences(f"the Pillow image of mode {pil.mode}"):
        pil.load()
        return _upright(pil)


def file_size(path: Path) -> tuple[int, int]:
    """(height, width) of a file once it is upright, from its header where that is enough."""
    with _opened(path) as file:
        decoded = file.format == "ICO" or (file.format == "PNG" and _turns_late(file, path))
        if decoded:
            file.load()
        # Pillow gives a TIFF's size as it will be once turned, and decodes a PNG to look for EXIF that isn't there.
        settled = not decoded and (file.format == "TIFF" or (file.format == "PNG" and "exif" not in file.info))
        return file.size if not settled and _lies(file) else file.size[::-1]


def _orientation(pil: PIL.Image.Image) -> int:
    try:
        return pil.getexif().get(_ORIENTATION, 1)
    except Exception:  # EXIF written by a faulty program is no reason to refuse a sound picture
        return 1


def _lies(pil: PIL.Image.Image) -> bool:
    """Whether height and width change places when it is turned upright."""
    return _orientation(pil) in (5, 6, 7, 8)


def _upright(pil: PIL.Image.Image) -> PIL.Image.Image:
    """A copy turned as the EXIF tag says."""
    turn = _TURNS.get(_orientation(pil))
    return pil.copy() if turn is None else pil.transpose(turn)


def _turns_late(png: PIL.Image.Image, path: Path) -> bool:
    """Whether a PNG may be turned by what opening doesn't look at: texts, or EXIF behind the pixels."""
    if "exif" in png.info:
        return False
    if png.info.keys() & {"XML:com.adobe.xmp", "Raw profile type exif"}:
        return True
    with open(path, "rb") as file:
        file.seek(8)
        kinds = set()
        while len(start := file.read(8)) == 8:
            kinds.add(start[4:])
            if b"IDAT" in kinds and start[4:] in (b"eXIf", b"iTXt", b"tEXt", b"zTXt"):
                return True
            file.seek(int.from_bytes(start[:4]) + 4, os.SEEK_CUR)
    return False


def to_tensor(pil: PIL.Image.Image, sides: tuple[int, int] | None) -> Float[Tensor, "1 3 height width"]:
    """A decoded picture as a tensor in [0, 1], resized to (width, height) on the way if a size is given."""
    flat = _flat(pil)
    if sides is not None:
        try:
            flat = flat.resize(sides, PIL.Image.Resampling.LANCZOS)
        except (MemoryError, OverflowError):
            raise MemoryError(f"{sides[0]}x{sides[1]} px don't fit into memory: take a smaller size") from None
    pixels = torch.from_numpy(np.array(flat))
    if flat.mode == "F":
        return pixels.clamp(0, 1).repeat(1, 3, 1, 1)
    return pixels.permute(2, 0, 1)[None].float().div(255).contiguous()


def _flat(pil: PIL.Image.Image) -> PIL.Image.Image:
    """Opaque and with values that may be averaged, so that it can be resized: 8-bit RGB, or F in [0, 1]."""
    if pil.mode.startswith(("I", "F")):
        return _deep_grey(pil)
    if not pil.has_transparency_data:
        return pil.convert("RGB")
    rgba = pil.convert("LA").convert("RGBA") if pil.mode == "La" else pil.convert("RGBA")
    return PIL.Image.alpha_composite(PIL.Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")


def _deep_grey(pil: PIL.Image.Image) -> PIL.Image.Image:
    """Modes I;16 and I (0..65535) and F (0..1) as F in [0, 1]; Pillow's own conversion would clip at 255."""
    values, top = np.array(pil, dtype=np.float32), 1 if pil.mode == "F" else 65535
    if not (values.min() >= 0 and values.max() <= top):
        extent = f"{values.min():.6g} to {values.max():.6g}"
        raise ValueError(f"the grey values run from {extent}: mode {pil.mode} needs 0 to {top}; rescale them")
    if isinstance(clear := pil.info.get("transparency"), int):
        values[values == clear] = top
    return PIL.Image.fromarray(values / np.float32(top))
