"""What stands in a studio's place on a page that can't show its controls: its pictures and a sentence."""

import base64
import html
import io
from collections.abc import Iterable

import PIL.Image

from nst_helpers.widgets.controls.pictures import PictureView

_LONGEST, _QUALITY = 480, 85  # px; of the JPEG: a stored notebook has to stay small
SENTENCE = "Its controls appear where a running notebook can show widgets."


def still(name: str, views: Iterable[PictureView]) -> str:
    """HTML of the pictures that the views show, each with its caption, and of a sentence on the controls.

    Args:
        name: of the studio.
        views: those without a picture are left out.
    """
    figures = [_figure(view) for view in views if view.image.value]
    said = f'<p style="flex: 1 0 100%">This is {html.escape(name)}. {SENTENCE}</p>'
    return f'<div style="display: flex; flex-wrap: wrap; gap: 4px 16px">{"".join([*figures, said])}</div>'


def _figure(view: PictureView) -> str:
    text = html.escape(view.text)
    width = view.image.layout.width.removesuffix("px")
    picture = f'<img width="{width}" alt="{text}" src="data:image/jpeg;base64,{_jpeg(bytes(view.image.value))}">'
    return f'<figure style="margin: 0; max-width: {width}px">{picture}<figcaption>{text}</figcaption></figure>'


def _jpeg(png: bytes) -> str:
    """A PNG file as a small JPEG, in base64."""
    picture, buffer = PIL.Image.open(io.BytesIO(png)).convert("RGB"), io.BytesIO()
    picture.thumbnail((_LONGEST, _LONGEST))
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return base64.b64encode(buffer.getvalue()).decode()
