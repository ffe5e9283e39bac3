"""Films by optimisation, on tiny pictures and a random VGG: starts, temporal terms, passes, films that are resumed."""

import pytest
import torch

from nst_helpers.gatys import stylize
from nst_helpers.images import load_image
from nst_helpers.runtime import Stop
from nst_helpers.video import (
    Motion,
    Previous,
    RuderPainter,
    RuderSettings,
    carried,
    flicker,
    make_film,
    make_scene,
    read_clip,
    ruder,
    scene_motion,
    stylize_clip,
    temporal_loss,
    warp,
)
from nst_helpers.video import motion as motion_module
from tests.video.footage import film
from tests.video.footage import scene as footage

FAST = {
    "weights": "random",
    "normalized": False,
    "precision": "float32",
    "device": "cpu",
    "content_layers": ["relu2_1"],
    "style_layers": ["relu1_1", "relu2_1"],
    "steps": 3,
}
SIZE = 32


@pytest.fixture(scope="module")
def style():
    return load_image("starry_night", 28)


@pytest.fixture(scope="module")
def scene():
    return make_scene("coffee", "parallax", frames=5, size=SIZE, speed=3, seed=2)


@pytest.fixture
def calls(monkeypatch):
    """What `stylize` is called with; in place of optimising it gives the frame's negative, by and by darker."""
    seen = []

    def record(content, style, *, terms=(), **options):
        seen.append({"content": content, "style": style, "terms": list(terms), **options})
        return Result((1 - content) * 0.95 ** len(seen))

    monkeypatch.setattr(ruder, "stylize", record)
    return seen


class Result:
    def __init__(self, image, interrupted=False):
        self.image, self.interrupted = image, interrupted


def of(scene):
    return lambda this, other: scene_motion(scene, this, other)


def columns(shown):
    """A mask that is True in so many columns from the left."""
    return (torch.arange(SIZE) < shown).expand(1, 1, SIZE, SIZE).clone()


def by_hand(term, image):
    """A temporal term's loss for a picture."""
    return term.loss(image, {})


# What a frame starts from


def test_a_frame_starts_from_the_result_before_warped_and_from_itself_where_that_shows_nothing(calls, style, scene):
    painted = stylize_clip(scene.frames, style, motion_of=of(scene), **FAST)
    assert calls[0]["init"] == "content"
    for number in range(1, 5):
        visible = ~scene.occluded[number - 1, None]
        assert 0.5 < visible.float().mean() < 1
        before = warp(painted[number - 1, None], scene.backward[number - 1, None])
        wanted = torch.where(visible, before, scene.frames[number, None])
        torch.testing.assert_close(calls[number]["init"], wanted)
        assert calls[number]["content"].equal(scene.frames[number, None])


def test_the_first_frame_starts_from_what_is_wanted_and_has_twice_the_steps(calls, style, scene):
    stylize_clip(scene.frames, style, motion_of=of(scene), **FAST | {"init": "noise"})
    assert calls[0]["init"] == "noise"
    assert [call["steps"] for call in calls] == [6, 3, 3, 3, 3]
    calls.clear()
    stylize_clip(scene.frames[:2], style, motion_of=of(scene), first_steps=4, **FAST)
    assert [call["steps"] for call in calls] == [4, 3]


def test_of_what_does_not_move_the_start_is_the_result_before(scene, style):
    still = Motion(torch.zeros(1, 2, SIZE, SIZE), torch.ones(1, 1, SIZE, SIZE, dtype=torch.bool))
    result = scene.frames[1:2]
    assert carried(result, still, scene.frames[:1]).equal(result)
    hidden = Motion(still.flow, ~still.visible)
    assert carried(result, hidden, scene.frames[:1]).equal(scene.frames[:1])


# Temporal terms


