"""Losses against numbers worked out by hand, against a from-scratch oracle, and their gradients in float64."""

import jaxtyping
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from nst_helpers.losses import content_loss, gram_loss, gram_matrix, style_loss, total_variation_loss


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def feature_map(batch=1, channels=4, height=5, width=6, dtype=torch.float32):
    return torch.randn(batch, channels, height, width, dtype=dtype)


def gram_by_hand(features):
    """Undivided, by einsum over positions: Gatys et al. (2016, eq. 3)."""
    return torch.einsum("bchw,bdhw->bcd", features, features)


# Zero on equal input


def test_equal_input_costs_nothing():
    features = feature_map(batch=2)
    gram = gram_matrix(features)
    assert content_loss(features, features) == 0
    assert gram_loss(gram, gram) == 0
    assert style_loss({"relu1_1": gram}, {"relu1_1": gram}) == 0
    assert total_variation_loss(torch.full((1, 3, 4, 5), 0.3)) == 0


# Known values


@pytest.mark.parametrize("power", [1, 2])
def test_total_variation_of_a_checkerboard_is_two(power):
    board = (torch.arange(6).view(-1, 1) + torch.arange(8)).remainder(2).float().expand(1, 3, 6, 8)
    assert total_variation_loss(board, power=power) == 2


@pytest.mark.parametrize("turned", [False, True])
def test_total_variation_of_a_ramp_tells_the_powers_apart(turned):
    ramp = torch.arange(5.0).mul(0.5).view(1, 1, 1, 5).expand(1, 1, 3, 5)
    ramp = ramp.mT if turned else ramp
    assert total_variation_loss(ramp, power=1) == 0.5
    assert total_variation_loss(ramp, power=2) == 0.25


@pytest.mark.parametrize(("shape", "value"), [((1, 1, 4, 1), 1), ((1, 1, 1, 4), 1), ((1, 1, 1, 1), 0)])
def test_total_variation_of_one_pixel_wide_pictures(shape, value):
    image = torch.arange(float(max(shape))).view(shape)
    assert total_variation_loss(image) == value


def test_gram_by_hand_on_two_channels_of_three_by_three():
    corner = [[1, 2, 0], [0, 1, 0], [0, 0, 3]]
    edge = [[1, 0, 0], [0, 2, 0], [0, 0, -1]]
    features = torch.tensor([[corner, edge]], dtype=torch.float32)
    # 1 + 4 + 1 + 9 = 15; 1 + 4 + 1 = 6; 1*1 + 1*2 - 3*1 = 0; divided by 2 channels of 9 positions
    assert gram_matrix(features)[0].tolist() == [[pytest.approx(15 / 18), 0], [0, pytest.approx(6 / 18)]]


def test_content_and_gram_loss_of_a_difference_of_two_are_four():
    features, gram = feature_map(batch=2), torch.randn(2, 4, 4)
    assert content_loss(features + 2, features).item() == pytest.approx(4, rel=1e-5)
    assert gram_loss(gram - 2, gram).item() == pytest.approx(4, rel=1e-5)


def test_style_loss_weighs_its_layers():
    zero, one, three = (torch.full((1, 2, 2), value) for value in (0.0, 1.0, 3.0))
    grams, targets = {"a": one, "b": three, "unused": one}, {"a": zero, "b": zero}
    assert style_loss(grams, targets).item() == pytest.approx((1 + 9) / 2)
    assert style_loss(grams, targets, {"a": 2.0, "b": 10.0}).item() == pytest.approx(2 * 1 + 10 * 9)


# A batch is its pictures one by one


def test_batch_equals_one_by_one():
    features, target = feature_map(batch=3), feature_map(batch=3)
    mask = torch.rand(3, 1, 5, 6)
    pairs = list(zip(features.split(1), target.split(1), mask.split(1), strict=True))
    assert torch.allclose(gram_matrix(features), torch.cat([gram_matrix(f) for f, *_ in pairs]))
    assert torch.allclose(gram_matrix(features, mask), torch.cat([gram_matrix(f, m) for f, _, m in pairs]))
    averages = {
        content_loss(features, target): [content_loss(f, t) for f, t, _ in pairs],
        total_variation_loss(features): [total_variation_loss(f) for f, *_ in pairs],
        gram_loss(gram_matrix(features), gram_matrix(target)): [
            gram_loss(gram_matrix(f), gram_matrix(t)) for f, t, _ in pairs
        ],
    }
    for of_batch, of_each in averages.items():
        assert torch.allclose(of_batch, torch.stack(of_each).mean())


def test_one_target_serves_a_whole_batch():
    features, target = feature_map(batch=3), feature_map()
    assert torch.allclose(content_loss(features, target), content_loss(features, target.repeat(3, 1, 1, 1)))
    grams, aim = gram_matrix(features), gram_matrix(target)
    assert torch.allclose(gram_loss(grams, aim), gram_loss(grams, aim.repeat(3, 1, 1)))


# What a Gram matrix is


