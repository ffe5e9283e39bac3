"""Powers of symmetric matrices, and the linear map from one covariance to another that moves the least."""

import pytest
import torch
from torch.autograd import gradcheck

from nst_helpers.runtime import symmetric_power, transport


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def covariance(n=5, rank=None, batch=(2,), dtype=torch.float64):
    """Of random numbers, of the rank given."""
    factors = torch.randn(*batch, n, rank or n, dtype=dtype)
    return factors @ factors.mT


def test_a_power_undoes_another():
    matrix = covariance()
    root = symmetric_power(matrix, 0.5)
    torch.testing.assert_close(root @ root, matrix)
    torch.testing.assert_close(root, root.mT)
    torch.testing.assert_close(symmetric_power(matrix, -1.0), torch.linalg.inv(matrix))
    torch.testing.assert_close(symmetric_power(matrix, -0.5) @ root, torch.eye(5, dtype=torch.float64).expand(2, 5, 5))


@pytest.mark.parametrize("options", [{"floor": 0.1}, {"relative": 0.02}, {"floor": 0.1, "relative": 1e-9}])
def test_eigenvalues_that_are_too_small_and_their_inverses_count_as_zero(options):
    rotation = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64)).Q
    values = torch.tensor([0.0, 0.09, 2.0, 5.0], dtype=torch.float64)
    inverse = symmetric_power(rotation * values @ rotation.mT, -1.0, **options)
    wanted = rotation * torch.tensor([0.0, 0.0, 0.5, 0.2], dtype=torch.float64) @ rotation.mT
    torch.testing.assert_close(inverse, wanted)


def test_each_matrix_of_a_batch_is_measured_by_its_own_largest_eigenvalue():
    matrices = torch.diag_embed(torch.tensor([[1e-3, 1.0], [1e-9, 1e-6]]))
    together = symmetric_power(matrices, -0.5, relative=1e-2)
    torch.testing.assert_close(together[:1], symmetric_power(matrices[:1], -0.5, relative=1e-2))
    assert (together.diagonal(dim1=-2, dim2=-1) > 0).tolist() == [[False, True], [False, True]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nothing_but_zeros_gives_zeros(dtype):
    zeros = torch.zeros(1, 3, 3, dtype=dtype)
    for exponent in (0.5, -0.5, 1.0):
        assert torch.equal(symmetric_power(zeros, exponent, relative=1e-6), zeros)
    assert torch.equal(transport(zeros, covariance(3, batch=(1,), dtype=dtype)), zeros)


def test_transport_takes_one_covariance_to_the_other_and_is_symmetric():
    a, b = covariance(), covariance()
    moved = transport(a, symmetric_power(b, 0.5))
    torch.testing.assert_close(moved @ a @ moved.mT, b)
    torch.testing.assert_close(moved, moved.mT)
    assert torch.linalg.eigvalsh(moved).min() > 0  # a gradient of a convex function: no map moves less


def test_transport_is_the_papers_where_that_has_an_inverse():
    a, b = covariance(), covariance()
    half, inverse = symmetric_power(a, 0.5), symmetric_power(a, -0.5)
    wanted = inverse @ symmetric_power(half @ b @ half, 0.5) @ inverse
    torch.testing.assert_close(transport(a, symmetric_power(b, 0.5)), wanted)


def test_transport_from_a_covariance_to_itself_is_the_identity():
    a = covariance()
    torch.testing.assert_close(transport(a, symmetric_power(a, 0.5)), torch.eye(5, dtype=torch.float64).expand(2, 5, 5))


@pytest.mark.parametrize("ranks", [(2, 5), (5, 2), (2, 2), (3, 2)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_transport_of_less_than_full_rank_is_finite_and_makes_no_variance_out_of_nothing(ranks, dtype):
    a, b = (covariance(rank=rank, dtype=dtype) for rank in ranks)
    moved = transport(a, symmetric_power(b, 0.5))
    made = moved @ a @ moved.mT
    assert made.isfinite().all()
    shares = torch.linalg.eigvalsh(made) / torch.linalg.eigvalsh(b)[:, -1:]
    assert ((shares > 1e-4).sum(dim=1) == min(ranks)).all()
    assert shares.max() < 1.001


def test_covariances_of_few_positions_and_dead_channels_are_decomposed():
    """On most of which float32's own decomposition fails."""
    for seed in range(20):
        chance = torch.Generator().manual_seed(seed)
        features = torch.randn(512, 4, generator=chance).relu() * torch.rand(512, 1, generator=chance)
        features[::2] = 0
        centered = features - features.mean(dim=1, keepdim=True)
        matrix = centered @ centered.mT / 4
        root = symmetric_power(matrix, 0.5)
        assert root.dtype == torch.float32
        torch.testing.assert_close(root @ root, matrix, rtol=0, atol=1e-5 * matrix.abs().max().item())


def test_gradients_lead_through_both():
    a, root = covariance(3, batch=(1,)).requires_grad_(), symmetric_power(covariance(3, batch=(1,)), 0.5)

    def symmetric(matrix):
        return (matrix + matrix.mT) / 2

    assert gradcheck(lambda matrix: symmetric_power(symmetric(matrix), -0.5), a)
    assert gradcheck(lambda matrix: transport(symmetric(matrix), root), a)
