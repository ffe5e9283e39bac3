"""Random inputs of the checks' trials."""

import torch
from jaxtyping import Float
from torch import Tensor


def uniform(*shape: int, seed: int = 0) -> Float[Tensor, "..."]:
    """Random numbers in [0, 1), on the CPU, the same each time."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(shape, generator=generator, device="cpu", dtype=torch.float32)
