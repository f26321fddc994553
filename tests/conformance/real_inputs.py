# SPDX-License-Identifier: MIT
"""The models of "make models" with what they are run on: the trained ones of
scripts/fetch-models.sh, and the networks of scripts/make_networks.py.

A sample is a crop of a real picture, prepared as the model's authors do. Other
crops than those that are run calibrate the ranges.
"""

import os

import numpy as np

import pictures

IMAGENET_MEAN = np.array([0.485, 0.456, 0.406])
IMAGENET_STD = np.array([0.229, 0.224, 0.225])

# Parts of the pictures: top, left, height, width, mirrored. The first TESTS are
# run, the others calibrate.
TESTS = 4
FACE = [(0, 40, 360, 360), (10, 90, 300, 300), (20, 60, 280, 280, True),
        (0, 0, 420, 420),
        (10, 60, 320, 320), (0, 20, 400, 400), (20, 80, 300, 300, True),
        (0, 100, 380, 380), (0, 0, 512, 512), (30, 30, 340, 340, True),
        (150, 100, 350, 350), (40, 120, 256, 256)]
# Not mirrored: the lines model then has ends of lines far outside the picture.
SCENE = [(0, 0, 512, 512), (16, 40, 450, 450), (48, 48, 464, 464),
         (90, 10, 400, 400),
         (0, 0, 480, 480), (0, 60, 440, 440), (60, 0, 440, 440),
         (0, 32, 480, 480), (0, 200, 312, 312), (200, 0, 312, 312),
         (100, 100, 400, 400), (256, 256, 256, 256)]
TEXT = [(0, 0, 191, 191), (0, 193, 191, 191), (10, 90, 180, 180),
        (5, 150, 170, 170),
        (0, 60, 191, 191), (20, 120, 160, 160), (0, 170, 191, 191),
        (31, 10, 160, 160), (11, 200, 180, 180), (0, 30, 191, 191),
        (0, 120, 191, 191), (0, 184, 150, 150)]
# Of the first four the float model is sure: see real_metrics.py.
LINE = [(12, 20, 24, 96), (54, 20, 24, 96), (92, 40, 24, 96),
        (128, 100, 24, 96),
        (32, 20, 24, 96), (52, 60, 24, 96), (72, 100, 24, 96),
        (94, 60, 24, 96), (112, 20, 24, 96), (132, 140, 24, 96),
        (152, 60, 24, 96), (14, 120, 24, 96)]


def nchw(picture):
    return np.moveaxis(picture, 2, 0)


def face(picture):
    return picture / 127.5 - 1


def lines(picture):
    """RGB and a plane of ones."""
    return np.concatenate([picture, np.ones_like(picture[..., :1])], 2)


def text_regions(picture):
    """Blue first, as the authors read pictures."""
    return nchw((picture[..., ::-1] / 255 - IMAGENET_MEAN) / IMAGENET_STD)


def imagenet(picture):
    return nchw((picture / 255 - IMAGENET_MEAN) / IMAGENET_STD)


def unit(picture):
    return nchw(picture / 255)


def text_line(picture):
    return nchw(picture[..., ::-1] / 127.5 - 1)


class Pictures:
    """Samples that are parts of a picture."""

    def __init__(self, file, parts, size, prepare):
        self.file, self.parts = file, parts
        self.size, self.prepare = size, prepare

    def samples(self, cache):
        picture = pictures.read_png(os.path.join(cache, self.file))
        made = [self.prepare(pictures.crop(picture, *part[:4], self.size,
                                           *part[4:]))
                for part in self.parts]
        return np.stack(made).astype(np.float32)


class Spectra:
    """Made: 76 frames x 32 bands, in the range of log-mel spectra / 10 + 2.

    Syllables of a few harmonics that glide, over a floor of noise.
    """

    @staticmethod
    def samples(_):
        rng = np.random.RandomState(1)
        frames, bands = np.arange(76)[:, None], np.arange(32)[None]
        made = []
        for _ in range(TESTS + 8):
            level = -1.0 + 0.3 * rng.standard_normal((76, 32))
            for start in range(rng.randint(0, 8), 70, 16):
                length = rng.randint(6, 14)
                loud = np.clip(1 - np.abs(frames - start - length / 2) /
                               (length / 2), 0, 1)
                for formant in rng.uniform(3, 28, 3):
                    glide = formant + rng.uniform(-0.3, 0.3) * (frames - start)
                    level += 3.5 * loud * np.exp(-((bands - glide) / 1.8) ** 2)
            made.append(np.clip(level, -2, 5)[..., None])
        return np.stack(made).astype(np.float32)


