"""`StyleStudio` without a browser: its controls are driven by value, as the front end drives them."""

import io
import time
from dataclasses import fields

import ipywidgets
import pytest
import torch
from PIL import Image

from nst_helpers import assets
from nst_helpers.gatys import DEFAULT_SIZE, GatysSettings
from nst_helpers.gatys import transfer as gatys
from nst_helpers.images import load_image
from nst_helpers.losses import layer_weights
from nst_helpers.runtime import Progress
from nst_helpers.widgets import StyleStudio
from tests.widgets.helpers import png, upload, wait_until

FAST = {
    "size": 32,
    "steps": 4,
    "weights": "random",
    "normalized": False,
    "precision": "float32",
    "device": "cpu",
    "content_layers": ["relu2_1"],
    "style_layers": {"relu1_1": 0.5, "relu2_1": 0.5},
}
LONG = 100_000  # steps, never taken


@pytest.fixture
def make():
    """A maker of small studios, which are closed at the end."""
    made = []

    def make(*pictures, **options):
        made.append(StyleStudio(*pictures, **{**FAST, **options}))
        return made[-1]

    yield make
    for studio in made:
        studio.close()


def start(studio: StyleStudio) -> None:
    """Press run, and wait for the first step."""
    studio.buttons.run.click()
    wait_until(lambda: studio.job.progress is not None)


def shown(studio: StyleStudio) -> torch.Tensor:
    return load_image(Image.open(io.BytesIO(studio.preview.image.value)))


def run_code(studio: StyleStudio, **names: object) -> torch.Tensor:
    """The picture that the code shown makes."""
    exec(studio.code, names)
    return names["result"].image


def all_widgets(widget) -> list:
    return [widget, *(part for child in getattr(widget, "children", ()) for part in all_widgets(child))]


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
        studio = make(pooling="average", seed=5, scales=2)
        studio.controls["steps"].value = 7
        assert (studio.settings.pooling, studio.settings.seed, studio.settings.scales) == ("average", 5, 2)

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


class TestRun:
    def test_shows_the_picture_the_loss_and_how_things_stand_in_place(self, make):
        studio = make()
        images = studio.preview.image, studio.curve.image
        before = [image.value for image in images]
        result = studio.run(wait=True)
        assert (studio.job.state, len(result.history), studio.result) == ("done", 4, result)
        assert images == (studio.preview.image, studio.curve.image)
        assert all(image.value != old for image, old in zip(images, before, strict=True))
        assert (shown(studio) - result.image).abs().max() < 1 / 255
        assert studio.state.text.startswith("Done: 4 steps in ")
        assert studio.buttons.stop.disabled
        assert not studio.buttons.run.disabled

    def test_nothing_is_captured_or_cleared(self, make):
        kinds = {type(widget) for widget in all_widgets(make())}
        assert ipywidgets.Image in kinds
        assert ipywidgets.Output not in kinds

    def test_the_preview_is_live(self, make):
        studio, seen = make(steps=LONG), set()
        studio.preview.image.observe(lambda change: seen.add(change["new"]), "value")
        start(studio)
        wait_until(lambda: len(seen) > 2)
        assert "left" in studio.state.text
        assert f"of {LONG}" in studio.state.text
        studio.stop(wait=True)

    def test_stops_within_a_step(self, make):
        studio = make(steps=LONG)
        start(studio)
        taken, began = studio.job.progress.iteration, time.monotonic()
        studio.buttons.stop.click()
        clicked = time.monotonic() - began
        assert studio.job.wait(20.0)
        waited, step = time.monotonic() - began, studio.job.progress.seconds / studio.job.progress.iteration
        print(f"step {1000 * step:.0f} ms, click {1000 * clicked:.1f} ms, stopped after {1000 * waited:.0f} ms")
        assert studio.job.progress.iteration <= taken + 2  # one may end between the two lines above
        assert studio.result.interrupted
        assert studio.state.text.startswith(f"Stopped at step {len(studio.result.history)} of {LONG}")
        assert (shown(studio) - studio.result.image).abs().max() < 1 / 255

    def test_pauses_and_goes_on(self, make):
        studio = make(steps=LONG)
        start(studio)
        studio.buttons.pause.click()
        assert studio.state.text.startswith("Paused at step")
        assert studio.buttons.pause.description == "Resume"
        time.sleep(0.5)
        before, picture = studio.job.progress.iteration, studio.preview.image.value
        time.sleep(0.5)
        assert (studio.job.progress.iteration, studio.preview.image.value) == (before, picture)
        studio.buttons.pause.click()
        wait_until(lambda: studio.job.progress.iteration > before + 1)
        studio.stop(wait=True)

    def test_a_second_start_is_refused_and_the_run_goes_on(self, make):
        studio = make(steps=LONG)
        start(studio)
        studio.run()
        assert studio.state.remark == "It is running already: stop it first."
        assert studio.job.state == "running"

    def test_what_is_changed_during_a_run_counts_from_the_next_on(self, make):
        studio = make(steps=LONG)
        start(studio)
        studio.controls["style_weight"].value = 50.0
        studio.controls["steps"].value = 3
        studio.pickers["style"].menu.value = "whalers"
        assert f"of {LONG}" in studio.state.text
        studio.stop(wait=True)
        first = studio.result.image
        assert "# the controls have moved" in studio.code
        second = studio.run(wait=True)
        assert len(second.history) == 3
        assert "moved" not in studio.code
        assert torch.equal(run_code(studio), second.image)
        assert not torch.equal(first, second.image)

    def test_closing_stops(self, make):
        studio = make(steps=LONG)
        start(studio)
        studio.close()
        assert studio.job.state == "stopped"
        assert studio.job.wait(0.0)


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

    def test_makes_the_same_picture_from_tensors(self, make):
        given = {"content": torch.rand(1, 3, 32, 24), "init": torch.rand(1, 3, 16, 16)}
        studio = make(given["content"], "whalers", init=given["init"])
        assert torch.equal(studio.run(wait=True).image, run_code(studio, **given))
        studio.controls["init"].value = "content"
        assert "init=" not in studio.code


