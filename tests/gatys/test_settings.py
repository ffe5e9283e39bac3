"""The method's defaults, said once more in the paper's words, and options that contradict each other."""

import dataclasses

import jaxtyping
import pytest
import torch

from nst_helpers.gatys import DEFAULT_SIZE, GatysSettings
from nst_helpers.losses import find_convention
from nst_helpers.vgg import STYLE_LAYERS


def test_the_defaults_are_the_papers_and_the_departures_that_stylize_names():
    """Gatys et al. (2016), section 3: conv4_2 for content; conv1_1 ... conv5_1 for style, w_l = 1/5; alpha / beta."""
    settings = GatysSettings()
    assert settings.content_layers == {"relu4_2": 1.0}
    assert tuple(f"relu{block}_1" for block in (1, 2, 3, 4, 5)) == STYLE_LAYERS
    assert settings.style_layers == dict.fromkeys(STYLE_LAYERS, 1 / 5)
    assert settings.content_weight / settings.style_weight == 1e-2
    assert settings.style_weight == 1
    assert (settings.convention, settings.statistic, settings.normalized) == ("gatys_averaged", "gram", True)
    assert settings.tv_weight == 0
    departures = {"pooling": "max", "init": "content", "optimizer": "lbfgs", "precondition": True}
    assert {name: getattr(settings, name) for name in departures} == departures


def test_the_other_defaults():
    others = {
        "size": None, "steps": 300, "style_weights": None, "masks": None, "learning_rate": None, "scales": 1,
        "preserve_color": "no", "seed": 0, "weights": "original", "padding": "zeros", "device": "auto",
        "precision": "auto", "checkpointing": False,
    }  # fmt: skip
    settings = GatysSettings()
    assert {name: getattr(settings, name) for name in others} == others
    stated_above = {
        "content_layers", "style_layers", "content_weight", "style_weight", "convention", "statistic", "normalized",
        "tv_weight", "pooling", "init", "optimizer", "precondition",
    }  # fmt: skip
    assert {field.name for field in dataclasses.fields(GatysSettings)} == stated_above | set(others)
    assert DEFAULT_SIZE == 256


def test_the_default_convention_averages_content_and_has_the_papers_style_formula():
    assert find_convention("gatys_averaged").content(7, 99) == 1
    assert find_convention("gatys_averaged").style(7, 99) == 7**2 / 4


def test_an_unknown_statistic_and_masks_for_another_than_gram_s_are_sentences(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # users see the sentence, tests the annotation
    with pytest.raises(ValueError, match="did you mean moments"):
        GatysSettings(statistic="moment")
    with pytest.raises(ValueError, match="masks guide Gram matrices alone"):
        GatysSettings(statistic="mmd", masks=[torch.ones(2, 2)])
