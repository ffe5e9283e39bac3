"""One frozen dataclass as a function's keywords: signature, defaults, names and meanings."""

import dataclasses
import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import jaxtyping
import numpy as np
import pytest

from nst_helpers.gatys import GatysSettings, stylize
from nst_helpers.runtime import Count, Number, Rate, Seed, Weight, check_options, describe, takes


@dataclasses.dataclass(frozen=True, kw_only=True)
class Oven:
    """How to bake.

    Attributes:
        degrees: temperature in Celsius, which is
            measured in the middle.
        fan, light: what is switched on.
        layers: by name.
    """

    degrees: float = 180.0
    fan: bool = False
    light: bool = True
    layers: Mapping[str, float] = dataclasses.field(default_factory=lambda: {"dough": 1.0})


@takes(Oven)
def bake(cake, *, callback=None, settings):
    """Bake a cake."""
    return cake, callback, settings


def test_the_signature_shows_the_fields_and_their_defaults():
    parameters = inspect.signature(bake).parameters
    assert list(parameters) == ["cake", "callback", "degrees", "fan", "light", "layers"]
    assert all(parameters[field.name].kind is inspect.Parameter.KEYWORD_ONLY for field in dataclasses.fields(Oven))
    assert parameters["degrees"].default == 180.0
    assert parameters["degrees"].annotation is float
    assert parameters["layers"].default == {"dough": 1.0}
    assert bake.__name__ == "bake"


def test_help_explains_every_option_with_its_default():
    first, _, rest = bake.__doc__.partition("\n\nOptions:\n")
    assert first == "Bake a cake."
    assert "    degrees: temperature in Celsius, which is measured in the middle. Default: 180.0.\n" in rest
    assert stylize.__doc__.count("Default:") == len(dataclasses.fields(GatysSettings))


def test_keywords_become_settings_and_the_others_are_passed_on():
    assert bake("pie") == ("pie", None, Oven())
    assert bake("pie", callback=print, fan=True) == ("pie", print, Oven(fan=True))
    assert bake(cake="pie", degrees=200.0) == ("pie", None, Oven(degrees=200.0))


def test_mutable_defaults_are_not_shared():
    first, second = bake("pie")[2], bake("pie")[2]
    assert first.layers is not second.layers
    assert inspect.signature(bake).parameters["layers"].default is not first.layers


def test_an_unknown_keyword_is_a_sentence_with_the_near_ones():
    with pytest.raises(TypeError, match=r"^bake: option 'degree' is unknown: did you mean degrees\?$"):
        bake("pie", degree=200.0)
    with pytest.raises(TypeError, match=r"^bake: option 'xyz' is unknown: choose from degrees, fan, light, layers\.$"):
        bake("pie", xyz=1)
    with pytest.raises(TypeError, match="cake"):
        bake()


def test_descriptions_are_read_from_the_docstring():
    assert describe(bake) == {
        "degrees": "temperature in Celsius, which is measured in the middle.",
        "fan": "what is switched on.",
        "light": "what is switched on.",
        "layers": "by name.",
    }


@dataclasses.dataclass(frozen=True, kw_only=True)
class Kiln(Oven):
    """How to fire.

    Attributes:
        hours: how long.
        degrees: of the kiln.
    """

    hours: Annotated[float | None, Number(above=0)] = None
    degrees: float = 1000.0


@takes(Kiln)
def fire(pot, *, settings):
    """Fire a pot."""
    return settings


def test_what_a_dataclass_inherits_is_described_and_comes_last():
    assert list(inspect.signature(fire).parameters) == ["pot", "degrees", "hours", "fan", "light", "layers"]
    assert inspect.signature(fire).parameters["hours"].annotation == float | None  # without what is Annotated beside it
    assert describe(fire)["degrees"] == "of the kiln."
    assert describe(fire)["fan"] == "what is switched on."
    assert fire("mug") == Kiln(degrees=1000.0)


@dataclasses.dataclass(frozen=True)
class Everything:
    """One field of each kind."""

    count: Count = 1
    weight: Weight = 0.5
    share: Annotated[float, Number(least=0, below=1)] = 0.5
    rate: Rate | None = None
    seed: Seed = 0
    on: bool = True
    word: Literal["red", "green"] = "red"
    layers: Mapping[str, Weight] | Sequence[str] = ("a",)
    shares: Sequence[Weight] | None = None


@pytest.fixture
def unchecked(monkeypatch):
    """As for users: annotations are checked by jaxtyping in tests alone."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.mark.parametrize(
    "options",
    [
        {"count": np.int64(3), "weight": 2, "seed": 2**32 - 1},
        {"weight": np.float32(0.5), "share": 0, "rate": 1e-9},
        {"layers": {"a": 1, "b": 0.0}, "shares": (1, 2.0)},
        {"layers": [], "on": False, "word": "green"},
    ],
)
def test_what_fits_is_taken(options, unchecked):
    check_options(Everything(**options))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"count": 0}, "count is 0: give a whole number of at least 1."),
        ({"count": 2.5}, "count is 2.5: give a whole number of at least 1."),
        ({"count": "96"}, "count is '96': give a whole number of at least 1."),
        ({"count": True}, "count is True: give a whole number of at least 1."),
        ({"weight": float("nan")}, "weight is nan: give a finite number of at least 0."),
        ({"weight": float("inf")}, "weight is inf: give a finite number of at least 0."),
        ({"weight": None}, "weight is None: give a finite number of at least 0."),
        ({"share": 1.0}, "share is 1.0: give a finite number of at least 0 and below 1."),
        ({"rate": 0}, "rate is 0: give a finite number above 0 or None."),
        ({"seed": -1}, "seed is -1: give a whole number of at least 0 and of at most 4294967295."),
        ({"on": 1}, "on is 1: give True or False."),
        ({"word": "gren"}, "word 'gren' is unknown: did you mean green or red?"),
        ({"word": 3}, "word is 3: give 'red' or 'green'."),
        (
            {"layers": None},
            "layers is None: give a dictionary that has a finite number of at least 0 for each name or a list, "
            "each item a name.",
        ),
        (
            {"layers": {"a": -1.0}},
            "layers is {'a': -1.0}: give a dictionary that has a finite number of at least 0 for each name or a "
            "list, each item a name.",
        ),
        ({"layers": "relu1_1 " * 20}, "layers is 'relu1_1 relu1_1 relu1_1 relu1_1 relu1_1 relu1_1 relu1_1 ...: give"),
        ({"shares": [1, "x"]}, "shares is [1, 'x']: give a list, each item a finite number of at least 0 or None."),
    ],
)
def test_what_does_not_fit_is_one_sentence(options, sentence, unchecked):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        check_options(Everything(**options))


def test_every_option_of_stylize_is_described_and_in_its_signature():
    names = [field.name for field in dataclasses.fields(GatysSettings)]
    descriptions = describe(stylize)
    assert sorted(descriptions) == sorted(names)
    assert all(len(text) > 8 and "  " not in text and "\n" not in text for text in descriptions.values())
    parameters = inspect.signature(stylize).parameters
    defaults = GatysSettings()
    for name in names:
        assert parameters[name].default == getattr(defaults, name), name


def test_stylize_refuses_an_unknown_option_before_any_work():
    with pytest.raises(TypeError, match=r"^stylize: option 'stylee_weight' is unknown: did you mean style_weight"):
        stylize("no picture", "none", stylee_weight=1.0)
