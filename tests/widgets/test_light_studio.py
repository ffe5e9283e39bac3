"""`LightStudio` without a browser: driven by value, as the front end drives it."""

import math
from dataclasses import fields

import pytest
import torch

from nst_helpers import assets
from nst_helpers.images import adjust_contrast, load_image
from nst_helpers.networks import LightSettings, save_network
from nst_helpers.widgets import LightStudio
from nst_helpers.widgets.run import live
from tests.widgets.helpers import FAILURES, PATIENCE, code_gives, makes, upload, viewed
from tests.widgets.networks import Gated, Watched, painting, single, unwatched

SMALL = {"size": 48}


@pytest.fixture
def networks():
    torch.manual_seed(0)
    return {"batch": single("batch"), "instance": single()}


@pytest.fixture
def make():
    """A maker of small studios, which are closed at the end."""
    yield from makes(LightStudio, SMALL)


@pytest.fixture
def gated(make):
    """A studio in the midst of a picture, the only one that waits for the gate."""
    torch.manual_seed(0)
    network = single(kind=Gated)
    studio = make({"gated": network})
    yield from painting(studio, network, lambda: setattr(studio.controls["contrast"], "value", 0.9))


def move(studio, **values):
    """Move sliders, and wait for the pictures."""
    for name, value in values.items():
        studio.controls[name].value = value
    assert studio.job.wait(PATIENCE)


def captions(studio):
    return [view.caption.value for view in studio.views]


def assert_shows(studio, networks, photo="neuschwanstein", size=48, **light):
    """The photo in this light is shown beside what each network makes of it, with how far each moved."""
    plain = load_image(photo, size)
    image = adjust_contrast(plain, **light)
    expected = [image, *(network(image) for network in networks.values())]
    before = [plain, *(network(plain) for network in networks.values())]
    moved = [(now - then).pow(2).mean().sqrt().item() for now, then in zip(expected, before, strict=True)]
    assert torch.equal(studio.shown.image, image)
    assert list(studio.shown.pictures) == list(studio.shown.moved) == list(networks)
    for made, picture in zip(studio.shown.pictures.values(), expected[1:], strict=True):
        assert torch.equal(made, picture)
    assert [studio.shown.image_moved, *studio.shown.moved.values()] == pytest.approx(moved, abs=1e-6)
    for view, picture in zip(studio.views, expected, strict=True):
        assert (viewed(view) - picture).abs().max() < 1 / 255
    for caption, label, far in zip(captions(studio), [photo, *networks], moved, strict=True):
        assert f"{label}: moved {far:.1%}" in caption
    return moved


class TestPictures:
    def test_the_first_are_there_at_once(self, make, networks):
        studio = make(networks, "coffee")
        assert studio.job.state == "idle"
        assert assert_shows(studio, networks, "coffee") == pytest.approx([0, 0, 0], abs=1e-6)

    def test_light_that_was_given_is_the_first(self, make, networks):
        studio = make(networks, "coffee", contrast=0.3, brightness=0.2)
        image_moved, batch_moved, _ = assert_shows(studio, networks, "coffee", contrast=0.3, brightness=0.2)
        assert min(image_moved, batch_moved) > 0.01

    def test_follow_the_sliders(self, make, networks):
        studio = make(networks)
        move(studio, contrast=0.5)
        moved = assert_shows(studio, networks, contrast=0.5)
        assert moved[1] > 2 * moved[2]  # instance normalisation takes contrast away, but at reflected borders
        move(studio, brightness=-0.25)
        assert_shows(studio, networks, contrast=0.5, brightness=-0.25)

    def test_follow_size_and_photo(self, make, networks):
        studio = make(networks, contrast=0.5)
        studio.controls["size"].value = 40
        assert studio.job.wait(PATIENCE)
        assert_shows(studio, networks, size=40, contrast=0.5)
        studio.pickers["photo"].menu.value = "coffee"
        assert studio.job.wait(PATIENCE)
        assert_shows(studio, networks, "coffee", size=40, contrast=0.5)

    def test_the_unchanged_photo_is_read_and_painted_once(self, make, networks, monkeypatch):
        read = []
        monkeypatch.setattr(live, "load_image", lambda *given: read.append(given) or load_image(*given))
        studio = make(networks)
        for contrast in (0.2, 0.4, 0.6):
            move(studio, contrast=contrast)
        assert read == [("neuschwanstein", 48)]
        assert len(networks["batch"].mixes) == 2 + 3

    @pytest.mark.parametrize("count", [1, 2, 3, 4])
    def test_one_to_four_networks(self, make, count):
        networks = {f"number {n}": single() for n in range(count)}
        studio = make(networks)
        assert_shows(studio, networks)
        assert studio.state.text.startswith("Painted 48×32" if count == 1 else f"Painted {count} pictures of 48×32")

    def test_the_line_says_size_and_time(self, make, networks, monkeypatch):
        ticks = iter([10.0, 10.25])
        studio = make(networks)
        monkeypatch.setattr(live.time, "perf_counter", lambda: next(ticks))
        move(studio, contrast=0.5)
        assert studio.state.text == "Painted 2 pictures of 48×32 px in 250 ms."


