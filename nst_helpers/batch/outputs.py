"""What an executed notebook says and shows, whatever lesson it is: its losses, its verdicts, its pictures."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

from nst_helpers.checks.verdict import find_verdicts
from nst_helpers.runtime import write_whole

_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg"}
_LOSS = re.compile(r"\bloss(es)?\b.*\d", re.IGNORECASE)


def read_outputs(notebook: Path, folder: Path) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Its lines with losses, its verdicts, and its pictures, which are written into the folder by number.

    Nothing where there is no notebook, or only a part of one.
    """
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError):
        return (), (), ()
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    text = "".join("".join(output.get("text", "")) for output in outputs if output.get("name") == "stdout")
    verdicts = find_verdicts(text)
    losses = tuple(line.strip() for line in text.splitlines() if _LOSS.search(line))
    pictures = []
    for number, (suffix, data) in enumerate(_pictures(outputs), 1):
        pictures.append(write_whole(folder / f"picture_{number:02}{suffix}", data).name)
    return losses, verdicts, tuple(pictures)


def _pictures(outputs: list[dict]) -> Iterator[tuple[str, bytes]]:
    """The suffix and the bytes of each picture shown."""
    for output in outputs:
        for kind, suffix in _SUFFIXES.items():
            if kind in output.get("data", {}):
                yield suffix, base64.b64decode("".join(output["data"][kind]))
                break
