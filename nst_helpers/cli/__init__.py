"""The command line, ``python -m nst_helpers``."""

from nst_helpers.cli.main import main, run

__all__ = ["main", "run"]
