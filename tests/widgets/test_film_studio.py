"""`FilmStudio` without a browser: driven by value, as the front end drives it."""

import math
from dataclasses import fields

import jaxtyping
import pytest
import torch

from nst_helpers.images import load_image
from nst_helpers.networks import save_network
from nst_helpers.video import FilmSettings, estimate_motion, make_scene, motion, read_clip, scene_motion, warp
from nst_helpers.widgets import FilmStudio
from nst_helpers.widgets import film_studio as film_studio_module
from nst_helpers.widgets.run.film_program import film_program
from nst_helpers.widgets.run.footage import take_footage
from nst_helpers.widgets.run.loaded import take_network
from tests.widgets.helpers import PATIENCE, code_gives, makes, viewed
from tests.widgets.networks import Gated, Watched, painting, single, unwatched

ORANGE = torch.tensor([0xD5, 0x5E, 0x00])[:, None] / 255


@pytest.fixture(scope="module")
def scene():
    """A disc over a still background: of its pixels much is hidden, at known places."""
    return make_scene(load_image("coffee", 128), "disc", frames=6, size=(32, 48), speed=3)


@pytest.fixture
def networks():
    torch.manual_seed(0)
    return {"first": single(), "second": single("none")}


@pytest.fixture
def make():
    """A maker of studios, which are closed at the end."""
    yield from makes(FilmStudio, {})


