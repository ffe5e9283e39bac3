"""Notions of style: what each is blind to, values worked out by hand, and their gradients in float64."""

import pytest
import torch
from torch.autograd import gradcheck

from nst_helpers.losses import (
    STATISTICS,
    channel_moments,
    covariance_matrix,
    fit_gaussian,
    gram_matrix,
    mmd_loss,
    sliced_wasserstein_loss,
    sorted_projections,
    wasserstein_loss,
)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def feature_map(batch=1, channels=4, height=5, width=6, dtype=torch.float32):
    return torch.randn(batch, channels, height, width, dtype=dtype)


# All of them

EVERY = pytest.mark.parametrize("name", STATISTICS)


def compared(name, found, wanted):
    measure, loss = STATISTICS[name]
    return loss(found, measure(wanted))


@EVERY
@pytest.mark.parametrize("positions", [(5, 6), (1, 3)])  # more and fewer than channels
def test_a_statistic_is_at_its_least_on_equal_features(name, positions):
    features, other = feature_map(2, 4, *positions), feature_map(2, 4, *positions)
    assert compared(name, features, features).abs() < 2e-4 * compared(name, features, other)


@EVERY
def test_a_statistic_forgets_positions_and_keeps_pictures_apart(name):
    found, wanted = feature_map(2), feature_map(2)
    shuffled = found.flatten(2)[..., torch.randperm(30)].reshape(found.shape)
    assert torch.allclose(compared(name, found, wanted), compared(name, shuffled, wanted), rtol=1e-4)
    each = [compared(name, found[n : n + 1], wanted[n : n + 1]) for n in range(2)]
    assert torch.allclose(compared(name, found, wanted), torch.stack(each).mean(), rtol=1e-5)
    assert torch.allclose(compared(name, found, wanted[:1]), compared(name, found, wanted[:1].repeat(2, 1, 1, 1)))


@EVERY
def test_a_statistic_compares_pictures_of_different_sizes(name):
    small, large = feature_map(1, 4, 5, 6), feature_map(1, 4, 10, 12)
    assert compared(name, small, large).isfinite()
    doubled = small.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    assert compared(name, small, doubled) < 0.02 * compared(name, small, large)


@EVERY
@pytest.mark.parametrize("positions", [(3, 3), (1, 2)])
def test_the_gradient_of_a_statistic(name, positions):
    target = STATISTICS[name].measure(feature_map(1, 3, 4, 2, dtype=torch.float64))
    features = feature_map(1, 3, *positions, dtype=torch.float64).requires_grad_()
    assert gradcheck(lambda f: STATISTICS[name].loss(f, target), features)


@EVERY
def test_the_gradient_of_a_statistic_is_finite_where_channels_are_dead(name):
    features = feature_map(1, 6, 2, 2).relu()
    features[:, :3] = 0
    features.requires_grad_()
    compared(name, features, feature_map(1, 6, 3, 3)).backward()
    assert features.grad.isfinite().all()


# One by one


def test_moments_of_a_known_channel():
    features = torch.tensor([[[[1.0, 3.0], [5.0, 7.0]], [[2.0, 2.0], [2.0, 2.0]]]])
    mean, deviation = channel_moments(features, eps=0.25)
    assert mean.tolist() == [[4, 2]]
    assert deviation[0].tolist() == pytest.approx([(5 + 0.25) ** 0.5, 0.5])  # biased: (9 + 1 + 1 + 9) / 4 = 5


def test_moments_of_a_batch_are_those_of_its_pictures():
    features = feature_map(batch=3)
    for moment in (0, 1):
        one_by_one = torch.cat([channel_moments(picture)[moment] for picture in features.split(1)])
        assert torch.allclose(channel_moments(features)[moment], one_by_one)


def test_moments_gradient():
    assert gradcheck(channel_moments, torch.randn(2, 3, 3, 4, dtype=torch.float64, requires_grad=True))


def test_moments_of_a_constant_channel_have_a_finite_gradient():
    features = torch.ones(1, 2, 3, 3, requires_grad=True)
    channel_moments(features)[1].sum().backward()
    assert features.grad.isfinite().all()


def test_the_gram_loss_is_a_maximum_mean_discrepancy():
    """Li et al. (2017, eq. 8): the kernel (x.y)^2; and with lower orders, the kernel (x.y / C + 1)^2 is mmd_loss."""
    x, y = feature_map(1, 4, 5, 6, torch.float64), feature_map(1, 4, 3, 7, torch.float64)
    rows, others = x[0].flatten(1).T, y[0].flatten(1).T

    def discrepancy(kernel):
        within = kernel(rows @ rows.T).mean() + kernel(others @ others.T).mean()
        return within - 2 * kernel(rows @ others.T).mean()

    gram = ((gram_matrix(x) - gram_matrix(y)) * 4).square().sum()
    assert torch.allclose(discrepancy(torch.square), gram)
    polynomial = discrepancy(lambda product: (product / 4 + 1).square())
    assert torch.allclose(polynomial, mmd_loss(x, (y.mean(dim=(2, 3)), gram_matrix(y))))


def test_covariance_is_the_second_moment_about_the_mean():
    features = feature_map(2)
    by_torch = torch.stack([one.flatten(1).cov(correction=0) for one in features])
    assert torch.allclose(covariance_matrix(features) * 4, by_torch, atol=1e-6)


def test_wasserstein_between_gaussians_by_hand():
    """Along one channel: (m - n)^2 + (s - t)^2."""
    found, wanted = feature_map(1, 1, 6, 6, torch.float64), 3 * feature_map(1, 1, 6, 6, torch.float64) + 1
    expected = (found.mean() - wanted.mean()) ** 2 + (found.std(correction=0) - wanted.std(correction=0)) ** 2
    assert torch.allclose(wasserstein_loss(found, fit_gaussian(wanted)), expected, rtol=1e-4)


def test_wasserstein_of_sparse_features_of_two_positions_is_found():
    """Where LAPACK's float32 fails to converge."""
    for seed in range(4):
        features = torch.rand(1, 256, 1, 2, generator=torch.Generator().manual_seed(seed))
        features = features * (features > 0.9)
        found, wanted = features * 1e4, features.flip(1) * 1e-3
        exact = wasserstein_loss(found.double(), fit_gaussian(wanted.double())).float()
        assert exact > 1e5
        torch.testing.assert_close(wasserstein_loss(found, fit_gaussian(wanted)), exact, rtol=1e-3, atol=0)


def test_wasserstein_grows_with_the_square_of_a_shift():
    features = feature_map(1, 4, 6, 6, torch.float64)
    assert wasserstein_loss(features + 2, fit_gaussian(features)).item() == pytest.approx(4, rel=1e-2)


def test_sliced_wasserstein_of_shifted_features():
    """A shift by a vector moves each projection by the vector's; orthogonal directions keep its length."""
    features, shift = feature_map(1, 4, 5, 6), torch.tensor([1.0, -2, 0, 3]).view(1, 4, 1, 1)
    target = sorted_projections(features + shift)
    assert sliced_wasserstein_loss(features, target).item() == pytest.approx(14 / 4, rel=1e-4)
