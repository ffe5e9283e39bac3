"""`MixStudio` without a browser: driven by value, as the front end drives it."""

import threading
from dataclasses import fields

import pytest
import torch

from nst_helpers import assets
from nst_helpers.images import load_image
from nst_helpers.networks import PaintSettings, save_network
from nst_helpers.networks import checkpoint as checkpoint_module
from nst_helpers.widgets import MixStudio
from nst_helpers.widgets.controls.mix import MixSliders
from nst_helpers.widgets.controls.pictures import PictureView
from nst_helpers.widgets.run import live
from nst_helpers.widgets.run.job import BackgroundJob
from tests.widgets.helpers import FAILURES, PATIENCE, assert_lives_on, code_gives, makes, png, shown, upload, wait_until
from tests.widgets.networks import STYLES, Gated, Watched, painting, unwatched

SMALL = {"size": 48}


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Watched().eval()


@pytest.fixture
def make():
    """A maker of small studios, which are closed at the end."""
    yield from makes(MixStudio, SMALL)


@pytest.fixture
def gated(make):
    """A studio in the midst of a picture, the only one that waits for the gate."""
    torch.manual_seed(0)
    network = Gated().eval()
    studio = make(network)
    yield from painting(studio, network, lambda: setattr(studio.controls["mix"].sliders["whalers"], "value", 0.1))


def move(studio, **weights):
    """Move sliders, and wait for the picture."""
    for name, weight in weights.items():
        studio.controls["mix"].sliders[name].value = weight
    assert studio.job.wait(PATIENCE)


class TestPicture:
    def test_the_first_is_there_at_once_and_is_the_networks(self, make, network):
        studio = make(network, "coffee", mix={"whalers": 1.0, "ink_landscape": 3.0})
        expected = network(load_image("coffee", 48), {"whalers": 0.25, "ink_landscape": 0.75}).detach()
        assert studio.job.state == "idle"
        assert torch.equal(studio.picture, expected)
        assert (shown(studio) - expected).abs().max() < 1 / 255
        assert "coffee: 25% whalers, 75% ink_landscape" in studio.preview.caption.value

    def test_follows_a_slider(self, make, network):
        studio = make(network)
        first = studio.picture
        move(studio, whalers=0.5)
        expected = network(load_image("neuschwanstein", 48), {"starry_night": 1.0, "whalers": 0.5}).detach()
        assert not torch.allclose(first, expected, atol=1 / 255)
        assert torch.equal(studio.picture, expected)
        assert (shown(studio) - expected).abs().max() < 1 / 255
        assert "67% starry_night, 33% whalers" in studio.preview.caption.value

    def test_follows_size_and_photo(self, make, network):
        studio = make(network)
        studio.controls["size"].value = 40
        assert studio.job.wait(PATIENCE)
        assert max(studio.picture.shape[-2:]) == 40
        upload(studio.pickers["photo"], "mine.png", png(size=(20, 30)))
        assert studio.job.wait(PATIENCE)
        assert studio.picture.shape == (1, 3, 40, 27)
        assert "mine.png" in studio.preview.caption.value

    def test_a_photo_is_read_once_for_all_mixes(self, make, network, monkeypatch):
        read = []
        monkeypatch.setattr(live, "load_image", lambda *given: read.append(given) or load_image(*given))
        studio = make(network)
        for weight in (0.2, 0.4, 0.6):
            move(studio, whalers=weight)
        assert read == [("neuschwanstein", 48)]
        studio.pickers["photo"].menu.value = "coffee"
        assert studio.job.wait(PATIENCE)
        assert read[1:] == [("coffee", 48)]

    def test_the_line_says_the_size_and_the_time(self, make, network, monkeypatch):
        ticks = iter([10.0, 10.25, 20.0, 22.5])
        studio = make(network)
        monkeypatch.setattr(live.time, "perf_counter", lambda: next(ticks))
        move(studio, whalers=0.5)
        assert studio.state.text == "Painted 48×32 px in 250 ms."
        move(studio, whalers=0.6)
        assert studio.state.text == "Painted 48×32 px in 2.5 s."

    def test_nothing_remembers_how_it_was_computed(self, make, network):
        studio = make(network)
        move(studio, whalers=0.5)
        assert not studio.picture.requires_grad
        assert all(parameter.grad is None for parameter in network.parameters())


