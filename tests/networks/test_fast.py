"""Johnson's network: any size, its own size, one style or many; every layer where it belongs."""

import re

import pytest
import torch

from nst_helpers.networks import TransformNet, shares_of
from tests.placement import on_meta_alone

STYLES = ("starry_night", "whalers", "coffee")
NORMS = ("instance", "batch", "conditional_instance", "none")


def make(norm="instance", **options):
    torch.manual_seed(0)
    styles = STYLES if norm == "conditional_instance" else ()
    return TransformNet(**{"width": 4, "norm": norm, "styles": styles, **options})


@pytest.mark.parametrize("size", [(1, 1), (7, 140), (140, 7), (33, 50), (64, 64)])
@pytest.mark.parametrize("upsampling", ["nearest", "transposed"])
def test_a_picture_keeps_its_size_and_stays_in_range(size, upsampling):
    image = make(upsampling=upsampling).eval()(torch.rand(2, 3, *size))
    assert image.shape == (2, 3, *size)
    assert image.min() >= 0
    assert image.max() <= 1


def test_in_training_the_output_is_not_clamped_so_that_a_gradient_leads_back():
    network = make()
    with torch.no_grad():
        network.output.bias.fill_(3.0)
    image = network(torch.rand(1, 3, 16, 16))
    assert image.max() > 1
    image.sum().backward()
    assert network.output.bias.grad.min() > 0
    assert network.eval()(torch.rand(1, 3, 16, 16)).max() == 1


def test_the_papers_network_has_its_parameters():
    """Johnson et al. (2016), supplement, table 1: 9x9x32, strides to 128 channels, five residual blocks, and back."""
    convolutions = [module for module in TransformNet().modules() if isinstance(module, torch.nn.Conv2d)]
    shapes = [(c.in_channels, c.out_channels, c.kernel_size[0], c.stride[0]) for c in convolutions]
    assert shapes[:3] == [(3, 32, 9, 1), (32, 64, 3, 2), (64, 128, 3, 2)]
    assert shapes[3:13] == [(128, 128, 3, 1)] * 10
    assert shapes[13:] == [(128, 64, 3, 1), (64, 32, 3, 1), (32, 3, 9, 1)]


def test_a_style_costs_its_gammas_and_betas_alone():
    """Dumoulin et al. (2017): some 3000 numbers a style at the paper's width."""

    def count(styles):
        return sum(p.numel() for p in TransformNet(32, "conditional_instance", styles).parameters())

    assert count(("a", "b")) - count(("a",)) == 2 * (32 + 64 + 128 + 10 * 128 + 64 + 32)


def test_without_shifts_of_the_batch_pictures_do_not_see_each_other():
    network, images = make().eval(), torch.rand(3, 3, 20, 20)
    together = network(images)
    alone = torch.cat([network(image[None]) for image in images])
    torch.testing.assert_close(together, alone)


@pytest.fixture(scope="module")
def conditional():
    network = make("conditional_instance").eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith(("gamma", "beta")):
                parameter += torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1))
    return network


def test_a_mix_is_a_name_weights_a_list_or_a_tensor(conditional):
    images = torch.rand(2, 3, 16, 16)
    whalers = conditional(images, "whalers")
    assert not torch.allclose(whalers, conditional(images, "coffee"))
    for mix in ({"whalers": 5}, ["whalers", {"whalers": 0.1}], torch.tensor([[0.0, 2.0, 0.0]] * 2)):
        torch.testing.assert_close(conditional(images, mix), whalers)
    each = conditional(images, ["whalers", "coffee"])
    torch.testing.assert_close(each[:1], whalers[:1])
    torch.testing.assert_close(each[1:], conditional(images[1:], "coffee"))


def test_weights_are_divided_by_their_sum():
    shares = shares_of({"whalers": 3, "coffee": 1}, STYLES, 2)
    assert shares.tolist() == [[0.0, 0.75, 0.25]] * 2


@pytest.mark.parametrize(
    ("mix", "sentence"),
    [
        (None, "no mix was given: name one of starry_night, whalers, coffee"),
        ("walers", "style 'walers' is unknown: did you mean whalers?"),
        ({"whalers": 0}, "give finite ones, 0 or more, not all 0"),
        ({"whalers": 2, "coffee": -1}, "give finite ones, 0 or more"),
        ({"whalers": float("nan")}, "give finite ones"),
        ({}, "not all 0"),
        (["whalers"], "2 pictures of 3 styles need (2, 3)"),
        (torch.ones(2, 4), "2 pictures of 3 styles need (2, 3)"),
    ],
)
def test_a_mix_that_cannot_be_is_a_sentence(conditional, mix, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        conditional(torch.rand(2, 3, 16, 16), mix)


def test_one_style_needs_no_mix_and_takes_its_name():
    network, image = TransformNet(4, "instance", ("whalers",)).eval(), torch.rand(1, 3, 16, 16)
    torch.testing.assert_close(network(image), network(image, "whalers"))
    with pytest.raises(ValueError, match="this network has one style"):
        network(image, "coffee")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"width": 0}, "width is 0: give a whole number of at least 1"),
        ({"norm": "conditional_instance"}, "give conditional instance norm each style's name, once"),
        ({"norm": "conditional_instance", "styles": ("a", "a")}, "each style's name, once"),
        ({"styles": ("a", "b")}, 'instance norm holds one; take norm="conditional_instance"'),
    ],
)
def test_arguments_that_cannot_be_are_sentences(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        TransformNet(**arguments)


@pytest.mark.parametrize("norm", NORMS)
def test_every_device_runs_it_forwards_and_backwards(norm):
    network = make(norm).to("meta")
    mix = torch.ones(2, 3, device="meta") if norm == "conditional_instance" else None
    with on_meta_alone():
        network(torch.rand(2, 3, 18, 21, device="meta"), mix).sum().backward()
    assert all(parameter.grad.device.type == "meta" for parameter in network.parameters())
    assert {tensor.device.type for tensor in (*network.parameters(), *network.buffers())} == {"meta"}


def test_twenty_steps_of_training_lower_a_loss():
    network, image = make(), torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = (network(image) - image).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
