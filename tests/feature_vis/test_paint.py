"""Visualisation climbs, reproducibly; inversion comes near; peaks and patches are where they should be."""

import pytest
import torch

from nst_helpers.feature_vis import Goal, channel, diversity, find_peaks, invert_features, paint, transform, visualize
from nst_helpers.images import faint_noise, load_image
from nst_helpers.runtime import Stop
from nst_helpers.vgg import VGGFeatures, receptive_field

SMALL = {"size": 32, "steps": 5, "precision": "float32", "device": "cpu", "weights": "random"}
PHOTO = torch.rand(1, 3, 32, 40, generator=torch.Generator().manual_seed(7))


@pytest.mark.parametrize("options", [{}, {"fourier": False}, {"decorrelate": False}, {"pad": 0, "zoom": 0.0}])
def test_five_steps_raise_the_goal(options):
    result = visualize(channel("conv2_1", 3), **SMALL | {"jitter": 0, "rotate": 0.0} | options)
    assert result.history[-1].losses["goal"] > result.history[0].losses["goal"]
    assert [progress.iteration for progress in result.history] == [1, 2, 3, 4, 5]
    assert result.image.shape == (1, 3, 32, 32)
    assert 0 <= result.image.min() <= result.image.max() <= 1


def test_one_seed_gives_one_picture():
    first, again = (visualize(channel("relu2_1", 3), **SMALL).image for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, visualize(channel("relu2_1", 3), seed=1, **SMALL).image)


def first_picture(method, *arguments, **options):
    images = []
    method(*arguments, callback=lambda progress: images.append(progress.image), **options)
    return images[0]


def test_the_seed_decides_the_first_picture():
    one, same, other = (first_picture(visualize, channel("relu2_1", 3), seed=n, **SMALL) for n in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_the_seed_decides_the_random_changes(monkeypatch):
    seeds = []

    def watch(image, generator, **options):
        seeds.append(generator.initial_seed())
        return transform(image, generator, **options)

    monkeypatch.setattr(paint, "transform", watch)
    for seed in (1, 2):
        visualize(channel("relu2_1", 3), seed=seed, **SMALL | {"steps": 1})
    assert seeds == [1, 2]


@pytest.mark.parametrize("seed", [0, 3])
def test_the_seed_decides_what_an_inversion_begins_with(seed):
    first = first_picture(invert_features, PHOTO, "relu1_1", steps=1, seed=seed, precision="float32")
    assert torch.allclose(first, faint_noise(32, 40, seed), atol=1e-6)


def test_the_last_picture_is_returned_though_it_is_not_the_best():
    reports, weights = [], iter([5.0, 4.0, 3.0, 2.0, 1.0])
    falling = Goal(("relu1_1",), lambda features: next(weights) * features["relu1_1"].mean(dim=(1, 2, 3)))
    result = visualize(falling, callback=reports.append, **SMALL)
    assert torch.equal(result.image, reports[-1].image)
    assert result.loss == result.history[-1].loss
    assert result.loss > min(progress.loss for progress in result.history)


def test_a_callback_that_paints_over_what_it_is_shown_changes_nothing():
    untouched = visualize(channel("relu2_1", 3), **SMALL)
    spoiled = visualize(channel("relu2_1", 3), callback=lambda progress: progress.image.zero_(), **SMALL)
    assert torch.equal(untouched.image, spoiled.image)


def test_diversity_drives_the_pictures_of_a_batch_apart():
    options = SMALL | {"batch": 2, "steps": 20, "jitter": 0, "zoom": 0.0, "rotate": 0.0}
    alike = visualize(channel("relu2_1", 3), **options).image
    apart = visualize(channel("relu2_1", 3) + 1e3 * diversity("relu2_1"), **options).image
    assert (apart[0] - apart[1]).norm() > (alike[0] - alike[1]).norm()


def test_the_callback_stops_it():
    def stop(progress):
        assert progress.image.shape == (1, 3, 32, 32)
        if progress.iteration == 2:
            raise Stop

    result = visualize(channel("relu2_1", 3), callback=stop, **SMALL)
    assert result.interrupted
    assert len(result.history) == 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"jitter": -1}, "jitter is -1"),
        ({"zoom": 1.0}, "zoom is 1.0: give a finite number of at least 0 and below 1"),
        ({"rotate": float("nan")}, "rotate is nan"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0"),
    ],
)
def test_options_that_cannot_be_are_sentences(options, says):
    with pytest.raises(ValueError, match=says):
        visualize(channel("relu2_1", 3), **SMALL | options)


def test_an_inverted_photo_comes_near_to_it():
    photo = load_image("chelsea", 48)
    result = invert_features(photo, "relu1_1", steps=60, precision="float32")
    start = torch.rand(photo.shape, generator=torch.Generator().manual_seed(0))
    assert result.loss < 0.1 * result.history[0].loss
    assert (result.image - photo).abs().mean() < 0.4 * (start - photo).abs().mean()


def test_total_variation_smooths_an_inversion():
    rough, smooth = (
        invert_features(PHOTO, "relu2_1", steps=10, tv_weight=weight, precision="float32") for weight in (0.0, 100.0)
    )
    assert "total variation" in smooth.history[0].losses
    assert smooth.image.diff(dim=-1).abs().mean() < rough.image.diff(dim=-1).abs().mean()


def test_the_peak_is_where_the_spot_is():
    dark, spot = torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64)
    spot[..., 40:48, 16:24] = 1
    extractor = VGGFeatures(["relu2_1"], precision="float32")
    peaks = find_peaks(extractor, [dark, spot], size=64)
    brightest = (peaks.values[1] - peaks.values[0]).argmax().item()
    assert peaks.best(brightest) == [1, 0]
    assert peaks.best(brightest, 1) == [1]
    response = extractor(spot)["relu2_1"][0, brightest]
    assert response[peaks.rows[1, brightest], peaks.columns[1, brightest]] == response.max() == peaks.values[1].max()
    patch = peaks.patch(1, brightest)
    assert patch.shape[-1] <= receptive_field("relu2_1").size
    assert patch.max() > 0
    top, left, *_ = receptive_field("relu2_1").box(peaks.rows[1, brightest].item(), peaks.columns[1, brightest].item())
    assert torch.equal(patch[..., 0, 0], spot[..., max(top, 0), max(left, 0)])


def test_the_lowest_peak_is_where_a_channel_before_its_relu_is_lowest():
    pictures = [torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(seed)) for seed in range(3)]
    extractor = VGGFeatures(["conv1_2"], weights="random", precision="float32")
    peaks = find_peaks(extractor, pictures, size=32, lowest=True)
    maps = torch.cat([extractor(picture)["conv1_2"][:, 5] for picture in pictures])
    assert torch.equal(peaks.values[:, 5], maps.amin(dim=(1, 2)))
    assert maps[1, peaks.rows[1, 5], peaks.columns[1, 5]] == maps[1].min()
    assert peaks.best(5) == maps.amin(dim=(1, 2)).argsort().tolist()


def test_no_picture_is_a_sentence():
    with pytest.raises(ValueError, match="no picture was given"):
        find_peaks(VGGFeatures(["relu1_1"], weights="random"), [])
