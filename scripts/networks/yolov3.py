# SPDX-License-Identifier: MIT
"""YOLOv3: the backbone Darknet-53 and three heads of raw predictions.

J. Redmon, A. Farhadi: YOLOv3: An Incremental Improvement, 2018 (table 1 and
the heads of its configuration yolov3.cfg: 80 classes, 3 anchors a scale).
"""

import torch
from torch import nn

PREDICTIONS = 3 * (5 + 80)


def layer(inputs, outputs, size, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs), nn.LeakyReLU(0.1))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.reduce = layer(channels, channels // 2, 1)
        self.expand = layer(channels // 2, channels, 3)

    def forward(self, x):
        return x + self.expand(self.reduce(x))


def stage(inputs, count):
    """Half the picture, twice the channels, then residual blocks."""
    return nn.Sequential(layer(inputs, 2 * inputs, 3, 2),
                         *(Residual(2 * inputs) for _ in range(count)))


class Head(nn.Module):
    """Five layers, then predictions; the five's result goes on."""

    def __init__(self, inputs, channels):
        super().__init__()
        wide = 2 * channels
        self.neck = nn.Sequential(
            layer(inputs, channels, 1), layer(channels, wide, 3),
            layer(wide, channels, 1), layer(channels, wide, 3),
            layer(wide, channels, 1))
        self.wide = layer(channels, wide, 3)
        self.scores = nn.Conv2d(wide, PREDICTIONS, 1)

    def forward(self, x):
        x = self.neck(x)
        return x, self.scores(self.wide(x))


class YoloV3(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = layer(3, 32, 3)
        self.stages = nn.ModuleList(
            stage(32 << i, count) for i, count in enumerate((1, 2, 8, 8, 4)))
        self.heads = nn.ModuleList(
            (Head(1024, 512), Head(768, 256), Head(384, 128)))
        self.up = nn.ModuleList((layer(512, 256, 1), layer(256, 128, 1)))

    def forward(self, x):
        x, skips = self.stem(x), []
        for part in self.stages:
            x = part(x)
            skips.append(x)
        results = []
        for i, head in enumerate(self.heads):
            if i:
                x = nn.functional.interpolate(self.up[i - 1](x),
                                              scale_factor=2.0)
                x = torch.cat([x, skips[4 - i]], 1)
            x, scores = head(x)
            results.append(scores)
        return tuple(results)
