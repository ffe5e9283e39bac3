"""Files to tensors and back: RGB, float32, [0, 1], shape (batch, 3, height, width)."""

import os
import uuid
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
from torch.nn import functional

from nst_helpers import assets

Picture = str | os.PathLike | PIL.Image.Image | Tensor
"""A bundled name, a path, a Pillow image, or a tensor in the module's own convention."""

_JPEG = ("JPEG", {"quality": 95, "subsampling": 0})  # 0 is 4:4:4
_FORMATS = {".png": ("PNG", {}), ".jpg": _JPEG, ".jpeg": _JPEG, ".webp": ("WEBP", {"quality": 95}),
            ".bmp": ("BMP", {}), ".tif": ("TIFF", {}), ".tiff": ("TIFF", {})}


def load_image(picture: Picture, size: int | None = None) -> Float[Tensor, "1 3 height width"]:
    """A picture as a new RGB float32 tensor in [0, 1], turned upright, transparency over white.

    A bare name such as "starry_night" is the bundled picture even if a file is called so; anything with a
    suffix or a separator, and every `Path`, is a file. Of an animation or a stack the first frame is taken.
    16-bit grey keeps its depth; a Pillow image of mode F and a tensor must lie in [0, 1] already.
    `size` is the longer side in pixels, up or down, the aspect kept; the resampling is antialiased and, as in
    every image viewer, acts on the gamma-encoded values. Embedded colour profiles are ignored.

    Raises FileNotFoundError, IsADirectoryError, or ValueError for what can't be read as a picture.
    """
    if size is not None and size < 1:
        raise ValueError(f"size is {size}: the longer side needs at least 1 px")
    if isinstance(picture, Tensor):
        image = _from_tensor(picture)
        return image if size is None else resize(image, size)
    if isinstance(picture, PIL.Image.Image):
        pil = _loaded(picture)
        return _from_pil(pil, None if size is None else _fit(*pil.size, size))
    if not isinstance(picture, str | os.PathLike):
        raise TypeError(f"{type(picture).__name__} is no picture: give a name, path, image or tensor")
    return _from_pil(*_read(_locate(picture), size))


def save_image(image: Float[Tensor, "*batch 3 height width"], path: str | os.PathLike) -> Path:
    """Write one picture, clamped to [0, 1] and rounded to 8 bits, in the format that the suffix names.

    The file appears whole or not at all: on failure an older one stays as it was. JPEG is written at
    quality 95 without chroma subsampling. Returns the path.

    Raises ValueError (several pictures, non-finite values, unknown suffix), FileNotFoundError (no such
    folder), IsADirectoryError, or OSError if the file can't be written.
    """
    path = require_savable(path)
    pil = to_pil(image)
    form, options = _FORMATS[path.suffix.lower()]
    target = Path(os.path.realpath(path))  # writes through a symbolic link instead of replacing it
    unfinished = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with open(unfinished, "xb") as file:
            pil.save(file, format=form, **options)
        os.replace(unfinished, target)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OSError(f"{path} can't be written ({reason}): choose another folder, format or size") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def require_savable(path: str | os.PathLike) -> Path:
    """The path, if a picture can be saved there: a known suffix, in a folder that exists.

    Raises what `save_image` raises, but before the work that makes the picture.
    """
    path = Path(os.path.expanduser(os.fsdecode(path)))
    if path.suffix.lower() not in _FORMATS:
        raise ValueError(f"{path} has no suffix of a format that can be written: use {', '.join(_FORMATS)}")
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} is a directory: name a file in it")
    if not os.path.isdir(path.parent):
        raise FileNotFoundError(f"{path.parent} is no directory: create it before saving {path.name} in it")
    return path


def to_pil(image: Float[Tensor, "*batch 3 height width"]) -> PIL.Image.Image:
    """One picture as an 8-bit Pillow image, clamped to [0, 1] and rounded.

    Raises ValueError for a batch of several and for non-finite values.
    """
    pixels = _one_picture(image)[0].clamp(0, 1).mul(255).round().to("cpu", torch.uint8)
    return PIL.Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())


