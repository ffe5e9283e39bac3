"""The pictures in a folder, or its files of another kind."""

import os
from collections.abc import Set
from pathlib import Path

from nst_helpers.runtime import printable

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif"}


def find_pictures(folder: str | os.PathLike) -> list[Path]:
    """The pictures in a folder and the folders within, by their suffixes, sorted by name; hidden ones are left out.

    Raises:
        NotADirectoryError: there is no such folder.
        ValueError: no picture is in it.
    """
    return find_files(folder, _SUFFIXES, kind="picture", things="photos", examples="JPEG or PNG")


def find_files(folder: str | os.PathLike, suffixes: Set[str], *, kind: str, things: str, examples: str) -> list[Path]:
    """Likewise, of any kind.

    Args:
        suffixes: in lower case, with the dot.
        kind, things, examples: for the sentence where there is none.
    """
    folder = Path(os.path.expanduser(os.fsdecode(folder)))
    if not folder.is_dir():
        raise NotADirectoryError(f"{printable(folder)} is no folder: name one that has {things} in it")
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in suffixes
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )
    if not found:
        raise ValueError(f"{printable(folder)} has no {kind} in it: put {things} such as {examples} there.")
    return found
