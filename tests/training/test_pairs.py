"""Pairs of frames: the k-th is the same whenever asked for, and its flow brings the first frame to the second."""

from collections import Counter
from fractions import Fraction

import pytest
import torch

from nst_helpers.images import load_image, save_image
from nst_helpers.training import Batch, ClipPairs, Crops, ScenePairs, batches, find_clips, pairs
from nst_helpers.video import SCENES, Clip, flicker, warp, write_clip
from tests.training.runs import draw_pictures

SPEED = 6.0


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Three photos, in files."""
    folder = tmp_path_factory.mktemp("pictures")
    return [save_image(load_image(name, 160), folder / f"{name}.png") for name in ("coffee", "chelsea", "macaw")]


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """A folder of two clips in which a photo moves to the left, by 2 and by 4 px a frame."""
    folder = tmp_path_factory.mktemp("clips")
    photo = load_image("coffee", 260)
    for step in (2, 4):
        frames = [photo[..., :96, k * step : k * step + 128] for k in range(6)]
        write_clip(folder / f"{step}.mp4", frames, Fraction(25))
    return folder


def scenes(pictures, seed=0, **options):
    return ScenePairs(pictures, **{"size": 48, "seed": seed, "speed": SPEED, **options})


def same(one, other):
    return all(torch.equal(part, its) for part, its in zip(one, other, strict=True))


def residue(pair, flow=None):
    """Mean squared difference that a flow leaves between the frames, where they can be compared."""
    flow = pair.flow if flow is None else flow
    return flicker(pair.frames, flow[None], pair.occluded[None]).item()


# Scenes


def test_a_pair_depends_on_its_number_and_the_seed_alone(pictures):
    asked = scenes(pictures)
    found = {k: asked[k] for k in (5, 0, 3, 11)}
    for k, (pair, number, problems) in found.items():
        assert (number, problems) == (k, [])
        assert same(pair, scenes(pictures)[k][0])
        assert not torch.equal(pair.frames, scenes(pictures, seed=1)[k][0].frames)
    assert not torch.equal(found[0][0].frames, found[3][0].frames)


def test_flow_brings_the_first_frame_to_the_second(pictures):
    asked = scenes(pictures)
    found = [asked[k][0] for k in range(60)]
    moving = [pair for pair in found if pair.flow.abs().amax() > 1.5]
    assert len(moving) > 25
    known, reversed_, still = (
        sum(residue(pair, factor * pair.flow) for pair in moving) / len(moving) for factor in (1, -1, 0)
    )
    assert known < 0.15 * still < 0.15 * reversed_


def test_speeds_reach_from_0_to_the_limit(pictures):
    asked = scenes(pictures)
    speeds = torch.stack([asked[k][0].flow.norm(dim=0).max() for k in range(60)])
    assert speeds.max() <= SPEED + 0.01
    assert (speeds > 0.75 * SPEED).any()
    assert ((speeds > 0.1) & (speeds < 0.35 * SPEED)).any()
    assert all(scenes(pictures, speed=0.0)[k][0].flow.abs().max() == 0 for k in range(8))


def test_every_motion_is_shown_light_too(pictures, monkeypatch):
    made, make_scene = [], pairs.make_scene

    def noted(picture, motion, **options):
        made.append((motion, options["speed"], options["seed"]))
        return make_scene(picture, motion, **options)

    monkeypatch.setattr(pairs, "make_scene", noted)
    asked = scenes(pictures)
    found = [asked[k][0] for k in range(70)]
    motions, speeds, seeds = zip(*made, strict=True)
    assert Counter(motions).keys() == set(SCENES)
    assert max(Counter(motions).values()) < 20
    assert len(set(speeds)) == len(set(seeds)) == 70
    lit = [pair for pair, motion in zip(found, motions, strict=True) if motion == "light"]
    assert all(pair.flow.abs().max() == 0 and residue(pair) > 1e-3 for pair in lit)


def test_frames_show_nearly_all_of_a_crop_of_twice_their_size(tmp_path):
    """Of a picture that gets brighter from left to right, nearly the crop's whole range."""
    ramp = torch.linspace(0, 1, 200).expand(1, 3, 200, 200)
    picture = [save_image(ramp, tmp_path / "ramp.png")]
    asked, crops = scenes(picture), Crops(picture, 96, 0)
    for k in range(20):
        frames, crop = asked[k][0].frames, crops[k][0]
        frame, whole = max(frames, key=torch.mean), crop.max() - crop.min()  # without the loss of light
        assert 0.7 * whole < frame.max() - frame.min() < 1.01 * whole


