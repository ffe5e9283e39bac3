"""Where results go: over nothing that they are made from, under names that tell what it was."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from nst_helpers import assets
from nst_helpers.images import SAVABLE, decode, find_pictures, require_savable
from nst_helpers.runtime import printable


def require_new(
    outputs: Iterable[os.PathLike], inputs: Iterable[str | os.PathLike], what: str = "one of the pictures"
) -> None:
    """Refuse to overwrite, under whatever name, what a result is made from."""
    given = {_identity(path) for path in inputs if os.path.exists(path)}
    for path in outputs:
        if os.path.exists(path) and _identity(path) in given:
            raise ValueError(f"{printable(path)} is {what} given: choose another name for the result")


def make_folder(folder: Path) -> None:
    """Make a folder in one that exists, unless it is there already."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise OSError(f"{printable(folder)} can't be made ({reason}): name a folder in one that exists") from None


def plan(photos: Sequence[str], out: Path) -> dict[Path, Path]:
    """The file of each result, and the file of the picture that it is made from.

    One picture goes to the file ``out``. Several, and those of a folder, go into the folder ``out`` under their own
    names, in the same folders within; suffixes that can't be written become ``.jpg``.

    Raises what `require_savable` and `find_pictures` raise, and ValueError where a result would overwrite a picture
    given or another result.
    """
    if len(photos) == 1 and not _is_folder(photos[0]) and not out.is_dir():
        planned = {require_savable(out): decode.locate(photos[0])}
    else:
        planned = {}
        for picture, name in (found for photo in photos for found in _named(photo, out)):
            target = out / (name if name.suffix.lower() in SAVABLE else name.with_suffix(".jpg"))
            if planned.setdefault(target, picture) != picture:
                both = f"{printable(planned[target])} and {printable(picture)}"
                raise ValueError(f"{both} would both become {printable(target)}: rename one of them")
    require_new(planned.keys(), planned.values())
    return planned


def _named(photo: str, out: Path) -> Iterator[tuple[Path, Path]]:
    """The pictures that an argument means, each with its name below the folder of results."""
    if not _is_folder(photo):
        picture = decode.locate(photo)
        yield picture, Path(picture.name)
        return
    folder = Path(os.path.expanduser(photo))
    results = out.resolve()
    results_within = folder.resolve() in results.parents
    for picture in find_pictures(folder):
        if not (results_within and results in picture.resolve().parents):  # what an earlier run has left
            yield picture, picture.relative_to(folder)


def _is_folder(photo: str) -> bool:
    return os.path.isdir(os.path.expanduser(photo)) and photo not in assets.photos() + assets.paintings()


def _identity(path: str | os.PathLike) -> tuple[int, int]:
    """Of the file, whatever its name."""
    status = os.stat(path)
    return status.st_dev, status.st_ino
