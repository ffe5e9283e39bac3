"""Pictures on the screen: the view, the picker, the loss curve, and saving."""

import ast
import io
import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import torch
from PIL import Image

from nst_helpers import assets
from nst_helpers.images import load_image
from nst_helpers.widgets.controls.picker import PicturePicker, uploaded_files
from nst_helpers.widgets.controls.pictures import PictureView, encode_png
from nst_helpers.widgets.run.curve import LossCurve
from nst_helpers.widgets.run.saving import SaveRow
from tests.widgets.helpers import HOSTILE_NAMES, png, report, upload


class TestPictures:
    def test_a_picture_is_shown_as_it_is_in_the_largest_size_that_fits(self):
        view, picture = PictureView(200, 100), load_image("starry_night", 40)
        view.show(picture, "a <b> night")
        shown = load_image(Image.open(io.BytesIO(view.image.value)))
        assert (shown - picture).abs().max() < 1 / 255
        assert view.image.layout.height == "100px"
        assert view.image.layout.width == f"{round(100 * picture.shape[-1] / picture.shape[-2])}px"
        assert "a &lt;b&gt; night" in view.caption.value

    def test_a_large_picture_is_shrunk_for_the_screen(self):
        assert Image.open(io.BytesIO(encode_png(torch.rand(1, 3, 50, 300), 60))).size == (60, 10)

    def test_another_picture_takes_the_place_of_the_first(self):
        view = PictureView(50, 50)
        images, values = [], []
        for level in (0.2, 0.8):
            view.show(torch.full((1, 3, 8, 8), level), "grey")
            images.append(view.image), values.append(view.image.value)
        assert images[0] is images[1]
        assert values[0] != values[1]


