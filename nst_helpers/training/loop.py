"""One resumable loop for every network: steps, checkpoints, a log, on whatever devices `accelerate` is given."""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from accelerate import Accelerator
from jaxtyping import Float
from torch import Tensor, nn

from nst_helpers.images import save_image
from nst_helpers.losses import Value
from nst_helpers.networks import save_network
from nst_helpers.runtime import Callback, Progress, Recorder, pick_precision
from nst_helpers.training import log
from nst_helpers.training.machines import compiler_found, make_accelerator, require_divisible, require_together
from nst_helpers.training.pairs import Pairs
from nst_helpers.training.photos import Batch, Crops, batches, mix_seeds
from nst_helpers.training.settings import TrainingSettings, learning_rate
from nst_helpers.training.state import CHECKPOINT, State, read_about, require_same

Objective = Callable[[Callable[..., Tensor], Batch | Pairs], Value]
"""What a network, called as the module is, is trained for: its loss on a batch, to be minimised over its weights."""


@dataclass
class Training:
    """A trained network and how it was reached.

    Attributes:
        network: the moving average of the weights, on the device it was trained on.
        history: a report of each step of this run.
        interrupted: whether it ended before its last step, by Ctrl-C or by the callback.
    """

    network: nn.Module
    history: list[Progress] = field(default_factory=list)
    interrupted: bool = False


class DivergedError(ValueError):
    """A loss or gradient that is not finite."""


def train(
    network: nn.Module,
    objective: Objective,
    crops: Crops,
    settings: TrainingSettings,
    *,
    folder: Path | None = None,
    facts: Mapping[str, object] | None = None,
    preview: Callable[[nn.Module], Float[Tensor, "1 3 height width"]] | None = None,
    callback: Callback | None = None,
    accelerator: Accelerator | None = None,
) -> Training:
    """Train a network in place with Adam, from where the folder's checkpoint stands.

    Step k of a run is the same however often the run was interrupted, and on however many processes: crops, styles and
    all chance are functions of the seed and of k. In float32 on the CPU that holds bit by bit for one number of
    threads.

    Args:
        network: its parameters that require a gradient are trained.
        objective: of network and batch, on the accelerator's device.
        folder: gets ``checkpoint.safetensors``, ``log.jsonl`` (a line a step), ``preview.jpg`` and the network itself,
            ``network.safetensors``; nothing is written if left out.
        facts: for the network's file, beside the settings and the losses.
        preview: a picture of what the network does.
        callback: told of each step; it may raise `runtime.Stop`.
        accelerator: of the process; made if left out.

    Raises:
        ValueError: a folder with another run's checkpoint, batch normalisation or an uneven batch on several processes.
        DivergedError: a loss or gradient that is not finite; the last checkpoint stays.
    """
    accelerator = accelerator or make_accelerator(settings)
    run = _Run(network, objective, crops, settings, accelerator, folder, dict(facts or {}), preview)
    recorder = Recorder(settings.steps, callback, keep="last", done=run.state.step)
    devices = [accelerator.device] if accelerator.device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices), recorder:
            run.go(recorder)
    finally:
        run.end()
    return Training(run.state.average, recorder.history, recorder.interrupted)


