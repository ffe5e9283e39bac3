"""Powers of symmetric matrices: what whitening, colouring and optimal linear maps are made of."""

import torch
from jaxtyping import Float
from torch import Tensor

_ROUNDING = {torch.float32: 1e-6, torch.float64: 1e-12}  # of eigenvalues, as a share of the largest


def symmetric_power(
    matrix: Float[Tensor, "*batch n n"], exponent: float, floor: float = 0.0, relative: float = 0.0
) -> Float[Tensor, "*batch n n"]:
    """A symmetric matrix to a power; eigenvalues that are too small, and their inverses, count as zero.

    Args:
        floor: too small is what is not above it,
        relative: or not above this share of the matrix' largest eigenvalue.
    """
    values, vectors = torch.linalg.eigh(_precise(matrix))  # in ascending order
    kept = values > (relative * values[..., -1:]).clamp(min=floor)
    powers = torch.where(kept, values, 1).pow(exponent) * kept
    return (vectors * powers[..., None, :] @ vectors.mT).to(matrix)


def symmetric_eigenvalues(matrix: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch n"]:
    """The eigenvalues of a symmetric matrix in ascending order."""
    return torch.linalg.eigvalsh(_precise(matrix)).to(matrix)


def transport(covariance: Float[Tensor, "*#batch n n"], root: Float[Tensor, "*#batch n n"]) -> Float[Tensor, "... n n"]:
    """The linear map from one covariance to another that moves the least: ``B^1/2 (B^1/2 A B^1/2)^-1/2 B^1/2``.

    The Monge-Kantorovich map (Pitié & Kokaram 2007), equal to ``A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2`` where A is
    invertible, and needing no inverse of A where it isn't.

    Args:
        covariance: A.
        root: the symmetric root of B.
    """
    product = root @ covariance @ root
    return root @ symmetric_power(product, -0.5, relative=_ROUNDING[product.dtype]) @ root


def _precise(matrix: Tensor) -> Tensor:
    """In float64: LAPACK's float32 fails to converge on some covariances of few positions."""
    return (matrix.cpu() if matrix.device.type == "mps" else matrix).double()  # Apple's GPUs have no float64
