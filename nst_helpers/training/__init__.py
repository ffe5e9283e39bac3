"""Training: one resumable loop, and what each kind of network is trained for."""

from nst_helpers.images import find_pictures
from nst_helpers.training.adain import AdaINObjective, adain_objective, train_adain
from nst_helpers.training.add import add_style
from nst_helpers.training.download import PHOTOS_SOURCE, fetch_photos
from nst_helpers.training.fast import measured_objective, objective_of, train_fast, trained_with
from nst_helpers.training.loop import DivergedError, Objective, Training, train
from nst_helpers.training.machines import make_accelerator
from nst_helpers.training.pairs import ClipPairs, Pair, Pairs, ScenePairs, find_clips
from nst_helpers.training.perceptual import PerceptualObjective
from nst_helpers.training.photos import Batch, Crops, RepeatedCrops, batches, set_aside
from nst_helpers.training.reconet import ReCoNetObjective, train_reconet
from nst_helpers.training.settings import (
    AdaINSettings,
    FastSettings,
    ReCoNetSettings,
    TrainingSettings,
    learning_rate,
)
from nst_helpers.training.undo import undo_encoder
from nst_helpers.training.warm import warm_start

__all__ = [
    "PHOTOS_SOURCE",
    "AdaINObjective",
    "AdaINSettings",
    "Batch",
    "ClipPairs",
    "Crops",
    "DivergedError",
    "FastSettings",
    "Objective",
    "Pair",
    "Pairs",
    "PerceptualObjective",
    "ReCoNetObjective",
    "ReCoNetSettings",
    "RepeatedCrops",
    "ScenePairs",
    "Training",
    "TrainingSettings",
    "adain_objective",
    "add_style",
    "batches",
    "fetch_photos",
    "find_clips",
    "find_pictures",
    "learning_rate",
    "make_accelerator",
    "measured_objective",
    "objective_of",
    "set_aside",
    "train",
    "train_adain",
    "train_fast",
    "train_reconet",
    "trained_with",
    "undo_encoder",
    "warm_start",
]
