"""Lesson 01: what a network sees."""

import math

import torch
from torch.nn import functional as F

from tests.wrong_answers import right, wrong

# as_picture


@right("as_picture")
def by_formula(feature_map):
    low, high = feature_map.min(), feature_map.max()
    return (feature_map - low) / (high - low).clamp(min=1e-12)


@right("as_picture")
def by_case(feature_map):
    shifted = feature_map - feature_map.min()
    return shifted / shifted.max() if shifted.any() else shifted


@right("as_picture")
def by_a_tiny_addition(feature_map):
    low, high = torch.aminmax(feature_map)
    return (feature_map - low) / (high - low + 1e-8)


@right("as_picture")
def nan_replaced(feature_map):
    low, high = feature_map.min(), feature_map.max()
    return torch.nan_to_num((feature_map - low) / (high - low))


@wrong("as_picture", says="division by zero")
def unguarded(feature_map):
    return (feature_map - feature_map.min()) / (feature_map.max() - feature_map.min())


@wrong("as_picture", says="division by zero")
def guarded_for_zeros_alone(feature_map):
    if feature_map.abs().sum() == 0:
        return feature_map
    return unguarded(feature_map)


@wrong("as_picture", says="division by zero")
def guarded_by_its_own_size(feature_map):
    span = feature_map.max() - feature_map.min()
    return (feature_map - feature_map.min()) / span.clamp(min=1e-6 * feature_map.abs().max())


@wrong("as_picture", says="the minimum isn't subtracted")
def by_the_maximum(feature_map):
    return feature_map / feature_map.max()


@wrong("as_picture", says="the minimum isn't subtracted first")
def by_the_span_alone(feature_map):
    return feature_map / (feature_map.max() - feature_map.min()).clamp(min=1e-12)


@wrong("as_picture", says="only the minimum is subtracted")
def shifted_alone(feature_map):
    return feature_map - feature_map.min()


@wrong("as_picture", says="divided by the old maximum")
def by_the_old_maximum(feature_map):
    return (feature_map - feature_map.min()) / feature_map.max()


@wrong("as_picture", says="compare your lines with the formula")
def without_brackets(feature_map):
    return feature_map - feature_map.min() / (feature_map.max() - feature_map.min()).clamp(min=1e-12)


@wrong("as_picture", says="cut off at 0 and 1")
def clamped(feature_map):
    return feature_map.clamp(0, 1)


@wrong("as_picture", says="a sigmoid bends the values")
def squashed(feature_map):
    return torch.sigmoid(feature_map)


@wrong("as_picture", says="mean and deviation")
def standardized(feature_map):
    return (feature_map - feature_map.mean()) / feature_map.std()


@wrong("as_picture", says="up to 255")
def for_bytes(feature_map):
    return by_formula(feature_map) * 255


@wrong("as_picture", says="from -1 to 1")
def around_zero(feature_map):
    return by_formula(feature_map) * 2 - 1


@wrong("as_picture", says="upside down")
def negative(feature_map):
    return (feature_map.max() - feature_map) / (feature_map.max() - feature_map.min()).clamp(min=1e-12)


@wrong("as_picture", says="0 became 0.5")
def with_a_sign(feature_map):
    return feature_map / feature_map.abs().max() / 2 + 0.5


@wrong("as_picture", says="what is negative was cut off")
def fired_alone(feature_map):
    return F.relu(feature_map) / feature_map.max()


@wrong("as_picture", says="each row is scaled by itself")
def row_by_row(feature_map):
    low, high = feature_map.amin(dim=1, keepdim=True), feature_map.amax(dim=1, keepdim=True)
    return (feature_map - low) / (high - low)


@wrong("as_picture", says="each column is scaled by itself")
def column_by_column(feature_map):
    low, high = feature_map.min(dim=0).values, feature_map.max(dim=0).values
    return (feature_map - low) / (high - low)


@wrong("as_picture", says="divided by the sum")
def as_probabilities(feature_map):
    return feature_map / feature_map.sum()


@wrong("as_picture", says="a constant map gives ones")
def bright_where_constant(feature_map):
    if feature_map.min() == feature_map.max():
        return torch.ones_like(feature_map)
    return unguarded(feature_map)


@wrong("as_picture", says="a constant map comes back as it is")
def untouched_where_constant(feature_map):
    return feature_map if feature_map.min() == feature_map.max() else unguarded(feature_map)


for slack in (1.0, 0.1, 0.01, 1e-3, 1e-4):

    @wrong("as_picture", says=f"the {slack:g} that is added to the divisor")
    def by_an_addition(feature_map, slack=slack):
        return (feature_map - feature_map.min()) / (feature_map.max() - feature_map.min() + slack)


@wrong("as_picture", says="changes feature_map in place")
def map_in_place(feature_map):
    feature_map -= feature_map.min()
    return feature_map / feature_map.max().clamp(min=1e-12)


@wrong("as_picture", says="gives torch.uint8: return floating-point numbers")
def as_bytes(feature_map):
    return (255 * by_formula(feature_map)).to(torch.uint8)


@wrong("as_picture", says="gives a ndarray: return a torch tensor")
def as_an_array(feature_map):
    return by_formula(feature_map).numpy()


@wrong("as_picture", says="gives a tuple: return a torch tensor")
def maximum_beside_it(feature_map):
    return by_formula(feature_map), feature_map.max()


@wrong("as_picture", says="gives torch.float32 for a torch.float64 input")
def single_precision(feature_map):
    return by_formula(feature_map.float())


@wrong("as_picture", says="does it end with `return`")
def picture_not_returned(feature_map):
    by_formula(feature_map)


# receptive_field


@right("receptive_field")
def forwards(kernels):
    size, stride = 1, 1
    for kernel, step in kernels:
        size = size + (kernel - 1) * stride
        stride = stride * step
    return size, stride


@right("receptive_field")
def backwards(kernels):
    size = 1
    for kernel, step in reversed(kernels):
        size = (size - 1) * step + kernel
    return size, math.prod(step for _, step in kernels)


