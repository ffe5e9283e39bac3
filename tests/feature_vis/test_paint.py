"""Visualisation climbs, reproducibly; inversion comes near; peaks and patches are where they should be."""

import pytest
import torch

from nst_helpers.feature_vis import channel, diversity, find_peaks, invert_features, visualize
from nst_helpers.images import load_image
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


def test_no_picture_is_a_sentence():
    with pytest.raises(ValueError, match="no picture was given"):
        find_peaks(VGGFeatures(["relu1_1"], weights="random"), [])
