"""The decoder's first weights undo the encoder's layers."""

import pytest
import torch
from torch.nn import functional as F

from nst_helpers.images import load_image, save_image
from nst_helpers.networks import AdaINNet
from nst_helpers.training import train_adain, undo_encoder
from nst_helpers.vgg import VGGFeatures


@pytest.fixture(scope="module")
def photos():
    """Crops of bundled photos, too few to learn more from them than how to give back these."""
    pictures = [load_image(name, 256) for name in ("chelsea", "astronaut", "neuschwanstein", "coffee")]
    return torch.cat([picture[..., 64:128, x : x + 64] for picture in pictures for x in (0, 64)])


@pytest.fixture(scope="module")
def fitted(photos):
    network = AdaINNet().eval()
    undo_encoder(network, photos)
    return network


@torch.no_grad()
def lost(network, photos):
    """Of photos that were encoded and decoded, as a share of what a picture of one mean colour loses."""
    mean = photos.mean(dim=(2, 3), keepdim=True).expand_as(photos)
    return F.mse_loss(network(network.encoder(photos)["relu4_1"]), photos) / F.mse_loss(mean, photos)


def test_photos_come_back(fitted, photos):
    other = load_image("great_wall", 256)[..., 40:104, 40:104]
    assert lost(fitted, photos) < 0.2
    assert lost(fitted, other) < 0.5 * lost(AdaINNet().eval(), other)


def test_each_layer_gives_what_the_encoder_went_on_from(fitted, photos):
    names = ["pool3", "relu3_3", "relu3_2", "relu3_1", "pool2", "relu2_1", "pool1", "relu1_1"]
    features = VGGFeatures(["relu4_1", *names], padding="reflect", normalized=True)(photos)
    x = features["relu4_1"]
    for number, name in enumerate(names):
        x = fitted.decode_layer(number, x)
        found = F.adaptive_avg_pool2d(x, features[name].shape[-2:])
        both = torch.stack([found.flatten(), features[name].flatten()])
        assert torch.corrcoef(both)[0, 1] > 0.6, name


def test_the_last_layer_is_the_least_squares_solution(fitted, photos):
    """No small change of a bias gives its own photos back better."""
    x = fitted.encoder(photos)["relu4_1"]
    for number in range(8):
        x = fitted.decode_layer(number, x)
    found = fitted.decode_layer(8, x)
    loss = F.mse_loss(found, photos)
    for change in (0.02, -0.02):
        assert F.mse_loss(found + change, photos) > loss


def test_a_run_begins_with_it_once(tmp_path, monkeypatch):
    """And goes on without fitting again."""
    save_image(load_image("coffee", 48), tmp_path / "photos.png")
    fitted = []
    monkeypatch.setattr("nst_helpers.training.adain.undo_encoder", lambda _, photos: fitted.append(photos.shape))
    options = {"size": 32, "batch": 1, "save_every": 1, "workers": 0, "pool": 2, "undone": 3, "device": "cpu"}
    pictures = [tmp_path / "photos.png"]
    for steps in (1, 2):
        train_adain(pictures, pictures, folder=tmp_path / "run", steps=steps, **options)
    assert fitted == [(3, 3, 32, 32)]
