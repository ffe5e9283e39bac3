"""What a sheet, a page and a table say of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nst_helpers.batch.record import Record, read_record
from nst_helpers.batch.sweep import Run


@dataclass(frozen=True)
class Result:
    """A run and what came of it.

    Attributes:
        run: what was asked for.
        folder: of the run.
        record: None where it hasn't ended.
    """

    run: Run
    folder: Path
    record: Record | None

    @property
    def picture(self) -> Path | None:
        """The file of the picture that stands for the run; None where it has shown too few."""
        pictures = self.record.pictures if self.record else ()
        place = self.run.picture - 1 if self.run.picture > 0 else self.run.picture
        return self.folder / pictures[place] if -len(pictures) <= place < len(pictures) else None

    @property
    def doubts(self) -> tuple[str, ...]:
        """The verdicts that didn't hold, as they were printed."""
        verdicts = self.record.verdicts if self.record else ()
        return tuple(f"{said}. It {word}." for said, word in verdicts if word != "holds")

    @property
    def told(self) -> str:
        """How it went, in a few words."""
        if self.record is None:
            return "not run"
        if self.record.error:
            return f"failed after {self.record.seconds:.0f} s"
        if not self.record.verdicts:
            return f"{self.record.seconds:.0f} s"
        total = len(self.record.verdicts)
        return f"{self.record.seconds:.0f} s; {total - len(self.doubts)} of {total} verdicts hold"


def read_results(runs: Sequence[Run], out: Path) -> list[Result]:
    """The results below a folder, in the order of the runs."""
    return [Result(run, out / run.name, read_record(out / run.name)) for run in runs]
