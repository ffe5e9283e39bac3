"""Clips, read frame by frame: however long they are, one frame is in memory."""

import math
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jaxtyping import Float
from torch import Tensor

from nst_helpers import assets
from nst_helpers.runtime import printable, takes
from nst_helpers.video.container import count_packets, exact, lasts, moments, opened, promised, upright
from nst_helpers.video.settings import ClipSettings

if TYPE_CHECKING:
    import av


class Frame(NamedTuple):
    """A frame and its moment.

    Attributes:
        image: ``(1, 3, height, width)`` in [0, 1].
        time: seconds after the first frame that is read.
    """

    image: Float[Tensor, "1 3 height width"]
    time: Fraction


@dataclass(frozen=True)
class Clip:
    """A clip whose frames are decoded one by one, from the start each time it is iterated over.

    Attributes:
        path: the file.
        settings: which part is read, and how large.
        rate: frames per second, on average.
        size: (height, width) of the frames as they are given: upright, with square pixels, resized.
        count: frames that the file promises; where it is cut off there are fewer.
        audio: whether it has sound.
        aspect: a pixel's width over its height in the file; None where it doesn't say.
        began: the moment of the first frame read, seconds by the file's clock.
        problems: what was found wrong while reading, in sentences.
    """

    path: Path
    settings: ClipSettings
    rate: Fraction
    size: tuple[int, int]
    count: int
    audio: bool
    aspect: Fraction | None
    began: Fraction
    problems: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Float[Tensor, "1 3 height width"]]:
        """The frames' images."""
        return (frame.image for frame in self.frames())

    def frames(self, skip: int = 0) -> Iterator[Frame]:
        """The frames with their moments; the first ``skip`` are decoded and not given.

        Packets that are damaged are passed over. They, and an end that comes too early, are told by a RuntimeWarning
        and in ``problems`` once all else was given.
        """
        for number, (moment, frame) in enumerate(self._taken()):
            if number >= skip:
                yield Frame(upright(frame, self.aspect, self.settings.size), moment - self.began)

    @property
    def limit(self) -> Fraction | None:
        """Seconds after which no more is taken; None where all is."""
        frames = self.settings.frames and self.settings.frames / self.rate
        return min((bound for bound in (exact(self.settings.seconds), frames) if bound is not None), default=None)

    def _taken(self) -> Iterator[tuple[Fraction, "av.VideoFrame"]]:
        """Those within the settings' bounds."""
        taken, seconds = 0, exact(self.settings.seconds)
        for moment, frame in self._decoded():
            if moment < self.began:
                continue
            if seconds is not None and moment - self.began >= seconds:
                return
            yield moment, frame
            taken += 1
            if taken == self.settings.frames:
                return

    def _decoded(self) -> Iterator[tuple[Fraction, "av.VideoFrame"]]:
        """All, each with its moment by the file's clock; tells what is missing at the end."""
        damage: list[str] = []
        with opened(self.path) as container:
            first, end = None, None
            for moment, frame in moments(container, self.rate, damage):
                first, end = (moment if first is None else first), moment + lasts(frame, self.rate)
                yield moment, frame
            wanted = promised(container)
        shown = printable(self.path)
        if None not in (wanted, end) and end + 2 / self.rate < wanted:
            lasted = f"after {float(end - first):.2f} of {float(wanted - first):.2f} s"
            self._tell(f"{shown} is cut off {lasted}: what is there was read; download or copy it again for the rest.")
        elif damage:
            self._tell(f"{shown} is damaged in {len(damage)} places: frames there are missing or spoilt.")

    def _tell(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)
            warnings.warn(problem, RuntimeWarning, stacklevel=6)


@takes(ClipSettings)
def read_clip(clip: str | os.PathLike, *, settings: ClipSettings) -> Clip:
    """A clip to iterate over; its first frame is decoded at once, which shows whether there is one.

    Rotation tags are obeyed, pixels that aren't square become so. A size is reached as `images.load_image` does.

    Args:
        clip: a bundled name (`assets.clips`) or a file of any common format.

    Raises:
        ImportError: PyAV is not installed.
        FileNotFoundError, IsADirectoryError: no such file, or a directory.
        ValueError: no video, one whose beginning is lost, or one that ends before ``start``.

    Example:
        >>> clip = read_clip("bigbuckbunny", size=64, frames=3)  # doctest: +SKIP
        >>> [tuple(frame.shape) for frame in clip]  # doctest: +SKIP
        [(1, 3, 36, 64), (1, 3, 36, 64), (1, 3, 36, 64)]
    """
    path = _located(clip)
    with opened(path) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        count = stream.frames or count_packets(path)
        passed, began, frame = _first(moments(container, rate, []), exact(settings.start), path)
        bounds = [count - passed, settings.frames, settings.seconds and math.ceil(exact(settings.seconds) * rate)]
        return Clip(
            path=path,
            settings=settings,
            rate=rate,
            size=tuple(upright(frame, stream.sample_aspect_ratio, settings.size).shape[-2:]),
            count=max(1, min(bound for bound in bounds if bound is not None)),
            audio=bool(container.streams.audio),
            aspect=stream.sample_aspect_ratio,
            began=began,
        )


def _first(
    frames: "Iterator[tuple[Fraction, av.VideoFrame]]", start: Fraction, path: Path
) -> "tuple[int, Fraction, av.VideoFrame]":
    """The first frame that comes ``start`` seconds after the file's first or later: its number, moment and picture."""
    zero = None
    for number, (moment, frame) in enumerate(frames):
        zero = moment if zero is None else zero
        if moment >= zero + start:
            return number, moment, frame
    missing = "has no frame that can be decoded: download it again"
    if zero is not None:
        missing = f"lasts {float(moment - zero):.2f} s, and start is {float(start):g}: take an earlier one"
    raise ValueError(f"{printable(path)} {missing}.")


def _located(clip: str | os.PathLike) -> Path:
    """The file that a name or a path means."""
    name = os.fsdecode(clip)
    path = Path(os.path.expanduser(name))
    bare = isinstance(clip, str) and name == path.name and not path.suffix
    if bare and (name in assets.clips() or not path.is_file()):
        found = assets.find_clip(name)
        assets.verify(found)
        return found.path
    if path.is_dir():
        raise IsADirectoryError(f"{printable(path)} is a directory: name one clip in it.")
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {printable(path.absolute())}: give a clip such as an MP4.")
    return path
