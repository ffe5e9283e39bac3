"""The controls that widgets share, and the code that says what they do."""

import threading

import pytest
import torch

from nst_helpers.gatys import GatysSettings, stylize
from nst_helpers.vgg import layer_names
from nst_helpers.widgets.controls.layout import status
from nst_helpers.widgets.controls.weights import LayerWeights, LogWeight
from nst_helpers.widgets.run import buttons
from nst_helpers.widgets.run.buttons import RunButtons, StateLine
from nst_helpers.widgets.run.call import write_call
from tests.widgets.helpers import PATIENCE


class TestLogWeight:
    def test_slider_and_field_and_value_follow_each_other(self):
        weight = LogWeight("style weight", 1.0)
        weight.slider.value = 10**1.5
        assert (weight.value, weight.field.value) == (31.6, "31.6")
        weight.field.value = "0,002"
        assert weight.value == 0.002
        assert weight.slider.value == pytest.approx(0.002)
        weight.value = 1 / 3
        assert (weight.value, weight.field.value) == (1 / 3, "0.333333")

    def test_the_left_end_is_off(self):
        weight = LogWeight("total variation", 0.0)
        assert (weight.value, weight.field.value) == (0.0, "off")
        weight.slider.value = 10 ** (weight.slider.min + weight.slider.step)
        assert weight.value == pytest.approx(1e-5)
        weight.slider.value = 10**weight.slider.min
        assert (weight.value, weight.field.value) == (0.0, "off")

    @pytest.mark.parametrize(
        ("typed", "value"), [("off", 0), ("0", 0), ("", 0), (" 1e-3 ", 0.001), ("12345.678", 12345.678)]
    )
    def test_numbers_may_be_typed_beyond_the_slider(self, typed, value):
        weight = LogWeight("style weight", 5.0)
        weight.field.value = typed
        assert weight.value == value

    @pytest.mark.parametrize("typed", ["much", "-1", "nan", "inf"])
    def test_what_is_no_weight_is_not_taken(self, typed):
        weight = LogWeight("style weight", 5.0)
        weight.field.value = typed
        assert (weight.value, weight.field.value) == (5.0, "5")

    def test_the_slider_reaches_a_first_value_out_of_the_ordinary(self):
        assert LogWeight("style weight", 3e6).slider.value == pytest.approx(3e6)


class TestLayerWeights:
    def test_a_field_for_each_relu_and_for_what_is_named(self):
        weights = LayerWeights({"conv4_2": 1.0, "relu1_1": 0.5})
        assert list(weights.fields) == [name for name in layer_names() if name.startswith("relu") or name == "conv4_2"]
        assert weights.value == {"conv4_2": 1.0, "relu1_1": 0.5}
        assert [len(column.children) for column in weights.children] == [2, 2, 4, 5, 4]

    def test_zero_leaves_a_layer_out(self):
        weights = LayerWeights({"relu1_1": 0.5, "relu2_1": 0.5})
        weights.fields["relu5_4"].value = 0.3
        weights.fields["relu1_1"].value = 0
        assert weights.value == {"relu2_1": 0.5, "relu5_4": 0.3}
        weights.value = {"relu3_1": 1.0}
        assert {name for name, field in weights.fields.items() if field.value} == {"relu3_1"}
        assert weights.value == {"relu3_1": 1.0}


@pytest.mark.parametrize(
    ("state", "enabled", "label"),
    [("idle", "r", "Pause"), ("running", "ps", "Pause"), ("paused", "ps", "Resume"), ("failed", "r", "Pause")],
)
def test_the_buttons_that_mean_something_are_enabled(state, enabled, label):
    buttons = RunButtons()
    buttons.show(state)
    assert "".join(name[0] for name in ("run", "pause", "stop") if not getattr(buttons, name).disabled) == enabled
    assert buttons.pause.description == label
    buttons.show("running", stopping=True)
    assert buttons.run.disabled
    assert buttons.stop.disabled


def test_the_state_line_keeps_its_remark_and_shows_text_as_text():
    line = StateLine()
    line.note("a <remark>")
    line.show("step 3")
    assert "step 3" in line.value
    assert "a &lt;remark&gt;" in line.value
    line.note("")
    assert "remark" not in line.value


def test_what_is_said_last_is_shown_whoever_says_it(monkeypatch):
    line, others = StateLine(), []
    line.show("Painting …")

    def dawdle(*lines):
        if not others:
            others.append(threading.Thread(target=line.show, args=("Painted.",), daemon=True))
            others[0].start()
            others[0].join(0.2)  # with the line's lock it can't end; without it, it is done long before
        return status(*lines)

    monkeypatch.setattr(buttons, "status", dawdle)
    line.note("")
    others[0].join(PATIENCE)
    assert line.text == "Painted."
    assert line.value == status(("Painted.", False))


class TestCode:
    def test_only_what_differs_is_written(self):
        code = write_call(stylize, ['"a.jpg"', '"b.jpg"'], GatysSettings(steps=300, seed=4))
        assert code == 'from nst_helpers.gatys import stylize\n\nresult = stylize("a.jpg", "b.jpg", seed=4)\n'
        assert 'stylize("a.jpg", "b.jpg")' in write_call(stylize, ['"a.jpg"', '"b.jpg"'], GatysSettings())

    def test_long_calls_are_broken_and_can_be_run(self):
        given = GatysSettings(steps=7, style_layers={"relu1_1": 0.25}, content_layers=["relu2_1"], tv_weight=1e-05)
        namespace = {}
        code = write_call(stylize, ['"a"'], given).replace("nst_helpers.gatys", "namespace")
        assert max(map(len, code.splitlines())) < 89
        exec(code.partition("\n")[2], {"stylize": lambda *_, **options: GatysSettings(**options)}, namespace)
        assert namespace["result"] == given

    def test_what_cannot_be_written_is_named(self):
        code = write_call(stylize, ["content"], GatysSettings(init=torch.rand(1, 3, 4, 4)), remarks=["mind this"])
        assert "init=init" in code
        assert "# mind this.\n# init is what was given to the widget.\n" in code
