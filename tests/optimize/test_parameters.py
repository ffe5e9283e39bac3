"""The parameterisations: the same pictures in and out, differentiable, on any device."""

import math

import pytest
import torch
from torch.autograd import gradcheck

from nst_helpers.optimize import Canvas, Fourier, Pixels
from nst_helpers.optimize.parameters import frequency_gain

KINDS = pytest.mark.parametrize("kind", [Pixels, Fourier])
SIZES = pytest.mark.parametrize("size", [(8, 10), (7, 9), (8, 9), (7, 10), (12, 1), (1, 12), (1, 1)])


def picture(*size, batch=1, seed=0):
    return torch.rand(batch, 3, *size, generator=torch.Generator().manual_seed(seed))


@KINDS
@SIZES
def test_the_picture_is_at_first_the_start(kind, size):
    start = picture(*size, batch=2)
    assert torch.allclose(kind(start).image(), start, atol=1e-6)


@KINDS
@SIZES
def test_the_picture_that_is_set_comes_back(kind, size):
    pixels, other = kind(picture(*size, batch=2)), picture(*size, batch=2, seed=1)
    pixels.set(other)
    assert torch.allclose(pixels.image(), other, atol=1e-6)
    assert pixels.parameters.requires_grad


@KINDS
@SIZES
def test_the_gradient_leads_to_a_better_picture(kind, size):
    pixels, target = kind(picture(*size)), picture(*size, seed=1)
    before = (pixels.image() - target).square().sum()
    before.backward()
    with torch.no_grad():
        pixels.parameters -= 1e-3 * pixels.parameters.grad
    assert (pixels.image() - target).square().sum() < before


@KINDS
def test_the_start_is_neither_changed_nor_kept(kind):
    start = picture(8, 9)
    original = start.clone()
    pixels = kind(start)
    pixels.set(picture(8, 9, seed=1))
    assert torch.equal(start, original)
    pixels = kind(start)
    start.zero_()
    assert torch.allclose(pixels.image(), original, atol=1e-6)


@KINDS
def test_parameters_are_contiguous_leaves(kind):
    """L-BFGS refuses others; a picture loaded from a file is a permuted view."""
    parameters = kind(picture(8, 9).to(memory_format=torch.channels_last)).parameters
    assert parameters.is_contiguous()
    assert parameters.is_leaf


def swing(parameterization, frequency, colors=(1.0, 1.0, 1.0)):
    """How far the picture goes when a coefficient of this frequency and colour is turned from 0 by 1."""
    with torch.no_grad():
        parameterization.parameters.zero_()
        nothing = parameterization.image()
        parameterization.parameters[0, :, 0, frequency, 0] = torch.tensor(colors)
        return (parameterization.image() - nothing).norm().item()


def test_fourier_turns_low_frequencies_further():
    fourier = Fourier(torch.zeros(1, 3, 16, 16))
    assert swing(fourier, 1) / swing(fourier, 4) == pytest.approx(2, rel=1e-4)  # (4 / 1) ** 0.5
    fourier = Fourier(torch.zeros(1, 3, 16, 16), exponent=1.0)
    assert swing(fourier, 1) / swing(fourier, 4) == pytest.approx(4, rel=1e-4)


def test_fourier_turns_colours_less_than_grey():
    fourier = Fourier(torch.zeros(1, 3, 16, 16))
    ratio = swing(fourier, 2, (1.0, -1.0, 0.0)) / swing(fourier, 2) * (3 / 2) ** 0.5
    assert ratio == pytest.approx(0.6, rel=1e-4)


def test_fourier_turns_a_frequency_by_one_on_average():
    fourier = Fourier(torch.zeros(1, 3, 6, 7), saturation=1.0)
    fourier.set(torch.fft.irfft2(torch.ones(1, 3, 6, 4), s=(6, 7), norm="ortho"))  # all coefficients 1
    gains = 1 / torch.view_as_complex(fourier.parameters.detach()).real
    assert gains.mean().item() == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("size", [(8, 10), (7, 9), (1, 1)])
def test_the_gain_by_hand(size):
    height, width = size
    gain = frequency_gain(height, width, 0.7)
    assert gain.shape == (height, width // 2 + 1)
    for row in range(height):
        for column in range(width // 2 + 1):
            frequency = math.hypot(min(row, height - row) / height, column / width)
            assert gain[row, column].item() == pytest.approx(max(frequency, 1 / max(size)) ** -0.7, rel=1e-4)


ON_META = {
    "pixels": lambda: Pixels(torch.rand(2, 3, 6, 7, device="meta")),
    "fourier": lambda: Fourier(torch.rand(2, 3, 6, 7, device="meta")),
    "canvas": lambda: Canvas(6, device="meta"),
    "canvas of pixels": lambda: Canvas(6, fourier=False, decorrelate=False, device="meta"),
}


@pytest.mark.parametrize("kind", ON_META)
def test_on_any_device(kind):
    parameterization = ON_META[kind]()
    image = parameterization.image()
    image.square().sum().backward()
    assert image.device.type == parameterization.parameters.grad.device.type == "meta"
    kept = [value for value in vars(parameterization).values() if isinstance(value, torch.Tensor)]
    assert {tensor.device.type for tensor in kept} == {"meta"}  # einsum on meta lets one of the CPU pass
    if isinstance(parameterization, Pixels):
        parameterization.set(image.detach())


def test_fourier_turns_what_the_channels_share_further():
    fourier = Fourier(torch.zeros(1, 3, 8, 8), exponent=0.0, saturation=0.5)
    shared = picture(8, 8).mean(dim=1, keepdim=True).expand(-1, 3, -1, -1)
    between = picture(8, 8) - picture(8, 8).mean(dim=1, keepdim=True)

    def turn(image):
        fourier.set(image)
        return fourier.parameters.clone()

    assert torch.allclose(turn(shared + between), turn(shared) + turn(between), atol=1e-6)
    plain = Fourier(torch.zeros(1, 3, 8, 8), exponent=0.0, saturation=1.0)
    plain.set(between)
    assert torch.allclose(turn(between), 2 * plain.parameters, atol=1e-6)
    plain.set(shared)
    assert torch.allclose(turn(shared), plain.parameters, atol=1e-6)


def test_fourier_of_exponent_zero_measures_as_pixels_do():
    fourier = Fourier(torch.zeros(1, 3, 8, 8), exponent=0.0, saturation=1.0)
    image = picture(8, 8)
    fourier.set(image)
    weights = torch.full((5,), 2.0)  # each column stands for itself and its mirror image, but for the first and last
    weights[[0, -1]] = 1
    assert (fourier.parameters.square().sum(-1) * weights).sum().item() == pytest.approx(image.square().sum().item())


def test_fourier_gradient():
    fourier = Fourier(picture(3, 4).double())

    def image(spectrum):
        fourier.parameters = spectrum
        return fourier.image()

    assert gradcheck(image, torch.randn(1, 3, 3, 3, 2, dtype=torch.float64, requires_grad=True))
