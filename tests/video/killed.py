"""Films that are killed with SIGKILL at a moment of their own, each in a process of its own.

``python -m tests.video.killed CLIP FOLDER`` leaves a folder for each way to die, and prints what ended each.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nst_helpers.video import Film, make_film, parts, read_clip
from tests.killing import before, die

SEGMENT = 4  # frames


@dataclass
class Trail:
    """A painter that leaves a trail: each picture is made of the frame and the picture before.

    Attributes:
        painted: frames painted in this process.
        die_at: the call in which it dies.
    """

    about: Mapping[str, object] = field(default_factory=lambda: {"painter": "trail"})
    painted: int = 0
    die_at: int | None = None

    def paint(self, frame, previous):
        """Half the frame, half what was painted before, and a quarter of the change."""
        self.painted += 1
        if self.painted == self.die_at:
            die()
        if previous is None:
            return 1 - frame
        return (0.5 * (1 - frame) + 0.5 * previous.painted + 0.25 * (frame - previous.frame)).clamp(0, 1)


# Of 10 frames each is written twice: the picture, then what counts; a segment twice more, and the folder once.
WAYS = {
    "in the first frame": (1, None),
    "in a later frame": (7, None),
    "in the first frame of a segment": (5, None),
    "while a picture is written": (None, lambda: before(os, "fsync", 4)),
    "between a picture and its being counted": (None, lambda: before(os, "replace", 5)),
    "while a segment is written": (None, lambda: before(parts, "encode", 1)),
    "between a segment and its being counted": (None, lambda: before(os, "replace", 11)),
    "while pictures of a segment are removed": (None, lambda: before(Path, "unlink", 18)),
    "while the last segment is written": (None, lambda: before(parts, "encode", 3)),
    "while the film is put together": (None, lambda: before(os, "replace", 26)),
    "while the folder is removed": (None, lambda: before(os, "rmdir", 1)),
}


def film(clip: Path, folder: Path, painter: Trail, **options) -> Film:
    """The same film in every process, where a segment has as many frames."""
    folder.mkdir(exist_ok=True)
    return make_film(read_clip(clip), painter, folder / "film.mp4", **options)


def run(way: str, clip: Path, folder: Path) -> int:
    """Fork, run until it dies, and return the signal that ended it; 0 where none did."""
    child = os.fork()
    if child == 0:
        die_at, prepare = WAYS[way]
        if prepare:
            prepare()
        film(clip, folder, Trail(die_at=die_at))
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def main() -> None:
    """Every way, one after the other."""
    clip, folder = map(Path, sys.argv[1:])
    parts._SEGMENT = SEGMENT
    print(json.dumps({way: run(way, clip, folder / way) for way in WAYS}))


if __name__ == "__main__":
    main()
