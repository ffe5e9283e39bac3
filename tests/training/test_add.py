"""One style more: trained in gamma and beta alone, and nothing else is touched."""

import pytest
import torch

from nst_helpers.images import load_image
from nst_helpers.networks import TransformNet
from nst_helpers.runtime import Stop
from nst_helpers.training import add_style

SETTINGS = {"size": 32, "batch": 2, "style_size": 48, "style_layers": ["relu1_1"], "content_layers": ["relu1_2"]}


@pytest.fixture
def network() -> TransformNet:
    torch.manual_seed(0)
    network = TransformNet(4, "conditional_instance", ("one", "two")).requires_grad_(False).eval()
    for parameter in network.parameters():
        parameter.add_(0.1 * torch.randn_like(parameter))
    network.facts = {"settings": SETTINGS}
    return network


def test_the_new_style_is_learned_and_the_old_ones_paint_as_before(network):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    losses = []
    more = add_style(network, "three", "whalers", steps=12, callback=lambda progress: losses.append(progress.loss))
    assert more.styles == ("one", "two", "three")
    assert network.styles == ("one", "two")
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    photo = load_image("chelsea", 40)
    for style in network.styles:
        assert torch.equal(more(photo, style), network(photo, style))
    mean = network(photo, {"one": 1, "two": 1})
    assert not torch.allclose(more(photo, "three"), mean, atol=1e-2)
    assert sum(losses[-4:]) < sum(losses[:4])


def test_it_begins_as_the_mean_of_the_styles(network):
    def stop(progress):
        raise Stop

    more = add_style(network, "three", "whalers", steps=5, callback=stop)
    gamma = more.residual[0].first.norm.gamma
    assert torch.allclose(gamma[2], gamma[:2].mean(dim=0), atol=0.02)  # one step of 0.01


def test_it_is_frozen_and_says_what_was_added(network):
    more = add_style(network, "three", "whalers", photos=["coffee"], steps=1)
    more = add_style(more, "four", "starry_night", photos=["coffee"], steps=1)
    assert more.styles == ("one", "two", "three", "four")
    assert more.facts["added"] == {"three": 1, "four": 1}
    assert not any(parameter.requires_grad for parameter in more.parameters())
    assert not more.training


def test_what_cannot_be_added_is_refused(network):
    with pytest.raises(ValueError, match="has a style called two already: choose another name"):
        add_style(network, "two", "whalers", steps=1)
    with pytest.raises(
        ValueError, match="this network has instance norm: only conditional instance norm keeps each style"
    ):
        add_style(TransformNet(4), "x", "whalers", steps=1)
    with pytest.raises(ValueError, match="no photo was given: give some to train on"):
        add_style(network, "three", "whalers", photos=[], steps=1)