@pytest.fixture
def untyped(monkeypatch):
    """Users see the sentence, tests the annotation."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.fixture
def gated(make, scene):
    """A studio that paints frame 2 on its way to frame 5, the only one that waits for the gate."""
    torch.manual_seed(0)
    network = single(kind=Gated)
    studio = make({"gated": network}, scene, temporal_weight=0.5)
    yield from painting(studio, network, lambda: setattr(studio.controls["frame"], "value", 5))


def move(studio, **values):
    """Move controls one after another, and wait for the pictures."""
    for name, value in values.items():
        studio.controls[name].value = value
        assert studio.job.wait(PATIENCE)


def results(network, frames, share, motion_of):
    """``O_t = s W(O_t-1) + (1 - s) N(I_t)`` where the frame before shows it, else ``N(I_t)``, written out."""
    made = []
    for number, frame in enumerate(frames):
        result = unwatched(network)(frame)
        if number:
            flow, visible = motion_of(number, number - 1)
            mixed = share * warp(made[-1], flow) + (1 - share) * result
            result = torch.where(visible, mixed, result)
        made.append(result)
    return made


def assert_shows(studio, network, frames, number, share, motion_of):
    """The pair of that number, whatever was shown before."""
    *_, before, result = results(network, frames[: number + 1], share, motion_of)
    flow, visible = motion_of(number, number - 1)
    warped = warp(before, flow)
    error = ((result - warped) ** 2).mean(1, keepdim=True)
    error[~visible] = 0
    shown = studio.shown
    assert shown.number == number
    assert torch.equal(shown.frame, frames[number])
    assert torch.equal(shown.visible, visible)
    torch.testing.assert_close(shown.result, result, atol=1e-5, rtol=0)
    torch.testing.assert_close(shown.warped, warped, atol=1e-5, rtol=0)
    torch.testing.assert_close(shown.error, error, atol=1e-5, rtol=0)
    assert shown.flicker == pytest.approx((error.sum() / visible.sum()).item(), abs=1e-6)
    for view, picture in zip(studio.views[:2], (result, warped), strict=True):
        assert (viewed(view) - picture).abs().max() < 1.01 / 255


class TestPictures:
    def test_the_first_are_there_at_once(self, make, networks, scene):
        studio = make(networks, scene)
        assert studio.job.state == "idle"
        assert studio.shown.flicker > 1e-4
        assert_shows(studio, networks["first"], scene.frames.split(1), 1, 0, lambda *pair: scene_motion(scene, *pair))

    @pytest.mark.parametrize("share", [0.3, 1.0])
    def test_a_weight_mixes_in_the_result_before_wherever_the_hand_came_from(self, make, networks, scene, share):
        studio, frames = make(networks, scene), scene.frames.split(1)
        for steps in ({"frame": 4, "temporal_weight": share}, {"frame": 2}, {"method": "second"}, {"frame": 5}):
            move(studio, **steps)
            network, number = networks[studio.controls["method"].value], studio.controls["frame"].value
            assert_shows(studio, network, frames, number, share, lambda *pair: scene_motion(scene, *pair))
        move(studio, temporal_weight=0.7)
        assert_shows(studio, network, frames, 5, 0.7, lambda *pair: scene_motion(scene, *pair))

    def test_all_of_the_result_before_does_not_flicker(self, make, networks, scene):
        studio = make(networks, scene, temporal_weight=1.0, frame=4)
        assert studio.shown.flicker == 0
        assert studio.shown.error.abs().max() == 0

    def test_the_motion_of_frames_that_are_given_is_estimated_each_pair_once(self, make, networks, scene, monkeypatch):
        pairs = []
        counted = lambda *given, **options: pairs.append(given) or estimate_motion(*given, **options)  # noqa: E731
        monkeypatch.setattr(motion, "estimate_motion", counted)
        studio, frames = make(networks, scene.frames), scene.frames.split(1)
        move(studio, frame=3)
        assert len(pairs) == 2  # those shown
        move(studio, temporal_weight=0.5, method="second", frame=2)
        assert len(pairs) == 3
        estimated = lambda this, other: estimate_motion(frames[this], frames[other])  # noqa: E731
        assert_shows(studio, networks["second"], frames, 2, 0.5, estimated)
        assert not torch.equal(studio.shown.visible, scene_motion(scene, 2, 1).visible)

    def test_flow_is_estimated_by_the_method_chosen(self, networks, scene):
        with pytest.raises(ValueError, match='method="raft" needs at least 128 px a side'):
            FilmStudio(networks, scene.frames, flow="raft")

    def test_a_clip_is_read_at_that_size_and_length(self, make, networks):
        studio = make(networks, "bigbuckbunny", size=64, frames=4)
        assert studio.controls["frame"].max == 3
        move(studio, frame=3)
        assert torch.equal(studio.shown.frame, list(read_clip("bigbuckbunny", size=64, frames=4))[3])
        assert studio.shown.frame.shape == (1, 3, 36, 64)

    def test_of_longer_clips_the_first_frames_are_taken(self, make, networks, scene):
        for clip in (scene, scene.frames, list(scene.frames.split(1))):
            assert make(networks, clip, frames=3).controls["frame"].max == 2

    def test_hidden_pixels_are_orange_over_the_frame_and_white_in_the_map(self, make, networks, scene):
        studio = make(networks, scene, frame=3)
        hidden = scene.occluded[2, 0]
        assert 10 < hidden.sum() < hidden.numel() / 4
        over, error = viewed(studio.views[2])[0], viewed(studio.views[3])[0]
        assert (over[:, hidden] - ORANGE).abs().max() < 1 / 255
        assert (over[:, ~hidden] - (scene.frames[3][:, ~hidden] + 1) / 2).abs().max() < 1 / 255
        assert (error[:, hidden] == 1).all()
        assert (error[:, ~hidden] < 1).any(0).all()

    def test_the_map_is_brighter_where_the_difference_is_larger(self, make, networks, scene):
        studio = make(networks, scene)
        error, drawn = studio.shown.error[0, 0], viewed(studio.views[3])[0].mean(0)
        dark, bright = studio.shown.visible[0, 0] & (error < 0.0005), error > 0.01
        assert min(dark.sum(), bright.sum()) > 20
        assert drawn[dark].max() < 0.5 < drawn[bright].min() + 0.1

    def test_captions_say_what_is_seen(self, make, networks, scene):
        studio = make(networks, scene, frame=3, temporal_weight=0.25, method="second")
        share = scene.occluded[2].float().mean().item()
        wanted = [
            "frame 3: second, 25% blended",
            "result 2, warped to frame 3",
            f"not in frame 2: {share:.1%}, flow known",
            f"flicker {studio.shown.flicker:.5f}",
        ]
        assert [view.caption.value.split(">")[1].split("<")[0] for view in studio.views] == wanted
        assert "flow estimated" in make(networks, scene.frames).views[2].caption.value

    def test_the_first_frame_has_none_before_it(self, make, networks, scene):
        studio = make(networks, scene, frame=0, temporal_weight=0.5)
        assert torch.equal(studio.shown.result, networks["first"](scene.frames[:1]))
        assert studio.shown[3:] == (None, None, None, None)
        assert "frame 0: first<" in studio.views[0].caption.value
        assert [view.caption.value.count("no frame before it") for view in studio.views] == [0, 1, 1, 1]
        assert studio.picture.shape == (1, 3, 2 * 32 + 4, 2 * 48 + 4)
        move(studio, frame=1)
        assert studio.shown.flicker > 0


class TestKept:
    def test_a_network_paints_each_frame_once_and_only_those_needed(self, make, networks, scene):
        studio, (first, second) = make(networks, scene), networks.values()
        for steps, painted in (
            ({"frame": 4}, (4, 0)),  # 0, 1, 3, 4
            ({"frame": 3}, (5, 0)),
            ({"frame": 1}, (5, 0)),
            ({"temporal_weight": 0.5}, (5, 0)),
            ({"frame": 5}, (6, 0)),
            ({"method": "second"}, (6, 6)),
            ({"temporal_weight": 0.0, "method": "first", "frame": 2}, (6, 6)),
        ):
            move(studio, **steps)
            assert (len(first.mixes), len(second.mixes)) == painted, steps

    def test_the_line_says_what_was_painted_and_how_long_it_took(self, make, networks, scene, monkeypatch):
        ticks = iter(range(100))
        studio = make(networks, scene)
        monkeypatch.setattr(film_studio_module.time, "perf_counter", lambda: 0.25 * next(ticks))
        for steps, said in (
            ({"temporal_weight": 0.5}, "Painted 2 frames of 48×32 px in 250 ms."),
            ({"frame": 5}, "Painted 4 frames of 48×32 px in 250 ms."),
            ({"frame": 3}, "Frame 3 was there already."),
            ({"temporal_weight": 0.6}, "Painted 4 frames of 48×32 px in 250 ms."),
        ):
            move(studio, **steps)
            assert studio.state.text == said


class TestHand:
    def test_frames_on_the_way_are_left_where_the_hand_goes_back(self, gated):
        studio, network = gated
        assert studio.state.text == "Painting frame 2 …"
        studio.controls["frame"].value = 1
        network.gate.set()
        assert studio.job.wait(PATIENCE)
        assert len(network.mixes) == 1
        assert studio.shown.number == 1
        assert studio.state.text == "Frame 1 was there already."

    def test_what_was_painted_on_the_way_is_kept(self, gated, scene):
        studio, network = gated
        for number in (4, 1, 3):
            studio.controls["frame"].value = number
        network.gate.set()
        assert studio.job.wait(PATIENCE)
        assert len(network.mixes) == 2  # frames 2 and 3
        assert_shows(studio, network, scene.frames.split(1), 3, 0.5, lambda *pair: scene_motion(scene, *pair))

    def test_a_stop_ends_it_after_the_frame_under_way(self, gated):
        studio, network = gated
        studio.job.stop()
        network.gate.set()
        assert studio.job.wait(PATIENCE)
        assert len(network.mixes) == 1
        assert studio.state.text.startswith("Stopped, as another widget computes")
        move(studio, frame=3)
        assert studio.shown.number == 3


class TestSettings:
    def test_the_defaults_are_those_of_the_dataclass(self, make, networks, scene):
        studio = make(networks, scene)
        assert studio.settings == FilmSettings(method="first")
        assert repr(studio) == 'FilmStudio(["first", "second"], scene)'

    @pytest.mark.parametrize(("name", "value"), [("frame", 4), ("method", "second"), ("temporal_weight", 0.35)])
    def test_each_control_turns_its_option_and_no_other(self, make, networks, scene, name, value):
        studio = make(networks, scene)
        before = studio.settings
        move(studio, **{name: value})
        for field in fields(FilmSettings):
            old, new = getattr(before, field.name), getattr(studio.settings, field.name)
            assert new == (value if field.name == name else old), field.name

    def test_what_the_front_end_adds_to_a_step_is_gone(self, make, networks, scene):
        studio = make(networks, scene)
        move(studio, temporal_weight=0.1 + 0.2)
        assert studio.settings.temporal_weight == 0.3
        assert "FrameByFrame(network), 0.3, " in studio.code


class TestCode:
    def assert_makes_the_same(self, studio, **names):
        shown = studio.shown
        assert studio.code in studio.code_view.value.replace("&quot;", '"').replace("&gt;", ">")
        assert torch.equal(code_gives(studio, **dict(names)), shown.result)
        if shown.number:
            assert code_gives(studio, result="unsteady", **dict(names)).item() == shown.flicker

    def test_of_a_file_and_a_bundled_clip(self, make, networks, tmp_path):
        saved = save_network(unwatched(networks["second"]), tmp_path / "mine.safetensors")
        studio = make({"mine": saved}, size=48, frames=3, precision="float32")
        self.assert_makes_the_same(studio)
        move(studio, temporal_weight=0.25, frame=2)
        self.assert_makes_the_same(studio)
        assert 'frames = list(read_clip("bigbuckbunny", size=48, frames=3))\n' in studio.code
        assert "painter = Blended(FrameByFrame(network), 0.25)\n" in studio.code
        assert repr(studio) == 'FilmStudio(["mine"], "bigbuckbunny")'

    def test_of_what_was_given(self, make, networks, scene):
        studio = make(networks, scene, frame=3, method="second")
        assert studio.code == (
            "import torch\n\nfrom nst_helpers.video import flicker, scene_motion\n\n"
            "# networks is what was given to the widget.\n# scene is what was given to the widget.\n"
            'network = networks["second"]\nframes = scene.frames.split(1)\n'
            "results = [network(frame) for frame in frames[2:4]]\nresult = results[-1]\n"
            "motion = scene_motion(scene, 3, 2)\n"
            "unsteady = flicker(torch.cat(results[-2:]), motion.flow, ~motion.visible)\n"
        )
        self.assert_makes_the_same(studio, networks=networks, scene=scene)
        move(studio, temporal_weight=0.4)
        self.assert_makes_the_same(studio, networks=networks, scene=scene)
        move(studio, frame=0)
        self.assert_makes_the_same(studio, networks=networks, scene=scene)

    @pytest.mark.parametrize("listed", [False, True])
    def test_of_frames_that_were_given(self, make, networks, scene, listed):
        frames = list(scene.frames.split(1)) if listed else scene.frames
        studio = make(networks, frames, frame=2, temporal_weight=0.4)
        self.assert_makes_the_same(studio, networks=networks, frames=frames)

    def test_names_raft_and_another_device(self, networks, scene):
        settings = FilmSettings(flow="raft", temporal_weight=0.5, method="first", frame=2)
        network, device = take_network(networks["first"], settings, "it"), torch.device("meta")
        code = film_program(settings, take_footage(scene.frames, settings, device), network)
        assert 'motion=lambda *_: estimate_motion(frames[number], frames[number - 1], method="raft"))\n' in code
        assert 'motion = estimate_motion(frames[2], frames[1], method="raft")\n' in code
        assert 'frames = [load_image(frame).to("meta") for frame in frames]\n' in code
        code = film_program(settings, take_footage(scene, settings, device), network)
        assert 'scene = Scene(*(part.to("meta") for part in scene))\nframes = scene.frames.split(1)\n' in code
        assert "import Blended, FrameByFrame, Previous, Scene, flicker, scene_motion\n" in code


class TestTrouble:
    @pytest.mark.parametrize(
        ("error", "said"),
        [(MemoryError(), "memory ran out"), (ValueError("the picture is too small."), "the picture is too small.")],
        ids=repr,
    )
    def test_a_network_that_fails_leaves_all_that_was_there(self, make, networks, scene, error, said):
        studio = make(networks, scene, temporal_weight=0.5)
        before = studio.shown, [(view.image.value, view.caption.value) for view in studio.views]
        networks["first"].errors.append(error)
        move(studio, frame=3)
        assert studio.state.text.startswith("Not painted: ")
        assert said in studio.state.text
        assert (studio.shown, [(view.image.value, view.caption.value) for view in studio.views]) == before
        move(studio, frame=4)
        assert studio.state.text.startswith("Painted 3 frames")
        assert_shows(studio, networks["first"], scene.frames.split(1), 4, 0.5, lambda *pair: scene_motion(scene, *pair))

    def test_a_picture_with_nan_is_neither_shown_nor_kept(self, make, networks, scene):
        studio, bias = make(networks, scene), networks["first"].output.bias
        before, bias_before = studio.shown, bias.clone()
        bias.fill_(math.nan)
        move(studio, frame=3)
        assert "not finite" in studio.state.text
        assert studio.shown is before
        bias.copy_(bias_before)
        move(studio, frame=4, temporal_weight=0.5)
        assert_shows(studio, networks["first"], scene.frames.split(1), 4, 0.5, lambda *pair: scene_motion(scene, *pair))

    def test_a_slider_at_nan_is_a_sentence_until_the_next_move(self, make, networks, scene):
        studio = make(networks, scene)
        before = studio.shown, studio.code_view.value
        move(studio, temporal_weight=math.nan)
        assert studio.state.remark.startswith("temporal_weight is nan: give a finite number")
        assert (studio.shown, studio.code_view.value) == before
        move(studio, temporal_weight=0.5)
        assert studio.state.remark == ""

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"frame": 6}, r"frame is 6: the clip's last is 5, counted from 0\."),
            ({"frame": -1}, "frame is -1"),
            ({"frames": 1}, "frames is 1"),
            ({"method": "frist"}, "method 'frist' is unknown: did you mean first"),
            ({"temporal_weight": 1.5}, r"temporal_weight is 1\.5"),
            ({"flow": "diss"}, "flow 'diss' is unknown: did you mean dis"),
            ({"precision": "float32"}, "precision was given with a network"),
        ],
        ids=str,
    )
    def test_what_can_not_be_is_a_sentence(self, networks, scene, options, said, untyped):
        with pytest.raises(ValueError, match=said):
            FilmStudio(networks, scene, **options)

    @pytest.mark.parametrize(
        ("clip", "said"),
        [
            ("bigbuckbuny", "did you mean 'bigbuckbunny'"),
            (torch.rand(1, 3, 32, 48), r"the clip has 1 frame: give one of at least 2\."),
            ([], r"the clip has 0 frames: give one of at least 2\."),
            ([torch.rand(1, 3, 32, 48), torch.rand(1, 3, 32, 40)], "the frames are of 48x32 and 40x32 px"),
            (2 + torch.rand(2, 3, 32, 48), "values run from 2"),
            (torch.rand(2, 3, 12, 48), "needs at least 16 px a side"),
            (7, "the clip is of class int: give a name, a file, a scene, or frames"),
        ],
        ids=["name", "one", "none", "sizes", "range", "small", "number"],
    )
    def test_a_clip_that_can_not_be_is_a_sentence(self, networks, clip, said, untyped):
        with pytest.raises(ValueError, match=said):
            FilmStudio(networks, clip)

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (lambda: {}, r"0 networks were given: give one or more\."),
            (lambda: [single()], "networks is no mapping of labels"),
            (lambda: {"many": Watched().eval()}, r'networks\["many"\] has several styles'),
            (lambda: {"new": single().train()}, r'networks\["new"\] is in training mode'),
        ],
        ids=["none", "list", "styles", "training"],
    )
    def test_networks_that_can_not_be_are_a_sentence(self, scene, given, said, untyped):
        with pytest.raises(ValueError, match=said):
            FilmStudio(given(), scene)


def test_saves_the_four_pictures_in_two_rows(make, networks, scene, tmp_path):
    studio = make(networks, scene, frame=3)
    studio.saver.field.value = str(tmp_path / "film.png")
    studio.saver.button.click()
    assert studio.saver.text.startswith("Saved ")
    saved = load_image(tmp_path / "film.png")
    assert saved.shape == (1, 3, 2 * 32 + 4, 2 * 48 + 4)
    for number, view in enumerate(studio.views):
        top, left = number // 2 * (32 + 4), number % 2 * (48 + 4)
        assert (saved[..., top : top + 32, left : left + 48] - viewed(view)).abs().max() < 1 / 255
    assert (saved[..., 32:36, :] == 1).all()
    assert (saved[..., 48:52] == 1).all()
