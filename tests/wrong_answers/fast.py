"""Lesson 04, as students write: what no formula of the exercises' tables states."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from nst_helpers import losses
from tests.wrong_answers import right, wrong

# output_field


@right("output_field")
def walked_backwards(layers):
    seen = 1
    for kernel, stride, upsampling in layers[::-1]:
        seen = (seen - 1) * stride + kernel
        if upsampling == 2:
            seen = seen // 2 + 1
    return seen


@right("output_field")
def by_positions(layers):
    """Follows the first and the last position that each of many neighbouring pixels depends on."""
    fields = []
    for pixel in range(4096, 4096 + 64):
        first = last = pixel
        for kernel, stride, upsampling in reversed(layers):
            first, last = first * stride - kernel // 2, last * stride - kernel // 2 + kernel - 1
            first, last = first // upsampling, last // upsampling
        fields.append(last - first + 1)
    return max(fields)


@right("output_field")
def by_gradients(layers):
    """Asks a network of such layers which pixels have a gradient."""
    pixels = torch.ones(1, 1, 1024, dtype=torch.float64, requires_grad=True)
    x = pixels
    for kernel, stride, upsampling in layers:
        mean = torch.full((1, 1, kernel), 1 / kernel, dtype=torch.float64)
        x = F.conv1d(x.repeat_interleave(upsampling, dim=2), mean, stride=stride, padding=kernel // 2)
    fields = []
    for position in range(x.shape[2] // 2, x.shape[2] // 2 + 8):
        (gradient,) = torch.autograd.grad(x[0, 0, position], pixels, retain_graph=True)
        fields.append(gradient.count_nonzero().item())
    return max(fields)


@wrong("output_field", says="gives the float")
def by_half_strides(layers):
    size = apart = 1
    for kernel, stride, upsampling in layers:
        apart /= upsampling
        size += (kernel - 1) * apart
        apart *= stride
    return size


@wrong("output_field", says="gives 23 where 26 is right: yours is right on another input")
def half_strides_rounded_up(layers):
    return math.ceil(by_half_strides(layers))


@wrong("output_field", says="changes layers, the caller's list")
def list_turned_round(layers):
    layers.reverse()
    return walked_backwards(layers[::-1])


@wrong("output_field", says='in "the case []", gives 0 where 1 is right')
def nothing_seen_without_layers(layers):
    return walked_backwards(layers) if layers else 0


@wrong("output_field", says="gives a tuple: return one Python integer")
def size_and_stride(layers):
    return walked_backwards(layers), math.prod(stride for _, stride, _ in layers)


@wrong("output_field", says="gives a Tensor: return one Python integer")
def a_tensor(layers):
    return torch.tensor(walked_backwards(layers))


@wrong("output_field", says="The list may be empty, too")
def last_layer_apart(layers):
    seen = layers[-1][0]
    for kernel, stride, upsampling in layers[-2::-1]:
        seen = (seen - 1) * stride + kernel
        seen = seen // 2 + 1 if upsampling == 2 else seen
    return seen


# instance_norm


@right("instance_norm")
def by_torch(x, gamma, beta, eps=1e-5):
    return F.instance_norm(x, weight=gamma, bias=beta, eps=eps)


@right("instance_norm")
def map_by_map(x, gamma, beta, eps=1e-5):
    pictures = []
    for picture in x.double():
        maps = [
            scale * (each - each.mean()) / (each.var(correction=0) + eps).sqrt() + shift
            for each, scale, shift in zip(picture, gamma, beta, strict=True)
        ]
        pictures.append(torch.stack(maps))
    return torch.stack(pictures)


@wrong("instance_norm", says='has no gradient with respect to "gamma": look at `.data`')
def copied_into_a_module(x, gamma, beta, eps=1e-5):
    norm = nn.InstanceNorm2d(x.shape[1], affine=True, eps=eps)
    norm.weight.data, norm.bias.data = gamma, beta
    return norm(x)


@wrong("instance_norm", says='has no gradient with respect to "beta"')
def shifted_without_gradient(x, gamma, beta, eps=1e-5):
    return by_torch(x, gamma, beta.detach(), eps)


@wrong("instance_norm", says='gradient with respect to "x" is not the right one: look at `torch.no_grad()`')
def statistics_without_gradient(x, gamma, beta, eps=1e-5):
    with torch.no_grad():
        variance, mean = torch.var_mean(x, dim=(2, 3), correction=0, keepdim=True)
    return gamma.view(-1, 1, 1) * (x - mean) / (variance + eps).sqrt() + beta.view(-1, 1, 1)


@wrong("instance_norm", says="`keepdim=True`")
def without_keepdim(x, gamma, beta, eps=1e-5):
    normal = (x - x.mean(dim=(2, 3))) / (x.var(dim=(2, 3), correction=0) + eps).sqrt()
    return gamma * normal + beta


@wrong("instance_norm", says="changes x in place")
def mean_subtracted_in_place(x, gamma, beta, eps=1e-5):
    x -= x.mean(dim=(2, 3), keepdim=True)
    return by_torch(x, gamma, beta, eps)


@wrong("instance_norm", says="Keep the signature as the exercise gives it")
def without_epsilon(x, gamma, beta):
    return by_torch(x, gamma, beta)


@wrong("instance_norm", says="or a range of values left out")
def variance_clamped(x, gamma, beta, eps=1e-5):
    variance, mean = torch.var_mean(x, dim=(2, 3), correction=0, keepdim=True)
    return gamma.view(-1, 1, 1) * (x - mean) / variance.clamp(min=eps).sqrt() + beta.view(-1, 1, 1)


@wrong("instance_norm", says='the gradient of instance_norm with respect to "x" is NaN on some input')
def root_squared_again(x, gamma, beta, eps=1e-5):
    variance, mean = torch.var_mean(x, dim=(2, 3), correction=0, keepdim=True)
    deviation = variance.sqrt()
    return gamma.view(-1, 1, 1) * (x - mean) / (deviation.square() + eps).sqrt() + beta.view(-1, 1, 1)


# enlarge


@right("enlarge")
def by_repetition(x, weight, bias):
    larger = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    return F.conv2d(F.pad(larger, 4 * [weight.shape[-1] // 2], mode="reflect"), weight) + bias.view(-1, 1, 1)


@right("enlarge")
def by_modules(x, weight, bias):
    layers = nn.Sequential(nn.Upsample(scale_factor=2), nn.ReflectionPad2d(weight.shape[-1] // 2))
    return F.conv2d(layers(x).double(), weight.double(), bias.double())


@wrong("enlarge", says='has no gradient with respect to "weight"')
def new_parameters(x, weight, bias):
    conv = nn.Conv2d(x.shape[1], len(weight), weight.shape[-1], padding=weight.shape[-1] // 2, padding_mode="reflect")
    conv.weight, conv.bias = nn.Parameter(weight), nn.Parameter(bias)
    return conv(F.interpolate(x, scale_factor=2))


@wrong("enlarge", says="yours is right on another input: is a size")
def size_of_the_example(x, weight, bias):
    larger = F.interpolate(x, size=(6, 10))
    return F.conv2d(F.pad(larger, 4 * [weight.shape[-1] // 2], mode="reflect"), weight, bias)


@wrong("enlarge", says="print the shape after each line")
def one_side_alone(x, weight, bias):
    larger = x.repeat_interleave(2, dim=2)
    return F.conv2d(F.pad(larger, 4 * [weight.shape[-1] // 2], mode="reflect"), weight, bias)


@wrong("enlarge", says="stopped at `return F.conv_transpose2d(x, weight, bias, stride=2)`")
def transposed_with_other_weights(x, weight, bias):
    return F.conv_transpose2d(x, weight, bias, stride=2)


@wrong("enlarge", says="changes bias in place")
def bias_halved(x, weight, bias):
    bias /= 2
    return by_repetition(x, weight, 2 * bias)


@wrong("enlarge", says="compare your lines with the formula")
def zeros_in_between(x, weight, bias):
    b, c, h, w = x.shape
    larger = x.new_zeros(b, c, 2 * h, 2 * w)
    larger[:, :, ::2, ::2] = x
    return F.conv2d(F.pad(larger, 4 * [weight.shape[-1] // 2], mode="reflect"), weight, bias)


# conditional_instance_norm


@right("conditional_instance_norm")
def by_matrix_products(x, gammas, betas, shares):
    gamma, beta = shares @ gammas, shares @ betas
    return gamma[:, :, None, None] * F.instance_norm(x) + beta[:, :, None, None]


@right("conditional_instance_norm")
def results_mixed(x, gammas, betas, shares):
    total = torch.zeros_like(x)
    for style, (gamma, beta) in enumerate(zip(gammas, betas, strict=True)):
        total = total + shares[:, style].view(-1, 1, 1, 1) * F.instance_norm(x, weight=gamma, bias=beta)
    return total


@wrong("conditional_instance_norm", says='has no gradient with respect to "gammas": look at `.detach()`')
def gammas_detached(x, gammas, betas, shares):
    return by_matrix_products(x, gammas.detach(), betas, shares)


@wrong("conditional_instance_norm", says='has no gradient with respect to "betas": look at `.tolist()`')
def betas_as_numbers(x, gammas, betas, shares):
    return by_matrix_products(x, gammas, torch.tensor(betas.tolist()), shares)


@wrong("conditional_instance_norm", says="has the right value, but its gradient stopped with RuntimeError")
def written_into_the_result(x, gammas, betas, shares):
    result = F.instance_norm(x)
    for number, share in enumerate(shares):
        result[number] = (share @ gammas).view(-1, 1, 1) * result[number] + (share @ betas).view(-1, 1, 1)
    return result


@wrong("conditional_instance_norm", says="must match the size")
def channels_as_columns(x, gammas, betas, shares):
    return (shares @ gammas) * F.instance_norm(x) + shares @ betas


@wrong("conditional_instance_norm", says="mat1 and mat2 shapes cannot be multiplied")
def shares_turned_round(x, gammas, betas, shares):
    return by_matrix_products(x, gammas, betas, shares.mT)


@wrong("conditional_instance_norm", says="gives the shape (6, 4, 3, 5) where (2, 4, 3, 5) is right")
def a_picture_for_each_style(x, gammas, betas, shares):
    return torch.cat([F.instance_norm(x, weight=g, bias=b) for g, b in zip(gammas, betas, strict=True)])


@wrong("conditional_instance_norm", says="changes shares in place")
def shares_scaled(x, gammas, betas, shares):
    shares /= 2 * shares.sum(dim=1, keepdim=True)
    return by_matrix_products(x, gammas, betas, 2 * shares)


# perceptual_loss


@right("perceptual_loss")
def by_the_package(features, photo_features, style_grams, content_weight, style_weight):
    content = sum(losses.content_loss(features[layer], target) for layer, target in photo_features.items())
    style = sum(losses.gram_loss(losses.gram_matrix(features[layer]), gram) for layer, gram in style_grams.items())
    return content_weight * content + style_weight * style


@right("perceptual_loss")
def picture_by_picture(features, photo_features, style_grams, content_weight, style_weight):
    total, count = 0, len(next(iter(features.values())))
    for number in range(count):
        for layer, target in photo_features.items():
            total = total + content_weight * F.mse_loss(features[layer][number], target[number])
        for layer, gram in style_grams.items():
            rows = features[layer][number].flatten(1).double()
            total = total + style_weight * F.mse_loss(rows @ rows.T / rows.numel(), gram[0].double())
    return total / count


@wrong("perceptual_loss", says="loop over the layers that are wanted")
def content_in_every_layer(features, photo_features, style_grams, content_weight, style_weight):
    photo = {layer: photo_features[layer] for layer in features}
    return by_the_package(features, photo, style_grams, content_weight, style_weight)


@wrong("perceptual_loss", says='has no gradient with respect to "relu2_1": look at `.detach()`')
def content_detached(features, photo_features, style_grams, content_weight, style_weight):
    content = by_the_package({k: f.detach() for k, f in features.items()}, photo_features, {}, content_weight, 0)
    return content + by_the_package(features, {}, style_grams, 0, style_weight)


@wrong("perceptual_loss", says="Python number")
def as_number(features, photo_features, style_grams, content_weight, style_weight):
    return by_the_package(features, photo_features, style_grams, content_weight, style_weight).item()


@wrong("perceptual_loss", says='puts something else into features["relu1_1"], the caller')
def features_overwritten(features, photo_features, style_grams, content_weight, style_weight):
    content = by_the_package(features, photo_features, {}, content_weight, 0)
    for layer in style_grams:
        features[layer] = losses.gram_matrix(features[layer])
    return content + style_weight * sum(losses.gram_loss(features[layer], gram) for layer, gram in style_grams.items())


@wrong("perceptual_loss", says="gives the shape (2,) where a single number is right")
def a_loss_for_each_picture(features, photo_features, style_grams, content_weight, style_weight):
    content = sum((features[k] - target).square().mean(dim=(1, 2, 3)) for k, target in photo_features.items())
    style = sum((losses.gram_matrix(features[k]) - gram).square().mean(dim=(1, 2)) for k, gram in style_grams.items())
    return content_weight * content + style_weight * style


@wrong("perceptual_loss", says="must match the size")
def batch_in_the_channels(features, photo_features, style_grams, content_weight, style_weight):
    total = by_the_package(features, photo_features, {}, content_weight, 0)
    for layer, gram in style_grams.items():
        b, c, h, w = features[layer].shape
        rows = features[layer].reshape(b * c, h * w)
        total = total + style_weight * (rows @ rows.T / rows.numel() - gram).square().mean()
    return total


# training_step


@right("training_step")
def as_in_the_lesson(network, optimizer, photos, loss_of):
    network.train()
    loss = loss_of(network(photos), photos)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@right("training_step")
def by_a_closure(network, optimizer, photos, loss_of):
    def closure():
        network.zero_grad()
        loss = loss_of(network(photos), photos)
        loss.backward()
        return loss

    network.train()
    return optimizer.step(closure).item()


@right("training_step")
def looked_at_twice(network, optimizer, photos, loss_of):
    network.train()
    weights = list(network.parameters())
    result = network(photos)
    for weight, gradient in zip(weights, torch.autograd.grad(loss_of(result, photos), weights), strict=True):
        weight.grad = gradient
    optimizer.step()
    return loss_of(result.detach(), photos).item()


@wrong("training_step", says="leads back to no weight: leave out `.detach()`")
def result_detached(network, optimizer, photos, loss_of):
    network.train()
    optimizer.zero_grad()
    loss = loss_of(network(photos).detach(), photos)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("training_step", says="run the network outside `torch.no_grad()`")
@torch.no_grad()
def without_gradient(network, optimizer, photos, loss_of):
    return as_in_the_lesson(network, optimizer, photos, loss_of)


@wrong("training_step", says="asks for the loss of the photos, which no weight can change")
def loss_of_the_photos(network, optimizer, photos, loss_of):
    network.train()
    optimizer.zero_grad()
    network(photos)
    loss = loss_of(photos, photos)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("training_step", says="stopped: the weights move along the gradient of the step before")
def step_before_backward(network, optimizer, photos, loss_of):
    network.train()
    loss = loss_of(network(photos), photos)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


@wrong("training_step", says="nothing has moved")
def gradient_thrown_away(network, optimizer, photos, loss_of):
    network.train()
    loss = loss_of(network(photos), photos)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


@wrong("training_step", says="isn't in training mode")
def mode_of_the_outermost_module(network, optimizer, photos, loss_of):
    network.training = True
    optimizer.zero_grad()
    loss = loss_of(network(photos), photos)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("training_step", says="gives the loss as a tensor, and a list of them keeps every step's graph")
def loss_as_a_tensor(network, optimizer, photos, loss_of):
    network.train()
    optimizer.zero_grad()
    loss = loss_of(network(photos), photos)
    loss.backward()
    optimizer.step()
    return loss


@wrong("training_step", says="gives a tuple: return the loss as a float")
def loss_and_result(network, optimizer, photos, loss_of):
    return as_in_the_lesson(network, optimizer, photos, loss_of), network(photos)


@wrong("training_step", says="moves the weights without `optimizer`")
def new_optimizer(network, optimizer, photos, loss_of):
    return as_in_the_lesson(network, torch.optim.Adam(network.parameters(), lr=1e-3), photos, loss_of)


@wrong("training_step", says="moves the weights 2 times")
def photo_by_photo(network, optimizer, photos, loss_of):
    values = [as_in_the_lesson(network, optimizer, photo[None], loss_of) for photo in photos]
    return sum(values) / len(values)


@wrong("training_step", says="never asks for the loss")
def loss_of_its_own(network, optimizer, photos, loss_of):
    return as_in_the_lesson(network, optimizer, photos, F.mse_loss)
