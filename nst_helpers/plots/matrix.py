"""A table of figures as a picture: every entry is written, and the small ones are bright."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from jaxtyping import Float
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from torch import Tensor


def show_matrix(values: Float[Tensor, "rows columns"], rows: Sequence[str], columns: Sequence[str]) -> Figure:
    """Entries above 0 with their figures, on a logarithmic scale of grey from the smallest (white) to the largest.

    Raises:
        ValueError: another number of names than of rows or columns.
    """
    if values.shape != (len(rows), len(columns)):
        raise ValueError(
            f"the matrix is {tuple(values.shape)}, and there are {len(rows)} and {len(columns)} names: give each row "
            "and column one."
        )
    values = values.detach().cpu()
    figure, axis = plt.subplots(figsize=(2.2 + 0.62 * len(columns), 1.6 + 0.34 * len(rows)), layout="constrained")
    scale = LogNorm(values.min().item(), values.max().item())
    axis.imshow(values.numpy(), cmap="Greys", norm=scale, aspect="auto")
    for row, entries in enumerate(values.tolist()):
        for column, entry in enumerate(entries):
            color = "white" if scale(entry) > 0.6 else "black"
            axis.text(column, row, f"{entry:.2g}", ha="center", va="center", color=color, fontsize=8)
    axis.set_xticks(range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor", fontsize=8)
    axis.set_yticks(range(len(rows)), rows, fontsize=8)
    return figure
