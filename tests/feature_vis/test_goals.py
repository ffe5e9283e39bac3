"""Goals: their values by hand, their arithmetic, and that a ReLU that is off doesn't stop them."""

import pytest
import torch

from nst_helpers.feature_vis import channel, direction, diversity, neuron, whole_layer


def features(batch=2, seed=0):
    before = torch.randn(batch, 4, 3, 5, generator=torch.Generator().manual_seed(seed))
    return {"conv2_1": before, "relu2_1": before.relu()}


def test_values_by_hand():
    found = features()
    x, before = found["relu2_1"], found["conv2_1"]
    assert torch.allclose(channel("conv2_1", 1)(found), before[:, 1].mean(dim=(1, 2)))
    assert torch.allclose(channel("relu2_1", 2)(found), x[:, 2].mean(dim=(1, 2)))
    assert torch.allclose(neuron("conv2_1", 3)(found), before[:, 3, 1, 2])
    assert torch.allclose(neuron("conv2_1", 3, 0, -1)(found), before[:, 3, 0, 4])
    vector = torch.tensor([1.0, 0, -2, 0.5])
    assert torch.allclose(direction("conv2_1", vector)(found), (before * vector.view(-1, 1, 1)).sum(1).mean(dim=(1, 2)))
    assert torch.allclose(whole_layer("relu2_1")(found), x.square().mean(dim=(1, 2, 3)))


def test_goals_add_and_multiply():
    found = features()
    one, other = channel("relu2_1", 0), channel("conv2_1", 1)
    mixed = 2 * one - other * 0.5
    assert mixed.layers == ("relu2_1", "conv2_1")
    assert torch.allclose(mixed(found), 2 * one(found) - 0.5 * other(found))
    assert torch.allclose((-one)(found), -(one(found)))


@pytest.mark.parametrize("goal", [channel("relu2_1", 1), neuron("relu2_1", 1), direction("relu2_1", torch.eye(4)[1])])
def test_a_channel_that_fires_nowhere_still_has_a_gradient(goal):
    before = features()["conv2_1"]
    before[0, 1] = -before[0, 1].abs() - 0.1  # off in the first picture, on in the second
    before[1, 1] = before[1, 1].abs()
    before.requires_grad_()
    value = goal({"conv2_1": before, "relu2_1": before.relu()})
    assert value[0] < 0 < value[1]
    gradient = torch.autograd.grad(value.sum(), before)[0]
    assert (gradient[:, 1].amax(dim=(1, 2)) > 0).all()


def test_diversity_is_greatest_for_pictures_that_share_nothing():
    same = torch.rand(1, 4, 3, 3).expand(3, -1, -1, -1)
    assert torch.allclose(diversity("conv2_1")({"conv2_1": same}), torch.full((3,), -1.0), atol=1e-5)
    apart = torch.zeros(2, 4, 3, 3)
    apart[0, :2], apart[1, 2:] = 1, 1
    assert diversity("conv2_1")({"conv2_1": apart}).abs().max() < 1e-6
    assert diversity("conv2_1")({"conv2_1": same[:1]}).item() == 0  # one picture alone


@pytest.mark.parametrize(
    ("goal", "says"),
    [
        (channel("relu2_1", 4), "channel 4 of relu2_1: it has channels 0 to 3"),
        (channel("relu2_1", -1), "channel -1"),
        (neuron("relu2_1", 0, 3, 0), r"position \(3, 0\) of relu2_1: its map has 3x5"),
        (direction("conv2_1", torch.ones(3)), "shape .3,.*conv2_1 has 4 channels"),
    ],
)
def test_what_cannot_be_is_a_sentence(goal, says):
    with pytest.raises(ValueError, match=says):
        goal(features())


GOALS = {
    "channel": channel("relu2_1", 1),
    "neuron": neuron("relu2_1", 1),
    "direction": direction("relu2_1", torch.ones(4)),
    "layer": whole_layer("relu2_1"),
    "diversity": diversity("relu2_1"),
    "sum": 2 * channel("conv2_1", 1) - neuron("relu2_1", 0, 0, 0),
}


@pytest.mark.parametrize("goal", GOALS)
def test_on_any_device(goal):
    before = torch.randn(2, 4, 3, 5, device="meta", requires_grad=True)
    GOALS[goal]({"conv2_1": before, "relu2_1": before.relu()}).sum().backward()
    assert before.grad.device.type == "meta"
