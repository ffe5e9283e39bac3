"""Files that are whole or not there, and names that a console can print."""

import contextlib
import io
import os
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path


def printable(name: object) -> str:
    r"""A name in one line: line breaks, control characters and halves of surrogate pairs are escaped.

    Example:
        >>> print(printable("two\nlines.png"))
        two\nlines.png
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(name))


def write_whole(path: str | os.PathLike, data: bytes) -> Path:
    """Write a file that appears whole or not at all, and return its path.

    On failure an older file stays as it was; one that is replaced hands on its permissions; a symbolic link is written
    through.

    Raises OSError if it can't be written; see `require_writable` for what can be known before.
    """
    path = Path(path)
    target = Path(os.path.realpath(path))
    with _unfinished(path, target) as (unfinished, file):
        file.write(data)
        file.flush()
        written = os.fstat(file.fileno()).st_size
        if written != len(data):
            raise _unwritable(path, f"{written} of {len(data)} bytes arrived")
        _put(unfinished, file, target)
    return path


@contextlib.contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[Path]:
    """A file beside ``path``, to be written by name, which takes its place when the block ends without an error.

    For what a library writes itself, piece by piece; else as `write_whole`. An OSError of the block that says what
    the system said becomes the sentence that the path can't be written; one with a sentence of its own stays.
    """
    path = Path(path)
    target = Path(os.path.realpath(path))
    with _unfinished(path, target) as (unfinished, file):
        yield unfinished
        _put(unfinished, file, target)


def require_writable(path: str | os.PathLike) -> Path:
    """The path, "~" expanded, if a file can be made or replaced there: known before the work that makes its content.

    Raises ValueError (a null character, no ordinary file), IsADirectoryError, FileNotFoundError (no such folder), or
    OSError if the place can't be written.
    """
    path = Path(os.path.expanduser(os.fsdecode(path)))
    shown = printable(path)
    if "\0" in str(path):
        raise ValueError(f"{shown} holds a null character, which no file's name may: choose another name")
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
        raise _unwritable(path, error.strerror) from error
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
        if error.errno is None:  # it is a sentence
            raise
        raise _unwritable(path, error.strerror) from error
    finally:
        with contextlib.suppress(OSError):  # gone with its folder, or a disk that was unplugged
            unfinished.unlink()


def _put(unfinished: Path, file: io.BufferedWriter, target: Path) -> None:
    """The finished file in the place of the target, whose permissions it takes on."""
    if target.exists():
        os.chmod(unfinished, stat.S_IMODE(target.stat().st_mode))
    os.fsync(file.fileno())
    file.close()  # before it is renamed, which Windows asks for
    os.replace(unfinished, target)


def _unwritable(path: Path, reason: str | None) -> OSError:
    return OSError(f"{printable(path)} can't be written ({reason}): choose another folder or name, or free some space")
