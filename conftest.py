"""Notebooks are tests: each cell is run and compared with its stored outputs."""

pytest_plugins = ["tests.regression.plugin"]
