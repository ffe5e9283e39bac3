"""The pictures in a folder."""

import os
from pathlib import Path

from nst_helpers.runtime import printable

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif"}


def find_pictures(folder: str | os.PathLike) -> list[Path]:
    """The pictures in a folder and the folders within, by their suffixes, sorted by name; hidden ones are left out.

    Raises:
        NotADirectoryError: there is no such folder.
        ValueError: no picture is in it.
    """
    folder = Path(os.path.expanduser(os.fsdecode(folder)))
    if not folder.is_dir():
        raise NotADirectoryError(f"{printable(folder)} is no folder: name one that has photos in it")
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in _SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )
    if not found:
        raise ValueError(f"{printable(folder)} has no picture in it: put photos such as JPEG or PNG there.")
    return found
