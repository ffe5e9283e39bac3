"""`PadStudio` without a browser: driven by value, as the front end drives it."""

import importlib
import math
from dataclasses import fields

import jaxtyping
import pytest
import torch

from nst_helpers import assets
from nst_helpers.images import load_image
from nst_helpers.networks import METHODS, PadSettings, save_network
from nst_helpers.networks import checkpoint as checkpoint_module
from nst_helpers.widgets import MixStudio, PadStudio
from nst_helpers.widgets.controls.pad import CORNERS
from nst_helpers.widgets.run.kept import Kept
from tests.widgets.helpers import FAILURES, PATIENCE, assert_lives_on, code_gives, makes, png, shown, upload
from tests.widgets.networks import GatedAdaIN, Watched, WatchedAdaIN, painting, unwatched

SMALL = {"size": 32}
PAINTINGS = ["starry_night", "whalers", "ink_landscape", "shiva_and_parvati"]


@pytest.fixture(autouse=True)
def small_paintings(monkeypatch):
    """Else each is encoded at 512 px."""
    monkeypatch.setattr(importlib.import_module("nst_helpers.networks.adain"), "_STYLE_SIZE", 48)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return WatchedAdaIN().eval()


@pytest.fixture
def make():
    """A maker of small studios, which are closed at the end."""
    yield from makes(PadStudio, SMALL)


