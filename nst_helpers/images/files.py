"""Files to tensors and back: RGB, float32, [0, 1], shape (batch, 3, height, width)."""

import os
import uuid
from pathlib import Path

import PIL.Image
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from nst_helpers.images import decode

Picture = str | os.PathLike | PIL.Image.Image | Tensor
"""A bundled name, a path, a Pillow image, or a tensor in the module's own convention."""

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
        pil = decode.read_pillow(picture)
        return decode.to_tensor(pil, None if size is None else decode.fit(*pil.size, size))
    if not isinstance(picture, str | os.PathLike):
        raise TypeError(f"{type(picture).__name__} is no picture: give a name, path, image or tensor")
    return decode.to_tensor(*decode.read_file(decode.locate(picture), size))


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


def resize(
    image: Float[Tensor, "batch channels height width"], size: int | tuple[int, int]
) -> Float[Tensor, "batch channels new_height new_width"]:
    """Antialiased bicubic resize to a longer side (aspect kept), or to (height, width), in pixels.

    Clamped to each channel's own range, since bicubic overshoots at edges: [0, 1] stays [0, 1], and a channel
    of one value keeps it. Raises ValueError for a side below 1 px.
    """
    if min(size if isinstance(size, tuple) else (size,)) < 1:
        raise ValueError(f"size is {size}: each side needs at least 1 px")
    height, width = size if isinstance(size, tuple) else decode.fit(*image.shape[-2:], size)
    precise = image if image.dtype == torch.float64 else image.float()  # torch has no half-precision kernel
    resized = functional.interpolate(precise, (height, width), mode="bicubic", antialias=True).to(image.dtype)
    low, high = image.detach().aminmax(dim=-1, keepdim=True)
    return resized.clamp(low.amin(dim=-2, keepdim=True), high.amax(dim=-2, keepdim=True))


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
        raise ValueError(
            f"the tensor's values run from {low:.4g} to {high:.4g}: a picture lies in [0, 1]; "
            "clamp it, or undo the normalization"
        )
    return _one_picture(image).float().clone(memory_format=torch.contiguous_format)
