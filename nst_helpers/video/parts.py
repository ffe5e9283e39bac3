"""What is finished of a film, in a folder beside it: whole segments, and the pictures of the one that is being made."""

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from nst_helpers.images import load_image, save_image
from nst_helpers.runtime import printable, whole_file, write_whole
from nst_helpers.video.clips import Frame
from nst_helpers.video.encode import encode

_SEGMENT = 50  # frames: so many pictures lie uncompressed in the folder at most, and one more
_STATE = "film.json"


class Parts:
    """The folder ``film.mp4.parts``, in which everything appears whole and counts once `film.json` says so.

    Args:
        film: the file that is to be made.
        rate: frames per second.
        about: what JSON can hold; what a run before was given has to be the same.

    Attributes:
        done: frames that are finished.

    Raises:
        ValueError: the folder holds something else, or what another film was made with.
        OSError: it can't be made.
    """

    def __init__(self, film: Path, rate: Fraction, about: Mapping[str, object]):
        self.folder = film.with_name(f"{film.name}.parts")
        self._film, self._rate = film, rate
        self._about = json.loads(json.dumps(about))
        self._full, self._times = 0, []  # segments, and the moments of the pictures after them
        if (self.folder / _STATE).exists():
            self._load()
            self._close()
        elif self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise ValueError(f"{printable(self.folder)} is no film's: move it away, or name another film.")
        else:
            self._make()

    @property
    def done(self) -> int:
        """Frames that are finished."""
        return self._full * _SEGMENT + len(self._times)

    def last(self) -> Float[Tensor, "1 3 height width"] | None:
        """The picture added last, without loss; None before the first."""
        return load_image(self._picture(self.done - 1)) if self.done else None

    def add(self, picture: Float[Tensor, "1 3 height width"], time: Fraction) -> None:
        """Keep the next frame; with the last of a segment, the segment is encoded."""
        number = self.done
        save_image(picture, self._picture(number))
        self._times.append(time)
        self._save()
        if len(self._times) == 1 and number:
            self._picture(number - 1).unlink(missing_ok=True)  # of the segment before, which was encoded
        self._close()

    def segments(self) -> list[Path]:
        """All that is finished, encoded, in order."""
        if self._times:
            self._encode()
        return [self._segment(number) for number in range(self._full + bool(self._times))]

    def remove(self) -> None:
        """The film is finished; what isn't this folder's own stays."""
        for pattern in ("*.bmp", "*.nut", ".*.tmp", _STATE):
            for path in self.folder.glob(pattern):
                path.unlink()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _close(self) -> None:
        """Encode the segment, where it is full, in the place of its pictures; the last stays."""
        if len(self._times) < _SEGMENT:
            return
        self._encode()
        self._full, self._times = self._full + 1, []
        self._save()
        for number in range(self.done - _SEGMENT, self.done - 1):
            self._picture(number).unlink(missing_ok=True)

    def _encode(self) -> None:
        with whole_file(self._segment(self._full)) as unfinished:
            # NUT keeps each frame's moment as it is, counted from the film's beginning.
            encode(unfinished, self._frames(), self._rate, suffix=self._film.suffix, muxer="nut")

    def _frames(self) -> Iterator[Frame]:
        for number, time in enumerate(self._times, start=self._full * _SEGMENT):
            yield Frame(load_image(self._picture(number)), time)

    def _picture(self, number: int) -> Path:
        return self.folder / f"{number:06}.bmp"  # exact, and written in a moment

    def _segment(self, number: int) -> Path:
        return self.folder / f"{number:06}.nut"

    def _make(self) -> None:
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise OSError(f"{printable(self.folder)} can't be made ({error.strerror}): name another film.") from None
        self._save()

    def _save(self) -> None:
        state = {"about": self._about, "segments": self._full, "times": [str(time) for time in self._times]}
        write_whole(self.folder / _STATE, json.dumps(state).encode())

    def _load(self) -> None:
        folder = printable(self.folder)
        try:
            state = json.loads((self.folder / _STATE).read_text())
            self._full, self._times = int(state["segments"]), [Fraction(time) for time in state["times"]]
            then = {(what, name): value for what, facts in state["about"].items() for name, value in facts.items()}
            for path in self._needed():
                path.stat()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f"{folder} is damaged: remove it to begin anew.") from None
        now = {(what, name): value for what, facts in self._about.items() for name, value in facts.items()}
        for what, name in sorted({*then, *now}):
            if then.get((what, name)) != now.get((what, name)):
                before, given = then.get((what, name)), now.get((what, name))
                raise ValueError(
                    f"{folder} holds a film whose {what} has {name} {before}, not {given}: go on with that, remove the "
                    "folder to begin anew, or name another film."
                )

    def _needed(self) -> list[Path]:
        """The files that hold what is finished."""
        first = self._full * _SEGMENT
        pictures = range(first if self._times else max(0, first - 1), self.done)
        return [*map(self._segment, range(self._full)), *map(self._picture, pictures)]
