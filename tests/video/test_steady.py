"""Ways to steadiness without training: what noise each frame starts from, blends with the past, smoothed statistics."""

import pytest
import torch

from nst_helpers.gatys import stylize
from nst_helpers.images import faint_noise, load_image
from nst_helpers.losses import channel_moments
from nst_helpers.networks import AdaINNet, exchange_moments, match_features
from nst_helpers.runtime import Stop
from nst_helpers.video import (
    Blended,
    FrameByFrame,
    FromNoise,
    Previous,
    SmoothedAdaIN,
    make_film,
    make_scene,
    read_clip,
    scene_motion,
    steady,
    warp,
)
from tests.video.footage import film
from tests.video.footage import scene as footage
from tests.video.test_ruder import FAST, Result

SIZE = 32


@pytest.fixture(scope="module")
def scene():
    return make_scene("coffee", "parallax", frames=3, size=SIZE, speed=3, seed=2)


# Noise


@pytest.fixture
def seeds(monkeypatch):
    """The noise that each call of `stylize` starts from."""
    seen = []

    def record(content, style, **options):
        assert options["init"] == "noise"
        seen.append(options["seed"])
        return Result(faint_noise(*content.shape[-2:], options["seed"]))

    monkeypatch.setattr(steady, "stylize", record)
    return seen


def test_the_noise_is_the_same_for_all_frames_or_each_frames_own(seeds, scene):
    for fixed, different in ((True, 1), (False, 3)):
        painter = FromNoise("starry_night", fixed=fixed, **FAST, seed=5)
        seeds.clear()
        pictures = [painter.paint(frame, None) for frame in scene.frames.split(1)]
        assert len(set(seeds)) == different
        assert len({tuple(picture.flatten().tolist()) for picture in pictures}) == different
    fixed = FromNoise("starry_night", **FAST, seed=5)
    assert fixed.paint(scene.frames[:1], None).equal(faint_noise(SIZE, SIZE, 5))


def test_fresh_noise_is_the_same_when_a_film_is_resumed_and_other_seeds_give_other_noise(seeds, scene):
    frame = scene.frames[:1]
    for seed in (0, 0, 1):
        FromNoise("starry_night", fixed=False, **FAST, seed=seed).paint(frame, None)
    assert seeds[0] == seeds[1] != seeds[2]


def test_it_is_stylize_from_noise(scene):
    style, frame = load_image("starry_night", 28), scene.frames[:1]
    painted = FromNoise(style, **FAST, seed=3).paint(frame, None)
    assert painted.equal(stylize(frame, style, init="noise", seed=3, **FAST).image)
    assert FromNoise(style, **FAST).about != FromNoise(style, fixed=False, **FAST).about


def test_a_frame_that_was_ended_early_is_no_result(scene, monkeypatch):
    monkeypatch.setattr(steady, "stylize", lambda content, *_, **__: Result(content, interrupted=True))
    with pytest.raises(KeyboardInterrupt):
        FromNoise("starry_night", **FAST).paint(scene.frames[:1], None)


# Blending


def negative(frame):
    return 1 - frame


def blended(share, scene):
    return Blended(FrameByFrame(negative, {"made": "by negative"}), share, lambda *_: scene_motion(scene, 1, 0))


@pytest.fixture(scope="module")
def previous(scene):
    return Previous(scene.frames[:1], torch.rand(1, 3, SIZE, SIZE, generator=torch.manual_seed(0)))


def test_visible_pixels_are_blended_and_the_others_painted(scene, previous):
    frame, visible = scene.frames[1:2], ~scene.occluded[:1]
    found = blended(0.3, scene).paint(frame, previous)
    mixed = 0.3 * warp(previous.painted, scene.backward[:1]) + 0.7 * (1 - frame)
    torch.testing.assert_close(found, torch.where(visible, mixed, 1 - frame))
    assert 0.5 < visible.float().mean() < 1


def test_a_share_of_nothing_is_the_painter_and_the_first_frame_too(scene, previous):
    frame = scene.frames[1:2]
    assert blended(0, scene).paint(frame, previous).equal(1 - frame)
    assert blended(0.7, scene).paint(frame, None).equal(1 - frame)


def test_with_all_of_it_a_still_scene_stays_the_picture_before(previous):
    still = make_scene("coffee", "translation", size=SIZE, speed=0)
    found = blended(1, still).paint(still.frames[1:2], previous)
    torch.testing.assert_close(found, previous.painted)


