"""What each method promises of the features that it gives, at full rank in float64; none is ever NaN."""

import re

import pytest
import torch
from torch.autograd import gradcheck

from nst_helpers.losses import channel_covariance, channel_moments
from nst_helpers.networks import METHODS, adain, match_features

EVERY = pytest.mark.parametrize("method", METHODS)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def features(batch=1, channels=4, height=9, width=8, dtype=torch.float64):
    """Correlated channels of different means, more positions than channels."""
    mix = torch.randn(channels, channels, dtype=dtype) + 2 * torch.eye(channels, dtype=dtype)
    noise = torch.randn(batch, channels, height, width, dtype=dtype)
    return torch.einsum("cd,bdhw->bchw", mix, noise) + torch.arange(channels, dtype=dtype).view(1, -1, 1, 1)


def mean(x):
    return x.mean(dim=(2, 3))


def marginals(x):
    return x.flatten(2).sort(dim=-1).values


# What is promised


def test_adain_has_the_styles_means_and_deviations():
    """By the formula (eq. 8), and by what it is for; eps in the photo's deviation takes a little of it."""
    content, style = features(2), features(2, height=5, width=7)
    result = adain(content, style)
    torch.testing.assert_close(result, match_features(content, style))
    torch.testing.assert_close(mean(result), mean(style))
    for found, wanted in zip(channel_moments(result), channel_moments(style), strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=0)
    plain = style.std((2, 3), correction=0)[..., None, None] / content.std((2, 3), correction=0)[..., None, None]
    by_hand = plain * (content - content.mean((2, 3), keepdim=True)) + style.mean((2, 3), keepdim=True)
    torch.testing.assert_close(result, by_hand, rtol=0, atol=1e-4)


def test_adain_leaves_the_channels_correlations():
    content, style = features(), features()
    torch.testing.assert_close(correlations(adain(content, style)), correlations(content), rtol=0, atol=1e-4)
    assert not torch.allclose(correlations(content), correlations(style), atol=0.1)


def correlations(x):
    return torch.corrcoef(x[0].flatten(1))


@pytest.mark.parametrize("method", ["wct", "linear"])
def test_whitening_and_colouring_and_the_linear_map_have_the_styles_mean_and_covariance(method):
    content, style = features(2), features(2, height=5, width=7)
    result = match_features(content, style, method)
    torch.testing.assert_close(mean(result), mean(style))
    torch.testing.assert_close(channel_covariance(result), channel_covariance(style))


def test_the_linear_map_moves_the_features_less_than_whitening_and_colouring_and_both_are_linear():
    content, style = features(), features()
    moved = {}
    for method in ("wct", "linear"):
        result = match_features(content, style, method)
        moved[method] = (result - content).square().mean()
        centered = [(x - x.mean((2, 3), keepdim=True))[0].flatten(1) for x in (content, result)]
        linear = centered[1] @ torch.linalg.pinv(centered[0])
        torch.testing.assert_close(linear @ centered[0], centered[1])
    assert moved["linear"] < 0.99 * moved["wct"]


def test_histogram_matching_has_the_styles_values_in_the_contents_order():
    content, style = features(2), features(2, height=8, width=9)  # as many positions in another shape
    result = match_features(content, style, "histogram")
    torch.testing.assert_close(marginals(result), marginals(style), rtol=0, atol=0)
    torch.testing.assert_close(result.flatten(2).argsort(dim=-1), content.flatten(2).argsort(dim=-1), rtol=0, atol=0)


@pytest.mark.parametrize("size", [(3, 3), (30, 20)])
def test_histograms_of_another_number_of_values_are_interpolated(size):
    content, style = features(), features(height=size[0], width=size[1])
    result = marginals(match_features(content, style, "histogram"))
    wanted = marginals(style)
    torch.testing.assert_close(result[..., [0, -1]], wanted[..., [0, -1]])
    shares = torch.linspace(0, 1, 11, dtype=torch.float64)
    spread = (wanted[..., -1] - wanted[..., 0]).max()
    assert (result.quantile(shares, dim=-1) - wanted.quantile(shares, dim=-1)).abs().max() < 0.06 * spread


def test_equal_values_are_ordered_by_their_neighbourhoods():
    """A ReLU leaves many zeros: those beside large values become the larger ones of the style."""
    content = torch.zeros(1, 1, 1, 8)
    content[..., 7] = 5
    style = torch.arange(8.0).view(1, 1, 2, 4)
    result = match_features(content, style, "histogram").flatten()
    assert result[7] == 7
    assert result[6] == 6
    assert torch.equal(result.sort().values, style.flatten())


def test_equal_neighbourhoods_are_ordered_by_position_so_that_every_run_gives_the_same():
    flat = match_features(torch.ones(1, 2, 16, 16), torch.rand(1, 2, 16, 16), "histogram")
    assert torch.equal(flat, marginals(flat).view_as(flat))


