"""Powers of symmetric matrices: what whitening, colouring and optimal linear maps are made of."""

import torch
from jaxtyping import Float
from torch import Tensor


def symmetric_power(
    matrix: Float[Tensor, "*batch n n"], exponent: float, floor: float | Tensor = 0.0
) -> Float[Tensor, "*batch n n"]:
    """A symmetric matrix to a power; eigenvalues up to ``floor``, and their inverses, count as zero.

    Args:
        floor: a number, or one for each eigenvalue, broadcast to (*batch, n).
    """
    values, vectors = torch.linalg.eigh(matrix)
    kept = values > floor
    powers = torch.where(kept, values, 1).pow(exponent) * kept
    return vectors * powers[..., None, :] @ vectors.mT


def transport(
    covariance: Float[Tensor, "*batch n n"], root: Float[Tensor, "*batch n n"]
) -> Float[Tensor, "*batch n n"]:
    """The linear map from one covariance to another that moves the least: ``B^1/2 (B^1/2 A B^1/2)^-1/2 B^1/2``.

    The Monge-Kantorovich map (Pitié & Kokaram 2007), equal to ``A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2`` where A is
    invertible, and needing no inverse of A where it isn't.

    Args:
        covariance: A.
        root: the symmetric root of B.
    """
    product = root @ covariance @ root
    largest = product.diagonal(dim1=-2, dim2=-1).sum(dim=-1)[..., None]  # the trace bounds the eigenvalues
    return root @ symmetric_power(product, -0.5, _RELATIVE[product.dtype] * largest) @ root


_RELATIVE = {torch.float32: 1e-6, torch.float64: 1e-12}  # below it an eigenvalue is rounding
