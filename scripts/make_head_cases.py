#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Outputs of made models and what their heads must find in them.

	scripts/make_head_cases.py >tests/unit/head_cases.h

Decoders here are written from docs/runtime.md, with numpy, in double precision,
and share nothing with runtime/heads. Values are seeded.
"""

import numpy as np

CENTERS = [[0.31, 0.4], [0.7, 0.65], [0.5, 0.2]]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def anchor_centers(width, height, strides, each):
    """x, y and stride of every anchor."""
    made = []
    for stride, number in zip(strides, each):
        for row in range(-(-height // stride)):
            for column in range(-(-width // stride)):
                made += [[(column + 0.5) * stride, (row + 0.5) * stride]] * number
    return np.array(made, float)


def overlaps(boxes):
    """Intersection over union of all pairs."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    both = np.prod(np.clip(high - low, 0, None), -1)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], -1)
    return both / (area[:, None] + area[None] - both)


def merge(score, label, boxes, points, overlap, average):
    """Rows of score, label, box, points; best first."""
    order = np.argsort(-score, kind="stable")
    score, label, boxes, points = (a[order] for a in
                                   (score, label, boxes, points))
    same = (overlaps(boxes) > overlap) & (label[:, None] == label[None])
    left, found = np.ones(len(score), bool), []
    for i in range(len(score)):
        if not left[i]:
            continue
        group = left & same[i]
        group[i] = True
        left &= ~group
        values = np.concatenate([boxes, points], 1)
        row = (np.average(values[group], axis=0, weights=score[group])
               if average else values[i])
        found.append([score[i], label[i], *row])
    return np.array(found)


