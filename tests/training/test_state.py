"""A state: the moving average, and a file that gives all of it back."""

import pytest
import torch
from torch import nn

from nst_helpers.training.state import State, read_about
from tests.training.runs import make_network


def take_steps(state, number):
    """Steps of the optimiser on a loss that depends on where the network stands."""
    for _ in range(number):
        sum(parameter.square().sum() for parameter in state.network.parameters()).backward()
        state.optimizer.step()
        state.optimizer.zero_grad()
        state.advance()


@pytest.mark.parametrize("averaging", [0.0, 0.6, 0.998])
def test_the_average_follows_by_its_formula(averaging):
    """a_n = d a_(n-1) + (1 - d) w_n with d = min(averaging, (1 + n) / (10 + n)), by hand in float64."""
    network = nn.Linear(3, 2)
    state = State(network, averaging)
    expected = network.weight.detach().double().clone()
    for step in range(1, 21):
        with torch.no_grad():
            network.weight.copy_(torch.randn(2, 3, generator=torch.Generator().manual_seed(step)))
        state.advance()
        decay = min(averaging, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * network.weight.detach().double()
        torch.testing.assert_close(state.average.weight.double(), expected, atol=1e-6, rtol=0)
    assert state.step == 20
    assert not state.average.weight.requires_grad


def test_running_statistics_are_averaged_too():
    state = State(make_network("batch"), 0.5)
    with torch.no_grad():
        state.network.encoder[0].norm.running_mean.fill_(1.0)
    state.advance()
    decay = 2 / 11
    assert state.average.encoder[0].norm.running_mean.tolist() == pytest.approx([1 - decay] * 4)


@pytest.mark.parametrize("norm", ["instance", "batch", "conditional_instance"])
@pytest.mark.parametrize("steps", [0, 1, 5])
def test_a_file_gives_back_the_whole_state(tmp_path, norm, steps):
    state, other = State(make_network(norm), 0.9), State(make_network(norm), 0.9)
    take_steps(state, steps)
    state.save(tmp_path / "state.safetensors", {"settings": {"seed": 3}})
    take_steps(other, 2)  # to be forgotten
    other.load(tmp_path / "state.safetensors")
    assert read_about(tmp_path / "state.safetensors") == {"step": steps, "settings": {"seed": 3}}
    assert other.step == steps
    for one in (state, other):
        take_steps(one, 3)
    for part in ("network", "average"):
        for given, expected in zip(*(getattr(one, part).state_dict().values() for one in (other, state)), strict=True):
            assert torch.equal(given, expected)


def test_frozen_weights_are_kept_and_stay_frozen(tmp_path):
    network = make_network()
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name.endswith(("gamma", "beta")))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    state = State(network, 0.9)
    for _ in range(2):
        loss = network(torch.rand(2, 3, 16, 16), torch.eye(2)).square().mean()
        loss.backward()
        state.optimizer.step()
        state.advance()
    state.save(tmp_path / "state.safetensors", {"settings": {}})
    other = State(make_network(), 0.9)
    other.load(tmp_path / "state.safetensors")
    moved = {name for name, tensor in other.network.state_dict().items() if not torch.equal(tensor, before[name])}
    assert moved
    assert all(name.endswith(("gamma", "beta")) for name in moved)


def test_a_path_that_holds_no_file_is_an_error(tmp_path):
    with pytest.raises(OSError, match=r"nothing.safetensors"):
        read_about(tmp_path / "nothing.safetensors")
