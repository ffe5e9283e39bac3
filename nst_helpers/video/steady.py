"""Steadier films without training: the same noise for all frames, results blended over time, statistics smoothed."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.gatys import GatysSettings, stylize
from nst_helpers.images import Picture, to_pil
from nst_helpers.losses import channel_moments
from nst_helpers.networks import AdaINNet, EncodedStyle, exchange_moments
from nst_helpers.runtime import option_types, takes
from nst_helpers.video.film import Painter, Previous
from nst_helpers.video.motion import Motion, estimate_motion
from nst_helpers.video.ruder import carried


class FromNoise:
    """A painter that stylises each frame by itself, by `gatys.stylize` from noise, whatever ``init`` is.

    Args:
        style: a painting or several.
        fixed: the same noise for all frames; else each frame's own, which the frame decides.
    """

    @takes(GatysSettings)
    def __init__(self, style: Picture | Sequence[Picture], *, fixed: bool = True, settings: GatysSettings):
        self._style, self._fixed = style, fixed
        self._options = {name: getattr(settings, name) for name in option_types(GatysSettings)} | {"init": "noise"}
        self.about = {"noise": "fixed" if fixed else "fresh"} | {n: str(value) for n, value in self._options.items()}

    def paint(
        self, frame: Float[Tensor, "1 3 height width"], previous: Previous | None
    ) -> Float[Tensor, "1 3 new_height new_width"]:
        """The frame stylised; KeyboardInterrupt where it was ended early."""
        own = 0 if self._fixed else zlib.crc32(to_pil(frame).tobytes())
        seed = self._options["seed"] ^ own
        result = stylize(frame, self._style, **self._options | {"seed": seed})
        if result.interrupted:
            raise KeyboardInterrupt
        return result.image


@dataclass(frozen=True)
class Blended:
    """A painter whose pictures are blended with the film's picture before, warped, where that shows them.

    ``share * W(O_t-1) + (1 - share) * painted`` on visible pixels, what was painted on the others.

    Attributes:
        painter: paints each frame.
        share: of the picture before, in [0, 1].
        motion: from a frame to the one before; estimated if left out.

    Raises:
        ValueError: a share out of [0, 1].
    """

    painter: Painter
    share: float | int
    motion: Callable[[Tensor, Tensor], Motion] = estimate_motion

    def __post_init__(self):
        if not 0 <= self.share <= 1:
            raise ValueError(f"share is {self.share}: give a number from 0 to 1.")

    @property
    def about(self) -> Mapping[str, object]:
        """The painter's, and the share."""
        return {**self.painter.about, "blended": self.share}

    def paint(
        self, frame: Float[Tensor, "1 3 height width"], previous: Previous | None
    ) -> Float[Tensor, "1 3 height width"]:
        """The blend; the first frame as it was painted."""
        painted = self.painter.paint(frame, previous)
        if previous is None:
            return painted
        before = carried(previous.painted, self.motion(frame, previous.frame), painted)
        return torch.lerp(painted, before, self.share)


class SmoothedAdaIN:
    """AdaIN for the frames of one clip, in order, by content statistics that change no faster than they may.

    Each channel's mean and deviation over the frame, by which AdaIN normalises it, are averaged over time,
    ``a_t = decay * a_t-1 + (1 - decay) * m_t`` from ``a_1 = m_1`` on: they remember ``1 / (1 - decay)`` frames.
    The average isn't part of `Previous`, so that this is no `Painter`: a film by it can't be resumed.

    Args:
        network: for any style.
        style: a painting, or what ``network.encode`` gave.
        decay: in [0, 1); 0 is AdaIN frame by frame.

    Raises:
        ValueError: a decay out of [0, 1), or a painting that can't be used.
    """

    def __init__(self, network: AdaINNet, style: Picture | EncodedStyle, *, decay: float = 0.8):
        if not 0 <= decay < 1:
            raise ValueError(f"decay is {decay}: give a number of at least 0 and below 1.")
        self.network, self.decay = network, decay
        style = style if isinstance(style, EncodedStyle) else network.encode(style)
        self._wanted = style.measured("adain")
        self._average: tuple[Tensor, Tensor] | None = None

    @torch.no_grad()
    def __call__(self, frame: Float[Tensor, "1 3 height width"]) -> Float[Tensor, "1 3 height width"]:
        """The next frame in the painting's style, in [0, 1]."""
        features = self.network.encode_photo(frame).features
        moments = channel_moments(features)
        if self._average is not None:
            pairs = zip(moments, self._average, strict=True)
            moments = tuple(torch.lerp(new, old, self.decay) for new, old in pairs)
        self._average = moments
        height, width = frame.shape[-2:]
        return self.network(exchange_moments(features, moments, self._wanted))[..., :height, :width]
