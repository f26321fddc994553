# SPDX-License-Identifier: MIT
"""Weights and statistics like those of trained networks, from a seed.

Untrained networks are no test of quantization: with the usual initial weights
activations vanish or explode with depth, all channels are alike, and nothing
has long tails. Here weights have tails longer than normal ones, channels have
scales of their own, kernels are smooth, and some channels are all but dead. A
part of the weights is made of what the layer is given, so that it answers to
that more than to noise, as what was trained does.
Statistics of BatchNormalization, and scales and biases of layers without it,
are those of real pictures that run through the network as its weights are made.
"""

import zlib

import numpy as np
import torch
from torch import nn

LEARNED = 0.8  # part of the weights' deviation that is made of their inputs
WINDOWS = 64  # of the inputs, for that
CHANNEL_SPREAD = 0.4  # of the logarithm of scales of channels
DEAD = 0.02  # part of the channels
DEAD_SCALE = 0.02
BRANCH_SCALE = 0.35  # of what is added to a residual sum
SHIFT, SHIFT_SPREAD = -0.1, 0.3  # before an activation, in its deviations
CLASS_DEVIATION = 2.5  # of scores


def rounded(array):
    """To 10 bits: sums of another processor's order give the same numbers."""
    fraction, exponent = np.frexp(np.asarray(array, np.float64))
    return np.ldexp(np.round(fraction * 1024) / 1024, exponent)


def tensor(array):
    return torch.from_numpy(np.ascontiguousarray(array, np.float32))


def windows(rng, module, x):
    """What a convolution is given at random places, less the mean:
    [WINDOWS, groups, elements]."""
    pad, size = module.padding, module.kernel_size
    x = nn.functional.pad(x, (pad[1], pad[1], pad[0], pad[0])).numpy()
    made = np.stack([
        x[n, :, top:top + size[0], left:left + size[1]] for n, top, left in zip(
            *(rng.integers(0, end, WINDOWS) for end in (
                len(x), x.shape[2] - size[0] + 1, x.shape[3] - size[1] + 1)))])
    made = made.reshape(WINDOWS, module.groups, -1)
    return made - made.mean(0)


class Maker:
    """Fills modules in the order in which data reaches them."""

    def __init__(self, seed, branches, scores):
        self.seed = seed
        self.branches = branches  # names of the last layers of branches
        self.scores = scores  # names of layers that end in scores

    def rng(self, name):
        """Numbers of a layer depend on the seed and its name only."""
        return np.random.Generator(np.random.PCG64(
            [self.seed, zlib.crc32(name.encode())]))

    def draw(self, name, weight):
        """Weights of [outputs, inputs, height, width] or [outputs, inputs]."""
        rng, shape = self.rng(name), tuple(weight.shape)
        made = rng.standard_normal(shape, np.float32)
        made *= 0.7 + 0.4 * np.abs(rng.standard_normal(shape, np.float32))
        if len(shape) == 4 and shape[2] * shape[3] > 1:
            made += made.mean((2, 3), keepdims=True) * np.sqrt(
                np.float32(shape[2] * shape[3]))
        for axis in (0, 1):
            spread = rng.standard_normal(shape[axis]) * CHANNEL_SPREAD
            scale = np.exp(spread).astype(np.float32)
            made *= scale.reshape([-1 if i == axis else 1
                                   for i in range(len(shape))])
        made *= np.float32(np.sqrt(2 / np.prod(shape[1:])))
        weight.data = tensor(made)

    def learn(self, name, module, x):
        """Mix sums of windows of the inputs into the weights."""
        rng = self.rng(name + ".windows")
        weight = module.weight.numpy()
        seen = windows(rng, module, x)
        per_group = weight.shape[0] // seen.shape[1]
        for group in range(seen.shape[1]):
            part = slice(group * per_group, (group + 1) * per_group)
            mix = rng.standard_normal((per_group, WINDOWS), np.float32)
            made = (mix @ seen[:, group]).reshape(weight[part].shape)
            old = weight[part]
            made *= old.std() / max(float(made.std()), 1e-9)
            old *= np.float32(np.sqrt(1 - LEARNED ** 2))
            old += made * np.float32(LEARNED)
        module.weight.data = tensor(weight)

    def before_norm(self, name, module, x):
        """Statistics of what a BatchNormalization is given."""
        rng, channels = self.rng(name), module.num_features
        data = x.double()
        module.running_mean = tensor(rounded(data.mean((0, 2, 3))))
        module.running_var = tensor(rounded(
            data.var((0, 2, 3), unbiased=False) + 1e-6))
        scale = np.exp(rng.standard_normal(channels) * CHANNEL_SPREAD)
        scale[rng.random(channels) < DEAD] *= DEAD_SCALE
        shift = SHIFT + SHIFT_SPREAD * rng.standard_normal(channels)
        if name in self.branches:
            scale, shift = scale * BRANCH_SCALE, shift * BRANCH_SCALE
        module.weight.data, module.bias.data = tensor(scale), tensor(shift)

    def after_layer(self, name, module, y):
        """Scale and bias of a layer with a bias; its results, corrected."""
        rng = self.rng(name + ".bias")
        axes = (0, 2, 3) if y.dim() == 4 else (0,)
        data = (y - self.column(module.bias, y)).double()
        mean = data.mean(axes)
        away = (data - self.column(mean, y)).pow(2).mean().sqrt()
        # Few positions: deviations between the channels count too.
        if y.numel() < 64 * y.shape[1]:
            away, mean = data.std(), torch.zeros_like(mean)
        scale = (CLASS_DEVIATION if name in self.scores else 1) / float(
            rounded(max(float(away), 1e-6)))
        shift = SHIFT + SHIFT_SPREAD * rng.standard_normal(y.shape[1])
        module.weight.data = tensor(module.weight.numpy() * np.float32(scale))
        module.bias.data = tensor(shift - rounded(mean * scale))
        return (data * scale + self.column(module.bias, y)).float()

    @staticmethod
    def column(values, like):
        return values.reshape([1, -1] + [1] * (like.dim() - 2))

    def hooks(self, name, module):
        if isinstance(module, nn.BatchNorm2d):
            yield module.register_forward_pre_hook(
                lambda m, x: self.before_norm(name, m, x[0]))
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            self.draw(name, module.weight)
            # Few places have few directions: the scores would be all alike.
            if isinstance(module, nn.Conv2d):
                yield module.register_forward_pre_hook(
                    lambda m, x: self.learn(name, m, x[0]))
            if module.bias is not None:
                module.bias.data.zero_()
                yield module.register_forward_hook(
                    lambda m, _, y: self.after_layer(name, m, y))


def fill(network, data, seed, branches=(), scores=()):
    """Give network weights and statistics; data are its inputs."""
    network.eval()
    maker = Maker(seed, branches, scores)
    with torch.no_grad():
        hooks = [hook for entry in network.named_modules()
                 for hook in maker.hooks(*entry)]
        network(tensor(data))
    for hook in hooks:
        hook.remove()
