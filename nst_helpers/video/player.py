"""A clip that plays in a notebook, in whatever shows HTML, without a file beside it."""

import base64
import html
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.images import resize
from nst_helpers.video.clips import Clip, read_clip
from nst_helpers.video.encode import write_clip

Frames = Clip | str | os.PathLike | Iterable[Tensor]
"""A clip, its bundled name or file, or frames ``(1, 3, height, width)`` in [0, 1]."""


@dataclass(frozen=True)
class Player:
    """An MP4 that a notebook shows, in a loop and without sound.

    Attributes:
        data: the file's content.
        label: stands below it.
        size: (height, width), px.
        frames: how many.
    """

    data: bytes
    label: str
    size: tuple[int, int]
    frames: int

    def _repr_html_(self) -> str:
        """What a notebook shows; the film lies within."""
        height, width = self.size
        source = f"data:video/mp4;base64,{base64.b64encode(self.data).decode()}"
        return (
            f'<figure style="margin:0"><video src="{source}" width="{width}" height="{height}" style="max-width:100%;'
            f'height:auto" controls loop muted playsinline></video><figcaption>{html.escape(self.label)}</figcaption>'
            "</figure>"
        )

    def __repr__(self) -> str:
        height, width = self.size
        return f"{self.label}: {self.frames} frames, {width}x{height} px"


def show_clip(
    clip: Frames,
    other: Frames | None = None,
    *,
    labels: tuple[str, str] = ("original", "stylised"),
    size: int = 320,
    rate: Fraction | float | int | None = None,
) -> Player:
    """A clip, or two side by side in one film, so that they can't come out of step; the shorter one ends it.

    The film is part of the notebook: two seconds at the default size are about 0.3 MB for each clip.

    Args:
        labels: below them, from the left; one clip alone has none.
        size: longer side of each, px; the second is brought to the height of the first.
        rate: frames per second; the clip's own, or 25 where frames were given.

    Raises what `read_clip` and `write_clip` raise.
    """
    clips = [_opened(one, size) for one in (clip, other) if one is not None]
    own = next((one.rate for one in clips if isinstance(one, Clip)), Fraction(25))
    with tempfile.TemporaryDirectory() as folder:
        film = read_clip(write_clip(Path(folder) / "clip.mp4", _beside(clips, size), own if rate is None else rate))
        data = film.path.read_bytes()
    return Player(data, " | ".join(labels) if other is not None else "clip", film.size, film.count)


def _opened(clip: Frames, size: int) -> Iterable[Tensor]:
    return read_clip(clip, size=size) if isinstance(clip, str | os.PathLike) else clip


def _beside(clips: list[Iterable[Tensor]], size: int) -> Iterator[Float[Tensor, "1 3 height width"]]:
    """One picture for each frame that the clips share."""
    for first, *others in zip(*clips, strict=False):
        pictures = [first.cpu() if max(first.shape[-2:]) == size else resize(first.cpu(), size)]
        height = pictures[0].shape[-2]
        for other in others:
            width = max(1, round(other.shape[-1] * height / other.shape[-2]))
            pictures.append(other.cpu() if other.shape[-2] == height else resize(other.cpu(), (height, width)))
        yield torch.cat(pictures, dim=3)
