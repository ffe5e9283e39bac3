"""`TextureStudio` without a browser: its controls are driven by value, as the front end drives them."""

from dataclasses import fields

import pytest
import torch

from nst_helpers.gatys import GatysSettings
from nst_helpers.images import load_image
from nst_helpers.losses import gram_matrix
from nst_helpers.vgg import VGGFeatures
from nst_helpers.widgets import TextureStudio
from nst_helpers.widgets import texture_studio as module
from tests.widgets.conftest import FAST
from tests.widgets.helpers import run_code, start

OPTIONS = {name: value for name, value in FAST.items() if name != "content_layers"}  # it has no content


@pytest.fixture
def studio():
    made = TextureStudio("starry_night", **OPTIONS)
    yield made
    made.close()


def test_it_grows_a_texture_and_shows_both_gram_matrices(studio):
    noise = studio.heatmaps["texture"].image.value
    painting = studio.heatmaps["painting"].image.value
    assert noise != painting
    result = studio.run(wait=True)
    assert studio.state.text.startswith("Done: 4 steps")
    assert result.history[-1].loss < result.history[0].loss
    assert set(result.history[0].losses) == {"style relu1_1", "style relu2_1"}  # no content
    assert studio.heatmaps["texture"].image.value != noise
    assert studio.heatmaps["painting"].image.value == painting
    assert "Gram matrix of the texture, relu2_1" in studio.heatmaps["texture"].caption.value


@pytest.mark.parametrize(
    "network",
    [{"pooling": "average", "padding": "reflect"}, {"normalized": True}, {"weights": "original"}],
    ids=lambda network: " ".join(network),
)
def test_the_matrices_are_measured_by_the_network_that_grows_the_texture(monkeypatch, network):
    measured, options = [], {**OPTIONS, **network}
    monkeypatch.setattr(module, "color_map", lambda values: measured.append(values) or torch.zeros(1, 3, *values.shape))
    TextureStudio("starry_night", layer="relu3_1", **options).close()
    extractor = VGGFeatures(["relu3_1"], **GatysSettings(**options).network)
    gram = gram_matrix(extractor(load_image("starry_night", OPTIONS["size"]))["relu3_1"])[0]
    torch.testing.assert_close(measured[0], gram / gram.flatten().quantile(0.995))


def test_both_matrices_are_of_the_size_chosen(studio):
    before = [view.image.value for view in studio.heatmaps.values()]
    studio.controls["size"].value = 48
    assert all(view.image.value != old for view, old in zip(studio.heatmaps.values(), before, strict=True))


def test_a_size_that_the_network_cannot_read_is_a_remark_until_another_is_chosen(studio):
    studio.controls["size"].value = 1
    assert "needs at least" in studio.state.remark
    studio.controls["size"].value = 48
    assert studio.state.remark == ""


def test_the_code_makes_the_same_texture(studio):
    studio.controls["statistic"].value = "moments"
    picture = studio.run(wait=True).image
    assert 'statistic="moments"' in studio.code
    assert torch.equal(run_code(studio), picture)


@pytest.mark.parametrize(
    ("name", "value"),
    [("statistic", "mmd"), ("size", 48), ("steps", 9), ("style_layers", {"relu3_1": 2.0})],
)
def test_each_control_turns_its_option_and_no_other(studio, name, value):
    before = studio.settings
    studio.controls[name].value = value
    for field in fields(GatysSettings):
        old, new = getattr(before, field.name), getattr(studio.settings, field.name)
        assert new == (value if field.name == name else old), field.name
    assert f"{name}=" in studio.code_view.value


def test_another_painting_changes_its_matrix(studio):
    before = studio.heatmaps["painting"].image.value
    studio.pickers["style"].menu.value = "whalers"
    assert studio.heatmaps["painting"].image.value != before
    assert 'stylize(\n    "whalers", "whalers",' in studio.code


def test_stop_keeps_the_best_texture(studio):
    studio.controls["steps"].value = 100_000
    start(studio)
    studio.stop(wait=True)
    assert studio.state.text.startswith("Stopped at step")
    assert studio.picture.shape[-1] == 32
    assert f"steps={len(studio.result.history)}" in studio.code


def test_it_names_itself_as_a_program_would(studio):
    assert repr(studio) == 'TextureStudio("starry_night")'
