"""The command line, ``python -m nst_helpers``."""

from nst_helpers.cli.main import main

__all__ = ["main"]
