"""Controls bound to the same dataclasses that the `parameters` cells fill; ipywidgets 7.7 (Colab) and 8."""

from nst_helpers.widgets.channel_explorer import ChannelExplorer
from nst_helpers.widgets.film_studio import FilmStudio
from nst_helpers.widgets.gallery import Gallery
from nst_helpers.widgets.light_studio import LightStudio
from nst_helpers.widgets.mix_studio import MixStudio
from nst_helpers.widgets.pad_studio import PadStudio
from nst_helpers.widgets.style_studio import StyleStudio
from nst_helpers.widgets.texture_studio import TextureStudio

__all__ = [
    "ChannelExplorer",
    "FilmStudio",
    "Gallery",
    "LightStudio",
    "MixStudio",
    "PadStudio",
    "StyleStudio",
    "TextureStudio",
]
