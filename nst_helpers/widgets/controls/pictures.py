"""A picture on the screen, set by value."""

import html
import io
from collections.abc import Sequence

import ipywidgets as widgets
import torch
from jaxtyping import Float
from matplotlib import colormaps
from torch import Tensor

from nst_helpers.images import resize, to_pil

_PIXEL_DENSITY = 2  # device pixels that a picture may have for each CSS pixel: sharp on dense screens
_GAP = 4  # px between pictures that are saved


class PictureView(widgets.VBox):
    """A picture fitted into a box, with a caption that also tells those who can't see it what it shows.

    The caption stands in for alt text, which ipywidgets' Image doesn't have.

    Args:
        width, height: of the box, CSS px.
        caption: whether it is written under the picture; else wherever ``caption`` is put.

    Attributes:
        text: what the picture is; "" before the first.
    """

    def __init__(self, width: int, height: int, *, caption: bool = True):
        self._box, self.text = (width, height), ""
        self.image = widgets.Image(format="png", layout=widgets.Layout(object_fit="contain", display="none"))
        self.caption = widgets.HTML()
        layout = widgets.Layout(width=f"{width}px", align_items="center", flex="0 0 auto", overflow="hidden")
        super().__init__([self.image, self.caption] if caption else [self.image], layout=layout)

    def show(self, picture: Float[Tensor, "1 3 height width"], text: str) -> None:
        """Show a picture in [0, 1] and say what it is."""
        width, height = fitted(picture.shape[-1], picture.shape[-2], *self._box)
        self.image.value = encode_png(picture, _PIXEL_DENSITY * max(width, height))
        self.image.layout.width, self.image.layout.height = f"{width}px", f"{height}px"
        self.image.layout.display, self.text = None, text
        if self.caption.value != (caption := f'<span style="font-size: 90%">{html.escape(text)}</span>'):
            self.caption.value = caption


def numbered_views(count: int, width: int) -> list[PictureView]:
    """Views of pictures that are shown together, each in a square of so many CSS px."""
    views = [PictureView(width, width) for _ in range(count)]
    for number, view in enumerate(views):
        view.add_class(f"nst-picture-{number}")
    return views


def fitted(width: int, height: int, box_width: int, box_height: int) -> tuple[int, int]:
    """The largest size of the same shape that fits into the box, at least 1 px each way."""
    factor = min(box_width / width, box_height / height)
    return max(1, round(width * factor)), max(1, round(height * factor))


def encode_png(picture: Float[Tensor, "1 3 height width"], longest: int) -> bytes:
    """A picture in [0, 1] as the bytes of a PNG file, shrunk where a side is longer than so many pixels."""
    if max(picture.shape[-2:]) > longest:
        picture = resize(picture.detach(), longest).clamp(0, 1)
    buffer = io.BytesIO()
    to_pil(picture).save(buffer, "PNG", compress_level=1)  # a third of the time of the default, 2% more bytes
    return buffer.getvalue()


def joined(pictures: Sequence[Float[Tensor, "1 3 _ _"]], dim: int = -1) -> Float[Tensor, "1 3 height width"]:
    """Pictures beside one another, white between them, to be saved as one; or with ``dim`` -2 below one another."""
    gap = torch.ones_like(pictures[0].narrow(dim, 0, 1)).repeat_interleave(_GAP, dim)
    first, *others = pictures
    return torch.cat([first, *(part for one in others for part in (gap, one))], dim)


def color_map(values: Float[Tensor, "height width"]) -> Float[Tensor, "1 3 height width"]:
    """Numbers as colours, from 0 (dark) to 1 (bright); those beyond are cut off."""
    colors = colormaps["viridis"](values.detach().cpu().float().clamp(0, 1).numpy())
    return torch.from_numpy(colors[..., :3]).float().permute(2, 0, 1)[None]
