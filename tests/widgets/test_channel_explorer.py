"""`ChannelExplorer` without a browser: its controls are driven by value, as the front end drives them."""

from dataclasses import fields

import pytest
import torch

from nst_helpers.feature_vis import FeatureVisSettings
from nst_helpers.widgets import ChannelExplorer
from tests.widgets.helpers import png, upload, wait_until

FAST = {"size": 32, "steps": 4, "weights": "random", "precision": "float32", "device": "cpu"}


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
    names = {}
    exec(explorer.code, names)
    assert torch.equal(names["result"].image, picture)
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
    explorer.buttons.run.click()
    wait_until(lambda: explorer.job.progress is not None)
    explorer.controls["channel"].value = 5
    assert "channel 5" in explorer.map.caption.value
    explorer.stop(wait=True)
    assert explorer.state.text.startswith("Stopped")
    assert "# the controls have moved" in explorer.code
    assert repr(explorer) == 'ChannelExplorer("macaw")'
