"""Films: a clip painted frame by frame, and resumed where a run before was ended, however that was."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.images import decode, to_pil
from nst_helpers.runtime import Callback, Progress, Recorder
from nst_helpers.video.clips import Clip
from nst_helpers.video.encode import join, require_clip_file
from nst_helpers.video.parts import Parts


class Previous(NamedTuple):
    """The frame before, and what became of it.

    Attributes:
        frame: ``(1, 3, height, width)`` in [0, 1].
        painted: likewise, of the painting's size, rounded to 8 bits as it is kept.
    """

    frame: Float[Tensor, "1 3 height width"]
    painted: Float[Tensor, "1 3 painted_height painted_width"]


@runtime_checkable
class Painter(Protocol):
    """What makes a film's frames.

    All that it knows of those before comes with ``previous``: so a film may go on in another process.

    Attributes:
        about: what JSON can hold, and tells it from painters that would paint otherwise.
    """

    about: Mapping[str, object]

    def paint(
        self, frame: Float[Tensor, "1 3 height width"], previous: Previous | None
    ) -> Float[Tensor, "1 3 painted_height painted_width"]:
        """The frame painted; ``previous`` is None for the first."""


@dataclass(frozen=True)
class FrameByFrame:
    """A painter that looks at one frame at a time, as a network does.

    Attributes:
        picture_of: the painting of a picture ``(1, 3, height, width)`` in [0, 1].
        about: see `Painter`.
    """

    picture_of: Callable[[Tensor], Tensor]
    about: Mapping[str, object] = field(default_factory=dict)

    @torch.no_grad()
    def paint(
        self, frame: Float[Tensor, "1 3 height width"], previous: Previous | None
    ) -> Float[Tensor, "1 3 painted_height painted_width"]:
        """``picture_of(frame)``."""
        return self.picture_of(frame)


@dataclass
class Film:
    """What came of a run.

    Attributes:
        path: the file; None where the run ended early, and the same call goes on.
        frames: painted so far, those of earlier runs included.
        total: frames that the clip promises.
        history: a report of each frame of this run; its loss is NaN.
        interrupted: whether it ended early, by Ctrl-C or by the callback.
        problems: of the clip, in sentences.
    """

    path: Path | None
    frames: int
    total: int
    history: list[Progress] = field(default_factory=list)
    interrupted: bool = False
    problems: list[str] = field(default_factory=list)


def make_film(
    clip: Clip,
    painter: Painter,
    path: str | Path,
    *,
    sound: bool = True,
    callback: Callback | None = None,
) -> Film:
    """Paint a clip into a file that appears whole or not at all, at the clip's rate, or at its frames' own times.

    What is finished is kept beside it in the folder ``path`` + ".parts", so that the same call goes on with the next
    frame, after an interrupt or after a power cut; a film that was ended in between is made of the same frames as one
    that wasn't, where the painter is deterministic. At the end the folder is removed.

    Args:
        clip: as `read_clip` gave it.
        painter: its pictures may have another size than the frames, the same for all.
        path: see `write_clip` for the formats.
        sound: whether the clip's goes with it.
        callback: told of each frame, with its painting; it may raise `runtime.Stop`.

    Raises:
        ImportError: PyAV is not installed.
        ValueError: a suffix that can't be written, or a folder of parts of another clip or painter.
        OSError: the file or its parts can't be written; what is finished stays.
    """
    path = require_clip_file(path)
    parts = Parts(path, clip.rate, about={"clip": _about(clip), "painter": dict(painter.about)})
    recorder = Recorder(clip.count, callback, keep="last", done=parts.done)
    with recorder:
        _paint(clip, painter, parts, recorder)
        join(path, parts.segments(), sound_from=clip if sound else None)
    if not recorder.interrupted:
        parts.remove()
    return Film(
        path=None if recorder.interrupted else path,
        frames=parts.done,
        total=clip.count,
        history=recorder.history,
        interrupted=recorder.interrupted,
        problems=clip.problems,
    )


def _paint(clip: Clip, painter: Painter, parts: Parts, recorder: Recorder) -> None:
    """The frames that are left."""
    done, before, last = parts.done, None, parts.last()
    for number, (image, time) in enumerate(clip.frames(skip=max(0, done - 1)), start=max(0, done - 1)):
        if number >= done:
            previous = None if before is None else Previous(before, last)
            last = _rounded(painter.paint(image, previous))
            parts.add(last, time)
            recorder.report(float("nan"), image=last)
        before = image


def _rounded(picture: Float[Tensor, "1 3 height width"]) -> Float[Tensor, "1 3 height width"]:
    """To 8 bits, as it is kept: a run that goes on begins with the same picture as one that wasn't ended."""
    return decode.to_tensor(to_pil(picture), None)


def _about(clip: Clip) -> dict[str, object]:
    """What tells it from other clips, wherever the file was moved."""
    return {"name": clip.path.name, "bytes": clip.path.stat().st_size, **asdict(clip.settings)}
