"""`StyleStudio` without a browser: what its controls say, and the code that says the same."""

import ast
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch

from nst_helpers import assets
from nst_helpers.gatys import DEFAULT_SIZE, GatysSettings
from nst_helpers.losses import layer_weights
from nst_helpers.widgets import StyleStudio
from nst_helpers.widgets.style_studio import PRESETS
from tests.widgets.conftest import LONG
from tests.widgets.helpers import HOSTILE_NAMES, png, run_code, shown, start, upload


class TestSettings:
    def test_the_defaults_are_those_of_the_dataclass(self):
        studio, defaults = StyleStudio(), GatysSettings()
        assert studio.settings == defaults
        natural = {"size": DEFAULT_SIZE}
        for name, control in studio.controls.items():
            expected = natural.get(name, getattr(defaults, name))
            assert control.value == (layer_weights(expected) if name.endswith("layers") else expected), name
        assert studio.code == (
            'from nst_helpers.gatys import stylize\n\nresult = stylize("neuschwanstein", "starry_night")\n'
        )
        studio.close()

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("content_weight", 0.5, 0.5),
            ("style_weight", 33.0, 33.0),
            ("tv_weight", 0.001, 0.001),
            ("init", "noise", "noise"),
            ("optimizer", "adam", "adam"),
            ("scales", 2, 2),
            ("preserve_color", "luminance", "luminance"),
            ("pooling", "average", "average"),
            ("size", 40, 40),
            ("steps", 9, 9),
            ("content_layers", {"relu3_1": 2.0}, {"relu3_1": 2.0}),
            ("style_layers", {"relu1_2": 0.5, "relu5_4": 0.5}, {"relu1_2": 0.5, "relu5_4": 0.5}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_each_control_turns_its_option_and_no_other(self, make, name, value, expected):
        studio = make()
        before = studio.settings
        studio.controls[name].value = value
        for field in fields(GatysSettings):
            old, new = getattr(before, field.name), getattr(studio.settings, field.name)
            assert new == (expected if field.name == name else old), field.name
        assert f"{name}=" in studio.code
        assert studio.code_view.value.count("stylize(") == 1
        assert f"{name}=" in studio.code_view.value

    def test_options_without_a_control_stay_as_given(self, make):
        studio = make(padding="reflect", seed=5)
        studio.controls["steps"].value = 7
        assert (studio.settings.padding, studio.settings.seed) == ("reflect", 5)

    def test_a_tensor_keeps_its_own_size_until_another_is_chosen(self, make):
        studio = make(torch.rand(1, 3, 36, 24), size=None)
        assert studio.controls["size"].value == 36
        assert studio.settings.size is None
        studio.controls["size"].value = 32
        assert studio.settings.size == 32

    def test_a_misspelt_option_is_named(self):
        with pytest.raises(TypeError, match="did you mean style_weight"):
            StyleStudio(style_wieght=3)

    def test_what_a_notebook_stores_as_its_text_is_short(self, make):
        assert repr(make("coffee", "whalers")) == 'StyleStudio("coffee", "whalers")'


class TestCode:
    @pytest.mark.parametrize(
        "turned",
        [
            {},
            {"init": "noise", "optimizer": "adam", "steps": 6},
            {"content_weight": 1.0, "style_weight": 1e3, "tv_weight": 0.5, "size": 40},
            {"content_layers": {}, "style_layers": {"relu1_2": 0.7, "relu3_1": 0.1}},
        ],
        ids=lambda turned: " ".join(turned) or "defaults",
    )
    def test_makes_the_same_picture(self, make, turned):
        studio = make(seed=3)
        for name, value in turned.items():
            studio.controls[name].value = value
        studio.pickers["content"].menu.value = "coffee"
        assert torch.equal(studio.run(wait=True).image, run_code(studio))

    def test_makes_the_same_picture_as_a_run_that_was_stopped(self, make):
        studio = make(steps=LONG)
        start(studio)
        studio.stop(wait=True)
        assert f" steps={len(studio.result.history)}," in studio.code  # else the next line takes hours
        assert torch.equal(studio.result.image, run_code(studio))

    def test_makes_the_same_picture_from_an_upload(self, make, tmp_path, monkeypatch):
        studio, content = make(), assets.find("macaw").path.read_bytes()
        upload(studio.pickers["content"], "parrot.jpg", content)
        (tmp_path / "parrot.jpg").write_bytes(content)
        monkeypatch.chdir(tmp_path)
        picture = studio.run(wait=True).image
        assert "parrot.jpg is your upload" in studio.code
        assert str(studio.pickers["content"].value) not in studio.code
        assert torch.equal(picture, run_code(studio))

    @pytest.mark.parametrize("name", ["two\nlines.png", 'a "b"\\c.png', "猫 🐈.png", "coffee", "CON.png"], ids=ascii)
    def test_makes_the_same_picture_from_an_upload_of_any_name(self, make, tmp_path, monkeypatch, name):
        studio, content = make(), png(size=(40, 30))
        upload(studio.pickers["content"], name, content)
        monkeypatch.chdir(tmp_path)
        try:
            Path(re.split(r"[/\\]", name)[-1]).write_bytes(content)
        except OSError:
            pytest.skip("no file can be called so on this system")
        assert torch.equal(studio.run(wait=True).image, run_code(studio))

    @pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
    def test_is_a_program_of_one_call_whatever_an_upload_is_called(self, make, name):
        studio = make()
        upload(studio.pickers["content"], name, png(size=(40, 30)))
        statements = ast.parse(studio.code).body
        assert [type(statement) for statement in statements] == [ast.ImportFrom, ast.Assign]
        studio.code_view.value.encode("utf-8")
        assert repr(studio).isprintable()

    def test_makes_the_same_picture_from_tensors(self, make):
        given = {"content": torch.rand(1, 3, 32, 24), "init": torch.rand(1, 3, 16, 16)}
        studio = make(given["content"], "whalers", init=given["init"])
        assert torch.equal(studio.run(wait=True).image, run_code(studio, **given))
        studio.controls["init"].value = "content"
        assert "init=" not in studio.code


def test_a_new_photo_is_shown_until_there_is_a_result(make):
    studio = make()
    before = studio.preview.image.value
    studio.pickers["content"].menu.value = "coffee"
    photo = studio.preview.image.value
    assert photo != before
    result = studio.run(wait=True)
    studio.pickers["content"].menu.value = "chelsea"
    assert (shown(studio) - result.image).abs().max() < 1 / 255


class TestPresets:
    @pytest.mark.parametrize("name", PRESETS)
    def test_one_changes_its_options_and_puts_the_others_back(self, make, name):
        studio = make()
        before = studio.settings
        studio.controls["tv_weight"].value = 3.0
        studio.presets[name].click()
        assert studio.settings == replace(before, **PRESETS[name])


class TestStrip:
    def test_each_run_stays_with_what_made_it_and_comes_back(self, make):
        studio = make("coffee", "whalers", content_weight=0.5)
        first = studio.run(wait=True).image
        made = studio.settings
        studio.controls["content_weight"].value = 7.0
        studio.pickers["style"].menu.value = "ink_landscape"
        studio.run(wait=True)
        newest, oldest = studio.strip.children
        assert "content_weight=7.0" in newest.children[2].value
        assert all(text in oldest.children[2].value for text in ("coffee, whalers", "content_weight=0.5", "steps=4"))
        oldest.children[1].click()
        assert studio.settings == made
        assert studio.pickers["style"].label == "whalers"
        assert torch.equal(run_code(studio), first)

    def test_six_stay(self, make):
        studio = make(steps=1)
        for _ in range(7):
            studio.run(wait=True)
        assert [card.children[1].description for card in studio.strip.children] == [f"run {n}" for n in range(7, 1, -1)]

    def test_a_run_that_failed_is_not_among_them(self, make):
        studio = make()
        for name in ("content_weight", "style_weight"):
            studio.controls[name].value = 0.0
        studio.run(wait=True)
        assert studio.strip.children == ()


class TestBeforeAndAfter:
    def test_the_toggle_shows_the_photo_and_the_picture_again(self, make):
        studio = make()
        assert studio.before.disabled
        photo = studio.preview.image.value
        result = studio.run(wait=True)
        studio.before.value = True
        assert studio.preview.image.value == photo
        studio.before.value = False
        assert (shown(studio) - result.image).abs().max() < 1 / 255

    def test_a_new_run_shows_its_picture(self, make):
        studio = make()
        studio.run(wait=True)
        studio.before.value = True
        result = studio.run(wait=True)
        assert not studio.before.value
        assert (shown(studio) - result.image).abs().max() < 1 / 255


def test_content_and_style_have_curves_that_add_up_to_the_loss(make):
    studio, sums = make(content_weight=0.5, style_weight=3.0), []
    studio.job._on_progress = lambda report: sums.append((sum(studio._parts(report).values()), report.loss))
    studio.run(wait=True)
    assert len(sums) == 4
    assert all(parts == pytest.approx(loss, rel=1e-4) for parts, loss in sums)


def test_nothing_has_changed_after_a_run_on_an_upload(make):
    studio = make()
    upload(studio.pickers["content"], "mine.png", png(size=(40, 30)))
    studio.run(wait=True)
    assert "have changed" not in studio.code
    studio = make(torch.rand(1, 3, 32, 24))
    studio.run(wait=True)
    assert "have changed" not in studio.code
