"""Scenes: what is said of a clip's motion is what its frames show."""

import pytest
import torch

from nst_helpers.images import load_image, luminance
from nst_helpers.video import SCENES, make_scene, out_of_frame, warp
from nst_helpers.video.layers import Layer, make_poses, render
from tests.images.helpers import refused
from tests.placement import on_meta_alone
from tests.video.helpers import overlap, rough, smooth

EVERY = pytest.mark.parametrize("motion", SCENES)
MOVING = pytest.mark.parametrize("motion", [motion for motion in SCENES if motion != "light"])


def scene(motion, **options):
    return make_scene(smooth(), motion, **{"size": (120, 161), "frames": 3, "speed": 5, "seed": 3} | options)


def away_from_outlines(clip):
    """Pairs' pixels around which the flow changes smoothly: none of a frame's antialiased outlines."""
    jumps = torch.zeros_like(clip.occluded)
    for flow in (clip.backward, warp(clip.forward, clip.backward)):
        for dim in (-2, -1):
            jump = flow.diff(dim=dim).abs().amax(dim=1, keepdim=True) > 0.4
            jumps.narrow(dim, 0, jump.shape[dim]).logical_or_(jump)
            jumps.narrow(dim, 1, jump.shape[dim]).logical_or_(jump)
    near = torch.nn.functional.max_pool2d(jumps.float(), 5, stride=1, padding=2) > 0
    return ~near & ~clip.occluded


# Frames and flow


@MOVING
@pytest.mark.parametrize("seed", range(3))
def test_a_frame_is_the_one_before_warped_by_the_backward_flow(motion, seed):
    clip = scene(motion, seed=seed)
    clear = away_from_outlines(clip)
    difference = (warp(clip.frames[:-1], clip.backward) - clip.frames[1:]).abs().amax(dim=1, keepdim=True)
    assert difference[clear].max() < 0.05
    assert clear.float().mean() > 0.75
    moved = (clip.backward.norm(dim=1, keepdim=True) > 1) & clear
    still = (clip.frames[:-1] - clip.frames[1:]).abs().amax(dim=1, keepdim=True)
    assert still[moved].mean() > 8 * difference[moved].mean()


@MOVING
def test_a_frame_is_the_one_after_warped_by_the_forward_flow(motion):
    clip = scene(motion)
    difference = (warp(clip.frames[1:], clip.forward) - clip.frames[:-1]).abs().amax(dim=1, keepdim=True)
    seen_again = ~out_of_frame(clip.forward) & (
        (warp(clip.backward, clip.forward) + clip.forward).norm(dim=1, keepdim=True) < 0.1
    )
    assert difference[seen_again].quantile(0.98) < 0.02
    assert seen_again.float().mean() > 0.75


@EVERY
def test_forward_undoes_backward_where_a_pixel_was_seen_before(motion):
    clip = scene(motion)
    left = (warp(clip.forward, clip.backward) + clip.backward).norm(dim=1, keepdim=True)
    assert left[away_from_outlines(clip)].max() < 1e-3


@EVERY
def test_nothing_is_faster_than_asked_and_something_is_as_fast(motion):
    clip = scene(motion, speed=3.5, frames=6)
    for flow in (clip.forward, clip.backward):
        assert flow.norm(dim=1).max() <= 3.5 + 1e-4
    fastest = clip.forward.norm(dim=1).amax(dim=(1, 2))
    if motion == "shake":
        assert fastest.max() > 1
    elif motion != "light":
        torch.testing.assert_close(fastest, torch.full_like(fastest, 3.5), rtol=0.05, atol=0)


def test_a_translation_by_whole_pixels_is_a_shift():
    """Whatever the direction, all frames are one picture's crops; along a row they are its pixels."""
    poses = make_poses(shift=torch.tensor([[-2.0, 1], [2, -1]], dtype=torch.float64))
    clip = render(rough(60, 80), [Layer(poses)], (40, 50))
    assert torch.equal(clip.frames[1, :, :-2, 4:], clip.frames[0, :, 2:, :-4])
    assert clip.forward[0, :, 7, 9].tolist() == [4, -2]
    assert clip.backward[0, :, 7, 9].tolist() == [-4, 2]


