"""What a channel looks for: pictures optimised for it, patches that excite it, photos rebuilt from features."""

from nst_helpers.feature_vis.goals import Goal, channel, direction, diversity, neuron, whole_layer
from nst_helpers.feature_vis.invert import invert_features
from nst_helpers.feature_vis.paint import visualize
from nst_helpers.feature_vis.peaks import Peaks, find_peaks
from nst_helpers.feature_vis.robustness import transform
from nst_helpers.feature_vis.settings import FeatureVisSettings

__all__ = [
    "FeatureVisSettings",
    "Goal",
    "Peaks",
    "channel",
    "direction",
    "diversity",
    "find_peaks",
    "invert_features",
    "neuron",
    "transform",
    "visualize",
    "whole_layer",
]
