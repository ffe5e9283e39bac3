"""Flow drawn in colours: the hue is the direction, the saturation the speed (Baker et al. 2007)."""

import torch
from jaxtyping import Float
from torch import Tensor

# Red, yellow, green, cyan, blue, magenta, each with the number of steps to the next: more where the eye tells more.
_CORNERS = (((1, 0, 0), 15), ((1, 1, 0), 6), ((0, 1, 0), 4), ((0, 1, 1), 11), ((0, 0, 1), 13), ((1, 0, 1), 6))


def flow_colors(
    flow: Float[Tensor, "batch 2 height width"], largest: float | int | None = None
) -> Float[Tensor, "batch 3 height width"]:
    """Pictures in [0, 1]: white is no motion, red to the right, yellow down, blue-green left, violet up; NaN is black.

    Args:
        largest: the speed of full colour, in pixels, which faster pixels have as well; None: the batch's largest.

    Raises:
        ValueError: ``largest`` is not above 0.
    """
    if largest is not None and not largest > 0:
        raise ValueError(f"largest is {largest:g}: give the speed of full colour, above 0 px")
    speed = torch.hypot(*flow.split(1, dim=1))
    most = speed.nan_to_num(nan=0).amax().clamp(min=torch.finfo(flow.dtype).tiny) if largest is None else largest
    wheel = _hues().to(flow)
    x, y = flow.unbind(1)
    turn = ((torch.atan2(-y, -x) / torch.pi + 1) / 2 * (len(wheel) - 1)).nan_to_num(nan=0)
    hue = turn.detach().floor().long()
    colors = torch.lerp(wheel[hue], wheel[(hue + 1) % len(wheel)], (turn - hue)[..., None]).movedim(-1, 1)
    return (1 - (speed / most).clamp(max=1) * (1 - colors)).nan_to_num(nan=0)


def color_wheel(size: int) -> Float[Tensor, "1 3 size size"]:
    """The legend of `flow_colors`: every direction at its place around the middle, full colour at the rim."""
    line = torch.linspace(-1, 1, size)
    flow = torch.stack(torch.meshgrid(line, line, indexing="xy"))[None]
    return flow_colors(flow, largest=1).masked_fill(torch.hypot(*flow.split(1, dim=1)) > 1, 1)


def _hues() -> Tensor:
    """(55, 3), around the circle."""
    ends = _CORNERS[1:] + _CORNERS[:1]
    runs = []
    for (start, steps), (end, _) in zip(_CORNERS, ends, strict=True):
        share = torch.arange(steps)[:, None] / steps
        runs.append(torch.lerp(torch.tensor(start).float(), torch.tensor(end).float(), share))
    return torch.cat(runs)
