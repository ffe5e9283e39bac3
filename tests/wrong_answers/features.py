"""Lesson 01, as students write: what no formula of the exercises' tables states."""

import math

import torch
from torch.nn import functional as F

from tests.wrong_answers import right, wrong

# as_picture


@right("as_picture")
def by_case(feature_map):
    shifted = feature_map.double() - feature_map.min()
    return shifted / shifted.max() if shifted.any() else shifted


@right("as_picture")
def by_a_tiny_addition(feature_map):
    low, high = torch.aminmax(feature_map)
    return (feature_map - low) / (high - low + 1e-5)


@wrong("as_picture", says="division by zero (equal pictures, one of a single colour")
def guarded_for_zeros_alone(feature_map):
    if feature_map.abs().sum() == 0:
        return feature_map
    return (feature_map - feature_map.min()) / (feature_map.max() - feature_map.min())


@wrong("as_picture", says="a range of values left out")
def faint_maps_dimmed(feature_map):
    return (feature_map - feature_map.min()) / (feature_map.max() - feature_map.min()).clamp(min=0.01)


@wrong("as_picture", says="compare your lines with the formula")
def without_brackets(feature_map):
    return feature_map - feature_map.min() / (feature_map.max() - feature_map.min()).clamp(min=1e-12)


@wrong("as_picture", says="changes feature_map in place")
def map_in_place(feature_map):
    feature_map -= feature_map.min()
    return feature_map / feature_map.max().clamp(min=1e-12)


@wrong("as_picture", says="gives torch.uint8: return floating-point numbers")
def as_bytes(feature_map):
    return (255 * by_case(feature_map)).to(torch.uint8)


@wrong("as_picture", says="a range of values left out")
def dark_where_nothing_fires(feature_map):
    return by_case(feature_map) if feature_map.max() > 0 else torch.zeros_like(feature_map)


# receptive_field


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


@wrong("receptive_field", says="The list may be empty, too")
def first_layer_apart(kernels):
    size, stride = kernels[0]
    for kernel, step in kernels[1:]:
        size += (kernel - 1) * stride
        stride *= step
    return size, stride


@wrong("receptive_field", says="Give it a value before the loop")
def unbound_where_empty(kernels):
    for count in range(len(kernels)):
        size, stride = backwards(kernels[: count + 1])
    return size, stride


@wrong("receptive_field", says="gives the number 5 alone: return Python integers, (size, stride)")
def size_alone(kernels):
    return backwards(kernels)[0]


@wrong("receptive_field", says="gives the stride as a tensor: return Python integers, (size, stride); `.item()`")
def stride_by_torch(kernels):
    return backwards(kernels)[0], torch.tensor([step for _, step in kernels]).prod()


@wrong("receptive_field", says="gives (0, 1) where (1, 1) is right for []: yours is right on another input")
def nothing_seen_without_layers(kernels):
    return backwards(kernels) if kernels else (0, 1)


@wrong("receptive_field", says="changes kernels, the caller's list")
def list_used_up(kernels):
    size = stride = 1
    while kernels:
        kernel, step = kernels.pop(0)
        size += (kernel - 1) * stride
        stride *= step
    return size, stride


@wrong("receptive_field", says="(1, 5) where (5, 1) is right for [(3, 1), (3, 1)]")
def stride_and_size(kernels):
    return backwards(kernels)[::-1]


@wrong("receptive_field", says="gives (4611686018427387904, 1) where (5, 1) is right")
def a_power_for_a_product(kernels):
    return 10 ** backwards(kernels)[0] ** 2, 1


# strongest_position


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


@wrong("strongest_position", says="yours is right on another input: is a size")
def width_of_the_example(features, channel):
    return divmod(features[0, channel].argmax().item(), 7)


@wrong("strongest_position", says="alone: return Python integers, (row, column)")
def flat_index(features, channel):
    return features[0, channel].argmax().item()


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
    return by_comparison(features, channel)


# channel_goal


