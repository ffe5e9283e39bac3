"""Normalisation by its three choices of axes, against torch's own; blocks that keep or change the size."""

import jaxtyping
import pytest
import torch
from torch.nn import functional as F

from nst_helpers.networks import ConvBlock, Norm, ResidualBlock


@pytest.fixture
def x():
    return torch.randn(3, 4, 6, 5, generator=torch.Generator().manual_seed(0)) * torch.arange(1, 4).view(3, 1, 1, 1)


def affine(norm):
    """Give it a scale and a shift that can be seen."""
    with torch.no_grad():
        norm.gamma.copy_(torch.linspace(0.5, 2, norm.gamma.numel()).view_as(norm.gamma))
        norm.beta.copy_(torch.linspace(-1, 1, norm.beta.numel()).view_as(norm.beta))
    return norm


def test_instance_norm_is_torchs(x):
    norm = affine(Norm(4, "instance"))
    torch.testing.assert_close(norm(x), F.instance_norm(x, weight=norm.gamma[0], bias=norm.beta[0]))


def test_batch_norm_is_torchs_in_training_and_by_running_statistics(x):
    norm, reference = affine(Norm(4, "batch")), torch.nn.BatchNorm2d(4)
    with torch.no_grad():
        reference.weight.copy_(norm.gamma[0])
        reference.bias.copy_(norm.beta[0])
    for _ in range(3):
        torch.testing.assert_close(norm(x), reference(x))
    torch.testing.assert_close(norm.running_mean, reference.running_mean)
    # torch keeps the unbiased variance: of 90 values, 90/89 as much; ours keeps what it divides by
    unbiased = (norm.running_variance - 0.9**3) * 90 / 89 + 0.9**3
    torch.testing.assert_close(unbiased, reference.running_var)
    norm.eval()
    with torch.no_grad():
        norm.running_variance.copy_(reference.running_var)
    torch.testing.assert_close(norm(x), reference.eval()(x))


def test_batch_norm_of_one_picture_in_training_is_instance_norm(x):
    one = x[:1]
    torch.testing.assert_close(Norm(4, "batch")(one), Norm(4, "instance")(one))


def test_no_norm_scales_and_shifts_alone(x):
    norm = affine(Norm(4, "none"))
    torch.testing.assert_close(norm(x), x * norm.gamma.view(1, 4, 1, 1) + norm.beta.view(1, 4, 1, 1))


def test_conditional_norm_takes_each_pictures_own_gamma_and_beta(x):
    norm = affine(Norm(4, "conditional_instance", styles=2))
    mix = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.25, 0.75]])
    plain = F.instance_norm(x)
    for picture, (first, second) in enumerate(mix.tolist()):
        gamma, beta = (first * rows[0] + second * rows[1] for rows in (norm.gamma, norm.beta))
        expected = plain[picture] * gamma.view(4, 1, 1) + beta.view(4, 1, 1)
        torch.testing.assert_close(norm(x, mix)[picture], expected)


def test_sums_are_taken_in_float32_and_the_precision_stays():
    x = (torch.randn(1, 4, 64, 64) * 0.1 + 30).bfloat16()  # a mean that cancels
    given = Norm(4, "instance")(x)
    assert given.dtype == torch.bfloat16
    torch.testing.assert_close(given.float(), F.instance_norm(x.float()), atol=0.02, rtol=0.01)


def test_a_constant_channel_is_finite(x):
    flat = torch.full((2, 4, 5, 5), 3.0, requires_grad=True)
    Norm(4, "instance")(flat).square().sum().backward()
    assert flat.grad.isfinite().all()


def test_an_unknown_norm_is_a_sentence(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # users see the sentence, tests the annotation
    with pytest.raises(ValueError, match="norm 'instanse' is unknown: did you mean instance"):
        Norm(4, "instanse")


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({}, (12, 10)),
        ({"stride": 2}, (6, 5)),
        ({"upsampling": "nearest"}, (24, 20)),
        ({"upsampling": "transposed"}, (24, 20)),
    ],
)
def test_a_block_keeps_shrinks_or_enlarges(options, size):
    assert ConvBlock(2, 5, 3, norm="instance", **options)(torch.rand(1, 2, 12, 10)).shape == (1, 5, *size)


def test_a_block_reflects_its_border():
    block, image = ConvBlock(1, 1, 3, norm="none", relu=False), torch.rand(1, 1, 8, 8)
    expected = F.conv2d(F.pad(image, [1, 1, 1, 1], mode="reflect"), block.conv.weight, block.conv.bias)
    torch.testing.assert_close(block(image), expected)


def test_a_residual_block_adds_to_what_came_in():
    block, x = ResidualBlock(3, norm="none"), torch.rand(1, 3, 8, 8)
    with torch.no_grad():
        block.second.norm.gamma.zero_()
    torch.testing.assert_close(block(x), x)