class _Run:
    """One process's part of a run."""

    def __init__(self, network, objective, crops, settings, accelerator, folder, facts, preview):
        require_divisible(network, settings, accelerator)
        self.objective, self.crops, self.settings, self.accelerator = objective, crops, settings, accelerator
        self.facts, self.preview = facts, preview
        self.folder = folder if accelerator.is_main_process else None
        self.state = State(network.to(accelerator.device).train(), settings.averaging)
        self.whole = True  # whether no step is half taken, or not yet in the log
        self.losses: dict[str, float] = {}
        accelerator.wait_for_everyone()  # the first process may still be writing what a run before this one gave
        if folder is not None and (folder / CHECKPOINT).exists():
            before = read_about(folder / CHECKPOINT)
            require_same(before, self._about(), folder)
            self.state.load(folder / CHECKPOINT)
            self.losses = before.get("losses", {})
        require_together(self.state.step, accelerator)
        if self.folder is not None:
            log.begin(self.folder, self.state.step)

    def go(self, recorder: Recorder) -> None:
        """Take the steps that are left."""
        accelerator, settings = self.accelerator, self.settings
        if self.state.step >= settings.steps:
            return
        compiled = settings.compiled == "auto" and compiler_found(accelerator.device)
        network = self.state.network
        if compiled:
            network = torch.compile(network, dynamic=False)
        network = accelerator.prepare_model(network)
        self._log({"step": self.state.step, **self._where(compiled)})
        began = time.perf_counter()
        for batch, problems in self._batches():
            waited = time.perf_counter() - began
            losses, total = self._step(network, batch)
            note = " ".join(problems)
            self._log({"step": self.state.step, "loss": total, **losses, "seconds": time.perf_counter() - began,
                       "waited": waited} | ({"note": note} if note else {}))  # fmt: skip
            self.whole = True
            recorder.report(total, losses=losses, note=note)
            self._keep()
            began = time.perf_counter()

    def end(self) -> None:
        """Keep what the last whole step gave, whatever ended the run."""
        if self.whole:
            self._save()

    def _batches(self) -> Iterator[tuple[Batch | Pairs, list[str]]]:
        found = batches(
            self.crops,
            start=self.state.step,
            stop=self.settings.steps,
            batch=self.settings.batch,
            rank=self.accelerator.process_index,
            processes=self.accelerator.num_processes,
            workers=self.settings.workers,
        )
        for batch, problems in found:
            yield batch._make(part.to(self.accelerator.device) for part in batch), problems

    def _step(self, network: nn.Module, batch: Batch | Pairs) -> tuple[dict[str, float], float]:
        """Evaluate, step; the losses by name and the total, averaged over the processes."""
        state, accelerator = self.state, self.accelerator
        torch.manual_seed(mix_seeds(self.settings.seed, state.step))
        state.network.train()
        for group in state.optimizer.param_groups:
            group["lr"] = learning_rate(state.step, self.settings)
        value = self.objective(self._in_precision(network), batch)
        accelerator.backward(value.total)
        trained = [parameter for parameter in state.network.parameters() if parameter.requires_grad]
        norm = accelerator.clip_grad_norm_(trained, self.settings.clip)
        figures = torch.stack([value.total.detach(), *(loss.detach() for loss in value.losses.values())])
        total, *losses = accelerator.reduce(figures, "mean").tolist()
        self.whole = False
        if not math.isfinite(total) or not math.isfinite(norm):
            raise DivergedError(self._diverged(total))
        state.optimizer.step()
        state.optimizer.zero_grad(set_to_none=True)
        state.advance()
        self.losses = dict(zip(value.losses, losses, strict=True))
        return self.losses, total

    def _in_precision(self, network: nn.Module) -> Callable[..., Tensor]:
        """The network with its convolutions in the settings' number format; weights and sums stay in float32."""
        device = self.accelerator.device
        dtype = pick_precision(self.settings.precision, device)
        if dtype == torch.float32:
            return network

        def run(*inputs: Tensor | bool | None) -> Tensor | tuple[Tensor, ...]:
            with torch.autocast(device.type, dtype):
                return network(*inputs)

        return run

    def _keep(self) -> None:
        """Checkpoint and preview, where the step is due for them."""
        step, settings = self.state.step, self.settings
        if step % settings.save_every == 0 and step < settings.steps:
            self._save()
        if self.folder is not None and self.preview is not None and step % settings.preview_every == 0:
            self.state.average.eval()
            save_image(self.preview(self.state.average), self.folder / "preview.jpg")

    def _save(self) -> None:
        if self.folder is None:
            return
        self.state.save(self.folder / CHECKPOINT, {**self._about(), "losses": self.losses})
        facts = {
            **self.facts,
            "settings": _plain(asdict(self.settings)),
            "steps": self.state.step,
            "losses": self.losses,
        }
        save_network(self.state.average, self.folder / "network.safetensors", facts=facts)

    def _about(self) -> dict[str, object]:
        network = {"class": type(self.state.network).__name__, "arguments": self.state.network.arguments}
        return _plain({"settings": asdict(self.settings), "network": network, "pictures": len(self.crops.pictures)})

    def _where(self, compiled: bool) -> dict[str, object]:
        """What is on, for the log."""
        precision = pick_precision(self.settings.precision, self.accelerator.device)
        return {
            "device": self.accelerator.device.type,
            "processes": self.accelerator.num_processes,
            "precision": str(precision).removeprefix("torch."),
            "compiled": compiled,
        }

    def _log(self, entry: Mapping[str, object]) -> None:
        if self.folder is not None:
            log.append(self.folder, entry)

    def _diverged(self, total: float) -> str:
        kept = "no checkpoint was written yet"
        if self.folder is not None and (self.folder / CHECKPOINT).exists():
            step = read_about(self.folder / CHECKPOINT)["step"]
            kept = f"the checkpoint of step {step} stays"
        return (
            f"the loss is {total} after {self.state.step} steps, or its gradient isn't finite: {kept}; lower "
            f"learning_rate ({self.settings.learning_rate:g}) or take precision float32."
        )


def _plain(about: object) -> object:
    """As JSON gives it back: tuples are lists."""
    return json.loads(json.dumps(about))
