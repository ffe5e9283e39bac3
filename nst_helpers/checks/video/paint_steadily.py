"""``paint_steadily(frames, paint, flow_between, warp, occlusion_mask, strength)``: a clip, of parts that are handed in.

As `video.Blended` does with a film.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform
from nst_helpers.checks.video.occlusion_mask import check_occlusion_mask
from nst_helpers.video import warp

_occlusion_mask = check_occlusion_mask.right


class _Painter:
    """Waves whose phase is the colour; they stand still while the picture moves, and it counts what it paints."""

    def __init__(self):
        self.painted = 0

    def __call__(self, pictures: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 3 height width"]:
        """Paintings, each of its picture, in [0, 1]."""
        self.painted += len(pictures)
        height, width = pictures.shape[2:]
        places = torch.arange(height * width, device=pictures.device).view(height, width)
        return 0.5 + 0.5 * (6 * pictures + 1.7 * places).sin()


def _flow_between(one, other):
    """A shift by how much brighter the other is, and an error at each pixel that the other way doesn't undo."""
    brighter = (other - one).mean(dim=(1, 2, 3), keepdim=True)
    errors = 1.6 * (one - one.mean(dim=(2, 3), keepdim=True))[:, :2]
    return torch.cat([9 * brighter, -5 * brighter], dim=1) + errors


def _whole_pixels(image, flow):
    return warp(image, flow.round())


def _where_visible(painted, before, visible, strength):
    return torch.where(visible, torch.lerp(painted, before, strength), painted)


def _paint_steadily(
    frames,
    paint,
    flow_between,
    warp,
    occlusion_mask,
    strength,
    *,
    first=lambda painted, strength: painted,
    before=lambda n, results, painted, frames: results[-1],
    seen=lambda n, painted, frames: frames[n - 1 : n + 1].split(1),
    along=lambda forward, backward: backward,
    visible=lambda forward, backward, mask: ~mask(forward, backward),
    mix=_where_visible,
):
    painted = [paint(frame) for frame in frames.split(1)]
    results = [first(painted[0], strength)]
    for n in range(1, len(frames)):
        previous, this = seen(n, painted, frames)
        forward, backward = flow_between(previous, this), flow_between(this, previous)
        carried = warp(before(n, results, painted, frames), along(forward, backward))
        counts = visible(forward, backward, lambda *flows: occlusion_mask(*flows, warp))
        results.append(mix(painted[n], carried, counts, strength))
    return torch.cat(results)


def _blended_frames(frames, paint, flow_between, warp, occlusion_mask, strength):
    """The film itself is smoothed, and then painted."""
    return paint(_paint_steadily(frames, lambda frame: frame, flow_between, warp, occlusion_mask, strength))


def _trial(frames, height, width, warp, strength, seed):
    brightness = 0.6 * uniform(frames, 1, 1, 1, seed=seed)
    film = brightness + 0.4 * uniform(frames, 3, height, width, seed=seed + 1)
    return film, _Painter(), _flow_between, warp, _occlusion_mask, strength


def _trials():
    return [
        _trial(4, 7, 9, warp, 0.7, 0),
        _trial(3, 8, 6, _whole_pixels, 0.4, 2),
        _trial(5, 5, 8, warp, 0.9, 4),
        _trial(2, 6, 7, warp, 0.8, 6),
    ]


def _also(trial, given):
    frames, paint = trial[:2]
    if paint.painted > len(frames):
        return (
            f"paints {paint.painted} pictures for {len(frames)} frames: paint each frame once and keep the previous "
            "result, as painting is slow."
        )
    return None


check_paint_steadily = Exercise(
    name="paint_steadily",
    right=_paint_steadily,
    trials=_trials,
    mistakes={
        "the previous frame of the film is blended in, unpainted; warp the previous *result*.": {
            "before": lambda n, results, painted, frames: frames[n - 1 : n]
        },
        "the previous frame's own painting is blended in; warp the previous *result*, blended itself, so that each "
        "frame hands on all those before it.": {"before": lambda n, results, painted, frames: painted[n - 1]},
        "the flow leads from the previous frame to this one; `warp` needs the one that lies on this frame and leads "
        "back, `flow_between(this, previous)`.": {"along": lambda forward, backward: forward},
        "the flow is that of the paintings, whose strokes don't move as the film does; take it between `frames`.": {
            "seen": lambda n, painted, frames: painted[n - 1 : n + 1]
        },
        "forward and backward are swapped in `occlusion_mask`; forward leads from the previous frame to this one.": {
            "visible": lambda forward, backward, mask: ~mask(backward, forward)
        },
        "nothing is masked: what was hidden before gets colours of something else; there, keep the painting.": {
            "visible": lambda forward, backward, mask: torch.ones_like(backward[:, :1], dtype=torch.bool)
        },
        "the mask is inverted: hidden pixels are blended, and visible ones aren't; take `~occlusion_mask(...)`.": {
            "visible": lambda forward, backward, mask: mask(forward, backward)
        },
        "hidden pixels are darkened: they keep 1 - strength of the painting and get nothing; they need all of it.": {
            "mix": lambda painted, before, visible, strength: strength * visible * before + (1 - strength) * painted
        },
        "strength is the wrong way round; it is the share of the previous result, 0 leaves each frame as painted.": {
            "mix": lambda painted, before, visible, strength: _where_visible(painted, before, visible, 1 - strength)
        },
        "the first frame is blended with nothing, which darkens it; there is none before it: leave it as painted.": {
            "first": lambda painted, strength: (1 - strength) * painted
        },
        "the film is blended and then painted; paint each frame and blend the paintings.": _blended_frames,
    },
    verified="each frame painted once and blended with the previous result, where that shows it",
    gradient=False,
    also=_also,
)
