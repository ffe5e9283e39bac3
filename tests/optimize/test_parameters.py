"""Both parameterizations: the same pictures in and out, and differentiable."""

import pytest
import torch
from torch.autograd import gradcheck

from nst_helpers.optimize import Fourier, Pixels

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


def test_fourier_turns_low_frequencies_further():
    fourier = Fourier(torch.zeros(1, 3, 16, 16), exponent=0.5)

    def swing(frequency):
        with torch.no_grad():
            fourier.parameters.zero_()
            fourier.parameters[0, :, 0, frequency, 0] = 1  # in all channels alike
        return fourier.image().norm().item()

    assert swing(1) / swing(4) == pytest.approx(2)  # (4 / 1) ** 0.5
    assert fourier._gain.mean().item() == pytest.approx(1)


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