class TestHand:
    def test_only_the_newest_position_is_painted(self, gated):
        studio, network = gated
        for weight in (0.2, 0.3, 0.4, 0.5):
            studio.controls["mix"].sliders["whalers"].value = weight  # returns, though a picture is under way
        network.gate.set()
        assert studio.job.wait(PATIENCE)
        assert [mix["whalers"] for mix in network.mixes] == [0.1, 0.5]
        assert torch.equal(studio.picture, code_gives(studio, network=network))

    def test_the_line_says_that_it_paints(self, gated):
        studio, network = gated
        assert studio.state.text == "Painting …"
        network.gate.set()
        assert studio.job.wait(PATIENCE)
        assert studio.state.text.startswith("Painted 48×32 px in ")

    def test_a_position_that_comes_as_a_picture_ends_is_painted(self, make, network):
        studio = make(network)
        for number in range(1, 51):
            studio.controls["mix"].sliders["whalers"].value = number / 100
            if number % 7 == 0:
                studio.job.wait(PATIENCE)
        assert studio.job.wait(PATIENCE)
        assert network.mixes[-1]["whalers"] == 0.5
        assert not studio.job.active

    def test_another_widget_that_computes_stops_it_and_a_move_takes_over_again(self, gated):
        studio, network = gated
        studio.controls["mix"].sliders["whalers"].value = 0.2
        other = BackgroundJob(lambda: None, lambda progress: None)
        other.start(lambda callback: "done")
        network.gate.set()
        assert studio.job.wait(PATIENCE)
        assert other.wait(PATIENCE)
        assert [mix["whalers"] for mix in network.mixes] == [0.1]
        assert studio.state.text.startswith("Stopped, as another widget computes")
        move(studio, whalers=0.3)
        assert [mix["whalers"] for mix in network.mixes] == [0.1, 0.3]
        assert studio.state.text.startswith("Painted")

    def test_closing_ends_it(self, gated):
        studio, network = gated
        studio.controls["mix"].sliders["whalers"].value = 0.2
        closing = threading.Thread(target=studio.close, daemon=True)
        closing.start()
        wait_until(lambda: studio.job.stopping)
        network.gate.set()
        closing.join(PATIENCE)
        assert not closing.is_alive()
        assert len(network.mixes) == 1
        assert not studio.job.active


class TestSettings:
    def test_the_defaults_are_those_of_the_dataclass(self, make, network):
        studio = MixStudio(network)
        assert studio.settings == PaintSettings(mix="starry_night")
        assert repr(studio) == 'MixStudio(network, "neuschwanstein")'
        studio.close()

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("size", 40, 40),
            ("mix", {"ink_landscape": 0.5}, "ink_landscape"),
            ("mix", {"starry_night": 0.25, "whalers": 1.0}, {"starry_night": 0.25, "whalers": 1.0}),
        ],
        ids=["size", "one style", "two styles"],
    )
    def test_each_control_turns_its_option_and_no_other(self, make, network, name, value, expected):
        studio = make(network)
        before = studio.settings
        studio.controls[name].value = value
        for field in fields(PaintSettings):
            old, new = getattr(before, field.name), getattr(studio.settings, field.name)
            assert new == (expected if field.name == name else old), field.name
        assert studio.job.wait(PATIENCE)

    @pytest.mark.parametrize("given", ["whalers", {"starry_night": 0.7, "whalers": 0.3}, {"whalers": 0.2}], ids=str)
    def test_a_mix_that_was_given_is_where_the_sliders_stand(self, make, network, given):
        studio = make(network, mix=given)
        weights = {given: 1.0} if isinstance(given, str) else given
        total = sum(weights.values())
        for name, slider in studio.controls["mix"].sliders.items():
            assert slider.value == pytest.approx(weights.get(name, 0) / total), name

    def test_a_network_of_one_style_has_no_sliders(self, make):
        network = Watched(("starry_night",), norm="instance").eval()
        studio = make(network)
        assert list(studio.controls) == ["size"]
        assert studio.code.endswith("result = network(image)\n")
        assert torch.equal(studio.picture, code_gives(studio, network=network))
        studio.controls["size"].value = 40
        assert studio.job.wait(PATIENCE)
        assert network.mixes[-1] is None
        assert "neuschwanstein, painted" in studio.preview.caption.value


class TestCode:
    @pytest.fixture
    def saved(self, network, tmp_path):
        return save_network(unwatched(network), tmp_path / "mine.safetensors")

    def test_makes_the_same_picture(self, make, saved):
        studio = make(saved, precision="float32")
        assert repr(studio).startswith('MixStudio("')
        move(studio, whalers=0.5, ink_landscape=0.25)
        studio.pickers["photo"].menu.value = "coffee"
        studio.job.wait(PATIENCE)
        assert 'precision="float32"' in studio.code
        assert 'mix={"starry_night": 1.0, "whalers": 0.5, "ink_landscape": 0.25}' in studio.code
        assert studio.code in (studio.code_view.value.replace("&quot;", '"'))
        assert torch.equal(studio.picture, code_gives(studio))

    def test_names_a_bundled_network(self, make, saved, monkeypatch):
        monkeypatch.setattr(checkpoint_module, "_located", lambda name: saved)
        studio = make("conditional", "coffee")
        assert studio.code == (
            "from nst_helpers.images import load_image\nfrom nst_helpers.networks import load_network\n\n"
            'network = load_network("conditional")\nimage = load_image("coffee", 48)\n'
            'result = network(image, mix="starry_night")\n'
        )
        assert repr(studio) == 'MixStudio("conditional", "coffee")'

    def test_makes_the_same_picture_from_what_was_given(self, make, network):
        given = torch.rand(1, 3, 36, 24)
        studio = make(network, given)
        assert "# photo is the picture given to the widget.\n" in studio.code
        assert "# network is what was given to the widget.\n" in studio.code
        assert torch.equal(studio.picture, code_gives(studio, network=network, photo=given))

    def test_makes_the_same_picture_from_an_upload(self, make, network, tmp_path, monkeypatch):
        studio, content = make(network), assets.find("macaw").path.read_bytes()
        upload(studio.pickers["photo"], "parrot.jpg", content)
        assert studio.job.wait(PATIENCE)
        (tmp_path / "parrot.jpg").write_bytes(content)
        monkeypatch.chdir(tmp_path)
        assert "parrot.jpg is your upload" in studio.code
        assert torch.equal(studio.picture, code_gives(studio, network=network))