@right("channel_goal")
def filled_in(features, channel):
    goals = torch.zeros(len(features))
    for number, picture in enumerate(features):
        goals[number] = picture[channel].mean()
    return goals


@right("channel_goal")
def by_selection(features, channel):
    chosen = torch.eye(features.shape[1], dtype=torch.float64)[channel]
    return torch.einsum("bchw,c->b", features.double(), chosen) / features[0, 0].numel()


@wrong("channel_goal", says="gives a list: return a torch tensor")
def list_of_means(features, channel):
    return [picture[channel].mean() for picture in features]


@wrong("channel_goal", says="gives a single number where (1,) is right")
def squeezed(features, channel):
    return features[:, channel].mean(dim=(1, 2)).squeeze()


@wrong("channel_goal", says="look at `.item()` and `torch.tensor()`")
def means_of_items(features, channel):
    return torch.tensor([picture[channel].mean().item() for picture in features])


@wrong("channel_goal", says="has the right value, but its gradient is 0.5 times the right one")
def half_of_the_gradient(features, channel):
    goal = features[:, channel].mean(dim=(1, 2))
    return (goal + goal.detach()) / 2


@wrong("channel_goal", says="changes features in place")
def other_channels_zeroed(features, channel):
    features[:, :channel] = 0
    return features[:, channel].mean(dim=(1, 2))


@wrong("channel_goal", says="yours is right on another input: is a size")
def positions_of_the_example(features, channel):
    return features[:, channel].sum(dim=(1, 2)) / 20


# high_frequency_share


def radius(image):
    """Of each coefficient of fft2, in cycles per px."""
    h, w = image.shape[-2:]
    return (torch.fft.fftfreq(h)[:, None] ** 2 + torch.fft.fftfreq(w) ** 2).sqrt()


def centered_power(image):
    return torch.fft.fft2(image - image.mean(dim=(2, 3), keepdim=True)).abs() ** 2


def share(power, mask):
    return (power * mask).sum(dim=(1, 2, 3)) / power.sum(dim=(1, 2, 3)).clamp(min=1e-12)


@right("high_frequency_share")
def by_masking_the_mean(image):
    spectrum = torch.fft.fft2(image)
    power = spectrum.real.square() + spectrum.imag.square()
    r = radius(image)
    total = power[..., r > 0].sum(dim=(1, 2))
    return torch.where(total > 0, power[..., r >= 0.25].sum(dim=(1, 2)) / total, torch.zeros_like(total))


@right("high_frequency_share")
def by_half_a_plane(image):
    h, w = image.shape[-2:]
    power = torch.fft.rfft2(image.double(), norm="ortho").abs().square().sum(dim=1)
    power[:, 0, 0] = 0
    fy, fx = torch.fft.fftfreq(h).view(-1, 1), torch.fft.rfftfreq(w)
    counted = torch.where((fx > 0) & (fx < 0.5), 2, 1)  # for its mirror image, too
    return share((power * counted)[:, None], torch.hypot(fy, fx) >= 0.25)


@wrong("high_frequency_share", says="division by zero (equal pictures, one of a single colour")
def flat_batches_alone(image):
    power = centered_power(image)
    if power.sum() == 0:
        return torch.zeros(len(image))
    return power[..., radius(image) >= 0.25].sum(dim=(1, 2)) / power.sum(dim=(1, 2, 3))


@wrong("high_frequency_share", says="a range of values left out")
def faint_pictures_dimmed(image):
    power = centered_power(image)
    return power[..., radius(image) >= 0.25].sum(dim=(1, 2)) / (power.sum(dim=(1, 2, 3)) + 1e-3)


@wrong("high_frequency_share", says="where (2,) is right: print the shape after each line")
def for_each_channel(image):
    power, high = centered_power(image), radius(image) >= 0.25
    return (power * high).sum(dim=(2, 3)) / power.sum(dim=(2, 3)).clamp(min=1e-12)


@wrong("high_frequency_share", says="changes image in place")
def mean_subtracted_in_place(image):
    image -= image.mean(dim=(2, 3), keepdim=True)
    return by_half_a_plane(image)


