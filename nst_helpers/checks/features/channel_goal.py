"""``channel_goal(features, channel)``: the channel's mean over the positions, for each picture."""

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _channel_goal(
    features,
    channel,
    *,
    maps=lambda features, channel: features[:, channel],
    value=lambda x: x,
    reduce=lambda values: values.mean(dim=(1, 2)),
):
    return reduce(value(maps(features, channel)))


def _trials():
    sizes = [((2, 3, 4, 5), 1, 2.2), ((3, 4, 2, 6), 2, 2.2), ((1, 2, 3, 3), 1, 4), ((4, 16, 9, 12), 0, 2.2)]
    return [(6 * uniform(*size, seed=seed) - low, channel) for seed, (size, channel, low) in enumerate(sizes)]


check_channel_goal = Exercise(
    name="channel_goal",
    right=_channel_goal,
    trials=_trials,
    mistakes={
        "the pictures of the batch are averaged too; give one number for each.": {
            "reduce": lambda values: values.mean()
        },
        "the positions are summed; take their mean, or a larger picture wins.": {
            "reduce": lambda values: values.sum(dim=(1, 2))
        },
        "this is the highest activation alone; take the mean of all positions.": {
            "reduce": lambda values: values.amax(dim=(1, 2))
        },
        "all channels are averaged; pick the one wanted first, `features[:, channel]`.": {
            "maps": lambda features, channel: features.mean(dim=1)
        },
        "`features[channel]` is a picture of the batch: dimension 0 is the batch; take `features[:, channel]`.": {
            "maps": lambda features, channel: features[channel % len(features)]
        },
        "this is a loss: the sign is turned round; a goal is made large, so leave the minus to the optimiser's line.": {
            "value": lambda x: -x
        },
        "these are squares, which make strongly negative values a success as well; average the activations.": {
            "value": lambda x: x.square()
        },
        "negative values were cut off, and with them the gradient where the channel doesn't fire yet.": {
            "value": lambda x: x.relu()
        },
        "this is the channel's map; take its mean over rows and columns.": {"reduce": lambda values: values},
    },
    verified="one mean for each picture of the batch, with its gradient",
)
