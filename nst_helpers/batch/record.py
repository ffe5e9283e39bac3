"""What is kept of a run: a file in its folder, whose presence says that the run has ended."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from nst_helpers.batch.sweep import Run
from nst_helpers.runtime import write_whole

NAME = "run.json"


@dataclass(frozen=True)
class Record:
    """How a run ended, and what its notebook said.

    Attributes:
        digest: of what was run; see `digest`.
        seconds: that it took, the kernel's start included.
        error: in a sentence; "" for a run that came to its end.
        traceback: of the error; "" where it has none.
        losses: the lines printed that name a loss and a number.
        verdicts: each claim with its figures, and whether it holds, in the words of `nst_helpers.checks.verdict`.
        pictures: files in the run's folder, in the order in which the notebook shows them.
    """

    digest: str
    seconds: float
    error: str = ""
    traceback: str = ""
    losses: tuple[str, ...] = ()
    verdicts: tuple[tuple[str, str], ...] = ()
    pictures: tuple[str, ...] = ()


def digest(run: Run) -> str:
    """Of what is run: the cells' sources, the parameters and where it ends, not the outputs that the notebook holds."""
    cells = json.loads(run.notebook.read_text(encoding="utf-8"))["cells"]
    sources = [[cell["cell_type"], "".join(cell["source"])] for cell in cells]
    return hashlib.sha256(json.dumps([sources, run.parameters, run.until], sort_keys=True).encode()).hexdigest()


def write_record(folder: Path, record: Record) -> None:
    """Leave the record in the run's folder, whole."""
    text = json.dumps(dataclasses.asdict(record), indent=1, ensure_ascii=False)
    write_whole(folder / NAME, text.encode("utf-8", "backslashreplace"))


def read_record(folder: Path) -> Record | None:
    """The record in a run's folder; None where there is none that can be read."""
    try:
        kept = json.loads((folder / NAME).read_text(encoding="utf-8"))
        verdicts = tuple((said, word) for said, word in kept["verdicts"])
        lists = {"losses": tuple(kept["losses"]), "verdicts": verdicts, "pictures": tuple(kept["pictures"])}
        return Record(**kept | lists)
    except (OSError, ValueError, TypeError, KeyError):
        return None