class TestPicker:
    @pytest.fixture
    def said(self):
        return []

    @pytest.fixture
    def picker(self, said):
        picker = PicturePicker("content", assets.photos(), "chelsea", said.append)
        yield picker
        picker.close()

    def test_begins_with_the_first_and_offers_the_bundled_ones(self, picker):
        assert (picker.value, picker.expression, picker.remark) == ("chelsea", '"chelsea"', "")
        assert picker.menu.options == assets.photos()
        before = picker.thumbnail.image.value
        picker.menu.value = "coffee"
        assert picker.value == "coffee"
        assert picker.thumbnail.image.value != before

    def test_an_upload_is_chosen_and_read_as_its_file_would_be(self, picker, said):
        content = assets.find("coffee").path.read_bytes()
        for name in ("mine.jpg", "mine.jpg"):
            upload(picker, name, content)
        assert picker.label == "mine.jpg (upload 2)"
        assert torch.equal(load_image(picker.value, 40), load_image("coffee", 40))
        assert (picker.expression, said) == ('"mine.jpg"', [])
        assert "mine.jpg is your upload" in picker.remark
        assert not picker.upload.value  # its bytes are freed, and the same file may come again

    @pytest.mark.parametrize("content", [b"", b"no picture", png()[:60]], ids=["empty", "text", "cut short"])
    def test_a_bad_upload_is_a_sentence_and_the_picture_before_stays(self, picker, said, content):
        upload(picker, "../essay.png", content)
        assert picker.value == picker.label == "chelsea"
        assert len(said) == 1
        assert said[0].startswith("essay.png is ")
        assert said[0].endswith(". The content picture stays chelsea.")
        upload(picker, "good.png", png())
        assert picker.label == "good.png (upload)"

    @pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
    def test_any_name_of_an_upload_is_harmless(self, picker, said, name):
        upload(picker, name, png("teal"))
        assert said == []
        assert (load_image(picker.value) - load_image(Image.new("RGB", (20, 30), "teal"))).abs().max() == 0
        assert picker.value.parent == Path(picker._folder)
        shown = (picker.label, picker.remark, picker.expression)
        assert all(text.isprintable() for text in shown)
        assert len(picker.label) < 80
        written, last = ast.literal_eval(picker.expression), re.split(r"[/\\]", name)[-1]
        assert Path(written) == Path(last if last.strip(" .") else "upload.png")
        assert written not in assets.photos()
        upload(picker, name, b"no picture")
        assert len(said) == 1
        assert said[0].isprintable()
        assert picker._folder not in said[0]

    def test_a_picture_that_has_gone_is_a_sentence_and_the_one_before_stays(self, picker, said):
        upload(picker, "gone.png", png())
        picker.menu.value = "coffee"
        picker._pictures["gone.png (upload)"].unlink()
        picker.menu.value = "gone.png (upload)"
        assert (picker.value, picker.label) == ("coffee", "coffee")
        assert "gone.png" in said[0]
        assert "stays coffee" in said[0]

    def test_closing_forgets_the_uploads(self, picker):
        upload(picker, "mine.png", png())
        path = picker.value
        assert path.is_file()
        picker.close()
        assert not path.exists()

    def test_any_picture_may_be_the_first(self, said, tmp_path):
        (tmp_path / "mine.png").write_bytes(png())
        for first, expression in ((torch.rand(1, 3, 8, 8), "style"), (tmp_path / "mine.png", f'"{tmp_path}/mine.png"')):
            picker = PicturePicker("style", assets.paintings(), first, said.append)
            assert picker.value is first
            assert picker.expression == expression
            picker.close()

    def test_a_file_called_as_a_bundled_picture_is_the_file(self, said, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("coffee").write_bytes(png("teal"))
        picker = PicturePicker("content", assets.photos(), Path("coffee"), said.append)
        file, written = load_image(picker.value), load_image(ast.literal_eval(picker.expression))
        assert torch.equal(file, written)
        picker.menu.value = "coffee"
        assert (picker.value, picker.expression) == ("coffee", '"coffee"')
        picker.close()

    def test_both_generations_of_uploads_are_read(self):
        seven = {"a.png": {"metadata": {"name": "a.png"}, "content": b"a"}}
        eight = ({"name": "a.png", "type": "image/png", "size": 1, "content": memoryview(b"a")},)
        assert uploaded_files(seven) == uploaded_files(eight) == [("a.png", b"a")]
        assert uploaded_files({}) == uploaded_files(()) == []


class TestCurve:
    def test_is_drawn_anew_without_pyplot(self):
        curve, open_figures = LossCurve(300, 150), plt.get_fignums()
        seen = [curve.image.value]
        for iteration, loss in ((1, 5.0), (2, 0.5), (3, 0.1)):
            curve.add(report(iteration, 10, loss=loss))
            curve.draw()
            seen.append(curve.image.value)
        assert len(set(seen)) == 4
        assert Image.open(io.BytesIO(seen[-1])).size == (600, 300)
        assert plt.get_fignums() == open_figures
        curve.start(10)
        assert curve.image.value not in seen[1:]

    def test_the_run_before_stays_behind_and_may_come_back(self):
        curve = LossCurve(300, 150, parts=lambda report: {"one": report.loss, "none": 0.0})
        empty = curve.image.value
        curve.add(report(1, 10))
        curve.add(report(5, 10, loss=0.1))
        curve.draw()
        whole = curve.image.value
        curve.start(10)
        assert curve.image.value not in (empty, whole)  # the ghost alone
        curve.restore()
        assert curve.image.value == whole

    @pytest.mark.parametrize(
        "losses", [[0.0, 0.0], [float("nan"), float("inf")], [-1.0], [1e-30, 1e30], [2.0]], ids=str
    )
    def test_every_loss_can_be_drawn(self, losses):
        curve = LossCurve(300, 150)
        for iteration, loss in enumerate(losses, start=1):
            curve.add(report(iteration, 1, loss=loss))
        curve.draw()


class TestSaving:
    def test_saves_whole_or_says_why_not(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        picture = load_image("coffee", 20)
        row = SaveRow(lambda: picture, "cup.png")
        row.button.click()
        assert row.text == f"Saved cup.png ({picture.shape[-1]}×{picture.shape[-2]} px)."
        assert (load_image("cup.png") - picture).abs().max() < 1 / 255
        for name in ("nowhere/cup.png", "cup", "", "cup.png/x.png", "a\0b.png", f"{'long' * 75}.png", "\ud800.png"):
            row.field.value = name
            assert row.save() is None
            assert row.text.startswith("Not saved: ")
            assert row.text in row.answer.value.replace("&#x27;", "'")
        assert [path.name for path in tmp_path.iterdir()] == ["cup.png"]

    def test_without_a_picture_there_is_nothing_to_save(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        row = SaveRow(lambda: None, "cup.png")
        assert row.save() is None
        assert "press Run first" in row.text
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
    def test_any_name_is_saved_or_a_sentence(self, tmp_path, monkeypatch, name):
        monkeypatch.chdir(tmp_path)
        row = SaveRow(lambda: torch.rand(1, 3, 8, 8), name)
        path = row.save()
        assert row.text.startswith(f"Saved {path}" if path else "Not saved: ")
        assert row.text.endswith(".")
        row.answer.value.encode("utf-8")
        assert "\n" not in row.answer.value
        assert list(tmp_path.rglob("*.*")) == ([tmp_path / path] if path else [])


def test_an_empty_view_shows_no_broken_picture():
    view = PictureView(40, 40)
    assert view.image.layout.display == "none"
    view.show(torch.rand(1, 3, 8, 8), "noise")
    assert view.image.layout.display is None
