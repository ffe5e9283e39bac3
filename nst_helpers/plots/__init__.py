"""Every figure that the notebooks show: one palette, one panel size, labels on everything."""

import matplotlib
import matplotlib.pyplot as plt

from nst_helpers.plots.curves import LINE_STYLES, PALETTE, plot_losses, plot_runs, plot_spectra
from nst_helpers.plots.diagram import draw_network
from nst_helpers.plots.matrix import show_matrix
from nst_helpers.plots.motion import filmstrip
from nst_helpers.plots.objective import draw_objective
from nst_helpers.plots.pictures import PANEL, outline, scatter_images, show_images, show_maps

__all__ = [
    "LINE_STYLES",
    "PALETTE",
    "PANEL",
    "draw_network",
    "draw_objective",
    "filmstrip",
    "outline",
    "plot_losses",
    "plot_runs",
    "plot_spectra",
    "scatter_images",
    "show_images",
    "show_maps",
    "show_matrix",
]

if "inline" in (matplotlib.get_backend(auto_select=False) or ""):
    # A notebook draws each figure itself as its cell ends; pyplot's own hook would draw them before, for nobody.
    plt.switch_backend(matplotlib.get_backend())  # which installs the hook, here and not at the first figure
    plt.uninstall_repl_displayhook()
