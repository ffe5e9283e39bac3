"""What every studio shares, on `StyleStudio`: driven by value, as the front end drives it."""

import threading

import ipywidgets
import pytest
import torch

from nst_helpers.gatys import GatysSettings
from nst_helpers.gatys import transfer as gatys
from nst_helpers.images import load_image
from nst_helpers.runtime import Progress
from tests.widgets.conftest import FAST, LONG
from tests.widgets.helpers import PATIENCE, png, run_code, shown, start, upload, wait_until


def all_widgets(widget) -> list:
    return [widget, *(part for child in getattr(widget, "children", ()) for part in all_widgets(child))]


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

    def test_stops_and_keeps_the_best(self, make):
        studio = make(steps=LONG)
        start(studio)
        studio.buttons.stop.click()
        assert studio.job.wait(PATIENCE)
        assert studio.result.interrupted
        assert studio.state.text.startswith(f"Stopped at step {len(studio.result.history)} of {LONG}")
        assert (shown(studio) - studio.result.image).abs().max() < 1 / 255

    def test_pauses_and_goes_on(self, make):
        studio = make(steps=LONG)
        start(studio)
        studio.buttons.pause.click()
        assert studio.state.text.startswith("Paused at step")
        assert studio.buttons.pause.description == "Resume"
        before = studio.job.progress.iteration
        studio.buttons.pause.click()
        wait_until(lambda: studio.job.progress.iteration > before + 1)
        assert studio.buttons.pause.description == "Pause"
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
        assert "# the choices have changed" in studio.code
        second = studio.run(wait=True)
        assert len(second.history) == 3
        assert "have changed" not in studio.code
        assert torch.equal(run_code(studio), second.image)
        assert not torch.equal(first, second.image)

    def test_two_may_be_made_and_started_at_once(self, make):
        together, studios = threading.Barrier(2), []

        def work():
            together.wait(PATIENCE)
            studios.append(studio := make())
            together.wait(PATIENCE)
            studio.run(wait=True)

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(2 * PATIENCE)
        states = {studio.job.state for studio in studios}
        assert len(studios) == 2
        assert "done" in states
        assert states <= {"done", "stopped"}  # one computes at a time: the first is stopped, or has ended

    def test_closing_stops(self, make):
        studio = make(steps=LONG)
        start(studio)
        studio.close()
        assert studio.job.state == "stopped"
        assert studio.job.wait(0.0)


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
        studio.run(wait=True)
        before = studio.preview.image.value
        broken = Progress(
            1, 2, float("nan"), image=torch.full((1, 3, 8, 8), float("nan")), note="the loss went to nan."
        )
        studio.job.start(lambda callback: callback(broken))
        studio.job.wait()
        assert (studio.job.state, studio.preview.image.value) == ("done", before)
        assert studio.state.remark == "the loss went to nan."

    def test_a_failed_start_clears_nothing_that_stands(self, make, tmp_path):
        studio = make()
        result = studio.run(wait=True)
        picture, curve, code = studio.preview.image.value, studio.curve.image.value, studio.code
        weights = {name: studio.controls[name].value for name in ("content_weight", "style_weight")}
        for name in weights:
            studio.controls[name].value = 0.0
        assert studio.run(wait=True) is None
        assert studio.state.text.startswith("Failed: every weight is 0")
        assert studio.result is result
        assert torch.equal(studio.picture, result.image)
        assert (studio.preview.image.value, studio.curve.image.value) == (picture, curve)
        assert "have changed" in studio.code
        for name, value in weights.items():
            studio.controls[name].value = value
        assert studio.code == code
        studio.saver.field.value = str(tmp_path / "castle.png")
        assert studio.saver.save()


class TestSaving:
    def test_there_is_nothing_to_save_before_the_first_picture(self, make):
        studio = make()
        assert studio.saver.button.disabled
        studio.run(wait=True)
        assert not studio.saver.button.disabled

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


def test_a_browser_finds_the_main_parts(make):
    found = {name for widget in all_widgets(make()) for name in widget._dom_classes}
    names = "nst-run nst-pause nst-stop nst-state nst-preview nst-save nst-save-name nst-save-state nst-code"
    assert set(names.split()) <= found
