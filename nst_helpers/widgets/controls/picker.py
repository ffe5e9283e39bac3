"""A choice among the bundled pictures, or an upload."""

import itertools
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import ipywidgets as widgets
import PIL.Image
import traitlets
from torch import Tensor

from nst_helpers.images import Picture, load_image
from nst_helpers.widgets.controls.layout import LABEL_WIDTH, labelled
from nst_helpers.widgets.controls.pictures import PictureView
from nst_helpers.widgets.controls.text import file_name, quoted, sentence, shortened

_THUMBNAIL = 92  # CSS px


class PicturePicker(widgets.HBox):
    """A thumbnail, a dropdown of bundled names, and a button to upload a picture of one's own.

    An upload is kept in a temporary file, so that it is read just as the file would be. One that can't be read is a
    sentence to ``say``, and the picture before stays.

    Args:
        what: is picked, for the label: "content".
        names: of bundled pictures.
        first: the picture to begin with: one of the names, or any picture.
        say: is told what is wrong.
        called: how a program names a picture that can't be written down; ``what`` if left out.

    Attributes:
        value: the picture, as `load_image` takes it.
    """

    value = traitlets.Any()

    _side = _THUMBNAIL  # CSS px of the thumbnail's square

    def __init__(
        self,
        what: str,
        names: Sequence[str],
        first: Picture,
        say: Callable[[str], object],
        *,
        called: str | None = None,
    ):
        self.what, self._say = what, say
        self._pictures: dict[str, Picture] = {name: name for name in names}
        self._expressions = {name: quoted(name) for name in names}
        self._remarks: dict[str, str] = {}
        self._folder = tempfile.mkdtemp(prefix="nst-uploads-")
        self._forget_uploads = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._numbers = itertools.count(1)
        self.thumbnail = PictureView(self._side, self._side, caption=False)
        self.menu = widgets.Dropdown(options=list(names), description=what, **labelled())
        self.upload = widgets.FileUpload(accept="image/*", multiple=False, description="upload", layout=_under_menu())
        super().__init__(self._arranged(), layout=widgets.Layout(align_items="center"))
        self._offer(_label(first), first, *_expression(called or what, first))
        self._choose(_label(first))
        self.menu.observe(lambda change: self._choose(change["new"]), "value")
        self.upload.observe(self._receive, "value")

    @property
    def label(self) -> str:
        """The picture's name, as the dropdown shows it."""
        return self.menu.value

    @property
    def expression(self) -> str:
        """How a program names the picture."""
        return self._expressions[self.label]

    @property
    def remark(self) -> str:
        """What has to be known to use the expression, or ""."""
        return self._remarks.get(self.label, "")

    def take(self, name: str, content: bytes) -> None:
        """Choose a picture given as a file's bytes; if it can't be read, say so and keep the one before."""
        name = re.split(r"[/\\]", name)[-1]
        name = name if name.strip(" .") else "upload.png"
        path, shown = Path(self._folder, str(next(self._numbers))), shortened(name)  # no name of its own does harm
        try:
            path.write_bytes(content)
            load_image(path, _THUMBNAIL)
        except (ValueError, OSError, MemoryError) as error:
            path.unlink(missing_ok=True)
            self._say(f"{sentence(error).replace(str(path), shown)} The {self.what} picture stays {self.label}.")
            return
        label, number = f"{shown} (upload)", 1
        while label in self._pictures:
            label = f"{shown} (upload {(number := number + 1)})"
        self._offer(label, path, quoted(file_name(name)), f"{shown} is your upload: put the file beside the notebook")
        self.menu.value = label

    def close(self) -> None:
        """Forget the uploads."""
        if forget := getattr(self, "_forget_uploads", None):
            forget()
        super().close()

    def _arranged(self) -> list[widgets.Widget]:
        stacked = widgets.Layout(flex="1 1 auto", justify_content="center")
        return [widgets.VBox([self.menu, self.upload], layout=stacked), self._framed()]

    def _framed(self) -> widgets.Box:
        """The thumbnail in a square of its own, so that nothing moves with its shape."""
        side = f"{self._side + 4}px"
        square = widgets.Layout(width=side, height=side, flex="0 0 auto", overflow="hidden", margin="0 2px 0 6px")
        square.align_items = square.justify_content = "center"
        return widgets.HBox([self.thumbnail], layout=square)

    def _offer(self, label: str, picture: Picture, expression: str, remark: str = "") -> None:
        self._pictures[label], self._expressions[label] = picture, expression
        if remark:
            self._remarks[label] = remark
        if label not in self.menu.options:
            self.menu.options = [*self.menu.options, label]

    def _choose(self, label: str) -> None:
        """Show and take the picture of that label, or say why not and go back."""
        before = getattr(self, "_chosen", None)
        if label == before:
            return
        try:
            self.thumbnail.show(load_image(self._pictures[label], _THUMBNAIL), f"{self.what}: {label}")
        except (ValueError, OSError, MemoryError) as error:
            if before is None:
                raise
            said = sentence(error).replace(str(self._pictures[label]), label)
            self._say(f"{said} The {self.what} picture stays {before}.")
            self.menu.value = before
            return
        self._chosen = self.menu.value = label
        self.value = self._pictures[label]

    def _receive(self, change: Mapping) -> None:
        for name, content in uploaded_files(change["new"]):
            self.take(name, content)
        if change["new"]:
            clear_upload(self.upload)


def uploaded_files(value: Mapping | Iterable) -> list[tuple[str, bytes]]:
    """(name, bytes) of each file in a FileUpload's value: a dict in ipywidgets 7, a tuple of dicts in 8."""
    if isinstance(value, Mapping):
        return [(name, bytes(file["content"])) for name, file in value.items()]
    return [(file["name"], bytes(file["content"])) for file in value]


def clear_upload(upload: widgets.FileUpload) -> None:
    """Empty it, so that the same file can be given again and its bytes are freed."""
    if isinstance(upload.value, dict):
        upload.data, upload.metadata = [], []
        upload._counter = 0
    else:
        upload.value = ()


def _under_menu() -> widgets.Layout:
    return widgets.Layout(width="auto", margin=f"2px 2px 2px {LABEL_WIDTH + 10}px")


def _label(picture: Picture) -> str:
    if isinstance(picture, str | os.PathLike):
        return shortened(picture if isinstance(picture, str) else file_name(picture))
    return "the picture given"


def _expression(what: str, picture: Picture) -> tuple[str, str]:
    """How a program names a picture that the caller gave, and a remark where it can't be written down."""
    if isinstance(picture, Tensor | PIL.Image.Image):
        return what, f"{what} is the picture given to the widget"
    return quoted(picture if isinstance(picture, str) else file_name(picture)), ""