class TestTrouble:
    def test_all_at_0_is_a_sentence_and_the_last_picture_stays(self, make, network):
        studio = make(network)
        before = studio.picture, studio.preview.image.value, studio.code_view.value
        move(studio, starry_night=0.0)
        assert studio.state.remark == "Every slider is at 0: move one of them up."
        assert studio.state.text.startswith("Painted")
        assert studio.picture is before[0]
        assert (studio.preview.image.value, studio.code_view.value) == before[1:]
        assert len(network.mixes) == 1
        move(studio, whalers=0.5)
        assert studio.state.remark == ""
        assert studio.settings.mix == "whalers"
        assert len(network.mixes) == 2

    @FAILURES
    def test_a_failure_is_a_sentence_and_the_widget_lives_on(self, make, network, error, said):
        studio = make(network)
        moves = [lambda: move(studio, whalers=0.5), lambda: move(studio, whalers=0.6)]
        assert_lives_on(studio, moves, lambda: network.errors.append(error), said)

    def test_what_waits_behind_a_failure_is_painted(self, gated):
        studio, network = gated
        network.errors.append(MemoryError())
        studio.controls["mix"].sliders["whalers"].value = 0.2
        network.gate.set()
        assert studio.job.wait(PATIENCE)
        assert [mix["whalers"] for mix in network.mixes] == [0.1, 0.2]
        assert studio.state.text.startswith("Painted")

    def test_a_bad_upload_is_a_sentence_until_the_next_move(self, make, network):
        studio = make(network)
        upload(studio.pickers["photo"], "essay.png", b"no picture")
        assert studio.state.remark.startswith("essay.png is ")
        move(studio, whalers=0.5)
        assert studio.state.remark == ""

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"mix": "guernica"}, "style 'guernica' is unknown: choose from starry_night, whalers, ink_landscape"),
            ({"mix": {"whalers": 0.0}}, "not all 0"),
            ({"mix": {"whalers": -1.0}}, "mix is "),
            ({"size": 0}, "size is 0"),
            ({"precision": "float32"}, "precision was given with a network"),
        ],
        ids=str,
    )
    def test_what_can_not_be_is_a_sentence(self, network, options, said):
        with pytest.raises(ValueError, match=said):
            MixStudio(network, **{**SMALL, **options})

    def test_a_network_in_training_mode_is_a_sentence(self, network):
        with pytest.raises(ValueError, match=r"call network\.eval\(\)"):
            MixStudio(network.train(), **SMALL)

    def test_a_style_for_a_network_of_another_is_a_sentence(self):
        network = Watched(("starry_night",), norm="instance").eval()
        with pytest.raises(ValueError, match="this network has one style"):
            MixStudio(network, mix="whalers", **SMALL)


def test_saves_the_picture_shown(make, network, tmp_path):
    studio = make(network)
    move(studio, whalers=0.5)
    studio.saver.field.value = str(tmp_path / "castle.png")
    studio.saver.button.click()
    assert studio.saver.text.startswith("Saved ")
    assert (load_image(tmp_path / "castle.png") - studio.picture).abs().max() < 1 / 255


def test_sliders_and_their_value_follow_each_other():
    sliders = MixSliders(STYLES, "whalers")
    sliders.sliders["starry_night"].value = 0.1 + 0.2  # 0.30000000000000004
    assert sliders.value == {"starry_night": 0.3, "whalers": 1.0}
    assert sliders.sliders["starry_night"].value == 0.1 + 0.2  # else a hand that has moved on is pushed back
    changes = []
    sliders.observe(lambda change: changes.append(change["new"]), "value")
    sliders.value = {"ink_landscape": 0.5}
    assert [slider.value for slider in sliders.sliders.values()] == [0.0, 0.0, 0.5]
    assert changes == [{"ink_landscape": 0.5}]


def test_a_bundled_painting_stands_beside_its_slider():
    bundled, own = MixSliders(["whalers", "my_own"], "whalers").children
    assert isinstance(bundled.children[0], PictureView)
    assert bundled.children[0].image.value
    assert not isinstance(own.children[0], PictureView)  # one without a picture is drawn as a broken one
