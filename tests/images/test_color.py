"""Luminance, luminance-only transfer and the Monge-Kantorovich colour match."""

import numpy as np
import pytest
import torch

from nst_helpers.images import (
    adjust_contrast,
    equalize_luminance,
    keep_luminance,
    load_image,
    luminance,
    match_color,
)

YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def soft(batch=1, height=12, width=9):
    """A picture of low contrast with correlated channels, so that no clamping hides the arithmetic."""
    mix = torch.tensor([[0.06, 0.02, 0.0], [0.03, 0.05, -0.02], [-0.01, 0.02, 0.04]])
    return 0.5 + torch.einsum("cd,bdhw->bchw", mix, torch.randn(batch, 3, height, width)).clamp(-0.4, 0.4)


def moments(image):
    colors = image[0].flatten(1).double().numpy()
    return colors.mean(axis=1), np.cov(colors, bias=True)


def test_luminance_of_known_colours():
    paints = torch.tensor([[1.0, 0, 0, 1, 0.3], [0, 1, 0, 1, 0.3], [0, 0, 1, 1, 0.3]])[None, :, None]
    assert luminance(paints)[0, 0, 0].tolist() == pytest.approx([0.2126, 0.7152, 0.0722, 1, 0.3])


def test_keep_luminance_has_the_luminance_of_one_and_the_chroma_of_the_other():
    style, photo = soft(2), soft(2)
    kept = keep_luminance(photo, style)
    assert torch.allclose(luminance(kept), luminance(style), atol=1e-6)
    chroma = torch.einsum("cd,bdhw->bchw", YIQ, torch.cat([kept, photo]))[:, 1:]
    assert torch.allclose(chroma[:2], chroma[2:], atol=1e-4)
    assert not torch.allclose(luminance(kept), luminance(photo), atol=0.05)


def test_keep_luminance_of_a_picture_with_itself_is_that_picture():
    image = load_image("macaw", 64)
    assert torch.allclose(keep_luminance(image, image), image, atol=1e-6)
    grey = luminance(image).expand(1, 3, -1, -1)
    assert torch.allclose(keep_luminance(grey, image), grey, atol=1e-6)


def test_colours_outside_the_gamut_are_paled_and_keep_their_luminance():
    saturated = torch.rand(1, 3, 16, 16).round()
    image = torch.rand(1, 3, 16, 16)
    image[..., 0, :8] = torch.tensor([0.0, 1.0]).repeat(4)
    kept = keep_luminance(saturated, image)
    assert kept.min() >= 0
    assert kept.max() <= 1
    assert torch.allclose(luminance(kept), luminance(image), atol=1e-5)


def test_keep_luminance_refuses_other_shapes():
    with pytest.raises(ValueError, match=r"color_of is \(1, 3, 4, 4\) and image \(1, 3, 8, 8\): resize one"):
        keep_luminance(torch.rand(1, 3, 4, 4), torch.rand(1, 3, 8, 8))


def test_match_color_gives_the_mean_and_the_covariance():
    image, to = soft(height=40, width=30), soft(height=21, width=25) * 0.8 + 0.1
    matched = match_color(image, to)
    for got, wanted in zip(moments(matched), moments(to), strict=True):
        assert np.allclose(got, wanted, atol=1e-6)
    assert matched.dtype == torch.float32
    assert matched.shape == image.shape


def test_match_color_is_the_map_of_pitie_and_kokaram():
    """Their form, u^-1/2 (u^1/2 v u^1/2)^1/2 u^-1/2, in numpy."""

    def power(matrix, exponent):
        values, vectors = np.linalg.eigh(matrix)
        return vectors @ np.diag(values**exponent) @ vectors.T

    image, to = soft(), soft()
    (mean, u), (to_mean, v) = moments(image), moments(to)
    root, inverse = power(u, 0.5), power(u, -0.5)
    transport = inverse @ power(root @ v @ root, 0.5) @ inverse
    expected = transport @ (image[0].flatten(1).double().numpy() - mean[:, None]) + to_mean[:, None]
    assert np.allclose(match_color(image, to)[0].flatten(1).numpy(), expected, atol=1e-6)


def test_match_color_leaves_a_picture_that_matches_already():
    image = load_image("chelsea", 64)
    assert torch.allclose(match_color(image, image), image, atol=1e-5)
    assert torch.allclose(match_color(image, image.flip(-1)), image, atol=1e-5)