def test_terms_are_towards_earlier_results_with_the_papers_long_term_weights(calls, style, scene):
    """The nearest shows the left half of this frame, the next three quarters, the farthest all but the top row."""
    shown = {1: columns(SIZE // 2), 2: columns(3 * SIZE // 4), 4: columns(SIZE)}
    shown[4][..., 0, :] = False
    motions = {gap: Motion(torch.full((1, 2, SIZE, SIZE), 0.5 * gap), visible) for gap, visible in shown.items()}
    options = {**FAST, "temporal_weight": 7.0, "long_term": (4, 1, 2)}
    painted = stylize_clip(scene.frames, style, motion_of=lambda this, other: motions[this - other], **options)
    names = [[term.name for term in call["terms"]] for call in calls]
    one, two, four = "temporal 1", "temporal 2", "temporal 4"
    assert names == [[], [one], [one, two], [one, two], [one, two, four]]
    image = torch.rand(1, 3, SIZE, SIZE, generator=torch.manual_seed(0))
    alone = {1: shown[1], 2: shown[2] & ~shown[1], 4: shown[4] & ~shown[2]}
    for term, (gap, visible) in zip(calls[4]["terms"], alone.items(), strict=True):
        wanted = temporal_loss(image, warp(painted[4 - gap, None], motions[gap].flow), visible)
        torch.testing.assert_close(by_hand(term, image), wanted)
        assert term.weight == 7.0


def test_a_result_that_has_not_changed_loses_nothing_and_hidden_pixels_never_do(calls, style, scene):
    painted = stylize_clip(scene.frames[:2], style, motion_of=of(scene), long_term=(1,), **FAST)
    (term,) = calls[1]["terms"]
    warped = warp(painted[:1], scene.backward[:1])
    assert by_hand(term, warped) == 0
    hidden = scene.occluded[:1]
    assert by_hand(term, torch.where(hidden, 1 - warped, warped)) == 0
    assert by_hand(term, torch.where(hidden, warped, 1 - warped)) > 0.01


@pytest.mark.parametrize("options", [{"temporal_weight": 0.0}, {"long_term": ()}])
def test_without_weight_or_without_frames_there_is_no_term(calls, style, scene, options):
    stylize_clip(scene.frames[:3], style, motion_of=of(scene), **FAST | options)
    assert not any(call["terms"] for call in calls)


def test_two_frames_flicker_less_with_the_temporal_term(style):
    """From the same start, so that the term alone makes the difference; the style's loss still falls."""
    two = make_scene("coffee", "translation", frames=2, size=SIZE, speed=2, seed=3)
    options = FAST | {"steps": 8, "first_steps": 8, "style_weight": 100.0}

    def measured(weight):
        frames = stylize_clip(two.frames, style, motion_of=of(two), temporal_weight=weight, **options)
        return flicker(frames, two.backward, two.occluded)

    without, held = measured(0.0), measured(1e5)
    assert held < 0.5 * without


# Several passes


def test_passes_run_alternately_and_blend_with_the_neighbour_just_painted(calls, style, scene):
    frames = scene.frames[:3]
    stylize_clip(frames, style, motion_of=of(scene), passes=3, blend=0.25, **FAST)
    order = [next(n for n in range(3) if frames[n, None].equal(call["content"])) for call in calls]
    assert order == [0, 1, 2, 2, 1, 0, 0, 1, 2]
    assert [call["init"] for call in calls[:3]] == ["content"] * 3
    assert {call["steps"] for call in calls} == {3}
    results = [(1 - call["content"]) * 0.95 ** (number + 1) for number, call in enumerate(calls)]
    assert calls[3]["init"].equal(results[2])
    assert calls[6]["init"].equal(results[5])
    for call, own, neighbour, motion in (
        (4, 1, 3, scene_motion(scene, 1, 2)),
        (5, 0, 4, scene_motion(scene, 0, 1)),
        (7, 4, 6, scene_motion(scene, 1, 0)),
        (8, 3, 7, scene_motion(scene, 2, 1)),
    ):
        blended = 0.75 * results[own] + 0.25 * warp(results[neighbour], motion.flow)
        wanted = torch.where(motion.visible, blended, results[own])
        torch.testing.assert_close(calls[call]["init"], wanted)
        (term,) = calls[call]["terms"]
        image = torch.rand(1, 3, SIZE, SIZE, generator=torch.manual_seed(0))
        wanted = temporal_loss(image, warp(results[neighbour], motion.flow), motion.visible.float())
        torch.testing.assert_close(by_hand(term, image), wanted)


@pytest.mark.parametrize(("passes", "first"), [(2, 2), (4, 3), (15, 8)])
def test_the_temporal_loss_begins_in_the_middle_as_in_the_released_code(calls, style, scene, passes, first):
    stylize_clip(scene.frames[:2], style, motion_of=of(scene), passes=passes, **FAST)
    with_term = [bool(calls[2 * run]["terms"] or calls[2 * run + 1]["terms"]) for run in range(passes)]
    assert with_term == [run >= first for run in range(1, passes + 1)]


# As a whole


def test_estimated_motion_is_that_of_the_frames(calls, style, monkeypatch, scene):
    asked = []
    still = Motion(torch.zeros(1, 2, SIZE, SIZE), torch.ones(1, 1, SIZE, SIZE, dtype=torch.bool))
    estimate = lambda this, other, method: asked.append((this, other, method)) or still  # noqa: E731
    monkeypatch.setattr(motion_module, "estimate_motion", estimate)
    stylize_clip(scene.frames[:3], style, flow="raft", **FAST)
    wanted = [(1, 0), (2, 1), (2, 0)]
    assert len(asked) == 3
    for (this, other, method), (number, before) in zip(asked, wanted, strict=True):
        assert this.equal(scene.frames[number, None])
        assert other.equal(scene.frames[before, None])
        assert method == "raft"


def test_frames_are_resized_and_paintings_come_at_their_size(calls, scene):
    painted = stylize_clip(scene.frames[:2], "starry_night", **FAST, size=24)
    assert painted.shape == (2, 3, 24, 24)
    assert [max(call["style"][0].shape[-2:]) for call in calls] == [24, 24]
    assert all(call["size"] is None for call in calls)


@pytest.mark.parametrize("reason", [Stop, KeyboardInterrupt])
@pytest.mark.parametrize(("passes", "at", "kept"), [(1, 2, 2), (2, 2, 2), (2, 4, 3)])
def test_ended_early_it_gives_what_was_painted(calls, style, scene, reason, passes, at, kept):
    reports = []

    def stop(progress):
        reports.append(progress)
        if progress.iteration == at:
            raise reason

    frames = stylize_clip(scene.frames[:3], style, motion_of=of(scene), passes=passes, callback=stop, **FAST)
    assert len(frames) == kept
    assert len(calls) == at
    assert reports[-1].total == 3 * passes
    assert reports[-1].image.equal((1 - calls[-1]["content"]) * 0.95**at)


def test_a_frame_that_was_ended_early_is_no_result(style, scene, monkeypatch):
    monkeypatch.setattr(ruder, "stylize", lambda content, *_, **__: Result(content, interrupted=True))
    assert stylize_clip(scene.frames[:2], style, motion_of=of(scene), **FAST).shape == (0, 3, SIZE, SIZE)
    with pytest.raises(KeyboardInterrupt):
        RuderPainter(style, **FAST).paint(scene.frames[:1], None)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"scales": 2}, "scales is 2: the temporal loss compares frames at full size; take 1"),
        ({"temporal_weight": -1.0}, "temporal_weight is -1.0: give a finite number of at least 0"),
        ({"passes": 0}, "passes is 0: give a whole number of at least 1"),
        ({"long_term": (0,)}, r"long_term is \(0,\): give a list, each item a whole number of at least 1"),
        ({"blend": 1.5}, "blend is 1.5: give a finite number of at least 0 and of at most 1"),
    ],
)
def test_a_wrong_option_is_a_sentence(style, scene, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        stylize_clip(scene.frames, style, **FAST | options)


def test_no_frame_is_a_sentence(style):
    with pytest.raises(ValueError, match="no frame was given"):
        stylize_clip([], style, **FAST)


# Films


def test_the_painter_paints_as_a_single_pass_with_the_short_term_loss_does(style, scene):
    clip = stylize_clip(scene.frames[:3], style, motion_of=of(scene), long_term=(1,), temporal_weight=9.0, **FAST)
    known = iter([scene_motion(scene, 1, 0), scene_motion(scene, 2, 1)])
    painter = RuderPainter(style, motion=lambda *_: next(known), temporal_weight=9.0, **FAST)
    previous = None
    for frame, wanted in zip(scene.frames[:3].split(1), clip.split(1), strict=True):
        painted = painter.paint(frame, previous)
        torch.testing.assert_close(painted, wanted)
        previous = Previous(frame, painted)


def test_without_temporal_weight_a_first_frame_is_what_stylize_makes(style, scene):
    frame = scene.frames[:1]
    painted = RuderPainter(style, first_steps=3, **FAST).paint(frame, None)
    assert painted.equal(stylize(frame, style, **FAST).image)


def test_a_film_that_was_stopped_goes_on_to_the_same_film(style, tmp_path):
    clip = read_clip(film(tmp_path / "in.mp4", footage(4, 32, 48)))
    painter = RuderPainter(style, **FAST)
    whole = make_film(clip, painter, tmp_path / "whole.mp4").path.read_bytes()

    def stop(progress):
        if progress.iteration == 2:
            raise Stop

    assert make_film(clip, painter, tmp_path / "film.mp4", callback=stop).frames == 2
    done = make_film(clip, RuderPainter(style, **FAST), tmp_path / "film.mp4")
    assert len(done.history) == 2
    assert done.path.read_bytes() == whole


def test_what_would_paint_otherwise_is_told_apart(style):
    about = RuderPainter(style, about={"style": "starry_night"}, **FAST).about
    assert about["style"] == "starry_night"
    for option, value in {"steps": 4, "temporal_weight": 5.0, "flow": "raft", "style_weight": 2.0}.items():
        assert RuderPainter(style, **FAST | {option: value}).about[option] != about[option]
    assert RuderPainter(style, **FAST | {"device": "auto"}).about.items() <= about.items()
    assert RuderSettings().temporal_weight > 0
