"""A network begins with what another one has learned, style by style."""

import pytest
import torch

from nst_helpers.networks import TransformNet
from nst_helpers.training import warm_start


def make(styles=(), norm="conditional_instance", seed=0, **options):
    """A network whose gammas and betas can be told apart."""
    torch.manual_seed(seed)
    network = TransformNet(**{"width": 4, "norm": norm, "styles": styles, **options})
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith(("gamma", "beta")):
                parameter.normal_()
    return network


def norms(network):
    """Every gamma and beta, in order."""
    return [tensor for name, tensor in network.state_dict().items() if name.endswith(("gamma", "beta"))]


def others(network):
    """Every other weight, in order."""
    return [tensor for name, tensor in network.state_dict().items() if not name.endswith(("gamma", "beta"))]


def test_the_same_network_is_copied_whole():
    network, source = make(("a", "b")), make(("a", "b"), seed=1)
    warm_start(network, source)
    assert all(map(torch.equal, network.state_dict().values(), source.state_dict().values()))


def test_rows_go_by_name_and_a_new_style_begins_with_the_mean():
    network, source = make(("new", "c", "a")), make(("a", "b", "c"), seed=1)
    warm_start(network, source)
    assert all(map(torch.equal, others(network), others(source)))
    for given, had in zip(norms(network), norms(source), strict=True):
        a, _, c = had
        torch.testing.assert_close(given, torch.stack([had.mean(dim=0), c, a]))


@pytest.mark.parametrize("styles", [(), ("b",)])
def test_many_styles_become_one(styles):
    """The one of that name, or their mean."""
    network, source = make(styles, "instance"), make(("a", "b"), seed=1)
    warm_start(network, source)
    for given, had in zip(norms(network), norms(source), strict=True):
        torch.testing.assert_close(given[0], had[1] if styles else had.mean(dim=0))


def test_one_style_becomes_many():
    network, source = make(("a", "b")), make(("a",), "instance", seed=1)
    warm_start(network, source)
    for given, had in zip(norms(network), norms(source), strict=True):
        assert torch.equal(given, had.expand(2, -1))


def test_a_wider_network_paints_at_first_what_the_source_does_and_uses_all_its_channels():
    network, source = make(("b",), "instance", width=7).eval(), make(("a", "b"), seed=1).eval()
    photo = torch.rand(2, 3, 36, 41, generator=torch.Generator().manual_seed(2))
    warm_start(network, source)
    torch.testing.assert_close(network(photo), source(photo, "b"), rtol=0, atol=1e-5)
    network.train()(photo).square().mean().backward()
    assert network.output.weight.grad[:, 4:].abs().min() > 0


def test_the_source_stays_and_shares_nothing():
    network, source = make(("a", "b")), make(("b", "c"), seed=1)
    before = [tensor.clone() for tensor in source.state_dict().values()]
    warm_start(network, source)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    assert all(map(torch.equal, source.state_dict().values(), before))
    assert all(parameter.requires_grad for parameter in network.parameters())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"width": 5}, "take the same upsampling, and the same width or, with nearest, a larger one"),
        ({"upsampling": "transposed"}, "take the same upsampling, and the same width"),
        ({"norm": "batch"}, "their layers differ; take the same norm"),
    ],
)
def test_other_layers_are_a_sentence_and_nothing_is_changed(options, sentence):
    network = make((), "instance")
    before = [tensor.clone() for tensor in network.state_dict().values()]
    with pytest.raises(
        ValueError, match=rf"^a TransformNet\(width=4, [^\n]*can't begin with a [^\n]*{sentence}[^\n]*$"
    ):
        warm_start(network, make(**{"norm": "instance", "seed": 1, **options}))
    assert all(map(torch.equal, network.state_dict().values(), before))