def resize(image: Float[Tensor, "batch channels height width"],
           size: int | tuple[int, int]) -> Float[Tensor, "batch channels new_height new_width"]:
    """Antialiased bicubic resize to a longer side (aspect kept), or to (height, width), in pixels.

    Clamped to each channel's own range, since bicubic overshoots at edges: [0, 1] stays [0, 1], and a channel
    of one value keeps it. Raises ValueError for a side below 1 px.
    """
    if min(size if isinstance(size, tuple) else (size,)) < 1:
        raise ValueError(f"size is {size}: each side needs at least 1 px")
    height, width = size if isinstance(size, tuple) else _fit(*image.shape[-2:], size)
    precise = image if image.dtype == torch.float64 else image.float()  # torch has no half-precision kernel
    resized = functional.interpolate(precise, (height, width), mode="bicubic", antialias=True).to(image.dtype)
    low, high = image.detach().aminmax(dim=-1, keepdim=True)
    return resized.clamp(low.amin(dim=-2, keepdim=True), high.amax(dim=-2, keepdim=True))


def _fit(height: int, width: int, size: int) -> tuple[int, int]:
    """The sides, at least 1 px each, of a picture whose longer side becomes `size`."""
    longer = max(height, width)
    return max(1, round(height * size / longer)), max(1, round(width * size / longer))


def _one_picture(image: Tensor) -> Float[Tensor, "1 3 height width"]:
    """A view with a batch of one, after checking shape, type and finiteness."""
    given = f"the tensor is {str(image.dtype).removeprefix('torch.')} of shape {tuple(image.shape)}"
    if image.ndim not in (3, 4) or image.shape[-3] != 3 or image[..., 0, :, :].numel() == 0:
        raise ValueError(f"{given}: one picture is (3, height, width) or (1, 3, height, width)")
    if image.ndim == 4 and len(image) != 1:
        raise ValueError(f"{given}, a batch of {len(image)}: pick one picture with image[i]")
    if not image.is_floating_point():
        raise ValueError(f"{given}: a picture is float in [0, 1]; for 0..255 use image.float() / 255")
    if not image.isfinite().all():
        raise ValueError(f"{given} and has NaN or infinite values: find the step that made them")
    return image.detach().reshape(1, *image.shape[-3:])


def _from_tensor(image: Tensor) -> Float[Tensor, "1 3 height width"]:
    low, high = (bound.item() for bound in _one_picture(image).aminmax())
    if low < 0 or high > 1:
        raise ValueError(f"the tensor's values run from {low:.4g} to {high:.4g}: a picture lies in [0, 1]; "
                         "clamp it, or undo the normalization")
    return _one_picture(image).float().clone(memory_format=torch.contiguous_format)


def _locate(picture: str | os.PathLike) -> Path:
    """The file that a name or a path means."""
    name = os.fsdecode(picture)
    path = Path(os.path.expanduser(name))
    bare = isinstance(picture, str) and name == path.name and not path.suffix
    if bare and name in assets.photos() + assets.paintings():
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
        raise ValueError(f"{name} has over {PIL.Image.MAX_IMAGE_PIXELS} pixels: shrink it, give a size if it "
                         "is a JPEG, or raise PIL.Image.MAX_IMAGE_PIXELS") from None
    except PermissionError:
        raise ValueError(f"{name} may not be read: change its permissions or copy it") from None
    except PIL.UnidentifiedImageError:
        raise ValueError(f"{name} is cut short or no picture that Pillow reads: export it as PNG") from None
    except Exception as error:  # decoders raise OSError, SyntaxError, EOFError, struct.error, ...
        raise ValueError(f"{name} is damaged or incomplete: download or export it again") from error


def _read(path: Path, size: int | None) -> tuple[PIL.Image.Image, tuple[int, int] | None]:
    """Decode a file, a large JPEG at the smallest scale with thrice the size; with the sides it is to get."""
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty: download or export it again")
    with _sentences(str(path)), PIL.Image.open(path) as file:
        sides = None if size is None else _fit(*file.size, size)
        if size is not None:
            file.draft(None, _fit(*file.size, 3 * size))
        if file.width * file.height > (PIL.Image.MAX_IMAGE_PIXELS or float("inf")):
            raise PIL.Image.DecompressionBombError
        file.load()
        pil = _upright(file)
    turned = sides is not None and (sides[0] < sides[1]) != (pil.width < pil.height)
    return pil, sides[::-1] if turned else sides


def _loaded(pil: PIL.Image.Image) -> PIL.Image.Image:
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


def _from_pil(pil: PIL.Image.Image, sides: tuple[int, int] | None) -> Float[Tensor, "1 3 height width"]:
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
