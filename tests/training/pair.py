"""One of two processes that train together: ``python -m tests.training.pair PHOTOS FOLDER``, told who it is as
`accelerate launch` tells it, by environment variables."""

import json
import os
import shutil
import sys
from pathlib import Path

from nst_helpers.runtime import Stop
from tests.training.runs import STYLES, noisy, start


def train_in_parts(photos: Path, folder: Path) -> list[float]:
    """The losses of two steps, and of two more after a stop."""

    def stop(progress):
        if progress.iteration == 2:
            raise Stop

    same = {"objective": noisy(STYLES, 0.0, batch=4), "batch": 4, "steps": 4}
    parts = (start(photos, folder, callback=stop, **same), start(photos, folder, **same))
    return [report.loss for part in parts for report in part.history]


def refusal(photos: Path, folder: Path | None = None, **options) -> str:
    """The sentence that refuses a run; empty where none does."""
    try:
        start(photos, folder, **options)
    except ValueError as error:
        return str(error)
    return ""


def main() -> None:
    """Train in a common folder; then what two processes can't do."""
    photos, folder = map(Path, sys.argv[1:])
    own = folder / os.environ["RANK"]
    told = {"losses": train_in_parts(photos, folder / "common")}
    if os.environ["RANK"] == "0":  # the other one's own folder stays empty
        shutil.copytree(folder / "common", own)
    told["apart"] = refusal(photos, own, batch=4)
    told["uneven"] = refusal(photos, batch=3)
    told["batch norm"] = refusal(photos, norm="batch")
    print(json.dumps(told))


if __name__ == "__main__":
    main()
