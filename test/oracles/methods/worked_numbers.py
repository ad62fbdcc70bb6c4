"""Checks what golden.py is made of against the numbers that were worked out by hand or by others' code.

    /usr/bin/python3 test/oracles/methods/worked_numbers.py        ends quietly, or with the first number that is off
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from bed import Bed
from ewc import fisher
from gem import multipliers, projected
from icarl import herded
from lwf import distillation
from prompts import nearest
from replay import Reservoir
from slca import mean_factor, normalised_loss


def near(seen, wanted, within=1e-6):
    if not np.allclose(np.asarray(seen, float), wanted, rtol=0, atol=within):
        raise SystemExit(f"{seen} is not {wanted}")


def doubles(*values):
    return torch.tensor(values, dtype=torch.float64)


# SLCA: normalised scores of two tasks of two classes, and how near to 0 an old class's mean is drawn
near(normalised_loss(doubles([3, 4, 1, 0]), torch.tensor([0]), 2, 0.1), 3.368431)
near([mean_factor(k, 3) for k in range(4)], [0.925, 0.95, 0.975, 1])


# EWC: two classes, scores (w₀ x, w₁ x), w = (0.5, 0), examples 1 and 2 of class 0
class Two(Bed):
    def pixels(self, ids):
        return doubles(*[[x] for x in ids])

    def labels(self, ids):
        return torch.zeros(len(ids), dtype=torch.int64)

    def learning(self, net):
        return net


line = nn.Linear(1, 2, bias=False).double()
line.weight.data = doubles([0.5], [0])
two = Two("vit", None, torch.float64)
fishers = {"empirical": 0.215927, "weighted": 0.150116, "per-batch": 0.2095, "true": 0.510726, "one-batch": 0.2095}
for estimate, wanted in fishers.items():
    settings = {"fisher": estimate, "fisher_batch": 2, "fisher_examples": 2}
    near(fisher(two, line, nn.Identity(), [1, 2], settings)["weight"].flatten(), [wanted, wanted])
shift = doubles(0.1, -0.2)
F_ = fisher(two, line, nn.Identity(), [1, 2], {"fisher": "empirical", "fisher_batch": 2})["weight"].flatten()
near((F_ * shift**2).sum(), 0.0107964)
near(50 * (F_ * shift**2).sum(), 0.539819)

# GEM, A-GEM
g = np.array([1.0, 0, 0])
one, both = np.array([[-1.0, 1, 0]]), np.array([[-1.0, 1, 0], [-1, 0, 2]])
for G, margin, v, after in [
    (one, 0, [0.49975], [0.50025, 0.49975, 0]),
    (one, 0.5, [0.5], [0.5, 0.5, 0]),
    (both, 0, [0.444210, 0.111136], [0.444654, 0.444210, 0.222272]),
    (both, 0.5, [0.5, 0.5], [0, 0.5, 1]),
]:
    found = multipliers(G, g, margin)
    near(found, v)
    near(g + G.T @ found, after)
near(projected(doubles(1, 0), doubles(-1, 1)), [0.5, 0.5])

# The same program by projected coordinate descent, on ten drawn at random
random = np.random.RandomState(0)
for n in range(10):
    G, h, margin = random.randn(1 + n % 5, 20), random.randn(20), 0.5 * (n % 2)
    P, q, v = G @ G.T + 1e-3 * np.eye(len(G)), G @ h, np.full(len(G), margin)
    for _ in range(5000):
        for k in range(len(v)):
            v[k] = max(margin, v[k] - (P[k] @ v + q[k]) / P[k, k])
    near(multipliers(G, h, margin), v, 1e-10)

# The reservoir: a b c d e into two slots, draws 1, 3, 0
buffer, held = Reservoir(2, 0), []
for letter, draw in zip("abcde", [None, None, 1, 3, 0]):
    buffer.offer(letter, draw)
    held.append("".join(buffer.kept))
if held != ["a", "ab", "ac", "ac", "ec"]:
    raise SystemExit(str(held))

# LwF
near((doubles(2, 0) / 2).softmax(0), [0.731059, 0.268941])
near(distillation(doubles([1, 1]), doubles([2, 0]), 2), 0.693147)

# iCaRL: herding
features = doubles([1, 0], [0, 1], [0.8, 0.6], [0.6, 0.8], [-0.6, 0.8])
picked, _ = herded(features, 3)
if picked != [3, 1, 0]:
    raise SystemExit(str(picked))
near((features.mean(0) - features).norm(dim=1), [0.905097, 0.509117, 0.441814, 0.288444, 0.973242])
near(F.normalize(features[picked].mean(0), dim=0), [0.664364, 0.747409])

# L2P: keys by cosine, not by product
places, _ = nearest(doubles([1, 0]), doubles([9, 9], [0.1, 0], [-5, 0]), 2)
near(places[0], [1, 0])
