"""Crops: of any picture, in any process the same, every picture once a round, broken ones left out and told once."""

import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from nst_helpers.networks import TransformNet
from nst_helpers.training import Crops, RepeatedCrops, batches, find_pictures, set_aside, train_fast
from nst_helpers.training.photos import chosen
from tests.training.runs import settings

SIZE = 24


def draw(path, size=(60, 40), mode="RGB", value=None, seed=0):
    """A picture of noise, or of one value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = {"RGB": (3,), "RGBA": (4,), "L": (), "LA": (2,), "1": ()}[mode]
    shape = (size[1], size[0], *channels)
    random = np.random.default_rng(seed).integers(0, 256, shape)
    pixels = (random if value is None else np.full(shape, value)).astype(np.uint8)
    picture = PIL.Image.fromarray(pixels) if mode != "1" else PIL.Image.fromarray(pixels).convert("1")
    picture.save(path)
    return path


@pytest.fixture
def values(tmp_path):
    """Ten pictures of one grey value each, so that a crop tells which it came from."""
    return [draw(tmp_path / f"{number}.png", value=20 * number) for number in range(10)]


def origin(crop):
    """Which of the ten."""
    assert crop.max() - crop.min() <= 1.001 / 255
    return round(crop.max().item() * 255 / 20)


def test_nested_folders_and_mixed_formats_are_found_and_cropped(tmp_path):
    names = ["a.JPG", "b/c.png", "b/d/e.webp", "b/d/f.bmp", "g.tif", "h.gif", "ä ö/i.jpeg"]
    for name in names:
        draw(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    draw(tmp_path / ".hidden/j.png")
    found = find_pictures(tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in found) == sorted(names)
    crops = Crops(found, SIZE, 0)
    assert all(crops[number][0].shape == (3, SIZE, SIZE) and not crops[number][2] for number in range(len(names)))


@pytest.mark.parametrize(
    ("size", "mode"),
    [
        *(((8, 8), "RGB"), ((1, 1), "RGB"), ((400, 20), "RGB"), ((20, 400), "RGB"), ((300, 15), "L"), ((40, 40), "1")),
        *(((40, 30), "L"), ((40, 30), "LA"), ((40, 30), "RGBA")),
    ],
)
def test_any_size_and_mode_gives_crops(tmp_path, size, mode):
    crops = Crops([draw(tmp_path / "a.png", size, mode)], SIZE, 0)
    for number in range(5):
        crop, sample, problems = crops[number]
        assert (crop.shape, sample, problems) == ((3, SIZE, SIZE), number, [])
        assert 0 <= crop.min() <= crop.max() <= 1


def test_transparency_is_over_white_and_grey_in_three_channels(tmp_path):
    clear = Crops([draw(tmp_path / "clear.png", mode="RGBA", value=0)], SIZE, 0)[0][0]
    grey = Crops([draw(tmp_path / "grey.png", mode="L")], SIZE, 0)[0][0]
    assert clear.min() >= 1 - 0.5001 / 255
    assert torch.equal(grey[0], grey[1])
    assert grey.std() > 0.05


@pytest.mark.parametrize("size", [(120, 80), (80, 120), (1000, 50)])
def test_a_crop_is_a_square_of_half_to_all_of_the_shorter_side(tmp_path, size):
    """In a picture that says at each pixel where it is."""
    height, width = size[1], size[0]
    there = np.zeros((height, width, 3), np.uint8)
    there[..., 0], there[..., 1] = np.linspace(0, 255, width), np.linspace(0, 255, height)[:, None]
    PIL.Image.fromarray(there).save(tmp_path / "a.png")
    crops, sides, corners, mirrored = Crops([tmp_path / "a.png"], SIZE, 0), [], [], 0
    for number in range(100):
        x, y = crops[number][0][0, 0] * width, crops[number][0][1, :, 0] * height
        mirrored += bool(x[0] > x[-1])
        per_pixel = (SIZE - 1) / SIZE  # the outermost pixels' centres lie that much closer together
        sides.append((y[-1] - y[0]).item() / per_pixel)
        assert abs(x[-1] - x[0]).item() / per_pixel == pytest.approx(sides[-1], abs=2 + width / 100)
        corners.append((x.min().item(), y.min().item()))
    shorter = min(size)
    assert shorter / 2 - 3 < min(sides) < 0.6 * shorter
    assert 0.9 * shorter < max(sides) < shorter + 3
    left, top = zip(*corners, strict=True)
    assert max(left) - min(left) > 0.4 * (width - 0.6 * shorter)
    assert max(top) - min(top) > 0.4 * (height - 0.6 * shorter)
    assert 30 < mirrored < 70


def test_every_picture_comes_once_a_round_in_another_order(values):
    crops = Crops(values, SIZE, 0)
    rounds = [[origin(crops[10 * turn + place][0]) for place in range(10)] for turn in range(3)]
    assert [sorted(numbers) for numbers in rounds] == [list(range(10))] * 3
    assert len({tuple(numbers) for numbers in rounds}) == 3
    assert [origin(crops[number][0]) for number in range(10)] == rounds[0]  # and again, after the others


def test_the_seed_decides_order_and_places(photos):
    pictures = find_pictures(photos)
    one, same, other = (torch.stack([Crops(pictures, SIZE, seed)[k][0] for k in range(10)]) for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.fixture
def some_broken(tmp_path):
    """Five pictures; two more can't be read."""
    for seed in range(5):
        draw(tmp_path / f"{seed}.png", seed=seed)
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    whole = (tmp_path / "0.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    return find_pictures(tmp_path)


def in_steps(pictures, steps=7, **options):
    """Photos and sentences of some steps of two pictures."""
    found = list(batches(Crops(pictures, SIZE, 0), start=0, stop=steps, batch=2, **options))
    return torch.cat([batch.photos for batch, _ in found]), [problem for _, problems in found for problem in problems]


def test_broken_pictures_are_told_once_and_the_next_stand_in(some_broken):
    photos, problems = in_steps(some_broken)
    assert photos.shape == (14, 3, SIZE, SIZE)
    assert len(problems) == 2
    assert any("broken.jpg is cut short or no picture" in problem for problem in problems)
    assert any("cut.png is damaged or incomplete" in problem for problem in problems)


@pytest.mark.parametrize("workers", [1, 2])
def test_other_processes_cut_the_same_crops_and_what_several_find_broken_is_told_once(some_broken, workers):
    alone, problems = in_steps(some_broken)
    ahead, told = in_steps(some_broken, workers=workers)
    assert torch.equal(ahead, alone)
    assert Counter(told) == Counter(problems)


def test_what_was_found_broken_before_changes_no_crop(some_broken):
    crops = Crops(some_broken, SIZE, 0)
    first, again = (torch.stack([crops[number][0] for number in range(14)]) for _ in range(2))
    assert torch.equal(first, again)


def test_a_picture_that_is_gone_is_left_out(values):
    crops = Crops(values, SIZE, 0)
    values[3].unlink()
    found = [crops[number] for number in range(10)]
    assert 3 not in {origin(crop) for crop, *_ in found}
    assert ["there is no file" in problem for *_, problems in found for problem in problems] == [True]


def test_nothing_but_broken_pictures_is_a_sentence(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"no picture")
    crops = Crops(find_pictures(tmp_path), SIZE, 0)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"^none of the 2 pictures can be read: [^\n]*$"):
            crops[0]


