"""Where to compute, how much memory there is, options as one dataclass, and how every loop reports."""

from nst_helpers.runtime.device import (
    Precision,
    import_torchvision,
    multiplies_bfloat16_fast,
    pick_device,
    pick_precision,
    seed_everything,
)
from nst_helpers.runtime.memory import available_memory, measure_peak, return_large_blocks
from nst_helpers.runtime.options import (
    Count,
    Number,
    Pixels,
    Rate,
    Seed,
    Weight,
    check_options,
    describe,
    option_types,
    require_choice,
    takes,
)
from nst_helpers.runtime.progress import Callback, Progress, ProgressBar, Stop

__all__ = [
    "Callback",
    "Count",
    "Number",
    "Pixels",
    "Precision",
    "Progress",
    "ProgressBar",
    "Rate",
    "Seed",
    "Stop",
    "Weight",
    "available_memory",
    "check_options",
    "describe",
    "import_torchvision",
    "measure_peak",
    "multiplies_bfloat16_fast",
    "option_types",
    "pick_device",
    "pick_precision",
    "require_choice",
    "return_large_blocks",
    "seed_everything",
    "takes",
]
