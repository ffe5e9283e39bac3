"""The log of a training run: a line of JSON a step, to be read and plotted while it runs."""

import json
from collections.abc import Mapping
from pathlib import Path

from nst_helpers.runtime import printable, write_whole


def append(path: Path, entry: Mapping[str, object]) -> None:
    """Write one line more; OSError where the disk is full, say."""
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
    except OSError as error:
        raise OSError(
            f"{printable(path)} can't be written ({error.strerror or error}): free some space and start again; the "
            "last checkpoint stays."
        ) from error


def cut(path: Path, step: int) -> None:
    """Forget what was logged after a step, which is taken again, and lines that were left half written."""
    if path.exists():
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        write_whole(path, "".join(line for line in lines if _tells_of(line, step)).encode())


def _tells_of(line: str, last: int) -> bool:
    """Whether the line is whole and of a step up to the last."""
    try:
        return line.endswith("\n") and json.loads(line)["step"] <= last
    except (ValueError, KeyError, TypeError):
        return False
