"""A film under the hand: frames are painted when they are asked for, and kept."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from nst_helpers.video import Blended, FrameByFrame, MotionOf, Painter, Previous, flicker, warp
from nst_helpers.widgets.run.following import require_finite
from nst_helpers.widgets.run.kept import Kept


class Pair(NamedTuple):
    """A frame of a painted film, and what the result before makes of it; for the first frame that is None.

    Attributes:
        number: of the frame, from 0.
        frame: before it was painted.
        result: painted.
        warped: the result before, brought to this frame.
        visible: where the frame's pixels have a counterpart in the frame before.
        error: squared difference of ``result`` and ``warped``, its mean over the colours; 0 on hidden pixels.
        flicker: its mean over the visible pixels, see `video.flicker`.
    """

    number: int
    frame: Float[Tensor, "1 3 height width"]
    result: Float[Tensor, "1 3 height width"]
    warped: Float[Tensor, "1 3 height width"] | None = None
    visible: Bool[Tensor, "1 1 height width"] | None = None
    error: Float[Tensor, "1 1 height width"] | None = None
    flicker: float | None = None


class Reel:
    """A clip painted by one of several networks, each result blended with the one before, warped.

    A network paints each frame once. Results are kept for the method and the share that were asked for last.

    Args:
        frames: in [0, 1].
        networks: by label: a method paints the pictures of that network.
        motion_of: between frames, by their numbers.
    """

    def __init__(
        self,
        frames: Sequence[Float[Tensor, "1 3 height width"]],
        networks: Mapping[str, Callable[[Tensor], Tensor]],
        motion_of: MotionOf,
    ):
        self.frames, self._networks, self._motion_of = frames, networks, motion_of
        self._own: dict[tuple[str, int], Tensor] = {}
        self._results = Kept(lambda method, share: {})

    def unpainted(self, number: int, method: str, share: float) -> list[int]:
        """The frames to `paint` one after another before the `pair` of that number is there.

        Without a share no result needs another: they are this frame and the one before; else all from the first on.
        """
        first = 0 if share else max(0, number - 1)
        results = self._results(method, share)
        return [needed for needed in range(first, number + 1) if needed not in results]

    def paint(self, number: int, method: str, share: float) -> None:
        """Paint a frame, whose result before is there where it has a share.

        Raises:
            ValueError: the network's picture has values that are not finite.
        """
        results = self._results(method, share)
        painter: Painter = FrameByFrame(lambda _: self._painted(method, number))
        previous = None
        if share and number:
            painter = Blended(painter, share, lambda *_: self._motion_of(number, number - 1))
            previous = Previous(self.frames[number - 1], results[number - 1])
        results[number] = painter.paint(self.frames[number], previous)

    def pair(self, number: int, method: str, share: float) -> Pair:
        """A frame that was painted, beside the one before, in the main memory."""
        results, frame = self._results(method, share), self.frames[number].cpu()
        if number == 0:
            return Pair(number, frame, results[number].cpu())
        motion = self._motion_of(number, number - 1)
        both = torch.cat([results[number - 1], results[number]])
        warped = warp(both[:1], motion.flow)
        error = motion.visible * (both[1:] - warped).square().mean(dim=1, keepdim=True)
        unsteady = flicker(both, motion.flow, ~motion.visible).item()
        return Pair(number, frame, *(part.cpu() for part in (both[1:], warped, motion.visible, error)), unsteady)

    def _painted(self, method: str, number: int) -> Tensor:
        """The network's own picture, painted once."""
        if (method, number) not in self._own:
            picture = self._networks[method](self.frames[number])
            require_finite([picture])
            self._own[method, number] = picture
        return self._own[method, number]