@pytest.mark.parametrize("value", [0, 100, 255])
def test_a_crop_of_one_colour_has_a_finite_gradient(tmp_path, value):
    path = draw(tmp_path / "flat.png", size=(80, 80), value=value)
    crop = Crops([path], 64, 0)[0][0]
    assert (crop - value / 255).abs().max() <= 0.5001 / 255
    assert torch.equal(crop, Crops([path], 64, 0)[0][0])
    torch.manual_seed(0)
    network = TransformNet(8).train()
    for block in network.residual:
        torch.nn.init.ones_(block.second.norm.gamma)
    network(crop[None])[..., ::3].square().sum().backward()
    assert torch.nn.utils.get_total_norm([parameter.grad for parameter in network.parameters()]).isfinite()


def test_no_picture_at_all_is_a_sentence():
    with pytest.raises(ValueError, match="no picture was given: name at least one to train on"):
        Crops([], SIZE, 0)


def test_bundled_names_are_pictures_too():
    assert Crops(["astronaut", "chelsea"], SIZE, 0)[1][0].shape == (3, SIZE, SIZE)


def test_steps_are_cut_from_one_sequence_however_many_share_them(photos):
    def samples(**options):
        return [batch.samples.tolist() for batch, _ in batches(Crops(find_pictures(photos), 8, 0), batch=4, **options)]

    assert samples(start=0, stop=2) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert samples(start=5, stop=6) == [[20, 21, 22, 23]]
    assert samples(start=1, stop=2, rank=0, processes=2) == [[4, 5]]
    assert samples(start=1, stop=2, rank=1, processes=2) == [[6, 7]]
    assert samples(start=3, stop=3) == []


