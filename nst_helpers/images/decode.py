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
from PIL import ImageOps
from torch import Tensor

from nst_helpers import assets


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
        raise IsADirectoryError(f"{path} is a directory: name one picture in it")
    if not os.path.exists(path):
        _refuse_missing(path, bare)
    if not os.path.isfile(path):
        raise ValueError(f"{path} is no regular file: give a picture such as a PNG or a JPEG")
    return path


def _refuse_missing(path: Path, bare: bool) -> NoReturn:
    try:
        found = assets.find(path.name if bare else path.stem)
    except ValueError as error:
        if bare:
            raise ValueError(f"there is no file {path}, and {error}") from None
        raise FileNotFoundError(f"there is no file {path.absolute()}: check folder and suffix") from None
    raise FileNotFoundError(f"there is no file {path.absolute()}: the bundled one is called {found.name!r}")


@contextmanager
def _sentences(name: str):
    """Say in one sentence why Pillow can't read `name`; its warnings about metadata are silenced."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MemoryError:
        raise
    except PIL.Image.DecompressionBombError:
        raise ValueError(
            f"{name} has over {PIL.Image.MAX_IMAGE_PIXELS} pixels: shrink it, give a size if it "
            "is a JPEG, or raise PIL.Image.MAX_IMAGE_PIXELS"
        ) from None
    except PermissionError:
        raise ValueError(f"{name} may not be read: change its permissions or copy it") from None
    except PIL.UnidentifiedImageError:
        raise ValueError(f"{name} is cut short or no picture that Pillow reads: export it as PNG") from None
    except Exception as error:  # decoders raise OSError, SyntaxError, EOFError, struct.error, ...
        raise ValueError(f"{name} is damaged or incomplete: download or export it again") from error


def read_file(path: Path, size: int | None) -> tuple[PIL.Image.Image, tuple[int, int] | None]:
    """Decode a file, a large JPEG at the smallest scale with thrice the size; with the sides it is to get."""
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty: download or export it again")
    with _sentences(str(path)), PIL.Image.open(path) as file:
        sides = None if size is None else fit(*file.size, size)
        if size is not None:
            file.draft(None, fit(*file.size, 3 * size))
        if file.width * file.height > (PIL.Image.MAX_IMAGE_PIXELS or float("inf")):
            raise PIL.Image.DecompressionBombError
        file.load()
        pil = _upright(file)
    turned = sides is not None and (sides[0] < sides[1]) != (pil.width < pil.height)
    return pil, sides[::-1] if turned else sides


def read_pillow(pil: PIL.Image.Image) -> PIL.Image.Image:
    """A Pillow image, decoded and turned upright; a broken one is a ValueError in a sentence."""
    if 0 in pil.size:
        raise ValueError(f"the Pillow image is {pil.width}x{pil.height} px: it needs at least one pixel")
    with _sentences(f"the Pillow image of mode {pil.mode}"):
        pil.load()
        return _upright(pil)


def _upright(pil: PIL.Image.Image) -> PIL.Image.Image:
    """A copy turned as the EXIF tag says; a broken tag is ignored."""
    try:
        return ImageOps.exif_transpose(pil)
    except Exception:  # EXIF written by a faulty program is no reason to refuse a sound picture
        return pil.copy()


def to_tensor(pil: PIL.Image.Image, sides: tuple[int, int] | None) -> Float[Tensor, "1 3 height width"]:
    """A decoded picture as a tensor in [0, 1], resized to (width, height) on the way if a size is given."""
    flat = _flat(pil)
    if sides is not None:
        flat = flat.resize(sides, PIL.Image.Resampling.LANCZOS)
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
