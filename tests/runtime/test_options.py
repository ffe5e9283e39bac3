"""One frozen dataclass as a function's keywords: signature, defaults, names and meanings."""

import dataclasses
import inspect
from collections.abc import Mapping

import pytest

from nst_helpers.gatys import GatysSettings, stylize
from nst_helpers.runtime import describe, takes


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
    assert (bake.__name__, bake.__doc__) == ("bake", "Bake a cake.")


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