class RealModel:
    """One model: file, input, its shape where left open, samples, metric.

    losses: how many dB of signal to noise the device may be below the quantized
    model, the mean of all outputs and each; lone: others for one machine.
    """

    made = False  # by scripts/make_networks.py

    def __init__(self, name, tensor, source, metric=None, shape=None,
                 losses=(0.5, 1.0), lone=None):
        self.name, self.tensor, self.source = name, tensor, source
        self.metric, self.shape, self.losses = metric, shape, losses
        self.lone = lone or {}

    def losses_on(self, machine):
        return self.lone.get(machine, self.losses)

    def samples(self, cache):
        """Those that are run, those that calibrate."""
        samples = self.source.samples(cache)
        return samples[:TESTS], samples[TESTS:]


MODELS = [
    RealModel("blazeface_front", "input:0",
              Pictures("astronaut.png", FACE, (128, 128), face), "face"),
    RealModel("blazeface_back", "input:0",
              Pictures("astronaut.png", FACE, (256, 256), face), "face"),
    RealModel("mlsd_tiny_320", "input_image_with_alpha:0",
              Pictures("astronaut.png", SCENE, (320, 320), lines), "lines"),
    RealModel("mlsd_tiny_512", "input_image_with_alpha:0",
              Pictures("astronaut.png", SCENE, (512, 512), lines),
              "lines"),
    RealModel("ocr_cls", "x",
              Pictures("page.png", LINE, (48, 192), text_line), "class",
              # One output, and of the lines that calibrate the model is unsure.
              (1, 3, 48, 192), lone={"benchmark_64x64": (5, 5)}),
    RealModel("ocr_det", "x",
              Pictures("page.png", TEXT, (320, 320), text_regions), "text",
              (1, 3, 320, 320)),
    RealModel("speech_embedding", "input_1", Spectra, None,
              (1, 76, 32, 1)),
]


class Network(RealModel):
    """A network of scripts/make_networks.py.

    tests, calibration: how many samples are run, and calibrate; keep_norms:
    leave BatchNormalization to the compiler; branch_ends, score_ends: how names
    of layers end that are the last of a residual branch, or make scores.
    """

    made = True

    def __init__(self, name, source, tests=2, calibration=4, keep_norms=False,
                 branch_ends=(), score_ends=(), outputs=("scores",)):
        super().__init__(name, "input", source, losses=(2, 2))
        self.tests, self.calibration = tests, calibration
        self.keep_norms = keep_norms
        self.branch_ends, self.score_ends = branch_ends, score_ends
        self.outputs = list(outputs)

    def samples(self, cache):
        tests, calibration = super().samples(cache)
        return tests[:self.tests], calibration[:self.calibration]


IMAGES = Pictures("astronaut.png", SCENE, (224, 224), imagenet)
NETWORKS = [
    Network("squeezenet1_1", IMAGES, score_ends=("classifier.1",)),
    Network("mobilenet_v2", IMAGES, score_ends=("classifier.1",),
            branch_ends=("conv.3",)),
    Network("efficientnet_b0", IMAGES, score_ends=("classifier.1",),
            branch_ends=("block.3.1",)),
    Network("resnet18", IMAGES, keep_norms=True, branch_ends=(".bn2",),
            score_ends=("fc",)),
    Network("resnet50", IMAGES, branch_ends=(".bn3",), score_ends=("fc",)),
    Network("vgg16", IMAGES, 1, 2, score_ends=("classifier.6",)),
    Network("yolov3", Pictures("astronaut.png", SCENE, (416, 416), unit), 1, 2,
            keep_norms=True, branch_ends=(".expand.1",),
            score_ends=(".scores",), outputs=("large", "medium", "small")),
]