class TestTrouble:
    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (MemoryError("a picture of 9x9 px needs 9 GB: take size=5 or less."), "take size=5 or less."),
            (MemoryError(), "memory ran out"),
            (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), "memory ran"),
            (torch.OutOfMemoryError("CUDA out of memory"), "memory ran out"),
        ],
        ids=repr,
    )
    def test_out_of_memory_is_a_sentence_and_the_widget_lives_on(self, make, monkeypatch, error, said):
        studio = make()

        def fail(*_, **__):
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(gatys, "VGGFeatures", fail)
            assert studio.run(wait=True) is None
        assert studio.state.text.startswith("Failed: ")
        assert said in studio.state.text
        assert not studio.buttons.run.disabled
        assert studio.run(wait=True) is not None
        assert studio.state.text.startswith("Done")

    def test_a_bad_upload_is_a_sentence_and_a_good_one_may_follow(self, make):
        studio = make()
        upload(studio.pickers["style"], "essay.png", b"no picture")
        assert studio.state.remark.startswith("essay.png is ")
        assert studio.settings == GatysSettings(**FAST)
        assert '"starry_night"' in studio.code
        upload(studio.pickers["style"], "good.png", png(size=(40, 40)))
        studio.run(wait=True)
        assert (studio.state.remark, studio.job.state) == ("", "done")

    def test_a_picture_that_breaks_before_the_run_is_a_sentence(self, make, tmp_path):
        (path := tmp_path / "mine.png").write_bytes(png(size=(40, 40)))
        studio = make(path)
        path.write_bytes(b"")
        assert studio.run(wait=True) is None
        assert studio.state.text == f"Failed: {path} is empty: download or export it again."

    def test_weights_that_are_all_off_are_a_sentence(self, make):
        studio = make()
        for name in ("content_weight", "style_weight"):
            studio.controls[name].field.value = "off"
        studio.run(wait=True)
        assert studio.state.text.startswith("Failed: every weight is 0")

    def test_a_step_with_a_broken_picture_is_not_shown_and_its_note_is(self, make):
        studio = make()
        before = studio.preview.image.value
        broken = Progress(
            1, 2, float("nan"), image=torch.full((1, 3, 8, 8), float("nan")), note="the loss went to nan."
        )
        studio.job.start(lambda callback: callback(broken))
        studio.job.wait()
        assert (studio.job.state, studio.preview.image.value) == ("done", before)
        assert studio.state.remark == "the loss went to nan."


class TestSaving:
    def test_saves_the_result(self, make, tmp_path):
        studio = make()
        studio.saver.field.value = str(tmp_path / "castle.png")
        studio.saver.button.click()
        assert "press Run first" in studio.saver.text
        result = studio.run(wait=True)
        studio.saver.button.click()
        assert studio.saver.text.startswith("Saved ")
        assert (load_image(tmp_path / "castle.png") - result.image).abs().max() < 1 / 255

    def test_saves_during_a_run(self, make, tmp_path):
        studio = make(steps=LONG)
        studio.saver.field.value = str(tmp_path / "castle.png")
        start(studio)
        studio.saver.button.click()
        assert studio.job.state == "running"
        assert load_image(tmp_path / "castle.png").shape[-1] == 32

    def test_a_bad_name_is_a_sentence(self, make, tmp_path):
        studio = make()
        studio.run(wait=True)
        studio.saver.field.value = str(tmp_path / "nowhere" / "castle.png")
        studio.saver.button.click()
        assert studio.saver.text.startswith("Not saved: ")
        assert "create it" in studio.saver.text
        assert studio.run(wait=True) is not None


def test_a_new_photo_is_shown_until_there_is_a_result(make):
    studio = make()
    before = studio.preview.image.value
    studio.pickers["content"].menu.value = "coffee"
    photo = studio.preview.image.value
    assert photo != before
    result = studio.run(wait=True)
    studio.pickers["content"].menu.value = "chelsea"
    assert (shown(studio) - result.image).abs().max() < 1 / 255


def test_a_browser_finds_the_main_parts(make):
    found = {name for widget in all_widgets(make()) for name in widget._dom_classes}
    names = "nst-run nst-pause nst-stop nst-state nst-preview nst-save nst-save-name nst-save-state nst-code"
    assert set(names.split()) <= found
