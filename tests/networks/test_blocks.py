"""Normalisation by its three choices of axes, against torch's own; blocks that keep or change the size."""

import jaxtyping
import pytest
import torch
from torch.nn import functional as F

from nst_helpers.networks import ConvBlock, Norm, ResidualBlock
from nst_helpers.networks.blocks import reflected


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


def test_batch_norm_in_training_takes_the_batchs_statistics_without_a_gradient_too(x):
    norm = affine(Norm(4, "batch"))
    expected = norm(x).detach()
    with torch.no_grad():
        torch.testing.assert_close(norm(x), expected)


def test_running_statistics_stay_in_eval_mode_and_hold_no_graph(x):
    norm = Norm(4, "batch")
    norm(x.clone().requires_grad_())
    kept = {name: value.clone() for name, value in norm.state_dict().items()}
    assert kept.keys() == {"gamma", "beta", "running_mean", "running_variance"}
    assert not norm.running_mean.requires_grad
    assert not norm.running_variance.requires_grad
    norm.eval()(x)
    for name, value in norm.state_dict().items():
        assert torch.equal(value, kept[name]), name


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


@pytest.mark.parametrize("kind", ["instance", "batch", "conditional_instance", "none"])
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_with_and_without_a_gradient_it_is_one_function(x, kind, memory_format):
    norm = affine(Norm(4, kind, styles=2 if kind == "conditional_instance" else 1)).double().eval()
    mix = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.25, 0.75]]) if kind == "conditional_instance" else None
    x = x.double().contiguous(memory_format=memory_format)
    with torch.no_grad():
        given = norm(x, mix)
    assert given.dtype == torch.float64
    torch.testing.assert_close(given, norm(x, mix), atol=1e-12, rtol=0)


@pytest.mark.parametrize("kind", ["instance", "batch", "conditional_instance", "none"])
def test_its_gradients_are_those_of_finite_differences(kind):
    norm = affine(Norm(2, kind, styles=2 if kind == "conditional_instance" else 1)).double()
    x = torch.rand(2, 2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    mix = torch.tensor([[1.0, 0.0], [0.25, 0.75]]).double() if kind == "conditional_instance" else None

    def run(x, gamma, beta):
        return torch.func.functional_call(norm, {"gamma": gamma, "beta": beta}, (x, mix))

    assert torch.autograd.gradcheck(run, (x, norm.gamma, norm.beta))


@pytest.mark.parametrize("gradient", [True, False])
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (30.0, 0.1), (-300.0, 0.1), (3000.0, 1.0)])
def test_a_large_mean_does_not_cancel(mean, deviation, memory_format, gradient):
    """The mean is known to some eps * |mean| * rows, or better; in units of the deviation that is all that may be lost.

    A sum over all 65536 positions, number by number, misses this bound by far, and so does E[x^2] - E[x]^2.
    """
    noise = torch.randn(1, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    x = (noise * deviation + mean).contiguous(memory_format=memory_format)
    with torch.set_grad_enabled(gradient):
        given = Norm(3, "instance")(x)
    rows, eps = 256, torch.finfo(torch.float32).eps
    lost = (given.double() - F.instance_norm(x.double())).abs().max().item()
    assert lost < eps * rows / 8 * (abs(mean) / deviation + 1)


@pytest.mark.parametrize("gradient", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_flat_channel_of_a_large_picture_becomes_beta(dtype, gradient):
    """What is left of it is the mean's rounding over sqrt(eps of the norm): for 0.1, far below a 255th."""
    x = torch.full((1, 2, 512, 512), 0.1, dtype=dtype).contiguous(memory_format=torch.channels_last)
    norm = affine(Norm(2, "instance"))
    with torch.set_grad_enabled(gradient):
        given = norm(x).float()
    expected = norm.beta.detach().to(dtype).float().view(1, 2, 1, 1).expand_as(given)
    torch.testing.assert_close(given.detach(), expected, atol=1e-3, rtol=0)


def test_autocast_rounds_neither_border_nor_mix(x):
    norm = affine(Norm(4, "conditional_instance", styles=3))
    mix = torch.tensor([[0.3, 0.3, 0.4]]).expand(3, 3)
    plain = norm(x, mix)
    with torch.autocast("cpu", torch.bfloat16):
        assert reflected(x.bfloat16(), 1).dtype == torch.bfloat16
        torch.testing.assert_close(norm(x, mix), plain, atol=0, rtol=0)


def test_what_the_compiler_is_given_is_the_same_function(monkeypatch):
    block = ResidualBlock(3, norm="instance")
    x = torch.rand(2, 3, 9, 7, generator=torch.Generator().manual_seed(0), requires_grad=True)

    def run():
        result = block(x)
        return result, *torch.autograd.grad(result.square().sum(), x)

    expected = run()
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    torch.testing.assert_close(run(), expected, atol=1e-4, rtol=1e-4)


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


@pytest.mark.parametrize("norm", ["instance", "batch", "none"])
def test_a_new_residual_block_gives_back_what_it_got_and_can_learn(norm):
    block = ResidualBlock(3, norm=norm)
    x = torch.randn(2, 3, 9, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(block(x), x)
    block(x).square().sum().backward()
    assert block.second.norm.gamma.grad.abs().min() > 0
