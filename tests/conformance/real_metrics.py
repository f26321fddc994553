# SPDX-License-Identifier: MIT
"""What a model is for, of the device and of the float model: do they agree?

A metric takes the float outputs of both, by name, the float model's first, and
returns whether they do and a phrase with the figures. Where the float model
itself is not sure, of a face or a class, an input is no test.
"""

import numpy as np

MIN_FACE_OVERLAP = 0.8
MAX_SCORE_DIFFERENCE = 0.05
MIN_FACE_SCORE = 0.5
MIN_CLASS_PROBABILITY = 0.6
TEXT_LEVEL = 0.3
MIN_TEXT_OVERLAP = 0.9
LINE_LEVEL = 0.2
MIN_LINE = 10  # in pixels of the map
LINE_DISTANCE = 5  # of both ends, in pixels of the map
MIN_LINES_FOUND = 0.8


def sigmoid(x):
    return 1 / (1 + np.exp(-np.clip(x, -80, 80)))


def anchors():
    """Centers: 16 x 16 cells of two, then 8 x 8 of six."""
    found = []
    for cells, each in ((16, 2), (8, 6)):
        rows, columns = np.mgrid[:cells, :cells]
        centers = np.stack([columns, rows], -1).reshape(-1, 2) + 0.5
        found.append(np.repeat(centers / cells, each, 0))
    return np.concatenate(found)


def best_face(out, side):
    """Score and box (left, top, right, bottom) in parts of the picture."""
    scores = np.concatenate([out["Identity:0"].reshape(-1),
                             out["Identity_1:0"].reshape(-1)])
    boxes = np.concatenate([out["Identity_2:0"].reshape(-1, 16),
                            out["Identity_3:0"].reshape(-1, 16)])
    best = int(np.argmax(scores))
    center = anchors()[best] + boxes[best, :2] / side
    half = boxes[best, 2:4] / side / 2
    return sigmoid(scores[best]), np.concatenate([center - half,
                                                  center + half])


def box_overlap(a, b):
    both = np.prod(np.maximum(0, np.minimum(a[2:], b[2:]) -
                              np.maximum(a[:2], b[:2])))
    area = np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2])
    return both / (area - both)


def compare_face(want, got, shape):
    (score, box), (ours, our_box) = (best_face(o, shape[1])
                                     for o in (want, got))
    overlap = box_overlap(box, our_box)
    return (overlap >= MIN_FACE_OVERLAP and score > MIN_FACE_SCORE and
            abs(score - ours) <= MAX_SCORE_DIFFERENCE,
            f"face: overlap {overlap:.2f}, score {ours:.2f} (float "
            f"{score:.2f})")


def compare_text(want, got, _):
    mask, ours = (next(iter(o.values())) > TEXT_LEVEL for o in (want, got))
    overlap = np.sum(mask & ours) / max(1, np.sum(mask | ours))
    return (overlap >= MIN_TEXT_OVERLAP,
            f"text: overlap {overlap:.3f} of {mask.mean():.1%}")


def compare_class(want, got, _):
    p, ours = (next(iter(o.values())).reshape(-1) for o in (want, got))
    return (p.max() >= MIN_CLASS_PROBABILITY and
            int(p.argmax()) == int(ours.argmax()),
            f"class {int(ours.argmax())}, probability {ours.max():.2f} (float "
            f"{p.max():.2f})")


def find_lines(out):
    """Ends (x, y, x, y) of the lines whose centers score enough."""
    scores = out["scores"][0, :, :, 0]
    y, x = np.nonzero(scores > LINE_LEVEL)
    ends = out["offsets"][0, y, x] + np.stack([x, y, x, y], -1)
    length = np.hypot(ends[:, 0] - ends[:, 2], ends[:, 1] - ends[:, 3])
    return ends[length > MIN_LINE]


def lines_near(lines, others):
    """Part of the lines that have one among the others at both ends."""
    if not len(lines) or not len(others):
        return 0.0
    apart = np.inf
    for order in ([0, 1, 2, 3], [2, 3, 0, 1]):
        gap = (lines[:, None] - others[None][..., order]).reshape(
            len(lines), len(others), 2, 2)
        apart = np.minimum(apart, np.hypot(gap[..., 0], gap[..., 1]).max(-1))
    return float(np.mean(apart.min(1) <= LINE_DISTANCE))


def compare_lines(want, got, _):
    lines, ours = find_lines(want), find_lines(got)
    found, right = lines_near(lines, ours), lines_near(ours, lines)
    return (min(found, right) >= MIN_LINES_FOUND,
            f"lines: {found:.0%} of {len(lines)} found, {right:.0%} of "
            f"{len(ours)} right")


COMPARE = {"face": compare_face, "text": compare_text,
           "class": compare_class, "lines": compare_lines}
