# SPDX-License-Identifier: MIT
"""Pictures as arrays of 0 to 255, height x width x RGB: PNG files, crops."""

import struct
import zlib

import numpy as np

CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def unfilter(raw, height, stride, step):
    """Lines of a PNG file as bytes."""
    lines = np.zeros((height, stride), np.uint8)
    above = np.zeros(stride, np.uint8)
    for y in range(height):
        kind = raw[y * (stride + 1)]
        line = bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        up = above.tobytes()
        for i in range(stride):
            left = line[i - step] if i >= step else 0
            corner = up[i - step] if i >= step else 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = up[i]
            elif kind == 3:
                guess = (left + up[i]) // 2
            elif kind == 4:
                base = left + up[i] - corner
                guess = min((abs(base - left), 0, left),
                            (abs(base - up[i]), 1, up[i]),
                            (abs(base - corner), 2, corner))[2]
            else:
                break
            line[i] = (line[i] + guess) & 255
        lines[y] = above = np.frombuffer(bytes(line), np.uint8)
    return lines


def read_png(path):
    """A picture of 8 bits a channel, not interlaced; gray becomes RGB."""
    with open(path, "rb") as file:
        data = file.read()
    at, parts = 8, []
    width = height = depth = color = interlaced = 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, color, _, _, interlaced = struct.unpack(
                ">IIBBBBB", body)
        elif kind == b"IDAT":
            parts.append(body)
        at += size + 12
    if depth != 8 or color not in CHANNELS or interlaced:
        raise ValueError(f"{path}: depth {depth}, color type {color}, "
                         f"interlacing {interlaced}, expected 8, one of "
                         f"{sorted(CHANNELS)}, 0")
    step = CHANNELS[color]
    lines = unfilter(zlib.decompress(b"".join(parts)), height, width * step,
                     step)
    pixels = lines.reshape(height, width, step)
    pixels = pixels[..., :3] if step > 2 else np.repeat(pixels[..., :1], 3, 2)
    return pixels.astype(np.float64)


def weights(old, new):
    """new x old: linear interpolation, as wide as the reduction."""
    scale = old / new
    centers = (np.arange(new) + 0.5) * scale - 0.5
    away = np.abs(np.arange(old)[None] - centers[:, None])
    table = np.maximum(0, 1 - away / max(scale, 1))
    return table / table.sum(1, keepdims=True)


def crop(picture, top, left, height, width, size, mirror=False):
    """A part of a picture, brought to size (height, width)."""
    part = picture[top:top + height, left:left + width]
    if part.shape[:2] != (height, width):
        raise ValueError(f"the picture of {picture.shape} has no part "
                         f"{top, left, height, width}")
    if mirror:
        part = part[:, ::-1]
    rows = weights(height, size[0])
    columns = weights(width, size[1])
    return np.einsum("yh,hwc,xw->yxc", rows, part, columns, optimize=True)
