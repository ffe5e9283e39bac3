"""Pictures moved along a flow: shape (batch, 2, height, width), x first, in pixels."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

_ROUNDING = 1e-3  # px: a position no further out of the frame lies on its edge


def end_points(flow: Float[Tensor, "batch 2 height width"]) -> Float[Tensor, "batch 2 height width"]:
    """``p + flow(p)``: where each pixel went, x first, in pixels; the top left pixel's centre is (0, 0)."""
    height, width = flow.shape[-2:]
    x, y = (torch.arange(length, dtype=flow.dtype, device=flow.device) for length in (width, height))
    return flow + torch.stack([x.expand(height, width), y[:, None].expand(height, width)])


def out_of_frame(flow: Float[Tensor, "batch 2 height width"]) -> Bool[Tensor, "batch 1 height width"]:
    """True where a pixel went beyond the centres of the frame's outermost pixels."""
    height, width = flow.shape[-2:]
    x, y = end_points(flow).split(1, dim=1)
    return (x < -_ROUNDING) | (x > width - 1 + _ROUNDING) | (y < -_ROUNDING) | (y > height - 1 + _ROUNDING)


def warp(
    image: Float[Tensor, "#batch channels height width"], flow: Float[Tensor, "#batch 2 flow_height flow_width"]
) -> Float[Tensor, "batch channels height width"]:
    """``warp(x, f)(p) = x(p + f(p))``, between pixels bilinear, beyond the frame its nearest pixel.

    The previous frame is brought to this one by ``warp(previous, estimate_flow(this, previous))``. Image and flow
    may be a batch of one that serves the other's; where the flow is NaN, the result is.

    Raises ValueError if the two differ in size.

    Written out, since ``grid_sample`` keeps positions between -1 and 1: in float32 that moves them by 1e-5 px and more,
    so that zero flow would not be the identity.
    """
    if image.shape[-2:] != flow.shape[-2:]:
        sizes = [f"{width}x{height} px" for height, width in (image.shape[-2:], flow.shape[-2:])]
        raise ValueError(f"the image is {sizes[0]} and the flow {sizes[1]}: resize the one, or use resize_flow")
    batch = max(len(image), len(flow))
    image, (x, y) = image.expand(batch, -1, -1, -1), end_points(flow.expand(batch, -1, -1, -1)).unbind(1)
    return _bilinear(image, x, y)


def resize_flow(
    flow: Float[Tensor, "batch 2 height width"], size: tuple[int, int]
) -> Float[Tensor, "batch 2 new_height new_width"]:
    """The same motion for pictures of (height, width): resized and its pixels counted in the new ones."""
    height, width = size
    scale = flow.new_tensor([width / flow.shape[-1], height / flow.shape[-2]])[:, None, None]
    return scale * torch.nn.functional.interpolate(flow, size, mode="bilinear", antialias=True)


def _bilinear(image: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The image at positions x, y, each (batch, height, width)."""
    height, width = image.shape[-2:]
    x, y = x.clamp(0, width - 1).to(image.dtype), y.clamp(0, height - 1).to(image.dtype)
    left, top = (position.detach().floor() for position in (x, y))
    pixels = image.flatten(2)

    def at(row: Tensor, column: Tensor) -> Tensor:
        row, column = row.long().clamp(0, height - 1), column.long().clamp(0, width - 1)
        places = (row * width + column).flatten(1)[:, None].expand(-1, image.shape[1], -1)
        return pixels.gather(2, places).unflatten(2, x.shape[-2:])

    right_share, below_share = (x - left)[:, None], (y - top)[:, None]
    above = torch.lerp(at(top, left), at(top, left + 1), right_share)
    below = torch.lerp(at(top + 1, left), at(top + 1, left + 1), right_share)
    return torch.lerp(above, below, below_share)