def test_reading_photos_leaves_chance_alone(photos):
    before = torch.get_rng_state()
    list(batches(Crops(find_pictures(photos), 8, 0), start=0, stop=2, batch=2))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("pictures", "asked", "given"), [(9, 5, 0), (10, 5, 1), (200, 20, 20), (205, 20, 20), (50, 0, 0)]
)
def test_at_most_a_tenth_is_held_out_by_name(pictures, asked, given):
    paths = [Path(f"{number:04}.jpg") for number in range(pictures)]
    kept, held_out = set_aside(paths, asked)
    assert len(held_out) == given
    assert sorted(kept + held_out) == paths
    assert kept == sorted(kept)
    assert set_aside(paths, asked) == (kept, held_out)
    if given > 1:
        places = [paths.index(path) for path in held_out]
        assert {later - earlier for earlier, later in itertools.pairwise(places)} == {pictures // given}


def test_held_out_pictures_are_never_read(tmp_path):
    """They are broken, and nobody notices in more than a round."""
    for number in range(20):
        draw(tmp_path / f"{number:02}.png", size=(SIZE, SIZE), seed=number)
    for number in (0, 10):
        (tmp_path / f"{number:02}.png").write_bytes(b"no picture")
    options = vars(settings(held_out=2, batch=8, steps=3, size=SIZE))
    notes = []
    train_fast({"whalers": "whalers"}, tmp_path, callback=lambda progress: notes.append(progress.note), **options)
    assert notes == [""] * 3


def test_of_a_folder_some_are_held_out_and_of_pictures_none(values, tmp_path):
    kept, held_out = chosen(tmp_path, 3)
    assert (len(kept), len(held_out)) == (9, 1)
    assert sorted([*kept, *held_out]) == sorted(values)
    assert chosen(str(tmp_path), 3) == (kept, held_out)
    for pictures in (values, tuple(values), ["chelsea", "coffee"] * 10):
        assert chosen(pictures, 3) == (pictures, [])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="empty has no picture in it"):
        chosen(tmp_path / "empty", 3)


def numbers(crops, count):
    return [crops.crop_of(sample) for sample in range(count)]


@pytest.mark.parametrize(("pool", "passes"), [(4, 3), (1, 2), (5, 1)])
def test_each_crop_of_a_pool_comes_once_a_pass_and_then_the_pool_is_another(photos, pool, passes):
    found = numbers(RepeatedCrops(find_pictures(photos), SIZE, 0, pool, passes), 3 * pool * passes)
    for turn in range(3 * passes):
        first = turn // passes * pool
        assert sorted(found[turn * pool : (turn + 1) * pool]) == list(range(first, first + pool))


def test_passes_are_in_orders_of_their_own_that_seed_and_number_decide(photos):
    pictures = find_pictures(photos)
    crops = RepeatedCrops(pictures, SIZE, 0, 16, 4)
    found = numbers(crops, 64)
    assert len({tuple(found[start : start + 16]) for start in range(0, 64, 16)}) == 4
    assert found == [crops.crop_of(sample) for sample in reversed(range(64))][::-1]  # whatever was asked before
    assert found != numbers(RepeatedCrops(pictures, SIZE, 1, 16, 4), 64)


@pytest.mark.parametrize("workers", [0, 2])
def test_repeated_crops_are_the_crops_of_their_numbers_and_keep_their_places(some_broken, workers):
    """In other processes too; what is broken is told once."""
    crops = RepeatedCrops(some_broken, SIZE, 0, 7, 2)
    found = list(batches(crops, start=0, stop=7, batch=2, workers=workers))
    plain = Crops(some_broken, SIZE, 0)
    wanted = torch.stack([plain[crops.crop_of(sample)][0] for sample in range(14)])
    assert torch.equal(torch.cat([batch.photos for batch, _ in found]), wanted)
    assert torch.cat([batch.samples for batch, _ in found]).tolist() == list(range(14))
    told = [problem for _, problems in found for problem in problems]
    assert len(told) == len(set(told)) == 2
