"""Pictures to tensors and back: RGB, float32, [0, 1], shape (batch, 3, height, width)."""

import os
from numbers import Integral
from pathlib import Path

import PIL.Image
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from nst_helpers.images import decode

Picture = str | os.PathLike | PIL.Image.Image | Tensor
"""A bundled name, a path, a Pillow image, or a tensor in the module's own convention."""


def load_image(picture: Picture, size: int | None = None) -> Float[Tensor, "1 3 height width"]:
    """A picture as a new RGB float32 tensor in [0, 1], turned upright, transparency over white.

    A bare name such as "starry_night" is the bundled picture even if a file is called so; anything with a
    suffix or a separator, and every `Path`, is a file. Of an animation or a stack the first frame is taken.
    16-bit grey keeps its depth; a Pillow image of mode F and a tensor must lie in [0, 1] already.
    `size` is the longer side in pixels, up or down, the aspect kept; the resampling is antialiased and, as in
    every image viewer, acts on the gamma-encoded values. Embedded colour profiles are ignored.

    Raises FileNotFoundError, IsADirectoryError, or ValueError for what can't be read as a picture.
    """
    _require_size(size)
    if isinstance(picture, Tensor):
        image = _from_tensor(picture)
        return image if size is None else resize(image, size)
    if isinstance(picture, PIL.Image.Image):
        pil = decode.read_pillow(picture)
        return decode.to_tensor(pil, None if size is None else decode.fit(*pil.size, size))
    return decode.to_tensor(*decode.read_file(_located(picture), size))


def picture_size(picture: Picture, size: int | None = None) -> tuple[int, int]:
    """(height, width) of what `load_image` would give, from a file's header alone: nothing is decoded or enlarged.

    Raises what `load_image` raises, but for pixels that turn out to be damaged.
    """
    _require_size(size)
    if isinstance(picture, Tensor):
        height, width = _one_picture(picture).shape[-2:]
    elif isinstance(picture, PIL.Image.Image):
        width, height = decode.read_pillow(picture).size
    else:
        height, width = decode.file_size(_located(picture))
    return (height, width) if size is None else decode.fit(height, width, size)


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


def _require_size(size: int | None) -> None:
    if size is None or (isinstance(size, Integral) and not isinstance(size, bool) and size >= 1):
        return
    raise ValueError(f"size is {size!r}: the longer side needs at least 1 px, a whole number")


def _located(picture: object) -> Path:
    if not isinstance(picture, str | os.PathLike):
        raise TypeError(f"{type(picture).__name__} is no picture: give a name, path, image or tensor")
    return decode.locate(picture)


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