def test_motion_is_asked_from_the_frame_to_the_one_before(scene, previous):
    asked = []

    def motion(this, other):
        asked.append((this, other))
        return scene_motion(scene, 1, 0)

    Blended(FrameByFrame(negative), 0.5, motion).paint(scene.frames[1:2], previous)
    ((this, other),) = asked
    assert this.equal(scene.frames[1:2])
    assert other.equal(previous.frame)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_a_sentence(scene, share):
    with pytest.raises(ValueError, match=r"share is .*: give a number from 0 to 1"):
        blended(share, scene)


def test_a_blended_film_that_was_stopped_goes_on_to_the_same_film(tmp_path):
    clip = read_clip(film(tmp_path / "in.mp4", footage(5, 32, 48)))
    whole = make_film(clip, Blended(FrameByFrame(negative), 0.5), tmp_path / "whole.mp4").path.read_bytes()

    def stop(progress):
        if progress.iteration == 3:
            raise Stop

    make_film(clip, Blended(FrameByFrame(negative), 0.5), tmp_path / "film.mp4", callback=stop)
    with pytest.raises(ValueError, match=r"whose painter has blended 0\.5, not 0\.6"):
        make_film(clip, Blended(FrameByFrame(negative), 0.6), tmp_path / "film.mp4")
    done = make_film(clip, Blended(FrameByFrame(negative), 0.5), tmp_path / "film.mp4")
    assert done.path.read_bytes() == whole


# Smoothed AdaIN


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        return AdaINNet({"weights": "random", "normalized": False}).eval()


@pytest.fixture(scope="module")
def style(network):
    return network.encode(load_image("starry_night", SIZE))


def test_constant_frames_are_adains(network, style, scene):
    smoothed = SmoothedAdaIN(network, style, decay=0.9)
    frame = scene.frames[:1, :, :29, :31]
    for _ in range(3):
        torch.testing.assert_close(smoothed(frame), network(frame, style))


def test_without_memory_every_frame_is(network, style, scene):
    smoothed = SmoothedAdaIN(network, style, decay=0.0)
    for frame in scene.frames.split(1):
        torch.testing.assert_close(smoothed(frame), network(frame, style))


def test_moments_are_averaged_with_the_decay(network, style, monkeypatch):
    """Frames of moments m1, m2, m3 at decay .75: a3 = .75 (.75 m1 + .25 m2) + .25 m3."""
    frames = [load_image(name, SIZE)[..., :16, :16] for name in ("coffee", "chelsea", "macaw")]
    given = []
    monkeypatch.setattr(steady, "exchange_moments", lambda *parts: given.append(parts) or exchange_moments(*parts))
    smoothed = SmoothedAdaIN(network, style, decay=0.75)
    for frame in frames:
        smoothed(frame)
    m1, m2, m3 = (channel_moments(network.encode_photo(frame).features) for frame in frames)
    for which in (0, 1):
        torch.testing.assert_close(given[2][1][which], 0.5625 * m1[which] + 0.1875 * m2[which] + 0.25 * m3[which])
        torch.testing.assert_close(given[2][2][which], style.measured("adain")[which])
    torch.testing.assert_close(given[2][0], network.encode_photo(frames[2]).features)


def test_a_painting_is_encoded(network, style, scene):
    frame = scene.frames[:1]
    found = SmoothedAdaIN(network, load_image("starry_night", SIZE))(frame)
    torch.testing.assert_close(found, SmoothedAdaIN(network, style)(frame))


@pytest.mark.parametrize("decay", [-0.1, 1.0, float("nan")])
def test_a_decay_that_is_none_is_a_sentence(network, style, decay):
    with pytest.raises(ValueError, match=r"decay is .*: give a number of at least 0 and below 1"):
        SmoothedAdaIN(network, style, decay=decay)


def test_moments_are_exchanged_as_adain_does_and_back():
    chance = torch.Generator().manual_seed(0)
    x, y = torch.randn(1, 4, 6, 5, generator=chance), 2 + 3 * torch.randn(1, 4, 7, 8, generator=chance)
    own, wanted = channel_moments(x), channel_moments(y)
    there = exchange_moments(x, own, wanted)
    torch.testing.assert_close(there, match_features(x, y, "adain"))
    torch.testing.assert_close(exchange_moments(there, wanted, own), x)
