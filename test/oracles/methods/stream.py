"""Three tasks of three classes, 40 training and 9 test images each, 16 × 16: what all methods learn from, in a fixed
order of 25 batches of 8 (5 epochs of 5) a task.
"""

import numpy as np

tasks, classes, train, batch, epochs = 3, 3, 40, 8, 5
all_classes = tasks * classes


def pictures():
    """Images [147, 3, 16, 16] uint8 and their labels; task t learns 40 t … 40 t + 39, the last 27 are for testing."""
    random = np.random.RandomState(5)
    y, x = np.mgrid[0:16, 0:16] / 16
    patterns = []
    for _ in range(all_classes):
        waves = [np.sin(2 * np.pi * (a * x + b * y) + c) for a, b, c in random.uniform(-1.5, 1.5, (3, 3)) * [1, 1, 4]]
        patterns.append(np.stack(waves))
    labels = [classes * t + i % classes for t in range(tasks) for i in range(train)]
    labels += [c for c in range(all_classes) for _ in range(3)]
    images = [128 + 50 * patterns[c] + 30 * random.randn(3, 16, 16) for c in labels]
    return np.clip(np.round(images), 0, 255).astype(np.uint8), np.array(labels)


def batches():
    random = np.random.RandomState(6)
    orders = [[random.permutation(train) + train * t for _ in range(epochs)] for t in range(tasks)]
    return [[o[i : i + batch].tolist() for o in order for i in range(0, train, batch)] for order in orders]


def heads():
    """The head's columns for all classes, as each task finds its own when they arrive."""
    random = np.random.RandomState(7)
    return 0.25 * random.randn(16, all_classes), 0.05 * random.randn(all_classes)
