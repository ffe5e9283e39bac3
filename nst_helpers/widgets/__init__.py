"""Controls bound to the same dataclasses that the `parameters` cells fill; ipywidgets 7.7 (Colab) and 8."""

from nst_helpers.widgets.style_studio import StyleStudio

__all__ = ["StyleStudio"]
