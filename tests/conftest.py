"""What every test relies on: figures are drawn into memory, never on a screen."""

import os

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib
