"""Every figure that the notebooks show: one palette, one panel size, labels on everything."""

from nst_helpers.plots.curves import LINE_STYLES, PALETTE, plot_losses
from nst_helpers.plots.pictures import PANEL, outline, scatter_images, show_images, show_maps

__all__ = ["LINE_STYLES", "PALETTE", "PANEL", "outline", "plot_losses", "scatter_images", "show_images", "show_maps"]
