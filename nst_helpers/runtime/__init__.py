"""Where to compute, how much memory there is, options as one dataclass, and how every loop reports."""

from nst_helpers.runtime.device import (
    Precision,
    devices,
    import_torchvision,
    multiplies_bfloat16_fast,
    pick_device,
    pick_precision,
    seed_everything,
    torchvision_weights,
)
from nst_helpers.runtime.files import printable, require_writable, whole_file, write_whole
from nst_helpers.runtime.linear import symmetric_eigenvalues, symmetric_power, transport
from nst_helpers.runtime.memory import (
    available_memory,
    container_memory,
    measure_peak,
    memory_in_a_sentence,
    ran_out_of_memory,
    return_large_blocks,
)
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
from nst_helpers.runtime.recorder import Recorder

__all__ = [
    "Callback",
    "Count",
    "Number",
    "Pixels",
    "Precision",
    "Progress",
    "ProgressBar",
    "Rate",
    "Recorder",
    "Seed",
    "Stop",
    "Weight",
    "available_memory",
    "check_options",
    "container_memory",
    "describe",
    "devices",
    "import_torchvision",
    "measure_peak",
    "memory_in_a_sentence",
    "multiplies_bfloat16_fast",
    "option_types",
    "pick_device",
    "pick_precision",
    "printable",
    "ran_out_of_memory",
    "require_choice",
    "require_writable",
    "return_large_blocks",
    "seed_everything",
    "symmetric_eigenvalues",
    "symmetric_power",
    "takes",
    "torchvision_weights",
    "transport",
    "whole_file",
    "write_whole",
]
