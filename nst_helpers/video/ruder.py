"""Films by optimisation: each frame starts from the result before and is held to it (Ruder et al. 2016)."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers.gatys import GatysSettings, stylize
from nst_helpers.gatys.pictures import as_list
from nst_helpers.images import Picture, load_image
from nst_helpers.losses import Term
from nst_helpers.runtime import Callback, Recorder, option_types, pick_device, takes
from nst_helpers.video.film import Previous
from nst_helpers.video.motion import Motion, MotionOf, clip_motion, estimate_motion
from nst_helpers.video.settings import RuderSettings, WholeClipSettings
from nst_helpers.video.temporal import long_term_weights, temporal_term
from nst_helpers.video.warping import warp

_FIRST = 2  # times the steps of later frames; the paper has 2000 and 1000
_THE_SAME = ("device", "checkpointing")  # film, whatever they are


@takes(WholeClipSettings)
def stylize_clip(
    frames: Sequence[Picture] | Float[Tensor, "frames 3 height width"],
    style: Picture | Sequence[Picture],
    *,
    motion_of: MotionOf | None = None,
    callback: Callback | None = None,
    settings: WholeClipSettings,
) -> Float[Tensor, "painted 3 new_height new_width"]:
    """A clip in the manner of a painting, steady from frame to frame: `gatys.stylize` with temporal terms.

    In a single pass each frame starts from the result before, warped, and is held to the results of ``long_term``
    frames before, each pixel to the nearest that shows it (Ruder et al. 2016, sections 4.1 to 4.3). In several passes
    each frame is first stylised by itself; then, alternately forwards and backwards, it starts from its own result
    blended with its neighbour's, warped, and from the middle pass on is held to that (section 4.4, of whose 15 passes
    the released code has the loss from the eighth on). Departures: what the frame before doesn't show is filled
    from the frame itself, not with the mean colour; a start from the photo, as `stylize` has it.

    Args:
        frames: of one size, in [0, 1].
        motion_of: from one frame's number to another's; estimated if left out. `scene_motion` knows a scene's.
        callback: told of each frame of each pass, with its result; it may raise `runtime.Stop`.

    Returns:
        The results; where it was ended early, those of the frames that were painted, the last one being whole.

    Raises what `stylize`, and for estimates `estimate_flow`, raise.
    """
    pictures = [load_image(frame, settings.size) for frame in frames]
    if not pictures:
        raise ValueError("no frame was given: give at least one.")
    if motion_of is None:
        motion_of = clip_motion(pictures, method=settings.flow)
    recorder = Recorder(settings.passes * len(pictures), callback, keep="last")
    paintings = _load_style(style, pictures[0])
    painted: list[Tensor] = []
    with recorder:
        if settings.passes == 1:
            _in_one_pass(pictures, paintings, motion_of, settings, painted, recorder)
        else:
            _in_passes(pictures, paintings, motion_of, settings, painted, recorder)
    return torch.cat(painted) if painted else pictures[0][:0]


class RuderPainter:
    """Frame after frame of a film, in a single pass with the short-term loss; see `stylize_clip`.

    What it knows of earlier frames comes with ``previous``, so that a film by it can be resumed.

    Args:
        style: a painting or several.
        motion: from a frame to the one before; estimated if left out.
        about: tells the paintings from others, beside the options: a film that is resumed has to be of the same.

    Attributes:
        about: that, and the options.
    """

    @takes(RuderSettings)
    def __init__(
        self,
        style: Picture | Sequence[Picture],
        *,
        motion: Callable[[Tensor, Tensor], Motion] | None = None,
        about: Mapping[str, object] | None = None,
        settings: RuderSettings,
    ):
        options = {name: str(value) for name, value in asdict(settings).items() if name not in _THE_SAME}
        self.about = options | dict(about or {})
        self._style, self._settings = style, settings
        self._motion = motion or functools.partial(estimate_motion, method=settings.flow)

    def paint(
        self, frame: Float[Tensor, "1 3 height width"], previous: Previous | None
    ) -> Float[Tensor, "1 3 new_height new_width"]:
        """The frame stylised, started from the previous result and held to it.

        Raises:
            KeyboardInterrupt: it was ended early, and there is no whole picture.
        """
        frame = load_image(frame, self._settings.size)
        paintings = _load_style(self._style, frame)
        if previous is None:
            return _first(frame, paintings, self._settings)
        motion = self._motion(frame, load_image(previous.frame, self._settings.size))
        start = carried(previous.painted, motion, frame)
        terms = _terms({1: previous.painted}, {1: motion}, self._settings)
        return _stylized(frame, paintings, self._settings, start, terms)


def carried(
    result: Float[Tensor, "1 3 height width"], motion: Motion, otherwise: Float[Tensor, "1 3 height width"]
) -> Float[Tensor, "1 3 height width"]:
    """Another frame's result brought to this frame; where it shows nothing of it, another picture."""
    return torch.where(motion.visible, warp(result, motion.flow), otherwise)


