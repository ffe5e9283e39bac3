"""Controls built from a settings dataclass: kind, label, ends, help and value come from its fields."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

import ipywidgets as widgets
import pytest
import torch

from nst_helpers.gatys import GatysSettings, stylize
from nst_helpers.images import Picture
from nst_helpers.losses import CONVENTIONS, STATISTICS, Layers
from nst_helpers.runtime import Count, Number, Pixels, Rate, Seed, Weight, check_options, takes
from nst_helpers.widgets.controls.fields import AS_GIVEN, FieldControls, make_control
from nst_helpers.widgets.controls.weights import LayerWeights, LogWeight

HELP = {
    "steps": "how many.",
    "size": "the longer side.",
    "word": "which of two.",
    "on": "whether.",
    "style_weight": "beta.",
    "share": "of the whole.",
    "angle": "at most.",
    "seed": "of the noise.",
    "learning_rate": "of Adam.",
    "layers": "and their weights.",
    "start": "a word or a picture.",
}


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of each kind.

    Attributes:
        steps: how many.
        size: the longer side.
        word: which of two.
        on: whether.
        style_weight: beta.
        share: of the whole.
        angle: at most.
        seed: of the noise.
        learning_rate: of Adam.
        layers: and their weights.
        start: a word or a picture.
    """

    steps: Count = 30
    size: Pixels | None = None
    word: Literal["one", "two"] = "two"
    on: bool = True
    style_weight: Weight = 10.0
    share: Annotated[float, Number(least=0, below=1)] = 0.5
    angle: Annotated[float, Number(least=0, unit="°")] = 10.0
    seed: Seed = 7
    learning_rate: Rate = 0.02
    layers: Layers = field(default_factory=lambda: ["relu1_1", "relu2_1"])
    start: Literal["content", "noise"] | Picture = "noise"

    def __post_init__(self):
        check_options(self)


@takes(Options)
def method(*, settings: Options) -> Options:
    """Gives its options back."""
    return settings


def make(given: Options | None = None) -> FieldControls:
    return FieldControls(method, given or Options(), list(HELP), in_use={"size": lambda: 99})


@pytest.mark.parametrize(
    ("name", "kind", "label", "ends"),
    [
        ("steps", widgets.BoundedIntText, "steps", (1, 100_000)),
        ("size", widgets.BoundedIntText, "size (px)", (1, 4096)),
        ("word", widgets.Dropdown, "word", None),
        ("on", widgets.Checkbox, "on", None),
        ("style_weight", LogWeight, "style weight", None),
        ("share", widgets.FloatSlider, "share", (0, 0.99)),
        ("angle", widgets.BoundedFloatText, "angle (°)", (0, 100_000)),
        ("seed", widgets.BoundedIntText, "seed", (0, 2**32 - 1)),
        ("learning_rate", widgets.BoundedFloatText, "learning rate", (0, 100_000)),
        ("layers", LayerWeights, None, None),
        ("start", widgets.Dropdown, "start", None),
    ],
)
def test_kind_label_ends_and_help_come_from_the_field(name, kind, label, ends):
    control = make().by_name[name]
    assert type(control) is kind
    described = getattr(control, "slider", control)
    if label:
        assert described.description == label
        assert HELP[name] == getattr(described, "tooltip" if described.has_trait("tooltip") else "description_tooltip")
    if ends:
        assert (control.min, control.max) == ends


def test_near_ends_of_whole_numbers_are_a_slider():
    slider = make_control("classes", Annotated[int, Number(above=0, most=10)], 3)
    assert (type(slider), slider.min, slider.max) == (widgets.IntSlider, 1, 10)


def test_words_are_those_of_the_annotation():
    controls = FieldControls(stylize, GatysSettings(), ["statistic", "convention", "init"]).by_name
    assert list(controls["statistic"].options) == list(STATISTICS)
    assert list(controls["convention"].options) == list(CONVENTIONS)
    assert list(controls["init"].options) == ["content", "noise"]


def test_untouched_controls_give_back_what_was_given():
    for given in (Options(), Options(size=99, start=torch.rand(1, 3, 4, 4), layers={"relu1_1": 2.0}, style_weight=0.0)):
        assert all(getattr(make(given).settings, name) is getattr(given, name) for name in HELP)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 5),
        ("size", 50),
        ("word", "one"),
        ("on", False),
        ("style_weight", 0.5),
        ("share", 0.25),
        ("angle", 3.5),
        ("seed", 8),
        ("learning_rate", 0.5),
        ("layers", {"relu3_1": 1.0}),
        ("start", "content"),
    ],
)
def test_a_control_turns_its_field_and_no_other(name, value):
    controls = make()
    controls.by_name[name].value = value
    for other in HELP:
        assert getattr(controls.settings, other) == (value if other == name else getattr(Options(), other)), other


def test_what_is_no_word_is_as_given_until_a_word_is_chosen():
    given = Options(start="a_file.png")
    controls = make(given)
    assert controls.by_name["start"].value == AS_GIVEN
    assert controls.settings.start == "a_file.png"
    controls.by_name["start"].value = "content"
    assert controls.settings.start == "content"


def test_none_is_shown_as_what_is_in_use():
    controls = make()
    assert controls.by_name["size"].value == 99
    controls.by_name["size"].value = 98
    assert controls.settings.size == 98
    controls.by_name["size"].value = 99
    assert controls.settings.size is None


def test_ends_reach_as_far_as_what_was_given():
    assert make(Options(size=9000)).by_name["size"].value == 9000


def test_what_the_annotation_forbids_is_a_sentence():
    controls = make()
    controls.by_name["learning_rate"].value = 0.0
    with pytest.raises(ValueError, match=r"learning_rate is 0\.0: give a finite number above 0"):
        _ = controls.settings


def test_a_type_without_a_control_is_named():
    with pytest.raises(TypeError, match="masks has no control"):
        make_control("masks", dict[str, int], {})