def test_a_speed_beyond_half_a_frame_is_a_sentence_and_half_of_it_is_none(pictures):
    with pytest.raises(ValueError, match=r"speed is 25 px a frame of 48 px: give at most half of that, 24\."):
        scenes(pictures, speed=25.0)
    asked = scenes(pictures, speed=24.0)
    assert all(asked[k][2] == [] for k in range(40))


# Batches


def test_a_step_has_all_first_frames_and_then_all_second_ones(pictures):
    asked = scenes(pictures)
    batch = asked.gather([asked[k][0] for k in (7, 2, 9)], (7, 2, 9))
    assert batch.samples.tolist() == [7, 2, 9, 7, 2, 9]
    assert batch.photos.shape == (6, 3, 48, 48)
    for place, k in enumerate((7, 2, 9)):
        pair = asked[k][0]
        assert same(pair, (batch.photos[[place, 3 + place]], batch.flow[place], batch.occluded[place]))
    first, second = batch.photos.chunk(2)
    wrong = (~batch.occluded * (second - warp(first, -batch.flow)).square()).mean()
    assert (~batch.occluded * (second - warp(first, batch.flow)).square()).mean() < wrong


def test_steps_are_the_same_on_any_number_of_processes(pictures):
    asked = scenes(pictures)
    whole = [batch for batch, _ in batches(asked, start=1, stop=3, batch=2)]
    assert [batch.samples.tolist() for batch in whole] == [[2, 3, 2, 3], [4, 5, 4, 5]]
    parts = [
        [batch for batch, _ in batches(asked, start=1, stop=3, batch=2, rank=rank, processes=2)] for rank in range(2)
    ]
    for k, batch in enumerate(whole):
        frames = torch.cat([parts[rank][k].photos for rank in range(2)])
        assert torch.equal(frames[[0, 2, 1, 3]], batch.photos)
        assert torch.equal(torch.cat([parts[rank][k].flow for rank in range(2)]), batch.flow)


def test_the_first_samples_pictures_are_their_frames(pictures):
    asked, crops = scenes(pictures), Crops(pictures, 32, 0)
    assert torch.equal(asked.first(2), asked.gather([asked[0][0], asked[1][0]], (0, 1)).photos)
    assert torch.equal(crops.first(3), torch.stack([crops[k][0] for k in range(3)]))
    assert isinstance(crops.gather([crops[0][0]], [0]), Batch)


