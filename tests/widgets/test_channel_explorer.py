"""`ChannelExplorer` without a browser: its controls are driven by value, as the front end drives them."""

from dataclasses import fields

import pytest
import torch

from nst_helpers.feature_vis import FeatureVisSettings
from nst_helpers.vgg import VGGFeatures
from nst_helpers.widgets import ChannelExplorer
from nst_helpers.widgets import channel_explorer as module
from tests.widgets.helpers import png, run_code, start, upload

FAST = {"size": 32, "steps": 4, "weights": "random", "precision": "float32", "device": "cpu"}


@pytest.fixture(autouse=True)
def _look_at_small_pictures(monkeypatch):
    monkeypatch.setattr(module, "_LOOKED_AT", 64)


@pytest.fixture
def explorer():
    made = ChannelExplorer("macaw", layer="relu1_2", channel=3, **FAST)
    yield made
    made.close()


def test_map_and_patches_are_there_before_it_runs(explorer):
    assert explorer.map.image.value
    assert "channel 3 of relu1_2" in explorer.map.caption.value
    assert explorer.patches.image.value
    assert explorer.picture is None


def test_it_paints(explorer):
    result = explorer.run(wait=True)
    assert explorer.state.text.startswith("Done: 4 steps")
    assert f"goal {result.history[-1].losses['goal']:.3g}" in explorer.state.text
    assert result.image.shape == (1, 3, 32, 32)
    assert len(result.history) == 4


def test_the_code_paints_the_same(explorer):
    explorer.controls["jitter"].value = 2
    picture = explorer.run(wait=True).image
    assert torch.equal(run_code(explorer), picture)
    assert explorer.code.startswith("from nst_helpers.feature_vis import channel\n")


@pytest.mark.parametrize(
    ("name", "value"),
    [("size", 48), ("steps", 9), ("fourier", False), ("decorrelate", False), ("jitter", 3), ("rotate", 2.5)],
)
def test_each_control_turns_its_option_and_no_other(explorer, name, value):
    before = explorer.settings
    explorer.controls[name].value = value
    for field in fields(FeatureVisSettings):
        old, new = getattr(before, field.name), getattr(explorer.settings, field.name)
        assert new == (value if field.name == name else old), field.name
    assert f"{name}=" in explorer.code_view.value


def test_another_channel_and_another_picture_have_another_map(explorer):
    first, patches = explorer.map.image.value, explorer.patches.image.value
    explorer.controls["channel"].value = 9
    second = explorer.map.image.value
    assert second != first
    assert explorer.patches.image.value != patches
    assert 'channel("relu1_2", 9)' in explorer.code
    upload(explorer.pickers["content"], "mine.png", png(size=(40, 30)))
    assert explorer.map.image.value != second


def test_a_layer_with_fewer_channels_takes_the_last(explorer):
    explorer.controls["layer"].value = "relu2_1"
    explorer.controls["channel"].value = 100
    explorer.controls["layer"].value = "relu1_1"
    assert explorer.controls["channel"].value == 63
    assert 'channel("relu1_1", 63)' in explorer.code
    assert "channel 63 of relu1_1" in explorer.map.caption.value


def test_channels_may_be_chosen_during_a_run(explorer):
    explorer.controls["steps"].value = 100_000
    start(explorer)
    explorer.controls["channel"].value = 5
    assert "channel 5" in explorer.map.caption.value
    explorer.stop(wait=True)
    assert explorer.state.text.startswith("Stopped")
    assert "# the choices have changed" in explorer.code
    assert repr(explorer) == 'ChannelExplorer("macaw")'


@pytest.fixture
def work(monkeypatch):
    """How many networks were built, and how often one looked at a picture."""
    counts = {"built": 0, "passes": 0}

    class Counted(VGGFeatures):
        def __init__(self, *arguments, **options):
            counts["built"] += 1
            super().__init__(*arguments, **options)

        def forward(self, image):
            counts["passes"] += 1
            return super().forward(image)

    monkeypatch.setattr(module, "VGGFeatures", Counted)
    return counts


def test_another_channel_costs_no_network_and_no_pass(work, explorer):
    before = dict(work)
    assert before["built"] == 1
    for channel in range(4, 9):
        explorer.controls["channel"].value = channel
        assert f"channel {channel} " in explorer.map.caption.value
    assert work == before


def test_another_picture_costs_one_pass_and_another_layer_one_network(work, explorer):
    before = dict(work)
    explorer.pickers["content"].menu.value = "coffee"
    assert work == {"built": before["built"], "passes": before["passes"] + 1}
    explorer.controls["layer"].value = "relu1_1"
    assert work["built"] == before["built"] + 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"layer": "relu4_9"}, "layer 'relu4_9' is unknown: did you mean"),
        ({"layer": "relu1_1", "channel": 64}, "channel is 64: relu1_1 has channels 0 to 63"),
        ({"layer": "relu1_1", "channel": -1}, "channel is -1"),
    ],
    ids=str,
)
def test_a_layer_or_channel_that_is_not_there_is_a_sentence(options, said):
    with pytest.raises(ValueError, match=said):
        ChannelExplorer("macaw", **options, **FAST)
