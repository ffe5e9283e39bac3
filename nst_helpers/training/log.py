"""A training run's folder and its log: a line of JSON a step, to be read and plotted while it runs."""

import json
from collections.abc import Mapping
from pathlib import Path

from nst_helpers.runtime import printable, write_whole

_NAME = "log.jsonl"


def begin(folder: Path, step: int) -> None:
    """Make the folder, or clear it of what a killed process left half done; steps after this one are taken again."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"{printable(folder)} can't be made ({error.strerror}): name another folder.") from error
    for left in folder.glob(".*.tmp"):
        left.unlink()
    path = folder / _NAME
    if path.exists():
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        write_whole(path, "".join(line for line in lines if _tells_of(line, step)).encode())


def append(folder: Path, entry: Mapping[str, object]) -> None:
    """Write one line more; OSError where the disk is full, say."""
    path = folder / _NAME
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
    except OSError as error:
        raise OSError(
            f"{printable(path)} can't be written ({error.strerror or error}): free some space and start again; the "
            "last checkpoint stays."
        ) from error


def _tells_of(line: str, last: int) -> bool:
    """Whether the line is whole and of a step up to the last."""
    try:
        return line.endswith("\n") and json.loads(line)["step"] <= last
    except (ValueError, KeyError, TypeError):
        return False
