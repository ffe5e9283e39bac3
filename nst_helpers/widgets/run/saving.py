"""A file name and a button that saves a picture under it."""

from collections.abc import Callable
from pathlib import Path

import ipywidgets as widgets
from torch import Tensor

from nst_helpers.images import save_image
from nst_helpers.widgets.controls.layout import status
from nst_helpers.widgets.controls.text import sentence


class SaveRow(widgets.HBox):
    """Saves what ``picture`` returns, whole or not at all, and says what it did.

    Args:
        picture: gives the picture, or None while there is none.
        name: to begin with.
    """

    def __init__(self, picture: Callable[[], Tensor | None], name: str):
        self._picture, self.text = picture, ""
        self.field = widgets.Text(
            value=name,
            description="file",
            style={"description_width": "30px"},
            layout=widgets.Layout(width="250px", flex="0 0 auto"),
        )
        self.button = widgets.Button(
            description="Save", icon="save", layout=widgets.Layout(width="96px", flex="0 0 auto")
        )
        self.answer = widgets.HTML(layout=widgets.Layout(flex="1 1 auto"))
        for widget, name in ((self.field, "name"), (self.button, ""), (self.answer, "state")):
            widget.add_class(f"nst-save-{name}".rstrip("-"))
        self.button.on_click(lambda _: self.save())
        super().__init__([self.button, self.field, self.answer], layout=widgets.Layout(align_items="center"))

    def save(self) -> Path | None:
        """Save under the name in the field; the path, or None where it failed."""
        picture, name = self._picture(), self.field.value.strip()
        if picture is None:
            return self._say("There is no picture to save yet: press Run first.")
        try:
            path = save_image(picture, name)
        except Exception as error:  # whatever a file system comes up with; the widget says it and lives on
            return self._say(f"Not saved: {sentence(error)}")
        self._say(f"Saved {path} ({picture.shape[-1]}×{picture.shape[-2]} px).", alarming=False)
        return path

    def _say(self, text: str, alarming: bool = True) -> None:
        self.text = text
        self.answer.value = status((text, alarming))
