"""Pictures to files: written whole or not at all, and only where a file belongs."""

import contextlib
import io
import os
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from nst_helpers.images.decode import printable
from nst_helpers.images.files import to_pil

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


def save_image(image: Float[Tensor, "*batch 3 height width"], path: str | os.PathLike) -> Path:
    """Write one picture, clamped to [0, 1] and rounded to 8 bits, in the format that the suffix names.

    The file appears whole or not at all: on failure an older one stays as it was, and one that is replaced hands on
    its permissions. JPEG is written at quality 95 without chroma subsampling. Returns the path.

    Raises ValueError (several pictures, non-finite values, unknown suffix, no ordinary file), FileNotFoundError (no
    such folder), IsADirectoryError, or OSError if the file can't be written.
    """
    path = require_savable(path)
    data = _encoded(image, path)
    target = Path(os.path.realpath(path))  # writes through a symbolic link instead of replacing it
    with _unfinished(path, target) as (unfinished, file):
        if target.exists():
            os.chmod(unfinished, stat.S_IMODE(target.stat().st_mode))
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        written = os.fstat(file.fileno()).st_size
        file.close()  # before it is renamed, which Windows asks for
        if written != len(data):
            raise OSError(f"{written} of {len(data)} bytes arrived")
        os.replace(unfinished, target)
    return path


def require_savable(path: str | os.PathLike) -> Path:
    """The path, if a picture can be saved there: a known suffix, a folder in which a file can be made and written.

    Raises what `save_image` raises, but before the work that makes the picture.
    """
    path = Path(os.path.expanduser(os.fsdecode(path)))
    shown = printable(path)
    if "\0" in str(path):
        raise ValueError(f"{shown} holds a null character, which no file's name may: choose another name")
    if path.suffix.lower() not in _FORMATS:
        raise ValueError(f"{shown} has no suffix of a format that can be written: use {', '.join(_FORMATS)}")
    if os.path.isdir(path):
        raise IsADirectoryError(f"{shown} is a directory: name a file in it")
    if not os.path.isdir(path.parent):
        folder = printable(path.parent)
        raise FileNotFoundError(f"{folder} is no directory: create it before saving {printable(path.name)} in it")
    target = Path(os.path.realpath(path))
    try:
        if not stat.S_ISREG(target.lstat().st_mode):
            raise ValueError(f"{shown} is no ordinary file or a link to none: choose another name")
        if not os.access(target, os.W_OK):
            raise PermissionError(f"{shown} is write-protected: choose another name or change its permissions")
    except FileNotFoundError:
        pass  # a new file
    except OSError as error:
        if error.errno is None:
            raise
        raise _unwritable(path, error) from error
    with _unfinished(path, target) as (_, file):
        file.write(b"\0")  # a full disk has no room for it
    return path


@contextlib.contextmanager
def _unfinished(path: Path, target: Path) -> Iterator[tuple[Path, io.BufferedWriter]]:
    """A new file beside the target, open for bytes, which is gone at the end unless it was renamed."""
    unfinished = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with open(unfinished, "xb") as file:
            yield unfinished, file
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):  # gone with its folder, or a disk that was unplugged
            unfinished.unlink()


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


def _unwritable(path: Path, error: OSError) -> OSError:
    reason = error.strerror or error
    return OSError(f"{printable(path)} can't be written ({reason}): choose another folder or name, or free some space")