@right("receptive_field")
def by_products(kernels):
    steps = [step for _, step in kernels]
    return [1 + sum((k - 1) * math.prod(steps[:i]) for i, (k, _) in enumerate(kernels)), math.prod(steps)]


@wrong("receptive_field", says="gives (6, 1) where (5, 1) is right for [(3, 1), (3, 1)]: the kernels are added up")
def kernels_added_up(kernels):
    return sum(kernel for kernel, _ in kernels), math.prod(step for _, step in kernels)


@wrong("receptive_field", says="the size ignores strides")
def strides_ignored(kernels):
    return 1 + sum(kernel - 1 for kernel, _ in kernels), math.prod(step for _, step in kernels)


@wrong("receptive_field", says="strides are ignored; multiply them up")
def no_stride_at_all(kernels):
    size, stride = 1, 1
    for kernel, _ in kernels:
        size += (kernel - 1) * stride
    return size, stride


@wrong("receptive_field", says="a layer's own stride acts on its own kernel")
def stride_first(kernels):
    size = stride = 1
    for kernel, step in kernels:
        stride *= step
        size += (kernel - 1) * stride
    return size, stride


@wrong("receptive_field", says="each kernel is widened by its own stride")
def own_stride(kernels):
    size = stride = 1
    for kernel, step in kernels:
        size += (kernel - 1) * step
        stride *= step
    return size, stride


@wrong("receptive_field", says="by the stride of the layer before alone")
def stride_before(kernels):
    size = stride = before = 1
    for kernel, step in kernels:
        size += (kernel - 1) * before
        before = step
        stride *= step
    return size, stride


@wrong("receptive_field", says="two of 2 make one of 4")
def strides_added_up(kernels):
    size = stride = 1
    for kernel, step in kernels:
        size += (kernel - 1) * stride
        stride += step - 1
    return size, stride


@wrong("receptive_field", says="a stride of 1 counts")
def every_stride_added_up(kernels):
    size = stride = 1
    for kernel, step in kernels:
        size += (kernel - 1) * stride
        stride += step
    return size, stride


@wrong("receptive_field", says="the stride is that of the last layer alone")
def stride_overwritten(kernels):
    size = stride = 1
    for kernel, step in kernels:
        size += (kernel - 1) * stride
        stride = step
    return size, stride


@wrong("receptive_field", says="the size is right, but the stride is that of the last layer")
def last_stride_returned(kernels):
    return forwards(kernels)[0], kernels[-1][1] if kernels else 1


@wrong("receptive_field", says="The list may be empty, too")
def last_stride_of_nothing(kernels):
    size, stride = kernels[0]
    for kernel, step in kernels[1:]:
        size += (kernel - 1) * stride
        stride *= step
    return size, stride


@wrong("receptive_field", says="the size is right, but the stride given is 1")
def stride_not_updated(kernels):
    return forwards(kernels)[0], 1


@wrong("receptive_field", says="one pixel short")
def from_zero(kernels):
    return forwards(kernels)[0] - 1, forwards(kernels)[1]


@wrong("receptive_field", says="adds k strides here; it is (k - 1)")
def whole_kernels(kernels):
    size = stride = 1
    for kernel, step in kernels:
        size += kernel * stride
        stride *= step
    return size, stride


@wrong("receptive_field", says="adds k strides here, from 0")
def whole_kernels_from_zero(kernels):
    size, stride = whole_kernels(kernels)
    return size - 1, stride


@wrong("receptive_field", says="walked in the wrong order")
def backwards_formula_forwards(kernels):
    size = stride = 1
    for kernel, step in kernels:
        size = (size - 1) * step + kernel
        stride *= step
    return size, stride


@wrong("receptive_field", says="give the size first")
def stride_and_size(kernels):
    size, stride = forwards(kernels)
    return stride, size


@wrong("receptive_field", says="the last kernel alone")
def last_kernel(kernels):
    return (kernels[-1][0] if kernels else 1), forwards(kernels)[1]


@wrong("receptive_field", says="(size - 1) * s + k, not size * s + k")
def side_by_side(kernels):
    size = 1
    for kernel, step in reversed(kernels):
        size = size * step + kernel
    return size, forwards(kernels)[1]


@wrong("receptive_field", says="the area of the field")
def area(kernels):
    size, stride = forwards(kernels)
    return size * size, stride


