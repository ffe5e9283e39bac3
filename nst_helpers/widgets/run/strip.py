"""The last runs in a strip: each a small picture, what made it, and a button that brings its choices back."""

import html
from collections.abc import Callable

import ipywidgets as widgets
from jaxtyping import Float
from torch import Tensor

from nst_helpers.widgets.controls.layout import explain
from nst_helpers.widgets.controls.pictures import PictureView

_MOST = 6
_WIDTH, _HEIGHT = 118, 88  # CSS px of a picture


class RunStrip(widgets.HBox):
    """Runs that have ended, the newest first and six at most.

    Args:
        on_choose: called with what a run was added with, when its button is pressed.
    """

    def __init__(self, on_choose: Callable[[object], object]):
        self._on_choose, self._count = on_choose, 0
        super().__init__(layout=widgets.Layout(flex_flow="row wrap", grid_gap="4px 8px"))
        self.add_class("nst-strip")

    def add(self, picture: Float[Tensor, "1 3 height width"], text: str, run: object) -> None:
        """Put a run in front.

        Args:
            picture: its result, in [0, 1].
            text: what made it.
            run: handed to ``on_choose``.
        """
        self._count += 1
        view = PictureView(_WIDTH, _HEIGHT, caption=False)
        view.show(picture, text)
        button = widgets.Button(description=f"run {self._count}", icon="undo", layout=widgets.Layout(width="auto"))
        explain(button, "bring the choices of this run back")
        button.on_click(lambda _: self._on_choose(run))
        label = widgets.HTML(f'<div style="font-size: 85%; line-height: 1.3">{html.escape(text)}</div>')
        card = widgets.VBox([view, button, label], layout=widgets.Layout(width=f"{_WIDTH}px", flex="0 0 auto"))
        self.children = [card, *self.children][:_MOST]
