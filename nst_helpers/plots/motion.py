"""Motion on paper: frames of clips in rows."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from nst_helpers.images import to_pil


def filmstrip(
    clips: Mapping[str, Sequence[Float[Tensor, "1 3 _ _"]]],
    *,
    numbers: Sequence[int] | None = None,
    columns: int = 6,
    height: float = 1.2,
) -> Figure:
    """Frames of each clip in a row under their numbers, evenly chosen; the first and the last are among them.

    Args:
        clips: frames in [0, 1] by label, which stands beside the row; as many in each.
        numbers: of the frames to show, from 0, in place of ``columns`` evenly chosen ones.
        columns: frames in a row, at most.
        height: of a frame, inches.

    Raises:
        ValueError: no clip, one without frames, or clips of several lengths.
    """
    lengths = {len(frames) for frames in clips.values()}
    if len(lengths) != 1 or 0 in lengths:
        given = ", ".join(f"{label} {len(frames)}" for label, frames in clips.items()) or "none"
        raise ValueError(f"frames by clip: {given}; give one clip or several, as many frames in each.")
    (length,) = lengths
    shown = range(length) if numbers is None else numbers
    if numbers is None and length > columns:
        shown = [round(number * (length - 1) / max(columns - 1, 1)) for number in range(columns)]
    width = height * max(frames[0].shape[-1] / frames[0].shape[-2] for frames in clips.values())
    size = width * len(shown) + 0.4, (height + 0.1) * len(clips) + 0.3
    figure, axes = plt.subplots(len(clips), len(shown), figsize=size, squeeze=False, layout="constrained")
    for row, (label, frames) in zip(axes, clips.items(), strict=True):
        for axis, number in zip(row, shown, strict=True):
            axis.imshow(to_pil(frames[number]), interpolation="lanczos")
            axis.set_xticks([])
            axis.set_yticks([])
        row[0].set_ylabel(label, fontsize=10, parse_math=False)
    for axis, number in zip(axes[0], shown, strict=True):
        axis.set_title(f"frame {number}", fontsize=9)
    return figure