def test_match_color_treats_each_picture_of_a_batch_alone():
    image, to = soft(3), soft(3)
    one_by_one = [match_color(image[i : i + 1], to[i : i + 1]) for i in range(3)]
    assert torch.allclose(match_color(image, to), torch.cat(one_by_one))
    assert torch.allclose(match_color(image, to[:1])[2:], match_color(image[2:], to[:1]))
    with pytest.raises(ValueError, match="to has a batch of 2 and image of 3: give one"):
        match_color(image, to[:2])


def test_a_grey_picture_takes_on_the_tint_of_each_brightness():
    colorful = load_image("starry_night", 64)
    grey = luminance(load_image("astronaut", 64)).expand(1, 3, -1, -1)
    matched = match_color(grey, colorful)
    assert matched.isfinite().all()
    assert torch.allclose(matched.mean(dim=(2, 3)), colorful.mean(dim=(2, 3)), atol=0.02)
    assert (matched - luminance(matched)).abs().mean() > 0.05
    # noise below rounding isn't blown up to colour
    noisy = (grey + 1e-4 * torch.randn(1, 3, 64, 64)).clamp(0, 1)
    assert (match_color(noisy, colorful) - matched).abs().mean() < 0.01


def test_single_colours_at_either_end_stay_finite():
    plain = torch.tensor([0.2, 0.5, 0.9]).reshape(1, 3, 1, 1)
    image = load_image("coffee", 48)
    to_plain = match_color(image, plain.expand(1, 3, 8, 8))
    assert torch.allclose(to_plain, plain.expand_as(image), atol=1e-6)
    from_plain = match_color(plain.expand(1, 3, 8, 8), image)
    assert torch.allclose(from_plain, image.mean(dim=(2, 3), keepdim=True).expand(1, 3, 8, 8), atol=1e-5)
    assert torch.allclose(match_color(plain, plain), plain)
    assert torch.allclose(match_color(torch.zeros(1, 3, 4, 4), torch.ones(1, 3, 4, 4)), torch.ones(()))


def test_a_grey_target_gives_a_grey_picture():
    grey = luminance(load_image("chelsea", 64)).expand(1, 3, -1, -1)
    matched = match_color(load_image("macaw", 64), grey)
    assert (matched - luminance(matched)).abs().max() < 1e-5
    assert matched.std() > 0.05


def test_the_callers_pictures_are_not_changed_and_the_result_is_clamped():
    image, to = load_image("macaw", 48), load_image("shiva_and_parvati", 48)
    copies = image.clone(), to.clone()
    matched = match_color(image, to)
    keep_luminance(image, matched)
    assert torch.equal(image, copies[0])
    assert torch.equal(to, copies[1])
    assert matched.min() >= 0
    assert matched.max() <= 1


def test_contrast_is_about_mid_grey_and_clamped():
    image = soft()
    assert torch.allclose(adjust_contrast(image), image)
    assert torch.allclose(adjust_contrast(image, 0.5, 0.1) - 0.6, 0.5 * (image - 0.5), atol=1e-6)
    assert torch.equal(adjust_contrast(image, 0.0), torch.full_like(image, 0.5))
    wide = adjust_contrast(image, 20.0, 0.3)
    assert (wide.min(), wide.max()) == (0, 1)


def test_equalised_every_level_of_luminance_is_equally_frequent():
    image = soft(1, 64, 64)
    equalized = equalize_luminance(image)
    shares = luminance(equalized).histc(bins=10, min=0, max=1) / 64**2
    assert shares.tolist() == pytest.approx([0.1] * 10, abs=0.03)
    order = luminance(image).mul(255).round().flatten().argsort()
    assert (luminance(equalized).flatten()[order].diff() >= -1e-5).all()
    darker = adjust_contrast(image, 0.5, -0.2)
    assert luminance(equalize_luminance(darker)).sub(luminance(equalized)).abs().max() < 0.05


def test_equalised_one_by_one_or_in_a_batch_and_one_colour_becomes_mid_grey():
    pictures = soft(2)
    one_by_one = torch.cat([equalize_luminance(picture) for picture in pictures.split(1)])
    assert torch.equal(equalize_luminance(pictures), one_by_one)
    assert torch.allclose(luminance(equalize_luminance(torch.full((1, 3, 4, 5), 0.9))), torch.full((1, 1, 4, 5), 0.5))
