"""The options of reading a clip, of stylising its frames by optimisation, and of showing them; with defaults."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from nst_helpers.gatys import GatysSettings
from nst_helpers.networks import ShownSettings
from nst_helpers.runtime import Count, Number, Pixels, Weight, check_options
from nst_helpers.video.flow import FLOW_METHODS

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


@dataclass(frozen=True, kw_only=True)
class RuderSettings(GatysSettings):
    """How a film's frames are stylised one after another by optimisation (Ruder et al. 2016).

    Attributes:
        size: longer side of the frames in px; None takes tensors as they are. Paintings are loaded at the same.
        steps: evaluations of loss and gradient for each frame.
        first_steps: likewise, for the first frame; twice as many if left out, as in the paper.
        temporal_weight: of the mean squared difference to the previous result, warped, in [0, 1]; at ``style_weight`` 1
            the authors' 1000 beside 100, for the raw network and 255 grey levels, would be 2 to 27 for the unchanged
            photo, by pair.
        flow: how motion is estimated: "dis" or "raft", see `estimate_flow`.
        init: what the first frame starts from: "content", "noise" (`images.faint_noise`) or any picture.
    """

    steps: Count = 100
    first_steps: Count | None = None
    temporal_weight: Weight = 300.0
    flow: Literal[*FLOW_METHODS] = "dis"

    def __post_init__(self):
        super().__post_init__()
        if self.scales > 1:
            raise ValueError(f"scales is {self.scales}: the temporal loss compares frames at full size; take 1.")


@dataclass(frozen=True, kw_only=True)
class WholeClipSettings(RuderSettings):
    """Likewise, for a clip whose frames are all at hand.

    Attributes:
        steps: evaluations of loss and gradient for each frame in each pass.
        long_term: how many frames back those lie that a frame is compared with, in a single pass; 1 alone is the
            short-term loss.
        passes: over the clip; several run alternately forwards and backwards.
        blend: share of the neighbour's result, warped, in the picture that a frame starts from in further passes.
    """

    long_term: Sequence[Count] = (1, 2, 4)
    passes: Count = 1
    blend: Annotated[float, Number(least=0, most=1)] = 0.5


@dataclass(frozen=True, kw_only=True)
class FilmSettings(ShownSettings):
    """Which frame of a film is shown beside the one before, and how the film is painted.

    Attributes:
        frame: its number, from 0; the first has none before it.
        method: the network's label; the first if left out.
        temporal_weight: share of the previous result, warped, in each result where it has a counterpart, see `Blended`;
            0 leaves the network's pictures as they are.
        size: longer side of the frames, px, where a clip is read; frames that are given keep their size.
        frames: how many of the clip are taken at most.
        flow: how motion is estimated where it isn't known: "dis" or "raft", see `estimate_flow`.
    """

    frame: Annotated[int, Number(least=0)] = 1
    method: str | None = None
    temporal_weight: Annotated[float, Number(least=0, most=1)] = 0.0
    frames: Annotated[int, Number(least=2, most=64)] = 24
    flow: Literal[*FLOW_METHODS] = "dis"