def test_a_broken_picture_is_told_and_another_stands_in(pictures, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    asked = scenes([*pictures, broken])
    problems = [sentence for k in range(8) for sentence in asked[k][2]]
    assert len(problems) == 1
    assert "broken.png" in problems[0]


# Clips


def test_neighbours_of_a_clip_move_as_their_flow_says(clips):
    asked = ClipPairs(find_clips(clips), 64, 0)
    for k in range(8):
        pair, number, problems = asked[k]
        assert (number, problems) == (k, [])
        assert pair.frames.shape == (2, 3, 64, 64)
        assert residue(pair) < 0.2 * residue(pair, 0 * pair.flow)
        assert same(pair, ClipPairs(find_clips(clips), 64, 0)[k][0])
    assert ClipPairs(find_clips(clips), 64, 0).gather([pair], [7]).samples.tolist() == [7, 7]


def test_crops_of_clips_are_mirrored_and_their_speed_scales_with_them(clips):
    """To the left by 2 and 4 px a frame: what is seen was on the right before, mirrored on the left."""
    asked = ClipPairs(find_clips(clips), 64, 0)
    sideways = torch.stack([asked[k][0].flow[0].median() for k in range(16)])
    assert (sideways > 1).any()
    assert (sideways < -1).any()
    assert 1.2 < sideways.abs().min() < sideways.abs().max() < 4 * 64 / 48 + 0.5


def test_what_comes_into_a_clips_frame_is_occluded_and_most_is_not(clips):
    """New columns come in on the side that is moved away from."""
    asked = ClipPairs(find_clips(clips), 64, 0)
    for k in range(8):
        pair = asked[k][0]
        coming = slice(-1, None) if pair.flow[0].median() > 0 else slice(0, 1)
        assert pair.occluded[..., coming].float().mean() > 0.9
        assert pair.occluded.float().mean() < 0.4


def test_crops_of_clips_are_squares_from_everywhere(tmp_path):
    """Of a wide clip that gets redder to the right and greener downwards, by as much a pixel."""
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(160.0), indexing="ij")
    frame = torch.stack([x / 160, y / 160, torch.full_like(x, 0.3)])[None]
    write_clip(tmp_path / "wide.mp4", [frame] * 3, Fraction(25))
    asked = ClipPairs([tmp_path / "wide.mp4"], 32, 0)
    crops = torch.stack([asked[k][0].frames[0, :2] for k in range(16)])
    red, green = (crops.amax(dim=(2, 3)) - crops.amin(dim=(2, 3))).unbind(dim=1)
    assert ((red - green).abs() < 0.1).all()
    assert crops[:, 0].min() < 0.1
    assert crops[:, 0].max() > 0.9


def test_all_moments_of_a_clip_are_taken(clips, monkeypatch):
    """Its five pairs of neighbours."""
    taken, frames = set(), Clip.frames
    monkeypatch.setattr(Clip, "frames", lambda clip, skip=0: taken.add(skip) or frames(clip, skip))
    asked = ClipPairs([clips / "2.mp4"], 64, 0)
    assert all(asked[k][2] == [] for k in range(30))
    assert taken == set(range(5))


def test_a_clip_of_one_frame_and_one_that_is_none_are_left_out_and_told(clips, tmp_path):
    write_clip(tmp_path / "one.mp4", [torch.rand(1, 3, 64, 64)], Fraction(25))
    (tmp_path / "none.mp4").write_bytes(b"no clip")
    asked = ClipPairs([clips / "2.mp4", tmp_path / "one.mp4", tmp_path / "none.mp4"], 64, 0)
    problems = " ".join(sentence for k in range(6) for sentence in asked[k][2])
    assert "one.mp4 has one frame: give clips of two or more." in problems
    assert "none.mp4" in problems


def test_a_clip_that_has_less_than_it_promises_gives_its_first_frames(clips, monkeypatch):
    clip = pairs.read_clip(clips / "2.mp4")
    monkeypatch.setattr(pairs, "read_clip", lambda _: clip)
    object.__setattr__(clip, "count", 100)
    frames = pairs._neighbours(clips / "2.mp4", 0.9)
    torch.testing.assert_close(frames, torch.cat(list(clip)[:2]))


def test_black_frames_have_the_noise_of_rounding(tmp_path):
    """Where nothing varies, instance normalisation would multiply gradients without bound."""
    write_clip(tmp_path / "black.mp4", [torch.zeros(1, 3, 64, 64)] * 3, Fraction(25))
    frames = ClipPairs([tmp_path / "black.mp4"], 32, 0)[0][0].frames
    assert (frames.std(dim=(2, 3)) > 0).all()
    assert frames.max() < 2.5 / 255


def test_clips_are_found_by_their_suffixes(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("b.MP4", "a.webm", "in/c.mkv", ".hidden.mp4", "photo.png"):
        (tmp_path / name).touch()
    assert [path.name for path in find_clips(tmp_path)] == ["a.webm", "b.MP4", "c.mkv"]
    with pytest.raises(ValueError, match=r"has no clip in it: put clips such as MP4 or WebM there"):
        find_clips(draw_pictures(tmp_path / "pictures", 1))
    with pytest.raises(NotADirectoryError, match="name one that has clips in it"):
        find_clips(tmp_path / "nowhere")