def test_gram_is_symmetric_and_positive_semidefinite():
    gram = gram_matrix(feature_map(batch=2, channels=12, height=2, width=3, dtype=torch.float64))
    assert torch.equal(gram, gram.mT)
    values = torch.linalg.eigvalsh(gram)  # rank 6 of 12: half of them are zero
    assert values.min() > -1e-12
    assert values.max() > 0.1


def test_gram_is_blind_to_a_shuffle_of_the_pixels():
    features = feature_map(batch=2)
    shuffled = features.flatten(2)[..., torch.randperm(30)].view_as(features)
    assert torch.allclose(gram_matrix(shuffled), gram_matrix(features), atol=1e-6)
    assert not torch.allclose(gram_matrix(features.flip(1)), gram_matrix(features), atol=1e-2)


def test_gram_of_a_tiled_picture_is_the_picture_s():
    features = feature_map(batch=2)
    assert torch.allclose(gram_matrix(features.repeat(1, 1, 2, 3)), gram_matrix(features), atol=1e-6)


def test_gram_agrees_with_einsum():
    features = feature_map(batch=3)
    assert torch.allclose(gram_matrix(features), gram_by_hand(features) / (4 * 30), atol=1e-6)


def test_gram_of_channels_last_input_is_the_same():
    features = feature_map(batch=2)
    last = features.to(memory_format=torch.channels_last)
    assert not last.is_contiguous()
    assert torch.allclose(gram_matrix(last), gram_matrix(features), atol=1e-6)


# Masks


def test_a_mask_of_ones_is_no_mask():
    features = feature_map(batch=2)
    assert torch.allclose(gram_matrix(features, torch.ones(1, 1, 5, 6)), gram_matrix(features), atol=1e-6)


def test_a_half_mask_gives_the_gram_of_that_half():
    features, mask = feature_map(batch=2), torch.zeros(1, 1, 5, 6)
    mask[..., :3] = 1
    assert torch.allclose(gram_matrix(features, mask), gram_matrix(features[..., :3]), atol=1e-6)


def test_a_soft_mask_weighs_by_its_squares():
    features, mask = feature_map(), torch.rand(1, 1, 5, 6)
    expected = gram_by_hand(features * mask) / (4 * (mask**2).sum())
    assert torch.allclose(gram_matrix(features, mask), expected, atol=1e-6)


def test_a_black_mask_gives_zeros_and_no_nan():
    assert torch.equal(gram_matrix(feature_map(), torch.zeros(1, 1, 5, 6)), torch.zeros(1, 4, 4))


# Gradients


def leaf(*shape):
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("masked", [False, True])
def test_gram_gradient(masked):
    mask = torch.rand(1, 1, 3, 2, dtype=torch.float64) if masked else None
    assert gradcheck(lambda features: gram_matrix(features, mask), leaf(2, 3, 3, 2))
    assert gradgradcheck(lambda features: gram_matrix(features, mask), leaf(1, 2, 3, 2))


def test_gram_gradient_of_a_loss_that_is_not_symmetric():
    features, upstream = leaf(2, 3, 3, 2), torch.randn(2, 3, 3, dtype=torch.float64)
    (given,) = torch.autograd.grad((gram_matrix(features) * upstream).sum(), features)
    (expected,) = torch.autograd.grad((gram_by_hand(features) / (3 * 6) * upstream).sum(), features)
    assert torch.allclose(given, expected)


def test_style_loss_gradient():
    targets = {"a": torch.rand(1, 3, 3, dtype=torch.float64), "b": torch.rand(1, 2, 2, dtype=torch.float64)}

    def loss(a, b):
        return style_loss({"a": gram_matrix(a), "b": gram_matrix(b)}, targets, {"a": 0.3, "b": 2.0})

    assert gradcheck(loss, (leaf(2, 3, 3, 2), leaf(2, 2, 2, 2)))


def test_total_variation_gradient():
    assert gradcheck(total_variation_loss, leaf(2, 3, 3, 4))


def test_content_gradient():
    target = torch.randn(1, 3, 3, 4, dtype=torch.float64)
    assert gradcheck(lambda features: content_loss(features, target), leaf(2, 3, 3, 4))


# Sentences


def test_content_of_another_size_is_refused(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # users see the sentence, tests the annotation
    with pytest.raises(ValueError, match=r"features are \(4, 5, 6\) and their target is \(4, 5, 7\): .*one size\."):
        content_loss(feature_map(), feature_map(width=7))


def test_layers_without_gram_matrix_or_weight_are_named():
    gram = torch.ones(1, 2, 2)
    with pytest.raises(ValueError, match=r"^no Gram matrix was given for b, c: give one for each target layer\.$"):
        style_loss({"a": gram}, dict.fromkeys("abc", gram))
    with pytest.raises(ValueError, match=r"^no weight was given for b: give one for each target layer\.$"):
        style_loss(dict.fromkeys("ab", gram), dict.fromkeys("ab", gram), {"a": 1.0})


def test_no_targets_are_refused():
    with pytest.raises(ValueError, match="no target was given"):
        style_loss({"a": torch.ones(1, 2, 2)}, {})
