"""Golden values for test/pictures/augment.test.ts: what torchvision's own transforms make of PIL pictures.

    python3 test/oracles/augment.py > test/golden/pictures/augment.json      needs torchvision and Pillow

The transforms draw from numbers that are listed here instead of from torch's generator, in the order they ask:
uniform_ and rand take one number u of 0 … 1, randint takes floor(u n), randperm is Fisher and Yates from the top.
The test hands the same numbers to Streambed. Pictures are those of resize.py; results are kept as SHA-256 of the
planar bytes and the first pixels of a row.
"""
import hashlib
import json
import math
import random
import sys

import numpy as np
import torch
import torchvision
from PIL import Image
from torchvision import transforms as T
from torchvision.transforms import InterpolationMode

numbers = iter(())
taken = []


def u():
    value = next(numbers)
    taken.append(value)
    return value


def randperm(n):
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = math.floor(u() * (i + 1))
        order[i], order[j] = order[j], order[i]
    return torch.tensor(order)


torch.Tensor.uniform_ = lambda self, low=0, high=1: torch.tensor([float(low) + (float(high) - float(low)) * u()], dtype=torch.float64)
torch.rand = lambda *size: torch.tensor([u()], dtype=torch.float64)
torch.randint = lambda low, high, size: torch.tensor([low + math.floor(u() * (high - low))])
torch.randperm = randperm


def picture(width, height):
    c, y, x = np.meshgrid(np.arange(3), np.arange(height), np.arange(width), indexing="ij")
    return ((37 * x + 101 * y + 59 * c + (x * y) % 83 * 3) % 256).astype(np.uint8)


modes = {"nearest": InterpolationMode.NEAREST, "bilinear": InterpolationMode.BILINEAR, "bicubic": InterpolationMode.BICUBIC}


def transform(view):
    steps = []
    if view["resize"]:
        steps.append(T.Resize((view["resize"]["size"],) * 2, modes[view["resize"]["filter"]]))
    crop = view["crop"]
    if crop and crop["kind"] == "resized":
        steps.append(T.RandomResizedCrop(view["size"], tuple(crop["scale"]), tuple(crop["ratio"]), modes[crop["filter"]]))
    elif crop:
        steps.append(T.RandomCrop(view["size"], padding=crop["padding"] or None))
    if view["flip"] > 0:
        steps.append(T.RandomHorizontalFlip(view["flip"]))
    if view["jitter"]:
        steps.append(T.ColorJitter(**view["jitter"]))
    return T.Compose(steps)


def resized(size, filter, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3), flip=0.5, jitter=None):
    crop = {"kind": "resized", "scale": scale, "ratio": ratio, "filter": filter}
    return {"size": size, "resize": None, "crop": crop, "flip": flip, "jitter": jitter}


def padded(size, padding, resize=None, flip=0.5, jitter=None):
    crop = {"kind": "padded", "padding": padding}
    return {"size": size, "resize": resize, "crop": crop, "flip": flip, "jitter": jitter}


def jitter(brightness=0, contrast=0, saturation=0, hue=0):
    return {"brightness": brightness, "contrast": contrast, "saturation": saturation, "hue": hue}


strong = jitter(0.8, 0.8, 0.8, 0.5)
views = [
    (padded(32, 4, jitter=jitter(63 / 255)), (32, 32), 6),
    (resized(224, "bicubic", jitter=jitter(63 / 255)), (32, 32), 6),
    (resized(224, "bilinear", scale=(0.05, 1.0)), (32, 32), 4),
    (resized(96, "bicubic"), (50, 37), 4),
    (resized(48, "bilinear"), (300, 200), 4),
    (resized(33, "nearest"), (40, 61), 3),
    (resized(24, "bilinear", scale=(1.0, 1.0)), (97, 9), 1),
    (resized(24, "bicubic", scale=(1.0, 1.0)), (9, 97), 1),
    (resized(24, "bicubic", scale=(3.0, 4.0)), (31, 29), 1),
    (padded(224, 0, resize={"size": 300, "filter": "bicubic"}), (61, 90), 3),
    (padded(40, 9, flip=1), (35, 48), 4),
    (padded(96, 12, resize={"size": 96, "filter": "bilinear"}), (32, 32), 3),
    (padded(64, 0, flip=0, jitter=jitter(brightness=2.5)), (64, 64), 3),
    (padded(64, 0, flip=0, jitter=jitter(contrast=2.5)), (64, 64), 3),
    (padded(64, 0, flip=0, jitter=jitter(saturation=2.5)), (64, 64), 3),
    (padded(256, 0, flip=0, jitter=jitter(hue=0.5)), (256, 256), 8),
    (padded(256, 0, jitter=strong), (256, 256), 8),
    (padded(32, 0, flip=0, resize={"size": 32, "filter": "bilinear"}), (45, 80), 1),
]
source = random.Random(7)
cases = []
for view, (width, height), times in views:
    make = transform(view)
    planes = picture(width, height)
    for _ in range(times):
        numbers = iter(lambda: source.random(), None)
        taken = []
        out = np.asarray(make(Image.fromarray(planes.transpose(1, 2, 0)))).transpose(2, 0, 1)
        assert out.shape == (3, view["size"], view["size"])
        cases.append(
            {
                "view": view,
                "picture": [width, height],
                "numbers": taken,
                "sha256": hashlib.sha256(np.ascontiguousarray(out).tobytes()).hexdigest(),
                "row": out[1, view["size"] // 2, :8].tolist(),
            }
        )

versions = {"torchvision": torchvision.__version__, "pillow": Image.__version__}
json.dump({"versions": versions, "cases": cases}, sys.stdout)