def offset_boxes(rng):
    """Two strides, one class, two points; groups of boxes become one."""
    width, height, strides, each = 48, 32, (8, 16), (1, 2)
    at = anchor_centers(width, height, strides, each)
    wanted = np.array(CENTERS) * [width, height]
    near = np.hypot(*(at[:, None] - wanted[None]).transpose(2, 0, 1))
    target = wanted[near.argmin(1)]
    score = np.round(2.5 - near.min(1) / 4 + rng.normal(0, 0.3, len(at)), 3)
    rows = np.zeros((len(at), 8))
    rows[:, :2] = (target - at) / 2 + rng.normal(0, 0.4, (len(at), 2))
    rows[:, 2:4] = [6, 5] + rng.normal(0, 0.4, (len(at), 2))
    rows[:, 4:] = np.tile(rows[:, :2], 2) + rng.normal(0, 1, (len(at), 4))
    rows = np.round(rows, 3)
    p = sigmoid(score)
    keep = p > 0.6
    center, half = at + rows[:, :2] * 2, rows[:, 2:4]
    boxes = np.concatenate([center - half, center + half], 1)
    points = np.tile(at, 2) + rows[:, 4:] * 2
    found = merge(p[keep], np.zeros(keep.sum()), boxes[keep], points[keep],
                  0.3, True)
    split = -(-width // 8) * -(-height // 8)
    return ([rows[:split], score[split:, None], score[:split, None],
             rows[split:]], found)


def ssd_boxes(rng):
    """Classes, background, sizes of anchors, y before x; the best stays."""
    width, height = 40, 24
    at = anchor_centers(width, height, (8,), (2,))
    size = np.tile([[10, 8], [14, 12]], (len(at) // 2, 1))
    rows = np.round(rng.normal(0, 1, (len(at), 4)), 3)
    logits = np.round(rng.normal(0, 2.5, (len(at), 4)), 3)
    p = softmax(logits)[:, 1:]
    label = p.argmax(1) + 1
    p = p.max(1)
    keep = p > 0.5
    center = at + rows[:, [1, 0]] * [0.1, 0.2] * size
    half = np.exp(rows[:, [3, 2]] * [0.3, 0.4]) * size / 2
    boxes = np.concatenate([center - half, center + half], 1)
    found = merge(p[keep], label[keep].astype(float), boxes[keep],
                  np.zeros((keep.sum(), 0)), 0.25, False)
    return [rows, logits], found


def spread(mask):
    """Numbers of the parts of a mask, 0 beside it: the largest number wins."""
    number = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        wide = np.pad(number, 1)
        best = np.max([wide[y:y + mask.shape[0], x:x + mask.shape[1]]
                       for y in range(3) for x in range(3)], 0) * mask
        if (best == number).all():
            return number
        number = best


def mask_regions(rng):
    """A map of half the size, with parts of which some are too small or weak."""
    width, height = 48, 28
    level = np.full((14, 24), 0.08)
    for top, left, bottom, right, value in (
            (1, 1, 4, 9, 0.8), (4, 9, 6, 12, 0.75), (2, 15, 5, 22, 0.45),
            (8, 3, 9, 4, 0.95), (8, 8, 13, 20, 0.7), (12, 0, 14, 3, 0.9)):
        level[top:bottom, left:right] = value
    level = np.round(level + rng.uniform(-0.03, 0.03, level.shape), 3)
    number, found = spread(level > 0.3), []
    parts = [n for n in np.unique(number) if n]
    for n in sorted(parts, key=lambda n: np.argmax(number.ravel() == n)):
        y, x = np.nonzero(number == n)
        score = level[y, x].mean()
        left, right, top, bottom = (2 * v for v in (
            x.min(), x.max() + 1, y.min(), y.max() + 1))
        if score < 0.5 or min(right - left, bottom - top) < 3:
            continue
        area, length = 4 * len(x), max(right - left, bottom - top)
        by = 1.2 * area / (2 * (length + area / length))
        found.append([score, 0, max(0, left - by), max(0, top - by),
                      min(width, right + by), min(height, bottom + by)])
    return [level], np.array(found)


def line_ends(rng):
    """Scores in doubles, so that each line is there more than once."""
    level = np.round(rng.uniform(0, 0.15, (8, 12)), 3)
    ways = np.round(rng.normal(0, 3, (8, 12, 4)), 3)
    for x, y, way, score in ((3, 2, (-2.5, -1, 3, 1.5), 0.9),
                             (4, 2, (-3.4, -1.1, 2, 1.6), 0.6),
                             (7, 5, (4, 2, -4, -2), 0.8),
                             (8, 5, (-4.9, -2.1, 3.1, 1.9), 0.7),
                             (10, 1, (-0.5, 0, 0.5, 0.2), 0.95),
                             (2, 6, (-1.5, 1, 6, -2), 0.3)):
        level[y, x], ways[y, x] = score, way
    y, x = np.nonzero(level > 0.2)
    ends = (ways[y, x] + np.stack([x, y, x, y], -1)) * [4, 2, 4, 2]
    score = level[y, x]
    long = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]) > 8
    ends, score = ends[long], score[long]
    order, found = np.argsort(-score, kind="stable"), []
    for i in order:
        one = ends[i].reshape(2, 2)
        others = [np.array(f[2:]).reshape(2, 2) for f in found]
        if not any((np.hypot(*(one - pair).T) < 5).all()
                   for other in others for pair in (other, other[::-1])):
            found.append([score[i], 0, *ends[i]])
    return [level, ways], np.array(found)


def numbers(array):
    text, line = "", "\t"
    for value in np.asarray(array, float).ravel():
        item = f"{value:.7g}"
        item += "f, " if "." in item or "e" in item else ".0f, "
        if len(line) + len(item) > 76:
            text, line = text + line.rstrip() + "\n", "\t"
        line += item
    return text + line.rstrip() + "\n"


def say(name, outputs, found):
    for i, output in enumerate(outputs):
        print(f"static const float {name}_{i}[] = {{\n{numbers(output)}}};\n")
    print(f"/* {len(found)} rows: score, class, coordinates */")
    print(f"static const float {name}_found[] = {{\n{numbers(found)}}};\n")


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by scripts/make_head_cases.py. */")
    print("#ifndef GS_TEST_HEAD_CASES_H\n#define GS_TEST_HEAD_CASES_H\n")
    print("/* clang-format off */\n")
    for number, case in enumerate((offset_boxes, ssd_boxes, mask_regions,
                                   line_ends)):
        say(case.__name__, *case(np.random.RandomState(number + 1)))
    print("/* clang-format on */\n")
    print("#endif /* GS_TEST_HEAD_CASES_H */")


if __name__ == "__main__":
    main()
