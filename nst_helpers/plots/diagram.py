"""A network drawn: one bar for each layer, as high as its maps."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from nst_helpers.plots.curves import PALETTE


def draw_network(layers: Mapping[str, tuple[int, int]]) -> Figure:
    """Bars in the order of the layers, as high as a map's side, with channels above and the layer's name below.

    Args:
        layers: (channels, side in px) by name.
    """
    if not layers:
        raise ValueError("no layer was given: pass at least one, by name.")
    figure, axis = plt.subplots(figsize=(max(4.0, 0.52 * len(layers)), 3.6), layout="constrained")
    for number, (channels, side) in enumerate(layers.values()):
        axis.bar(number, side, bottom=-side / 2, width=0.6, color=PALETTE[5], edgecolor="black")
        axis.annotate(str(channels), (number, side / 2), (0, 3), textcoords="offset points", ha="center", fontsize=8)
    axis.set_xticks(range(len(layers)), layers, rotation=60, ha="right", rotation_mode="anchor", fontsize=8)
    largest = max(side for _, side in layers.values())
    axis.set_ylim(-0.55 * largest, 0.62 * largest)
    sides = sorted({side for _, side in layers.values()})
    axis.set_yticks([side / 2 for side in sides], [f"{side} px" for side in sides], fontsize=8)
    axis.set_title("channels above, side of the maps by height", fontsize=9)
    for edge in ("top", "right", "bottom"):
        axis.spines[edge].set_visible(False)
    return figure