def test_style_swap_puts_the_styles_own_patches_in_the_contents_place():
    """Content made of the style's patches at other brightness: each is found again, at the style's."""
    patches = torch.rand(4, 6, 3, 3, dtype=torch.float64)
    style = torch.cat(list(patches), dim=2)[None]  # (1, 6, 3, 12)
    for patch in patches[:, None]:
        torch.testing.assert_close(match_features(0.3 * patch, style, "style_swap"), patch)


def test_style_swap_averages_where_patches_overlap():
    """By hand: 3 x 4 positions hold two patches, which share the two columns in the middle."""
    content, style = features(height=3, width=4), features(height=3, width=5)
    patches = [style[..., start : start + 3] for start in range(3)]
    chosen = []
    for start in range(2):
        found = content[..., start : start + 3]
        chosen.append(max(patches, key=lambda patch: (found * patch / patch.norm()).sum()))
    wanted = torch.cat([chosen[0][..., :1], (chosen[0][..., 1:] + chosen[1][..., :2]) / 2, chosen[1][..., 2:]], dim=-1)
    torch.testing.assert_close(match_features(content, style, "style_swap"), wanted)


# All of them


@EVERY
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_features_matched_to_themselves_are_themselves(method, dtype):
    x = features(2, dtype=dtype)
    tolerance = 1e-4 if dtype == torch.float32 else 1e-8
    torch.testing.assert_close(match_features(x, x, method), x, rtol=0, atol=tolerance * x.abs().max())


@EVERY
def test_no_method_promises_what_another_does_for_nothing(method):
    """Of two pairs of features, all results differ: a method that was another's name would be found."""
    content, style = features(), features()
    result = match_features(content, style, method)
    for other in METHODS:
        assert torch.equal(match_features(content, style, other), result) == (other == method)


@EVERY
def test_a_batch_is_matched_picture_by_picture(method):
    content, style = features(3), features(3, height=5, width=7)
    together = match_features(content, style, method)
    alone = [match_features(content[n : n + 1], style[n : n + 1], method) for n in range(3)]
    torch.testing.assert_close(together, torch.cat(alone))


@EVERY
def test_one_style_serves_many_photos(method):
    content, style = features(3), features(1, height=5, width=7)
    torch.testing.assert_close(
        match_features(content, style, method), match_features(content, style.repeat(3, 1, 1, 1), method)
    )


@EVERY
def test_nothing_that_was_given_is_changed(method):
    content, style = features(), features()
    before = content.clone(), style.clone()
    match_features(content, style, method)
    assert torch.equal(content, before[0])
    assert torch.equal(style, before[1])


@EVERY
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("content_size", "style_size"), [((9, 8), (2, 2)), ((2, 2), (9, 8)), ((2, 2), (2, 3)), ((2, 40), (40, 2))]
)
def test_fewer_positions_than_channels_give_finite_features_of_the_styles_mean(method, dtype, content_size, style_size):
    content = features(channels=16, height=content_size[0], width=content_size[1], dtype=dtype)
    style = features(channels=16, height=style_size[0], width=style_size[1], dtype=dtype)
    result = match_features(content, style, method)
    assert result.shape == content.shape
    assert result.isfinite().all()
    if method in ("adain", "wct", "linear"):
        torch.testing.assert_close(mean(result), mean(style), rtol=1e-4, atol=1e-4)
    assert result.abs().max() < 10 * max(style.abs().max(), content.abs().max())


@EVERY
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("which", ["content", "style", "both", "dead channels", "zeros"])
def test_one_colour_is_never_nan(method, dtype, which):
    content, style = features(dtype=dtype), features(height=5, width=7, dtype=dtype)
    flat = torch.tensor([1.0, 0.0, 3.0, 2.0], dtype=dtype).view(1, 4, 1, 1)
    if which in ("content", "both"):
        content = flat.expand_as(content)
    if which in ("style", "both"):
        style = flat.expand_as(style)
    if which == "dead channels":
        content, style = (x.clone().index_fill_(1, torch.tensor([0, 2]), 0) for x in (content, style))
    if which == "zeros":
        content, style = torch.zeros_like(content), torch.zeros_like(style)
    result = match_features(content, style, method)
    assert result.isfinite().all()
    if which in ("style", "both", "zeros"):
        torch.testing.assert_close(mean(result), mean(style), rtol=1e-3, atol=1e-3)
    assert result.abs().max() < 10 * max(style.abs().max(), content.abs().max(), 1)


@pytest.mark.parametrize("method", ["adain", "linear", "wct"])
def test_gradients_lead_to_both(method):
    content, style = (features(2, 3, 3, 4).requires_grad_() for _ in range(2))
    assert gradcheck(lambda x, y: match_features(x, y, method), (content, style))


def test_a_method_that_is_not_there_is_a_sentence():
    with pytest.raises(ValueError, match=re.escape("method 'wtc' is unknown: did you mean wct?")):
        match_features(features(), features(), "wtc")