class TestHand:
    def test_only_the_newest_position_is_painted(self, gated):
        studio, network = gated
        for contrast in (0.8, 0.7, 0.6, 0.5):
            studio.controls["contrast"].value = contrast  # returns, though a picture is under way
        assert studio.state.text == "Painting …"
        network.gate.set()
        assert studio.job.wait(PATIENCE)
        assert len(network.mixes) == 2
        assert_shows(studio, {"gated": network}, contrast=0.5)

    def test_a_position_that_comes_as_a_picture_ends_is_painted(self, make, networks):
        studio = make(networks)
        for number in range(1, 51):
            studio.controls["contrast"].value = number / 100
            if number % 7 == 0:
                studio.job.wait(PATIENCE)
        assert studio.job.wait(PATIENCE)
        assert_shows(studio, networks, contrast=0.5)


class TestSettings:
    def test_the_defaults_are_those_of_the_dataclass(self, make, networks):
        studio = LightStudio(networks)
        assert studio.settings == LightSettings()
        assert repr(studio) == 'LightStudio(["batch", "instance"], "neuschwanstein")'
        studio.close()

    @pytest.mark.parametrize(("name", "value"), [("size", 40), ("contrast", 1.5), ("brightness", -0.2)])
    def test_each_control_turns_its_option_and_no_other(self, make, networks, name, value):
        studio = make(networks)
        before = studio.settings
        move(studio, **{name: value})
        for field in fields(LightSettings):
            old, new = getattr(before, field.name), getattr(studio.settings, field.name)
            assert new == (value if field.name == name else old), field.name

    def test_what_the_front_end_adds_to_a_step_is_gone(self, make, networks):
        studio = make(networks)
        move(studio, contrast=0.1 + 0.2)  # 0.30000000000000004
        assert studio.settings.contrast == 0.3
        assert "contrast=0.3, brightness=0.0)" in studio.code


class TestCode:
    def pictures(self, studio, **names):
        return list(code_gives(studio, result="results", **names).values())

    def assert_makes_the_same(self, studio, **names):
        for made, shown in zip(self.pictures(studio, **names), studio.shown.pictures.values(), strict=True):
            assert torch.equal(made, shown)

    def test_makes_the_same_pictures_of_files(self, make, networks, tmp_path):
        files = {
            label: save_network(unwatched(one), tmp_path / f"{label}.safetensors") for label, one in networks.items()
        }
        studio = make(files, precision="float32")
        move(studio, contrast=0.4, brightness=0.1)
        studio.pickers["photo"].menu.value = "coffee"
        assert studio.job.wait(PATIENCE)
        assert studio.code.count('precision="float32"') == 2
        assert studio.code in studio.code_view.value.replace("&quot;", '"')
        self.assert_makes_the_same(studio)
        assert repr(studio) == 'LightStudio(["batch", "instance"], "coffee")'

    def test_makes_the_same_pictures_of_networks_and_a_photo_that_were_given(self, make, networks):
        given = torch.rand(1, 3, 36, 24)
        studio = make(networks, given)
        move(studio, contrast=0.4)
        assert studio.code == (
            "from nst_helpers.images import adjust_contrast, load_image\n\n"
            "# photo is the picture given to the widget.\n# networks is what was given to the widget.\n"
            "photo = load_image(photo, 48)\nimage = adjust_contrast(photo, contrast=0.4, brightness=0.0)\n"
            "results = {label: network(image) for label, network in networks.items()}\n"
        )
        self.assert_makes_the_same(studio, networks=networks, photo=given)

    def test_makes_the_same_pictures_where_some_were_given_and_some_loaded(self, make, networks, tmp_path):
        file = save_network(unwatched(networks["batch"]), tmp_path / "batch.safetensors")
        studio = make({'my "own"': networks["instance"], "batch": file})
        assert '# networks["my \\"own\\""] is what was given to the widget.\n' in studio.code
        self.assert_makes_the_same(studio, networks={'my "own"': networks["instance"]})

    def test_makes_the_same_pictures_of_an_upload(self, make, networks, tmp_path, monkeypatch):
        studio, content = make(networks), assets.find("macaw").path.read_bytes()
        upload(studio.pickers["photo"], "parrot.jpg", content)
        assert studio.job.wait(PATIENCE)
        (tmp_path / "parrot.jpg").write_bytes(content)
        monkeypatch.chdir(tmp_path)
        self.assert_makes_the_same(studio, networks=networks)