@wrong("high_frequency_share", says="Python number")
def first_share(image):
    return by_half_a_plane(image)[0].item()


@wrong("high_frequency_share", says="gives complex numbers")
def complex_energy(image):
    power = torch.fft.fft2(image - image.mean(dim=(2, 3), keepdim=True)) ** 2
    return (power * (radius(image) >= 0.25)).sum(dim=(1, 2, 3)) / power.sum(dim=(1, 2, 3))


# from_spectrum


def frequency(size):
    """Of each coefficient of rfft2, in cycles per px."""
    return torch.hypot(torch.fft.fftfreq(size[0]).view(-1, 1), torch.fft.rfftfreq(size[1]))


@right("from_spectrum")
def by_the_first_coefficient(spectrum, size):
    f = frequency(size)
    f[0, 0] = 1 / max(size)
    return torch.fft.irfft2(spectrum.to(torch.complex128) / f, s=size) * math.sqrt(size[0] * size[1])


@right("from_spectrum")
def one_dimension_at_a_time(spectrum, size):
    columns = torch.fft.ifft(spectrum / frequency(size).clamp(min=1 / max(size)), dim=2, norm="ortho")
    return torch.fft.irfft(columns, n=size[1], norm="ortho")


@wrong("from_spectrum", says="gives complex numbers: real ones are wanted")
def complex_pixels(spectrum, size):
    return torch.fft.ifft2(spectrum / frequency(size).clamp(min=1 / max(size)), norm="ortho")


@wrong("from_spectrum", says="has the right value, but no gradient: look at `.detach()`")
def detached_pixels(spectrum, size):
    return by_the_first_coefficient(spectrum, size).detach()


@wrong("from_spectrum", says="gradient is not the right one: look at `.data`")
def detached_imaginary_part(spectrum, size):
    return one_dimension_at_a_time(torch.complex(spectrum.real, spectrum.imag.data), size)


@wrong("from_spectrum", says="changes spectrum in place")
def spectrum_in_place(spectrum, size):
    spectrum /= frequency(size).clamp(min=1 / max(size))
    return torch.fft.irfft2(spectrum, s=size, norm="ortho")


@wrong("from_spectrum", says="stopped at `return torch.fft.irfft2(spectrum / f.clamp(min=1 / max(size)), s=size)`")
def whole_plane_of_frequencies(spectrum, size):
    f = torch.hypot(torch.fft.fftfreq(size[0]).view(-1, 1), torch.fft.fftfreq(size[1]))
    return torch.fft.irfft2(spectrum / f.clamp(min=1 / max(size)), s=size)


@wrong("from_spectrum", says="take 1 / max(H, W). (There is a factor of")
def tiny_addition(spectrum, size):
    return torch.fft.irfft2(spectrum / (frequency(size) + 1e-8), s=size, norm="ortho")


# robust_goal


@right("robust_goal")
def in_one_batch(image, goal, shifts):
    copies = torch.cat([image.roll(shift, dims=(2, 3)) for shift in shifts])
    return goal(copies.double()).view(len(shifts), len(image)).mean(dim=0)


@right("robust_goal")
def by_indices(image, goal, shifts):
    h, w = image.shape[-2:]
    values = []
    for down, right_ in shifts:
        rows = [(row - down) % h for row in range(h)]
        columns = [(column - right_) % w for column in range(w)]
        values.append(goal(image[:, :, rows][..., columns]))
    return sum(values) / len(values)


@wrong("robust_goal", says="compare your lines with the formula")
def lost_at_the_border(image, goal, shifts):
    copies = [F.pad(image, (right_, -right_, down, -down)) for down, right_ in shifts]
    return sum(map(goal, copies)) / len(shifts)


@wrong("robust_goal", says="yours is right on another input")
def each_shift_once(image, goal, shifts):
    return in_one_batch(image, goal, sorted(set(shifts)))