@pytest.fixture
def untyped(monkeypatch):
    """Users see the sentence, tests the annotation."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.fixture
def gated(make):
    """A studio in the midst of a picture, the only one that waits for the gate."""
    torch.manual_seed(0)
    network = GatedAdaIN().eval()
    studio = make(network)
    yield from painting(studio, network, lambda: setattr(studio.controls["x"], "value", 0.1))


def move(studio, **values):
    """Move controls one after another, and wait for the picture."""
    for name, value in values.items():
        studio.controls[name].value = value
        assert studio.job.wait(PATIENCE)


def choose(studio, corner, name):
    studio.pickers[corner].menu.value = name
    assert studio.job.wait(PATIENCE)


def shares(studio):
    """As the corners say them."""
    return [studio.pickers[corner].share.value.split(">")[1].split("<")[0] for corner in CORNERS]


def painted_anew(network, photo="neuschwanstein", styles=PAINTINGS, size=32, **options):
    return unwatched(network)(load_image(photo, size), list(styles), **options)


class TestPad:
    @pytest.mark.parametrize("number", range(4))
    def test_a_corner_has_its_painting_alone(self, make, network, number):
        x, y = number % 2, 1 - number // 2  # reading order: the upper corners come first
        studio = make(network, x=float(x), y=float(y))
        assert torch.equal(studio.picture, painted_anew(network, styles=PAINTINGS[number : number + 1]))
        assert shares(studio) == ["100%" if corner == number else "0%" for corner in range(4)]
        assert f"neuschwanstein: 100% {PAINTINGS[number]}<" in studio.preview.caption.value

    def test_between_them_shares_are_bilinear_and_sum_to_1(self):
        assert PadSettings().shares == (0.25, 0.25, 0.25, 0.25)
        assert PadSettings(x=0.2, y=0.7).shares == pytest.approx((0.56, 0.14, 0.24, 0.06))
        for x in (0.0, 0.3, 1.0):
            for y in (0.0, 0.6, 1.0):
                left, right, low_left, low_right = PadSettings(x=x, y=y).shares
                assert right + low_right == pytest.approx(x)
                assert left + right == pytest.approx(y)
                assert left + right + low_left + low_right == pytest.approx(1)

    def test_a_place_on_the_pad_is_shown_in_every_way(self, make, network):
        studio = make(network)
        move(studio, x=0.2, y=0.7)
        assert shares(studio) == ["56%", "14%", "24%", "6%"]
        assert "56% starry_night, 14% whalers, 24% ink_landscape, 6% shiva_and_parvati" in studio.preview.caption.value
        expected = painted_anew(network, style_weights=[0.56, 0.14, 0.24, 0.06])
        assert torch.equal(studio.picture, expected)
        assert (shown(studio) - expected).abs().max() < 1 / 255
        assert (expected - painted_anew(network)).abs().max() > 2 / 255


class TestPicture:
    @pytest.mark.parametrize("method", METHODS)
    def test_follows_method_strength_and_colour(self, make, network, method):
        studio = make(network)
        move(studio, method=method, alpha=0.6, preserve_color="luminance", x=0.3)
        weights = [0.35, 0.15, 0.35, 0.15]
        options = {"method": method, "alpha": 0.6, "style_weights": weights}
        assert torch.equal(studio.picture, painted_anew(network, preserve_color="luminance", **options))
        move(studio, preserve_color="match")
        assert torch.equal(studio.picture, painted_anew(network, preserve_color="match", **options))

    def test_follows_size_photo_and_paintings(self, make, network):
        studio = make(network)
        move(studio, size=40)
        choose(studio, "top right", "mada_primavesi")
        upload(studio.pickers["photo"], "mine.png", png(size=(20, 30)))
        assert studio.job.wait(PATIENCE)
        assert studio.picture.shape == (1, 3, 40, 27)
        caption = "mine.png (upload): 25% starry_night, 25% mada_primavesi, "
        assert caption in studio.preview.caption.value
        choose(studio, "photo", "coffee")
        styles = ["starry_night", "mada_primavesi", *PAINTINGS[2:]]
        assert torch.equal(studio.picture, painted_anew(network, "coffee", styles, 40))

    def test_a_painting_is_encoded_once_when_it_is_chosen(self, make, network):
        studio = make(network)
        assert network.encoded == PAINTINGS
        move(studio, x=0.2, y=0.9, alpha=0.5, method="histogram", size=40, preserve_color="luminance")
        choose(studio, "photo", "coffee")
        assert network.encoded == PAINTINGS
        choose(studio, "bottom left", "mada_primavesi")
        assert network.encoded == [*PAINTINGS, "mada_primavesi"]

    def test_in_the_photos_colours_it_is_encoded_once_for_each_photo(self, make, network):
        studio = make(network, preserve_color="match")
        move(studio, x=0.2, alpha=0.5, method="histogram")
        assert len(network.encoded) == 2 * 4
        choose(studio, "photo", "coffee")
        assert len(network.encoded) == 3 * 4

    def test_a_move_needs_neither_the_encoder_nor_the_method(self, make, network, monkeypatch):
        studio = make(network)
        calls, apply = [], METHODS["adain"].apply
        counted = METHODS["adain"]._replace(apply=lambda *given: calls.append("method") or apply(*given))
        monkeypatch.setitem(METHODS, "adain", counted)
        network.encoder.register_forward_hook(lambda *_: calls.append("encoder"))
        move(studio, x=0.2, y=0.3, alpha=0.5)
        assert calls == []
        choose(studio, "top left", "mada_primavesi")
        assert calls == ["encoder", "method"]
        choose(studio, "photo", "coffee")
        assert sorted(calls[2:]) == ["encoder", *4 * ["method"]]


class TestHand:
    def test_only_the_newest_place_is_painted(self, gated):
        studio, network = gated
        for x in (0.2, 0.3, 0.4, 0.8):
            studio.controls["x"].value = x  # returns, though a picture is under way
        assert studio.state.text == "Painting …"
        assert shares(studio) == ["10%", "40%", "10%", "40%"]
        network.gate.set()
        assert studio.job.wait(PATIENCE)
        assert [options["style_weights"][1] for options in network.mixes] == [0.05, 0.4]
        assert torch.equal(studio.picture, code_gives(studio, network=network))

    def test_a_painting_chosen_in_the_midst_of_a_picture_is_not_in_it(self, gated):
        studio, network = gated
        studio.pickers["top left"].menu.value = "mada_primavesi"
        assert network.encoded == PAINTINGS  # in the job's thread, which is at work
        network.gate.set()
        assert studio.job.wait(PATIENCE)
        assert network.encoded == [*PAINTINGS, "mada_primavesi"]
        assert "mada_primavesi" in studio.preview.caption.value


class TestSettings:
    def test_the_defaults_are_those_of_the_dataclass(self, network):
        studio = PadStudio(network)
        assert studio.settings == PadSettings()
        assert repr(studio) == 'PadStudio(network, "neuschwanstein")'
        studio.close()

    @pytest.mark.parametrize(
        ("name", "value"),
        [("x", 0.2), ("y", 0.9), ("alpha", 0.3), ("method", "wct"), ("preserve_color", "match"), ("size", 40)],
    )
    def test_each_control_turns_its_option_and_no_other(self, make, network, name, value):
        studio = make(network)
        before = studio.settings
        move(studio, **{name: value})
        for field in fields(PadSettings):
            old, new = getattr(before, field.name), getattr(studio.settings, field.name)
            assert new == (value if field.name == name else old), field.name


class TestCode:
    def test_makes_the_same_picture_of_a_file(self, make, network, tmp_path):
        studio = make(save_network(unwatched(network), tmp_path / "mine.safetensors"), precision="float32")
        move(studio, x=0.1 + 0.2, y=1.0, method="wct", alpha=0.5, preserve_color="match")
        choose(studio, "top left", "mada_primavesi")
        assert 'styles = ["mada_primavesi", "whalers"]\n' in studio.code
        assert "style_weights=[0.7, 0.3]" in studio.code
        assert studio.code in studio.code_view.value.replace("&quot;", '"')
        assert torch.equal(studio.picture, code_gives(studio))

    def test_names_a_bundled_network_and_only_what_differs(self, make, network, tmp_path, monkeypatch):
        saved = save_network(unwatched(network), tmp_path / "mine.safetensors")
        monkeypatch.setattr(checkpoint_module, "_located", lambda name: saved)
        studio = make("adain", "coffee", x=0.0, y=0.0)
        assert studio.code == (
            "from nst_helpers.images import load_image\nfrom nst_helpers.networks import load_network\n\n"
            'network = load_network("adain")\nphoto = load_image("coffee", 32)\n'
            'styles = ["ink_landscape"]\nresult = network(photo, styles)\n'
        )

    def test_makes_the_same_picture_from_what_was_given(self, make, network):
        photo, styles = torch.rand(1, 3, 36, 24), [torch.rand(1, 3, 20, 30), *PAINTINGS[1:3], torch.rand(1, 3, 30, 20)]
        studio = make(network, photo, styles, x=0.3)
        for called in (
            "photo is the picture",
            "styles[0] is the picture",
            "styles[3] is the picture",
            "network is what",
        ):
            assert f"# {called}" in studio.code
        assert torch.equal(studio.picture, code_gives(studio, network=network, photo=photo, styles=styles))

    def test_makes_the_same_picture_from_an_upload(self, make, network, tmp_path, monkeypatch):
        studio, content = make(network), assets.find("macaw").path.read_bytes()
        upload(studio.pickers["bottom right"], "parrot.jpg", content)
        assert studio.job.wait(PATIENCE)
        (tmp_path / "parrot.jpg").write_bytes(content)
        monkeypatch.chdir(tmp_path)
        assert torch.equal(studio.picture, code_gives(studio, network=network))


class TestTrouble:
    @FAILURES
    def test_a_failure_is_a_sentence_and_the_widget_lives_on(self, make, network, error, said):
        studio = make(network)
        moves = [lambda: move(studio, x=0.2), lambda: move(studio, x=0.3)]
        assert_lives_on(studio, moves, lambda: network.errors.append(error), said)

    def test_a_painting_that_can_not_be_encoded_leaves_the_last_picture_until_another_is_chosen(self, make, network):
        studio = make(network)
        before = studio.picture, studio.preview.image.value, studio.preview.caption.value
        upload(studio.pickers["top left"], "thin.png", png(size=(200, 8)))
        assert studio.job.wait(PATIENCE)
        assert studio.state.text == (
            "Not painted: the top left painting: a style is 48x2 px: its short side needs at least 16 px; "
            "take a larger picture."
        )
        assert (studio.picture, studio.preview.image.value, studio.preview.caption.value) == before
        choose(studio, "top left", "mada_primavesi")
        assert studio.state.text.startswith("Painted")

    def test_a_broken_upload_is_a_sentence_until_the_next_move(self, make, network):
        studio = make(network)
        upload(studio.pickers["top right"], "essay.png", b"no picture")
        assert studio.state.remark.startswith("essay.png is ")
        assert studio.state.remark.endswith("The top right picture stays whalers.")
        assert network.encoded == PAINTINGS
        move(studio, x=0.2)
        assert studio.state.remark == ""

    def test_a_slider_at_nan_is_a_sentence_until_the_next_move(self, make, network):
        studio = make(network)
        before = studio.picture, studio.code_view.value, shares(studio)
        move(studio, x=math.nan)
        assert studio.state.remark.startswith("x is nan: give a finite number")
        assert (studio.picture, studio.code_view.value, shares(studio)) == before
        move(studio, x=0.2)
        assert studio.state.remark == ""

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"x": 1.5}, r"x is 1\.5"),
            ({"method": "swap"}, "method 'swap' is unknown: did you mean style_swap"),
            ({"precision": "float32"}, "precision was given with a network"),
            ({"styles": PAINTINGS[:3]}, "styles has no four paintings: give one for each corner, top left, "),
            ({"styles": "starry_night"}, "styles has no four paintings"),
            ({"styles": [*PAINTINGS[:3], "walers"]}, "did you mean 'whalers'"),
        ],
        ids=str,
    )
    def test_what_can_not_be_is_a_sentence(self, network, options, said, untyped):
        with pytest.raises(ValueError, match=said):
            PadStudio(network, **{**SMALL, **options})

    def test_a_network_of_another_kind_or_in_training_is_a_sentence(self, network, untyped):
        with pytest.raises(ValueError, match="the network is of class Watched: give one of class AdaINNet"):
            PadStudio(Watched().eval(), **SMALL)
        with pytest.raises(ValueError, match="the network is of class WatchedAdaIN: give one of class TransformNet"):
            MixStudio(network, **SMALL)
        with pytest.raises(ValueError, match=r"call network\.eval\(\)"):
            PadStudio(network.train(), **SMALL)


def test_saves_the_picture_shown(make, network, tmp_path):
    studio = make(network)
    move(studio, x=0.2)
    studio.saver.field.value = str(tmp_path / "castle.png")
    studio.saver.button.click()
    assert studio.saver.text.startswith("Saved ")
    assert (load_image(tmp_path / "castle.png") - studio.picture).abs().max() < 1 / 255


def test_work_is_done_again_only_for_something_else_and_a_failure_leaves_what_was_kept():
    calls = []

    def work(picture, size):
        calls.append(size)
        if size < 0:
            raise ValueError
        return len(calls)

    kept, picture = Kept(work), torch.rand(1, 3, 4, 4)
    assert [kept(picture, 1000), kept(picture, int("1000")), kept(picture.clone(), 1000)] == [1, 1, 2]
    same = torch.rand(1, 3, 4, 4)
    assert kept(same, 8) == 3
    with pytest.raises(ValueError):  # noqa: PT011 - has no message
        kept(same, -1)
    assert kept(same, 8) == 3
