"""`stylize` with controls: choose, run, watch, pause, stop, compare, save, and read off the call that does the same."""

from collections.abc import Mapping
from functools import partial

import ipywidgets as widgets
from torch import Tensor

from nst_helpers import assets
from nst_helpers.gatys import DEFAULT_SIZE, GatysSettings, stylize
from nst_helpers.images import Picture, load_image
from nst_helpers.losses import layer_weights
from nst_helpers.runtime import Progress, takes
from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.layout import column, explain, folded, row
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.call import changed_options
from nst_helpers.widgets.run.strip import RunStrip
from nst_helpers.widgets.run.studio import Studio
from nst_helpers.widgets.run.view import VIEW_WIDTH

PRESETS: Mapping[str, Mapping[str, object]] = {
    "quick sketch": {"size": 128, "steps": 60},
    "more photo": {"content_weight": 0.1},
    "photo's colours": {"preserve_color": "luminance"},
}
"""By name, the options that a preset changes in what the studio was given."""

_LAYERS = ("content_layers", "style_layers")
_WEIGHTS = ("content_weight", "style_weight", "tv_weight")
_WAYS = ("init", "optimizer", "scales", "preserve_color", "pooling", "size", "steps")


class StyleStudio(Studio):
    """A studio for Gatys' method; what it does, `stylize` does.

    It computes in a thread, so the notebook stays usable, and writes its pictures and sentences by value. Controls that
    are moved during a run count from the next run on. The last runs stay in a strip, from which they can be brought
    back.

    Args:
        content: a bundled name, a file, a Pillow image or a tensor.
        style: likewise, one painting.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by the names of the options; each has a ``value``.
        presets: buttons by the names in `PRESETS`.
        before: the toggle that shows the photo in place of the picture.

    Example:
        >>> studio = StyleStudio("neuschwanstein", "starry_night", steps=100)  # doctest: +SKIP
        >>> studio.run(wait=True).image.shape  # without a mouse  # doctest: +SKIP
        torch.Size([1, 3, 192, 256])
    """

    _method = staticmethod(stylize)

    @takes(GatysSettings)
    def __init__(
        self, content: Picture = "neuschwanstein", style: Picture = "starry_night", *, settings: GatysSettings
    ):
        state = StateLine()
        pickers = {
            "content": PicturePicker("content", assets.photos(), content, state.note),
            "style": PicturePicker("style", assets.paintings(), style, state.note),
        }
        in_use = {"size": lambda: _own_size(pickers["content"].value)}
        fields = FieldControls(stylize, settings, (*_WEIGHTS, *_WAYS, *_LAYERS), in_use=in_use)
        self.strip = RunStrip(self._bring_back)
        self.presets = {name: _preset(name, partial(fields.show, **options)) for name, options in PRESETS.items()}
        self.before = widgets.ToggleButton(description="show the photo", icon="eye", disabled=True)
        self.before.add_class("nst-before")
        super().__init__(state, pickers, fields, "stylized.png")
        self._follow(self.before, self._show_before_or_after)
        self._follow(pickers["content"], self._show_photo)
        self._show_photo()

    def _arranged(self) -> list[widgets.Widget]:
        layers = {f"{name.replace('_', ' ').capitalize()} and their weights": self.controls[name] for name in _LAYERS}
        others = [control for name, control in self.controls.items() if name not in _LAYERS]
        left = column(*self.pickers.values(), widgets.HBox(list(self.presets.values())), *others)
        right = column(self.buttons, self.state, self.preview, self.before, self.curve)
        folds = folded({**layers, "Show me the code": self.code_view})
        return [row(left, right, align="flex-start"), self.saver, self.strip, folds]

    def _parts(self, progress: Progress) -> dict[str, float]:
        """Content and style losses with their weights."""
        return {
            f"{part} × its weight": self._made[f"{part}_weight"]
            * sum(
                share * progress.losses.get(f"{part} {layer}", 0.0)
                for layer, share in layer_weights(self._made[f"{part}_layers"]).items()
            )
            for part in ("content", "style")
        }

    def _picture_shown(self, picture: Tensor) -> None:
        self.before.disabled, self.before.value = False, False

    def _job_changed(self) -> None:
        super()._job_changed()
        if self.job.result is not None and self.job.result.history:
            labels, settings = self._started
            options = [f"{name}={text or 'as given'}" for name, text in changed_options(stylize, settings).items()]
            self.strip.add(self.job.result.image, ", ".join([*labels.values(), *options]), self._started)

    def _start(self) -> None:
        self._started = {name: picker.label for name, picker in self.pickers.items()}, self.settings
        super()._start()

    def _bring_back(self, run: tuple[Mapping[str, str], GatysSettings]) -> None:
        """Choose what a run was made from."""
        labels, settings = run
        for name, label in labels.items():
            self.pickers[name].menu.value = label
        self._fields.show(settings)

    def _show_photo(self) -> None:
        if self._made is None:
            self._show_content("the photo, before the first step")

    def _show_before_or_after(self) -> None:
        if self.before.value:
            self._show_content("the photo")
        elif self.picture is not None:
            self.preview.show(self.picture, "the picture")

    def _show_content(self, text: str) -> None:
        content = self._made["content"] if self._made else self.pickers["content"].value
        self.preview.show(load_image(content, 2 * VIEW_WIDTH), text)


def _preset(name: str, show: object) -> widgets.Button:
    button = widgets.Button(description=name, layout=widgets.Layout(width="auto", flex="1 1 auto"))
    explain(button, ", ".join(f"{option} = {value}" for option, value in PRESETS[name].items()))
    button.add_class("nst-preset")
    button.on_click(lambda _: show())
    return button


def _own_size(content: Picture) -> int:
    """The longer side, px, at which `stylize` works where no size is given."""
    return max(content.shape[-2:]) if isinstance(content, Tensor) else DEFAULT_SIZE
