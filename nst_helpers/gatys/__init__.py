"""Optimise the pixels of one picture: content from a photo, style from paintings (Gatys et al. 2016)."""

from nst_helpers.gatys.settings import DEFAULT_SIZE, GatysSettings
from nst_helpers.gatys.transfer import stylize

__all__ = ["DEFAULT_SIZE", "GatysSettings", "stylize"]
