"""The options of reading a clip, with their defaults."""

from dataclasses import dataclass
from typing import Annotated

from nst_helpers.runtime import Count, Number, Pixels, check_options

Seconds = Annotated[float, Number(least=0, unit="s")]
Length = Annotated[float, Number(above=0, unit="s")]


@dataclass(frozen=True, kw_only=True)
class ClipSettings:
    """Which part of a clip is read, and how large.

    Attributes:
        size: longer side of the frames, px; the clip's own if left out.
        start: where it begins, seconds after the first frame.
        seconds: how much is read at most; all if left out.
        frames: how many are read at most; all if left out.
    """

    size: Pixels | None = None
    start: Seconds = 0.0
    seconds: Length | None = None
    frames: Count | None = None

    def __post_init__(self):
        check_options(self)