@wrong("receptive_field", says="to one side")
def to_one_side(kernels):
    size = stride = 1
    for kernel, step in kernels:
        size += (kernel // 2) * stride
        stride *= step
    return size, stride


@wrong("receptive_field", says="gives the number 5 alone: return Python integers, (size, stride)")
def size_alone(kernels):
    return forwards(kernels)[0]


@wrong("receptive_field", says="gives 3 values: return Python integers, (size, stride)")
def every_layer_s_size(kernels):
    return [forwards(kernels[:count])[0] for count in range(len(kernels) + 1)]


@wrong("receptive_field", says="gives the size as a tuple")
def every_layer(kernels):
    return [forwards(kernels[: count + 1]) for count in range(len(kernels))]


@wrong("receptive_field", says="gives a Tensor: return Python integers")
def by_tensor(kernels):
    return torch.tensor(forwards(kernels))


@wrong("receptive_field", says="gives the stride as a tensor: return Python integers, (size, stride); `.item()`")
def stride_by_torch(kernels):
    return forwards(kernels)[0], torch.tensor([step for _, step in kernels]).prod()


@wrong("receptive_field", says="gives the size as the float 5")
def by_division(kernels):
    size, stride = forwards(kernels)
    return 1 + 2 * (size - 1) / 2, stride


@wrong("receptive_field", says="changes kernels, the caller's list")
def list_used_up(kernels):
    size = stride = 1
    while kernels:
        kernel, step = kernels.pop(0)
        size += (kernel - 1) * stride
        stride *= step
    return size, stride


@wrong("receptive_field", says="changes kernels, the caller's list")
def list_reversed(kernels):
    kernels.reverse()
    return backwards(kernels[::-1])


@wrong("receptive_field", says="Give it a value before the loop")
def unbound_where_empty(kernels):
    for count in range(len(kernels)):
        size, stride = forwards(kernels[: count + 1])
    return size, stride


# strongest_position


@right("strongest_position")
def by_divmod(features, channel):
    return divmod(features[0, channel].argmax().item(), features.shape[-1])


@right("strongest_position")
def by_rows_and_columns(features, channel):
    picture = features[0, channel]
    return int(picture.amax(dim=1).argmax()), int(picture.amax(dim=0).argmax())


@right("strongest_position")
def by_comparison(features, channel):
    picture = features[0, channel]
    return tuple((picture == picture.max()).nonzero()[0].tolist())


@right("strongest_position")
def by_a_search(features, channel):
    best, position = -math.inf, (0, 0)
    for row, values in enumerate(features[0, channel].tolist()):
        for column, value in enumerate(values):
            if value > best:
                best, position = value, (row, column)
    return position


@wrong("strongest_position", says="row and column are swapped")
def column_first(features, channel):
    row, column = by_divmod(features, channel)
    return column, row


@wrong("strongest_position", says="divided by the height")
def by_height(features, channel):
    index = features[0, channel].argmax().item()
    return index // features.shape[2], index % features.shape[2]


@wrong("strongest_position", says="flattened column by column")
def column_by_column_index(features, channel):
    return divmod(features[0, channel].T.flatten().argmax().item(), features.shape[3])


@wrong("strongest_position", says="the lowest activation")
def weakest(features, channel):
    return divmod(features[0, channel].argmin().item(), features.shape[3])


@wrong("strongest_position", says="the sign is lost")
def by_magnitude(features, channel):
    return divmod(features[0, channel].abs().argmax().item(), features.shape[3])


@wrong("strongest_position", says="the sign is lost")
def by_energy(features, channel):
    return by_divmod(features**2, channel)


@wrong("strongest_position", says="don't begin the search with 0")
def search_from_zero(features, channel):
    best, position = 0, (0, 0)
    for row, values in enumerate(features[0, channel].tolist()):
        for column, value in enumerate(values):
            if value > best:
                best, position = value, (row, column)
    return position


@wrong("strongest_position", says="the search goes over all channels")
def of_everything(features, channel):
    return divmod(features.argmax().item(), features.shape[3])


@wrong("strongest_position", says="the highest activation of all channels")
def of_all_channels(features, channel):
    return by_divmod(features.amax(dim=1, keepdim=True), 0)


@wrong("strongest_position", says="the channels are added up")
def of_the_sum(features, channel):
    return by_divmod(features.mean(dim=1, keepdim=True), 0)


@wrong("strongest_position", says="always channel 0")
def of_channel_zero(features, channel):
    return by_divmod(features, 0)


@wrong("strongest_position", says="the channel before")
def of_the_channel_before(features, channel):
    return by_divmod(features, channel - 1)


@wrong("strongest_position", says="counted from 1")
def counted_from_one(features, channel):
    row, column = by_divmod(features, channel)
    return row + 1, column + 1


@wrong("strongest_position", says="the highest sum")
def strongest_row_and_column(features, channel):
    picture = features[0, channel]
    return picture.mean(dim=1).argmax().item(), picture.mean(dim=0).argmax().item()


@wrong("strongest_position", says="without `dim` looks at all")
def of_the_first_row(features, channel):
    picture = features[0, channel]
    return picture.argmax(dim=0)[0].item(), picture.argmax(dim=1)[0].item()


@wrong("strongest_position", says="alone: return Python integers, (row, column)")
def flat_index(features, channel):
    return features[0, channel].argmax().item()


@wrong("strongest_position", says="gives a Tensor: return Python integers, (row, column)")
def index_as_a_tensor(features, channel):
    return features[0, channel].argmax()


@wrong("strongest_position", says="gives the row as a tensor")
def tensors(features, channel):
    index = features[0, channel].argmax()
    return index // features.shape[3], index % features.shape[3]


@wrong("strongest_position", says="gives the row as the float")
def divided(features, channel):
    index = features[0, channel].argmax().item()
    return index / features.shape[3], index % features.shape[3]


@wrong("strongest_position", says="dimension 0, the channels dimension 1")
def batch_forgotten(features, channel):
    return divmod(features[channel].argmax().item(), features.shape[3])


@wrong("strongest_position", says="changes features in place")
def floor_subtracted(features, channel):
    features -= features.min()
    return by_divmod(features, channel)


# channel_goal


@right("channel_goal")
def by_mean(features, channel):
    return features[:, channel].mean(dim=(1, 2))


@right("channel_goal")
def by_pooling(features, channel):
    return F.adaptive_avg_pool2d(features, 1)[:, channel, 0, 0]


@right("channel_goal")
def by_pictures(features, channel):
    return torch.stack([picture[channel].sum() / picture[channel].numel() for picture in features])


@right("channel_goal")
def by_selection(features, channel):
    chosen = torch.zeros(features.shape[1], dtype=features.dtype, device=features.device)
    chosen[channel] = 1
    return torch.einsum("bchw,c->b", features, chosen) / features[0, 0].numel()


@wrong("channel_goal", says="the pictures of the batch are averaged too")
def one_for_the_batch(features, channel):
    return features[:, channel].mean()


@wrong("channel_goal", says="the pictures of the batch too; give the mean of each")
def all_summed(features, channel):
    return features[:, channel].sum()


@wrong("channel_goal", says="the positions are summed")
def positions_summed(features, channel):
    return features[:, channel].flatten(1).sum(dim=1)


@wrong("channel_goal", says="the highest activation alone")
def highest(features, channel):
    return features[:, channel].flatten(1).max(dim=1).values


@wrong("channel_goal", says="all channels are averaged")
def every_channel(features, channel):
    return features.flatten(1).mean(dim=1)


@wrong("channel_goal", says="the mean of every channel")
def means_of_channels(features, channel):
    return features.mean(dim=(2, 3))


@wrong("channel_goal", says="`features[channel]` is a picture of the batch: dimension 0")
def channel_for_picture(features, channel):
    return features[channel].mean(dim=(1, 2))


@wrong("channel_goal", says="`features[channel]` is a picture of the batch; take")
def channel_for_picture_averaged(features, channel):
    return features[channel].mean()


@wrong("channel_goal", says="the first picture alone")
def first_picture(features, channel):
    return features[0, channel].mean()


@wrong("channel_goal", says="always channel 0")
def channel_zero(features, channel):
    return features[:, 0].mean(dim=(1, 2))


@wrong("channel_goal", says="the channel before")
def channel_before(features, channel):
    return features[:, channel - 1].mean(dim=(1, 2))


@wrong("channel_goal", says="this is a loss")
def as_a_loss(features, channel):
    return -features[:, channel].mean(dim=(1, 2))


@wrong("channel_goal", says="these are squares")
def mean_square(features, channel):
    return (features[:, channel] ** 2).mean(dim=(1, 2))


@wrong("channel_goal", says="the sign is lost")
def mean_magnitude(features, channel):
    return features[:, channel].abs().mean(dim=(1, 2))


@wrong("channel_goal", says="negative values were cut off")
def after_a_relu(features, channel):
    return F.relu(features[:, channel]).mean(dim=(1, 2))


@wrong("channel_goal", says="one neuron, in the middle")
def middle_neuron(features, channel):
    return features[:, channel, features.shape[2] // 2, features.shape[3] // 2]


@wrong("channel_goal", says="the channel's map")
def map_itself(features, channel):
    return features[:, channel]


@wrong("channel_goal", says="the mean of each row")
def rows_averaged(features, channel):
    return features[:, channel].mean(dim=-1)


@wrong("channel_goal", says="the mean of each column")
def columns_averaged(features, channel):
    return features[:, channel].mean(dim=1)


@wrong("channel_goal", says="a dimension too many")
def channel_kept(features, channel):
    return features.mean(dim=(2, 3))[:, channel : channel + 1]


@wrong("channel_goal", says="without `keepdim`")
def dimensions_kept(features, channel):
    return F.adaptive_avg_pool2d(features[:, channel : channel + 1], 1)


@wrong("channel_goal", says="yours is 2 times the right one on every input")
def twice_the_mean(features, channel):
    return 2 * features[:, channel].mean(dim=(1, 2))


@wrong("channel_goal", says="gives a list: return a torch tensor")
def list_of_means(features, channel):
    return [picture[channel].mean() for picture in features]


@wrong("channel_goal", says="look at `.item()` and `torch.tensor()`")
def means_of_items(features, channel):
    return torch.tensor([picture[channel].mean().item() for picture in features])


@wrong("channel_goal", says="no gradient: look at `.detach()`")
def goal_detached(features, channel):
    return features.detach()[:, channel].mean(dim=(1, 2))


@wrong("channel_goal", says="has the right value, but its gradient is not the right one")
def half_of_the_gradient(features, channel):
    picture = features[:, channel]
    return picture.mean(dim=(1, 2)) * picture.square().mean() / picture.square().mean().detach()


@wrong("channel_goal", says="changes features in place")
def other_channels_zeroed(features, channel):
    features[:, :channel] = 0
    return features[:, channel].mean(dim=(1, 2))


@wrong("channel_goal", says="gives torch.float32 for a torch.float64 input")
def goals_filled_in(features, channel):
    goals = torch.zeros(len(features))
    for number, picture in enumerate(features):
        goals[number] = picture[channel].mean()
    return goals


# high_frequency_share


def radius(image):
    """Of each coefficient of fft2, in cycles per px."""
    h, w = image.shape[-2:]
    vertical = torch.fft.fftfreq(h, device=image.device)[:, None]
    return (vertical**2 + torch.fft.fftfreq(w, device=image.device) ** 2).sqrt()


def centered_power(image):
    return torch.fft.fft2(image - image.mean(dim=(2, 3), keepdim=True)).abs() ** 2


def share(power, mask):
    return (power * mask).sum(dim=(1, 2, 3)) / power.sum(dim=(1, 2, 3)).clamp(min=1e-12)


@right("high_frequency_share")
def by_centering(image):
    return share(centered_power(image), radius(image) >= 1 / 4)


@right("high_frequency_share")
def by_masking_the_mean(image):
    spectrum = torch.fft.fft2(image)
    power = spectrum.real.square() + spectrum.imag.square()
    r = radius(image)
    total = power[..., r > 0].sum(dim=(1, 2))
    return torch.where(total > 0, power[..., r >= 0.25].sum(dim=(1, 2)) / total, torch.zeros_like(total))


@right("high_frequency_share")
def shifted_both(image):
    power = torch.fft.fftshift(centered_power(image), dim=(-2, -1))
    return share(power, torch.fft.fftshift(radius(image)) >= 0.25)


@right("high_frequency_share")
def by_half_a_plane(image):
    h, w = image.shape[-2:]
    power = torch.fft.rfft2(image, norm="ortho").abs().square().sum(dim=1)
    power[:, 0, 0] = 0
    fy = torch.fft.fftfreq(h, device=image.device).view(-1, 1)
    fx = torch.fft.rfftfreq(w, device=image.device)
    counted = torch.where((fx > 0) & (fx < 0.5), 2, 1)  # for its mirror image, too
    return share((power * counted)[:, None], torch.hypot(fy, fx) >= 0.25)


@wrong("high_frequency_share", says="the mean counts too")
def mean_kept(image):
    return share(torch.fft.fft2(image).abs().square(), radius(image) >= 0.25)


@wrong("high_frequency_share", says="one mean of all colours")
def mean_of_all_colors(image):
    power = torch.fft.fft2(image - image.mean(dim=(1, 2, 3), keepdim=True)).abs().square()
    return share(power, radius(image) >= 0.25)


@wrong("high_frequency_share", says="one mean of all is subtracted")
def mean_of_the_batch(image):
    return share(torch.fft.fft2(image - image.mean()).abs().square(), radius(image) >= 0.25)


@wrong("high_frequency_share", says="these are amplitudes")
def amplitudes(image):
    return share(centered_power(image).sqrt(), radius(image) >= 0.25)


@wrong("high_frequency_share", says="only the real part counts")
def real_part(image):
    spectrum = torch.fft.fft2(image - image.mean(dim=(2, 3), keepdim=True))
    return share(spectrum.real**2, radius(image) >= 0.25)


@wrong("high_frequency_share", says="a faint channel counts as much")
def channels_averaged(image):
    return torch.stack([by_centering(image[:, [channel]]) for channel in range(3)]).mean(dim=0)


@wrong("high_frequency_share", says="a share for each channel")
def for_each_channel(image):
    return torch.stack([by_centering(image[:, [channel]]) for channel in range(3)], dim=1)


@wrong("high_frequency_share", says="one share for the whole batch")
def for_the_batch(image):
    power = centered_power(image)
    return power[..., radius(image) >= 0.25].sum() / power.sum().clamp(min=1e-12)


@wrong("high_frequency_share", says="the pictures' shares are averaged")
def averaged_over_pictures(image):
    return by_centering(image).mean()


@wrong("high_frequency_share", says="the share of the low frequencies")
def low_frequencies(image):
    return share(centered_power(image), radius(image) < 0.25)


@wrong("high_frequency_share", says="take `>=`, not `>`")
def above_a_quarter(image):
    return share(centered_power(image), radius(image) > 0.25)


@wrong("high_frequency_share", says="form a square here")
def square_border(image):
    h, w = image.shape[-2:]
    fy, fx = torch.fft.fftfreq(h).abs().view(-1, 1), torch.fft.fftfreq(w).abs()
    return share(centered_power(image), (fy >= 0.25) | (fx >= 0.25))


@wrong("high_frequency_share", says="the two frequencies are added")
def diamond_border(image):
    h, w = image.shape[-2:]
    fy, fx = torch.fft.fftfreq(h).abs().view(-1, 1), torch.fft.fftfreq(w).abs()
    return share(centered_power(image), fy + fx >= 0.25)


@wrong("high_frequency_share", says="only vertical frequencies count")
def vertical_alone(image):
    fy = torch.fft.fftfreq(image.shape[2]).abs().view(-1, 1)
    return share(centered_power(image), fy >= 0.25)


@wrong("high_frequency_share", says="only horizontal frequencies count")
def horizontal_alone(image):
    return share(centered_power(image), torch.fft.fftfreq(image.shape[3]).abs() >= 0.25)


@wrong("high_frequency_share", says="the border lies at 1/2")
def above_the_limit(image):
    return share(centered_power(image), radius(image) >= 0.5)


@wrong("high_frequency_share", says="the border lies at 1/8")
def above_an_eighth(image):
    return share(centered_power(image), radius(image) >= 1 / 8)


@wrong("high_frequency_share", says="`fftshift` moved one of the two")
def coefficients_shifted(image):
    return share(torch.fft.fftshift(centered_power(image), dim=(-2, -1)), radius(image) >= 0.25)


@wrong("high_frequency_share", says="`fftshift` moved one of the two")
def frequencies_shifted(image):
    h, w = image.shape[-2:]
    fy, fx = torch.fft.fftshift(torch.fft.fftfreq(h)).view(-1, 1), torch.fft.fftshift(torch.fft.fftfreq(w))
    return share(centered_power(image), torch.hypot(fy, fx) >= 0.25)


@wrong("high_frequency_share", says="the share of the coefficients")
def counted(image):
    return (radius(image) >= 0.25).to(image).mean().repeat(len(image))


@wrong("high_frequency_share", says="the energy itself")
def not_divided(image):
    return (centered_power(image) * (radius(image) >= 0.25)).sum(dim=(1, 2, 3))


@wrong("high_frequency_share", says="high divided by low")
def high_by_low(image):
    power, high = centered_power(image), radius(image) >= 0.25
    return power[..., high].sum(dim=(1, 2)) / power[..., ~high].sum(dim=(1, 2))


@wrong("high_frequency_share", says="`rfft2` keeps half of the plane")
def half_a_plane(image):
    h, w = image.shape[-2:]
    power = torch.fft.rfft2(image - image.mean(dim=(2, 3), keepdim=True)).abs().square()
    fy, fx = torch.fft.fftfreq(h).view(-1, 1), torch.fft.rfftfreq(w)
    return share(power, torch.hypot(fy, fx) >= 0.25)


@wrong("high_frequency_share", says="cycles per picture")
def per_picture(image):
    h, w = image.shape[-2:]
    fy, fx = h * torch.fft.fftfreq(h).view(-1, 1), w * torch.fft.fftfreq(w)
    return share(centered_power(image), torch.hypot(fy, fx) >= 0.25)


@wrong("high_frequency_share", says="over the batch and the colours")
def over_all_dimensions(image):
    power = torch.fft.fftn(image - image.mean(dim=(2, 3), keepdim=True)).abs().square()
    return share(power, radius(image) >= 0.25)


@wrong("high_frequency_share", says="transforms the rows alone")
def rows_alone(image):
    power = torch.fft.fft(image - image.mean(dim=(2, 3), keepdim=True)).abs().square()
    return share(power, radius(image) >= 0.25)


@wrong("high_frequency_share", says="division by zero (equal pictures, one of a single colour")
def flat_pictures_forgotten(image):
    power = centered_power(image)
    return power[..., radius(image) >= 0.25].sum(dim=(1, 2)) / power.sum(dim=(1, 2, 3))


@wrong("high_frequency_share", says="fixes a device with `torch.fft.fftfreq(...)`")
def frequencies_on_the_cpu(image):
    h, w = image.shape[-2:]
    r = torch.hypot(torch.fft.fftfreq(h).view(-1, 1), torch.fft.fftfreq(w))
    return share(centered_power(image), r >= 0.25)


@wrong("high_frequency_share", says="changes image in place")
def mean_subtracted_in_place(image):
    image -= image.mean(dim=(2, 3), keepdim=True)
    return by_centering(image)


@wrong("high_frequency_share", says="Python number")
def first_share(image):
    return by_centering(image)[0].item()


@wrong("high_frequency_share", says="gives complex numbers")
def complex_energy(image):
    power = torch.fft.fft2(image - image.mean(dim=(2, 3), keepdim=True)) ** 2
    return (power * (radius(image) >= 0.25)).sum(dim=(1, 2, 3)) / power.sum(dim=(1, 2, 3))


# from_spectrum


def frequency(spectrum, size):
    """Of each coefficient of rfft2, in cycles per px."""
    fy = torch.fft.fftfreq(size[0], device=spectrum.device).view(-1, 1)
    return torch.hypot(fy, torch.fft.rfftfreq(size[1], device=spectrum.device))


def to_pixels(spectrum, size):
    return torch.fft.irfft2(spectrum, s=size, norm="ortho")


@right("from_spectrum")
def by_clamping(spectrum, size):
    return to_pixels(spectrum / frequency(spectrum, size).clamp(min=1 / max(size)), size)


@right("from_spectrum")
def by_maximum(spectrum, size):
    f = frequency(spectrum, size)
    gain = 1 / torch.maximum(f, torch.full_like(f, 1 / max(size)))
    return torch.fft.irfft2(gain * spectrum, s=size) * math.sqrt(size[0] * size[1])


@right("from_spectrum")
def by_the_first_coefficient(spectrum, size):
    f = frequency(spectrum, size)
    f[0, 0] = 1 / max(size)
    return to_pixels(spectrum / f, size)


@right("from_spectrum")
def one_dimension_at_a_time(spectrum, size):
    columns = torch.fft.ifft(spectrum / frequency(spectrum, size).clamp(min=1 / max(size)), dim=2, norm="ortho")
    return torch.fft.irfft(columns, n=size[1], norm="ortho")


@wrong("from_spectrum", says="the coefficients aren't divided by their frequency")
def white(spectrum, size):
    return to_pixels(spectrum, size)


@wrong("from_spectrum", says="multiplied by their frequency")
def multiplied(spectrum, size):
    return to_pixels(spectrum * frequency(spectrum, size).clamp(min=1 / max(size)), size)


@wrong("from_spectrum", says="the square of the frequency")
def squared(spectrum, size):
    return to_pixels(spectrum / frequency(spectrum, size).clamp(min=1 / max(size)) ** 2, size)


@wrong("from_spectrum", says="leave the root out")
def root_of_frequency(spectrum, size):
    return to_pixels(spectrum / frequency(spectrum, size).clamp(min=1 / max(size)).sqrt(), size)


@wrong("from_spectrum", says="irfft2 divides by H*W as it stands")
def norm_forgotten(spectrum, size):
    return torch.fft.irfft2(spectrum / frequency(spectrum, size).clamp(min=1 / max(size)), s=size)


@wrong("from_spectrum", says='the norm is "forward"')
def norm_forward(spectrum, size):
    return torch.fft.irfft2(spectrum / frequency(spectrum, size).clamp(min=1 / max(size)), s=size, norm="forward")


@wrong("from_spectrum", says='aren\'t divided by their frequency, and `norm="ortho"` is missing')
def irfft2_alone(spectrum, size):
    return torch.fft.irfft2(spectrum, s=size)


@wrong("from_spectrum", says="hand `s=size` to irfft2, so that an odd one is possible")
def width_guessed(spectrum, size):
    return torch.fft.irfft2(spectrum / frequency(spectrum, size).clamp(min=1 / max(size)), norm="ortho")


@wrong("from_spectrum", says='hand `s=size` to irfft2, and `norm="ortho"`')
def width_guessed_and_norm_forgotten(spectrum, size):
    return torch.fft.irfft2(spectrum / frequency(spectrum, size).clamp(min=1 / max(size)))


@wrong("from_spectrum", says="frequencies are counted in cycles per picture")
def cycles_per_picture(spectrum, size):
    h, w = size
    fy, fx = h * torch.fft.fftfreq(h).view(-1, 1), torch.arange(w // 2 + 1)
    return to_pixels(spectrum / torch.hypot(fy, fx).clamp(min=1), size)


@wrong("from_spectrum", says="the floor is 1 / min(H, W)")
def floor_by_the_shorter(spectrum, size):
    return to_pixels(spectrum / frequency(spectrum, size).clamp(min=1 / min(size)), size)


@wrong("from_spectrum", says="the floor is 1 / H;")
def floor_by_the_height(spectrum, size):
    return to_pixels(spectrum / frequency(spectrum, size).clamp(min=1 / size[0]), size)


@wrong("from_spectrum", says="the floor is 1 / W;")
def floor_by_the_width(spectrum, size):
    return to_pixels(spectrum / frequency(spectrum, size).clamp(min=1 / size[1]), size)


@wrong("from_spectrum", says="the floor is 1 / (H*W)")
def floor_by_the_area(spectrum, size):
    return to_pixels(spectrum / frequency(spectrum, size).clamp(min=1 / (size[0] * size[1])), size)


@wrong("from_spectrum", says="zero everywhere, frequency 0)")
def no_floor(spectrum, size):
    return to_pixels(spectrum / frequency(spectrum, size), size)


@wrong("from_spectrum", says="coefficient [0, 0] is lost")
def mean_lost(spectrum, size):
    f = frequency(spectrum, size)
    f[0, 0] = math.inf
    return to_pixels(spectrum / f, size)


@wrong("from_spectrum", says="coefficient [0, 0] is divided by 1")
def mean_by_one(spectrum, size):
    f = frequency(spectrum, size)
    f[0, 0] = 1
    return to_pixels(spectrum / f, size)


for small in (1.0, 0.1, 0.01, 1e-3):

    @wrong("from_spectrum", says=f"{small:g} is added to every frequency")
    def small_addition(spectrum, size, small=small):
        return to_pixels(spectrum / (frequency(spectrum, size) + small), size)


for tiny in (1e-4, 1e-5, 1e-6, 1e-8, 1e-12):

    @wrong("from_spectrum", says=f"the floor is {tiny:g}")
    def tiny_floor(spectrum, size, tiny=tiny):
        return to_pixels(spectrum / frequency(spectrum, size).clamp(min=tiny), size)

    @wrong("from_spectrum", says=f"the floor is {tiny:g}")
    def tiny_addition(spectrum, size, tiny=tiny):
        return to_pixels(spectrum / (frequency(spectrum, size) + tiny), size)


@wrong("from_spectrum", says="the floor is 0.001")
def small_floor(spectrum, size):
    return to_pixels(spectrum / frequency(spectrum, size).clamp(min=1e-3), size)


@wrong("from_spectrum", says="the floor is added to every frequency")
def floor_added(spectrum, size):
    return to_pixels(spectrum / (frequency(spectrum, size) + 1 / max(size)), size)


@wrong("from_spectrum", says="the larger of |fy| and |fx|")
def larger_frequency(spectrum, size):
    fy, fx = torch.fft.fftfreq(size[0]).abs().view(-1, 1), torch.fft.rfftfreq(size[1])
    return to_pixels(spectrum / torch.maximum(fy, fx).clamp(min=1 / max(size)), size)


@wrong("from_spectrum", says="this is |fy| + |fx|")
def added_frequencies(spectrum, size):
    fy, fx = torch.fft.fftfreq(size[0]).abs().view(-1, 1), torch.fft.rfftfreq(size[1])
    return to_pixels(spectrum / (fy + fx).clamp(min=1 / max(size)), size)


@wrong("from_spectrum", says="only vertical frequencies count")
def vertical_frequency(spectrum, size):
    fy = torch.fft.fftfreq(size[0]).abs().view(-1, 1)
    return to_pixels(spectrum / fy.clamp(min=1 / max(size)), size)


@wrong("from_spectrum", says="only horizontal frequencies count")
def horizontal_frequency(spectrum, size):
    return to_pixels(spectrum / torch.fft.rfftfreq(size[1]).clamp(min=1 / max(size)), size)


@wrong("from_spectrum", says="irfft2 expects none of it")
def shifted_frequency(spectrum, size):
    fy = torch.fft.fftshift(torch.fft.fftfreq(size[0])).view(-1, 1)
    return to_pixels(spectrum / torch.hypot(fy, torch.fft.rfftfreq(size[1])).clamp(min=1 / max(size)), size)


@wrong("from_spectrum", says="the phase is lost")
def amplitude_alone(spectrum, size):
    return by_clamping(spectrum.abs(), size)


@wrong("from_spectrum", says="the imaginary part is lost")
def real_part_alone(spectrum, size):
    return by_clamping(spectrum.real, size)


@wrong("from_spectrum", says="a sigmoid is put over it")
def with_a_sigmoid(spectrum, size):
    return by_clamping(spectrum, size).sigmoid()


@wrong("from_spectrum", says="pixels are cut off at 0 and 1")
def clamped_pixels(spectrum, size):
    return by_clamping(spectrum, size).clamp(0, 1)


@wrong("from_spectrum", says="yours is 0.1592 times the right one")
def in_radians(spectrum, size):
    return by_clamping(spectrum, size) / (2 * math.pi)


@wrong("from_spectrum", says="gives complex numbers: real ones are wanted")
def complex_pixels(spectrum, size):
    return torch.fft.ifft2(spectrum / frequency(spectrum, size).clamp(min=1 / max(size)), norm="ortho")


@wrong("from_spectrum", says="has the right value, but no gradient: look at `.detach()`")
def detached_pixels(spectrum, size):
    return by_clamping(spectrum, size).detach()


@wrong("from_spectrum", says="gradient is not the right one: look at `.data`")
def detached_imaginary_part(spectrum, size):
    return by_clamping(torch.complex(spectrum.real, spectrum.imag.data), size)


@wrong("from_spectrum", says="changes spectrum in place")
def spectrum_in_place(spectrum, size):
    spectrum /= frequency(spectrum, size).clamp(min=1 / max(size))
    return to_pixels(spectrum, size)


@wrong("from_spectrum", says="stopped at `return to_pixels(spectrum / f, size)`")
def whole_plane_of_frequencies(spectrum, size):
    f = torch.hypot(torch.fft.fftfreq(size[0]).view(-1, 1), torch.fft.fftfreq(size[1])).clamp(min=1 / max(size))
    return to_pixels(spectrum / f, size)


@wrong("from_spectrum", says="fixes a device with `torch.fft.rfftfreq(...)`")
def frequencies_elsewhere(spectrum, size):
    fy = torch.fft.fftfreq(size[0], device=spectrum.device).view(-1, 1)
    return to_pixels(spectrum / torch.hypot(fy, torch.fft.rfftfreq(size[1])).clamp(min=1 / max(size)), size)


@wrong("from_spectrum", says="gives torch.float32 for a torch.float64 input")
def single_precision_pixels(spectrum, size):
    return by_clamping(spectrum, size).float()


# robust_goal


def shifted(image, shift):
    return torch.roll(image, shift, dims=(2, 3))


@right("robust_goal")
def by_stack(image, goal, shifts):
    return torch.stack([goal(shifted(image, shift)) for shift in shifts]).mean(dim=0)


@right("robust_goal")
def by_sum(image, goal, shifts):
    total = 0
    for down, right_ in shifts:
        total = total + goal(image.roll(down, dims=2).roll(right_, dims=3))
    return total / len(shifts)


@right("robust_goal")
def in_one_batch(image, goal, shifts):
    copies = torch.cat([shifted(image, shift) for shift in shifts])
    return goal(copies).view(len(shifts), len(image)).mean(dim=0)


@right("robust_goal")
def by_indices(image, goal, shifts):
    h, w = image.shape[-2:]
    values = []
    for down, right_ in shifts:
        rows = [(row - down) % h for row in range(h)]
        columns = [(column - right_) % w for column in range(w)]
        values.append(goal(image[:, :, rows][..., columns]))
    return sum(values) / len(values)


@wrong("robust_goal", says="the values are summed")
def values_summed(image, goal, shifts):
    return sum(goal(shifted(image, shift)) for shift in shifts)


@wrong("robust_goal", says="only the last shift counts; collect")
def last_shift(image, goal, shifts):
    for shift in shifts:
        value = goal(shifted(image, shift))
    return value


@wrong("robust_goal", says="only the last shift counts; add the values up")
def total_overwritten(image, goal, shifts):
    for shift in shifts:
        total = goal(shifted(image, shift))
    return total / len(shifts)


@wrong("robust_goal", says="only the first shift counts; does `return` stand inside the loop")
def returned_in_the_loop(image, goal, shifts):
    for shift in shifts:
        return goal(shifted(image, shift))


@wrong("robust_goal", says="only the first counts; does `return` stand inside the loop")
def divided_in_the_loop(image, goal, shifts):
    total = 0
    for shift in shifts:
        total = total + goal(shifted(image, shift))
        return total / len(shifts)


@wrong("robust_goal", says="the best of the shifts")
def best_shift(image, goal, shifts):
    return torch.stack([goal(shifted(image, shift)) for shift in shifts]).max(dim=0).values


@wrong("robust_goal", says="the worst of the shifts")
def worst_shift(image, goal, shifts):
    return torch.stack([goal(shifted(image, shift)) for shift in shifts]).min(dim=0).values


@wrong("robust_goal", says="the pictures of the batch are averaged too")
def everything_averaged(image, goal, shifts):
    return torch.stack([goal(shifted(image, shift)) for shift in shifts]).mean()


@wrong("robust_goal", says="the values of each shift")
def values_of_all(image, goal, shifts):
    return torch.stack([goal(shifted(image, shift)) for shift in shifts])


@wrong("robust_goal", says="averaged over the pictures of the batch")
def pictures_averaged(image, goal, shifts):
    return torch.stack([goal(shifted(image, shift)).mean() for shift in shifts])


@wrong("robust_goal", says="the picture walks away")
def walking(image, goal, shifts):
    total = 0
    for shift in shifts:
        image = shifted(image, shift)
        total = total + goal(image)
    return total / len(shifts)


@wrong("robust_goal", says="the pictures aren't shifted")
def roll_without_effect(image, goal, shifts):
    values = []
    for shift in shifts:
        torch.roll(image, shift, dims=(2, 3))
        values.append(goal(image))
    return torch.stack(values).mean(dim=0)


@wrong("robust_goal", says="down and right are swapped")
def right_and_down(image, goal, shifts):
    return torch.stack([goal(image.roll(shift, dims=(3, 2))) for shift in shifts]).mean(dim=0)


@wrong("robust_goal", says="up and to the left")
def up_and_left(image, goal, shifts):
    return torch.stack([goal(shifted(image, (-down, -right_))) for down, right_ in shifts]).mean(dim=0)


@wrong("robust_goal", says="up and down alone")
def down_alone(image, goal, shifts):
    return torch.stack([goal(image.roll(down, dims=2)) for down, _ in shifts]).mean(dim=0)


@wrong("robust_goal", says="left and right alone")
def right_alone(image, goal, shifts):
    return torch.stack([goal(image.roll(right_, dims=3)) for _, right_ in shifts]).mean(dim=0)


@wrong("robust_goal", says="colours are shifted")
def colors_shifted(image, goal, shifts):
    return torch.stack([goal(image.roll(shift, dims=(1, 2))) for shift in shifts]).mean(dim=0)


@wrong("robust_goal", says="what leaves at one border is lost")
def cut_off(image, goal, shifts):
    def moved(down, right_):
        return F.pad(image, (right_, -right_, down, -down))

    return torch.stack([goal(moved(*shift)) for shift in shifts]).mean(dim=0)


@wrong("robust_goal", says="averaged into a blurred one")
def blurred(image, goal, shifts):
    return goal(sum(shifted(image, shift) for shift in shifts) / len(shifts))


@wrong("robust_goal", says="the sign is turned round")
def robust_loss(image, goal, shifts):
    return -by_stack(image, goal, shifts)


@wrong("robust_goal", says="at `values = [goal(shifted(picture, shift)) for picture in image for shift in shifts]`")
def pictures_without_a_batch(image, goal, shifts):
    values = [goal(shifted(picture, shift)) for picture in image for shift in shifts]
    return torch.stack(values).view(len(image), -1).mean(dim=1)


@wrong("robust_goal", says="gives a list: return a torch tensor")
def list_of_values(image, goal, shifts):
    return [goal(shifted(image, shift)) for shift in shifts]


@wrong("robust_goal", says="no gradient: look at `torch.no_grad()`")
def goal_without_gradient(image, goal, shifts):
    with torch.no_grad():
        return by_stack(image, goal, shifts)


@wrong("robust_goal", says="its gradient is not the right one: look at `.detach()`")
def one_shift_without_gradient(image, goal, shifts):
    values = [goal(shifted(image.detach(), shift)) for shift in shifts[1:]]
    return torch.stack([goal(shifted(image, shifts[0])), *values]).mean(dim=0)


@wrong("robust_goal", says="look at `.item()` and `torch.tensor()`")
def values_as_numbers(image, goal, shifts):
    return torch.tensor([by_stack(one[None], goal, shifts).item() for one in image])


@wrong("robust_goal", says="changes image in place")
def picture_overwritten(image, goal, shifts):
    values = []
    for shift in shifts:
        image.copy_(shifted(image, shift))
        values.append(goal(image))
    return torch.stack(values).mean(dim=0)


@wrong("robust_goal", says="changes shifts, the caller's list")
def first_shift_taken_out(image, goal, shifts):
    total, count = goal(shifted(image, shifts.pop())), 1
    for shift in shifts:
        total, count = total + goal(shifted(image, shift)), count + 1
    return total / count