@wrong("robust_goal", says="at `values = [goal(picture.roll(shift, dims=(2, 3))) for picture in image for shift in")
def pictures_without_a_batch(image, goal, shifts):
    values = [goal(picture.roll(shift, dims=(2, 3))) for picture in image for shift in shifts]
    return torch.stack(values).view(len(image), -1).mean(dim=1)


@wrong("robust_goal", says="its gradient is not the right one: look at `.detach()`")
def one_shift_without_gradient(image, goal, shifts):
    values = [goal(image.detach().roll(shift, dims=(2, 3))) for shift in shifts[1:]]
    return torch.stack([goal(image.roll(shifts[0], dims=(2, 3))), *values]).mean(dim=0)


@wrong("robust_goal", says="look at `.item()` and `torch.tensor()`")
def values_as_numbers(image, goal, shifts):
    return torch.tensor([in_one_batch(one[None], goal, shifts).item() for one in image])


@wrong("robust_goal", says="gives a single number where (1,) is right")
def squeezed_goals(image, goal, shifts):
    return in_one_batch(image, goal, shifts).squeeze()


@wrong("robust_goal", says="changes shifts, the caller's list")
def first_shift_taken_out(image, goal, shifts):
    total, count = goal(image.roll(shifts.pop(), dims=(2, 3))), 1
    for shift in shifts:
        total, count = total + goal(image.roll(shift, dims=(2, 3))), count + 1
    return total / count


# paint


@right("paint")
def by_maximizing(start, to_picture, goal, steps):
    turned = start.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([turned], lr=0.05, maximize=True)
    for _ in range(steps):
        optimizer.zero_grad()
        goal(to_picture(turned)).mean().backward()
        optimizer.step()
    with torch.no_grad():
        return to_picture(turned)


@right("paint")
def adam_by_hand(start, to_picture, goal, steps):
    turned, mean, square = start.detach().clone(), torch.zeros_like(start), torch.zeros_like(start)
    for step in range(1, steps + 1):
        turned.requires_grad_()
        (gradient,) = torch.autograd.grad(goal(to_picture(turned)).sum(), turned)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        change = (mean / (1 - 0.9**step)) / ((square / (1 - 0.999**step)).sqrt() + 1e-8)
        turned = (turned + 0.05 * change).detach()
    return to_picture(turned).detach()


@wrong("paint", says="still leads back to the parameters: end with `.detach()`")
def painted_and_attached(start, to_picture, goal, steps):
    turned = start.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([turned], lr=0.05, maximize=True)
    for _ in range(steps):
        optimizer.zero_grad()
        goal(to_picture(turned)).sum().backward()
        optimizer.step()
    return to_picture(turned)


@wrong("paint", says="changes start in place")
def start_itself_turned(start, to_picture, goal, steps):
    optimizer = torch.optim.Adam([start.requires_grad_()], lr=0.05, maximize=True)
    for _ in range(steps):
        optimizer.zero_grad()
        goal(to_picture(start)).sum().backward()
        optimizer.step()
    return to_picture(start).detach()


@wrong("paint", says="No gradient arrives there")
def picture_without_gradient(start, to_picture, goal, steps):
    turned = start.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([turned], lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        (-goal(to_picture(turned).detach())).sum().backward()
        optimizer.step()
    return to_picture(turned).detach()


@wrong("paint", says="the goal falls: an optimiser makes a number small")
def downhill(start, to_picture, goal, steps):
    turned = start.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([turned], lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        goal(to_picture(turned)).sum().backward()
        optimizer.step()
    return to_picture(turned).detach()


@wrong("paint", says="the picture was made before the last step")
def picture_of_the_last_goal(start, to_picture, goal, steps):
    turned = start.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([turned], lr=0.05)
    for _ in range(steps):
        picture = to_picture(turned)
        optimizer.zero_grad()
        (-goal(picture)).sum().backward()
        optimizer.step()
    return picture.detach()


@wrong("paint", says="grad can be implicitly created only for scalar outputs")
def a_goal_for_each_picture(start, to_picture, goal, steps):
    turned = start.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([turned], lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        (-goal(to_picture(turned))).backward()
        optimizer.step()
    return to_picture(turned).detach()