def test_what_stands_still_shows_the_pictures_own_pixels():
    picture = rough(40 + 4, 51 + 4)
    clip = render(picture, [Layer(make_poses(angle=torch.zeros(2, dtype=torch.float64)))], (40, 51))
    torch.testing.assert_close(clip.frames[:1], picture[..., 2:-2, 2:-2], rtol=0, atol=1e-4)


def test_a_turn_goes_from_x_to_y_and_a_scale_away_from_the_middle():
    quarter = make_poses(angle=torch.tensor([0.0, torch.pi / 2], dtype=torch.float64))
    flow = render(rough(80, 80), [Layer(quarter)], (41, 41)).forward[0]
    torch.testing.assert_close(flow[:, 20, 30], torch.tensor([-10.0, 10]))  # from (10, 0) to (0, 10)
    larger = make_poses(scale=torch.tensor([1.0, 2], dtype=torch.float64))
    flow = render(rough(80, 80), [Layer(larger)], (41, 41)).forward[0]
    torch.testing.assert_close(flow[:, 25, 10], torch.tensor([-10.0, 5]))


# Occlusion


@pytest.mark.parametrize("motion", ["translation", "zoom", "rotation", "shake"])
def test_of_one_surface_only_what_comes_into_the_frame_is_new(motion):
    clip = scene(motion)
    x, y = clip.backward.unbind(1)
    x, y = x + torch.arange(161), y + torch.arange(120)[:, None]
    beyond = (x < -1e-3) | (x > 160 + 1e-3) | (y < -1e-3) | (y > 119 + 1e-3)
    assert torch.equal(clip.occluded[:, 0], beyond)


def test_a_disc_uncovers_what_it_leaves():
    """By the disc's own flow: new is what it covered in frame k, doesn't in frame k + 1, and stands still."""
    clip = scene("disc")
    on_disc = clip.forward.norm(dim=1, keepdim=True) > 0
    now_on_disc = clip.backward.norm(dim=1, keepdim=True) > 0
    assert torch.equal(clip.occluded, on_disc & ~now_on_disc)
    assert clip.occluded.any(dim=3).any(dim=2).all()


def test_nearer_hills_are_faster_and_uncover_those_behind():
    clip = scene("parallax", speed=4, frames=2)
    speeds = clip.backward.norm(dim=1).unique()
    torch.testing.assert_close(speeds, torch.tensor([1.0, 2, 4]))
    inner = clip.occluded[..., 4:-4]  # what isn't new at the frame's sides
    assert inner.any()
    assert (clip.backward.norm(dim=1, keepdim=True)[..., 4:-4][inner] < 3).all()


def test_what_stands_still_and_is_not_new_was_not_covered():
    clip = scene("disc", speed=6)
    before = warp(clip.forward, clip.backward).norm(dim=1, keepdim=True)
    assert (before[clip.occluded] > 5).all()
    assert (before[~clip.occluded & (clip.backward.norm(dim=1, keepdim=True) == 0)] == 0).all()


# Light


@pytest.mark.parametrize(("frames", "darkest"), [(2, 0.9), (3, 0.8), (9, 0.6)])
def test_light_changes_and_nothing_moves(frames, darkest):
    clip = scene("light", frames=frames)
    assert not clip.forward.any()
    assert not clip.backward.any()
    assert not clip.occluded.any()
    gains = luminance(clip.frames).mean(dim=(1, 2, 3))
    gains = gains / gains.max()
    assert gains.min().item() == pytest.approx(darkest, abs=1e-4)
    torch.testing.assert_close(gains.diff(), gains.diff()[:1].expand(frames - 1), rtol=1e-3, atol=1e-5)
    brightest = gains.argmax()
    torch.testing.assert_close(clip.frames, clip.frames[brightest] * gains.view(-1, 1, 1, 1), rtol=0, atol=1e-4)