class TestTrouble:
    @FAILURES
    def test_a_network_that_fails_leaves_all_that_was_there(self, make, networks, error, said):
        studio = make(networks)
        before = studio.shown, captions(studio), [view.image.value for view in studio.views]
        networks["instance"].errors.append(error)  # the second: the first has painted by then
        move(studio, contrast=0.5)
        assert studio.state.text.startswith("Not painted: ")
        assert said in studio.state.text
        assert (studio.shown, captions(studio), [view.image.value for view in studio.views]) == before
        move(studio, contrast=0.6)
        assert_shows(studio, networks, contrast=0.6)

    def test_a_picture_with_nan_leaves_all_that_was_there(self, make, networks):
        studio = make(networks)
        before = studio.shown, captions(studio)
        networks["instance"].output.bias.fill_(math.nan)
        move(studio, contrast=0.5)
        assert "not finite" in studio.state.text
        assert (studio.shown, captions(studio)) == before

    def test_a_slider_at_nan_is_a_sentence_until_the_next_move(self, make, networks):
        studio = make(networks)
        before = studio.shown, studio.code_view.value
        move(studio, contrast=math.nan)
        assert studio.state.remark.startswith("contrast is nan: give a finite number")
        assert (studio.shown, studio.code_view.value) == before
        move(studio, contrast=0.5)
        assert studio.state.remark == ""
        assert_shows(studio, networks, contrast=0.5)

    def test_a_bad_upload_is_a_sentence_until_the_next_move(self, make, networks):
        studio = make(networks)
        upload(studio.pickers["photo"], "essay.png", b"no picture")
        assert studio.state.remark.startswith("essay.png is ")
        move(studio, contrast=0.5)
        assert studio.state.remark == ""

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"contrast": math.nan}, "contrast is nan"),
            ({"contrast": 2.5}, r"contrast is 2\.5"),
            ({"brightness": -1.0}, r"brightness is -1\.0"),
            ({"size": 0}, "size is 0"),
            ({"precision": "float32"}, "precision was given with a network"),
        ],
        ids=str,
    )
    def test_what_can_not_be_is_a_sentence(self, networks, options, said):
        with pytest.raises(ValueError, match=said):
            LightStudio(networks, **{**SMALL, **options})

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (lambda: {}, "0 networks were given: give one to 4"),
            (lambda: {str(n): single() for n in range(5)}, "5 networks were given: give one to 4"),
            (lambda: {"many": Watched().eval()}, r'networks\["many"\] has several styles \(starry_night, '),
            (lambda: {"new": single().train()}, r'networks\["new"\] is in training mode: call network\.eval\(\)'),
            (lambda: {"gone": "no_such"}, "network 'no_such' is unknown"),
            (lambda: {"here": single(), "there": single().to("meta")}, "on cpu and meta: move them to one device"),
        ],
        ids=["none", "five", "styles", "training", "no name", "devices"],
    )
    def test_networks_that_can_not_be_are_a_sentence(self, given, said):
        with pytest.raises(ValueError, match=said):
            LightStudio(given(), **SMALL)


def test_saves_the_pictures_in_a_row(make, networks, tmp_path):
    studio = make(networks)
    move(studio, contrast=0.5)
    studio.saver.field.value = str(tmp_path / "row.png")
    studio.saver.button.click()
    assert studio.saver.text.startswith("Saved ")
    saved, width = load_image(tmp_path / "row.png"), studio.shown.image.shape[-1]
    parts = [studio.shown.image, *studio.shown.pictures.values()]
    for number, part in enumerate(parts):
        start = number * (width + 4)
        assert (saved[..., start : start + width] - part).abs().max() < 1 / 255
        assert (saved[..., start + width : start + width + 4] == 1).all()
    assert saved.shape[-1] == 3 * width + 2 * 4