def _in_one_pass(
    frames: list[Tensor],
    style: list[Tensor],
    motion_of: MotionOf,
    settings: WholeClipSettings,
    painted: list[Tensor],
    recorder: Recorder,
) -> None:
    """Add the frames' results, the first to the last."""
    for number, frame in enumerate(frames):
        if number == 0:
            result = _first(frame, style, settings)
        else:
            gaps = [gap for gap in sorted(set(settings.long_term)) if gap <= number]
            motions = {gap: motion_of(number, number - gap) for gap in {1, *gaps}}
            start = carried(painted[number - 1], motions[1], frame)
            earlier = {gap: painted[number - gap] for gap in gaps}
            result = _stylized(frame, style, settings, start, _terms(earlier, motions, settings))
        painted.append(result)
        recorder.report(float("nan"), image=result)


def _in_passes(
    frames: list[Tensor],
    style: list[Tensor],
    motion_of: MotionOf,
    settings: WholeClipSettings,
    painted: list[Tensor],
    recorder: Recorder,
) -> None:
    """Add the frames' results, each by itself; then better them in place."""
    for frame in frames:
        painted.append(_stylized(frame, style, settings, settings.init))
        recorder.report(float("nan"), image=painted[-1])
    for run in range(2, settings.passes + 1):
        step = 1 if run % 2 else -1
        for number in range(len(frames))[::step]:
            start, terms, neighbour = painted[number], [], number - step
            if 0 <= neighbour < len(frames):
                motion = motion_of(number, neighbour)
                start = torch.lerp(start, carried(painted[neighbour], motion, start), settings.blend)
                if run > settings.passes // 2:
                    terms = _terms({1: painted[neighbour]}, {1: motion}, settings)
            painted[number] = _stylized(frames[number], style, settings, start, terms)
            recorder.report(float("nan"), image=painted[number])


def _terms(results: Mapping[int, Tensor], motions: Mapping[int, Motion], settings: RuderSettings) -> list[Term]:
    """Towards other frames' results, each with the weight of its distance; distances grow."""
    if not settings.temporal_weight:
        return []
    device = pick_device(settings.device)
    weights = long_term_weights([motions[gap].visible for gap in results])
    return [
        temporal_term(
            result.to(device),
            motions[gap].flow.to(device),
            weight.to(device),
            settings.temporal_weight,
            name=f"temporal {gap}",
        )
        for (gap, result), weight in zip(results.items(), weights, strict=True)
    ]


def _first(frame: Tensor, style: list[Tensor], settings: RuderSettings) -> Tensor:
    steps = _FIRST * settings.steps if settings.first_steps is None else settings.first_steps
    return _stylized(frame, style, settings, settings.init, steps=steps)


def _stylized(
    frame: Tensor,
    style: list[Tensor],
    settings: RuderSettings,
    start: Picture,
    terms: Sequence[Term] = (),
    steps: int | None = None,
) -> Tensor:
    options = {name: getattr(settings, name) for name in option_types(GatysSettings)}
    options |= {"size": None, "init": start, "steps": steps or settings.steps}
    result = stylize(frame, style, terms=terms, **options)
    if result.interrupted:
        raise KeyboardInterrupt
    return result.image


def _load_style(style: Picture | Sequence[Picture], frame: Tensor) -> list[Tensor]:
    """Paintings that aren't tensors at the frame's size."""
    size = max(frame.shape[-2:])
    return [load_image(painting, None if isinstance(painting, Tensor) else size) for painting in as_list(style)]