def test_light_goes_either_way():
    rising = [scene("light", seed=seed, size=16).frames.mean((1, 2, 3)).diff()[0].item() > 0 for seed in range(8)]
    assert {True, False} == set(rising)


# All of them


@EVERY
def test_a_scene_goes_by_its_seed_and_leaves_the_global_one(motion):
    state = torch.get_rng_state()
    first, again, other = (scene(motion, seed=seed, size=64) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one, same) for one, same in zip(first, again, strict=True))
    others = [scene(motion, seed=seed, size=64).frames for seed in range(2, 8)]
    assert not all(torch.equal(first.frames, frames) for frames in others)
    assert other.frames.shape == first.frames.shape


@EVERY
@pytest.mark.parametrize("size", [(31, 48), (48, 31), (8, 8)])
@pytest.mark.parametrize("frames", [2, 4])
def test_shapes_types_and_range(motion, size, frames):
    clip = make_scene("chelsea", motion, size=size, frames=frames, speed=2)
    assert clip.frames.shape == (frames, 3, *size)
    assert clip.forward.shape == clip.backward.shape == (frames - 1, 2, *size)
    assert clip.occluded.shape == (frames - 1, 1, *size)
    assert clip.occluded.dtype == torch.bool
    assert 0 <= clip.frames.min() < clip.frames.max() <= 1


@MOVING
def test_no_speed_is_a_still(motion):
    clip = scene(motion, speed=0, size=64)
    assert not clip.forward.any()
    assert not clip.occluded.any()
    assert torch.equal(clip.frames[0], clip.frames[-1])


@EVERY
def test_frames_show_the_picture_to_their_borders(motion):
    """A picture that grows brighter from column to column: padding would repeat or mirror one."""
    picture = torch.linspace(0, 1, 200).expand(3, 200, 200)
    clip = make_scene(picture, "translation" if motion == "parallax" else motion, size=100, frames=4, speed=3)
    if motion != "rotation":
        slope = clip.frames[:, 0, 0].diff(dim=-1)
        assert (slope > 0).all()


def test_a_picture_of_any_kind_serves():
    wanted = scene("zoom", size=64)
    found = make_scene(load_image(smooth())[0], "zoom", size=(64, 64), frames=3, speed=5, seed=3)
    assert torch.equal(wanted.frames, found.frames)


def test_a_layer_is_rendered_on_the_photos_device():
    shift = torch.tensor([[0.0, 0], [2, 1]], dtype=torch.float64)
    disc = Layer(make_poses(shift=shift), lambda places: 9 - places.norm(dim=1, keepdim=True), (9.0, 9.0))
    photo = torch.rand(1, 3, 60, 60, device="meta")
    clip = render(photo, [Layer(make_poses(shift=-shift)), disc], (32, 32))
    assert {tensor.device.type for tensor in clip} == {"meta"}
    with on_meta_alone():
        warp(clip.frames[:1], clip.backward)


# Refused


@pytest.mark.parametrize("frames", [1, 0, -3])
def test_one_frame_is_no_scene(frames):
    with refused("at least 2 frames"):
        scene("zoom", frames=frames)


@pytest.mark.parametrize(
    "options", [{"size": 7}, {"size": (64, 7)}, {"speed": -1}, {"speed": 61}, {"speed": float("nan")}]
)
def test_sizes_and_speeds_that_make_no_scene(options):
    with refused("make no scene: at least 2 frames, 8 px a side, and a speed"):
        scene("zoom", **options)


def test_an_unknown_motion_is_a_sentence():
    with pytest.raises(ValueError, match="motion 'paralax' is unknown: did you mean parallax"):
        scene("paralax")


@EVERY
def test_a_picture_far_too_small_is_a_sentence(motion):
    with refused("the picture is 20x20 px and the frames see .* give a larger picture"):
        make_scene(rough(20, 20), motion, size=64)


def test_overlap_tells_masks_apart():
    empty, left = torch.zeros(2, 1, 4, 4, dtype=torch.bool)[:, None]
    left[..., :2] = True
    assert (overlap(empty, empty), overlap(left, left), overlap(left, ~left)) == (1, 1, 0)
