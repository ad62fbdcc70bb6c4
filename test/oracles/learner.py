"""Golden values for test/learner: schedules, losses with their gradients, and optimisers of torch, in float64.

    /usr/bin/python3 test/oracles/learner.py test/golden/learner        needs torch (1.13 made the committed files)

Inputs come from wave(count, phase, size) = size * sin((i + phase) * 12.9898), which the tests repeat; rounded to
float32 first, so that both sides compute from the same numbers.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def write(name, content):
    (folder / name).write_text(json.dumps(content) + "\n")


def wave(dims, phase=0, size=1.0):
    i = np.arange(int(np.prod(dims)), dtype=np.float64)
    values = (size * np.sin((i + phase) * 12.9898)).astype(np.float32)
    return torch.tensor(values.astype(np.float64)).reshape(dims)


# Schedules
def rates(make, lr, steps):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    schedule = make(optimiser)
    out = []
    for _ in range(steps):
        out.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    return out


lr_scheduler = torch.optim.lr_scheduler
write(
    "schedules.json",
    {
        "multiStep": rates(lambda o: lr_scheduler.MultiStepLR(o, [3, 7], gamma=0.2), 0.1, 10),
        "cosineAnnealing": rates(lambda o: lr_scheduler.CosineAnnealingLR(o, 10, eta_min=0.002), 0.05, 10),
    },
)


# Optimisers: two tensors, twelve steps on gradients that do not depend on the weights, the rate changing once
def trajectory(make):
    w = wave([3, 4]).clone().requires_grad_(True)
    b = wave([3], 20).clone().requires_grad_(True)
    optimiser = make([{"params": [w]}, {"params": [b], "lr": 0.02}])
    for n in range(12):
        w.grad = wave([3, 4], 100 + 7 * n, 0.5)
        b.grad = wave([3], 300 + 7 * n, 0.5)
        if n == 6:
            for group in optimiser.param_groups:
                group["lr"] *= 0.5
        optimiser.step()
    return {"w": w.detach().flatten().tolist(), "b": b.detach().tolist()}


optim = torch.optim
write(
    "optimisers.json",
    {
        "sgd": trajectory(lambda p: optim.SGD(p, lr=0.1)),
        "sgd-decay": trajectory(lambda p: optim.SGD(p, lr=0.1, weight_decay=0.01)),
        "sgd-momentum": trajectory(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01)),
        "sgd-nesterov": trajectory(
            lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True)
        ),
        "adam": trajectory(lambda p: optim.Adam(p, lr=0.1)),
        "adam-decay": trajectory(lambda p: optim.Adam(p, lr=0.1, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.05)),
        "adamw": trajectory(lambda p: optim.AdamW(p, lr=0.1, weight_decay=0.05)),
    },
)


# Clipping: the gradients of the first step above, clipped together
def clipped(limit):
    parameters = [torch.zeros([3, 4], dtype=torch.float64), torch.zeros([3], dtype=torch.float64)]
    for parameter, phase in zip(parameters, [100, 300]):
        parameter.grad = wave(parameter.shape, phase, 0.5)
    norm = torch.nn.utils.clip_grad_norm_(parameters, limit)
    return {"norm": norm.item(), "gradient": torch.cat([p.grad.flatten() for p in parameters]).tolist()}


write("clipping.json", {"limit 0.3": clipped(0.3), "limit 30": clipped(30)})


# Losses: value and gradient by the scores (or the features), six rows of five classes
labels = torch.tensor([0, 3, 1, 4, 4, 2])


def loss(function, dims=(6, 5), size=2.0):
    z = wave(list(dims), 3, size).clone().requires_grad_(True)
    value = function(z)
    value.backward()
    return {"loss": value.item(), "gradient": z.grad.flatten().tolist()}


old = wave([6, 5], 50, 2.0)


def supervised_contrastive(features, tau=0.2):
    z = F.normalize(features, dim=1)
    s = z @ z.T / tau
    total = 0
    for i in range(6):
        others = [a for a in range(6) if a != i]
        positives = [p for p in others if groups[p] == groups[i]]
        if positives:
            log_all = torch.logsumexp(s[i, others], 0)
            total = total - sum(s[i, p] - log_all for p in positives) / len(positives)
    return total / 6


groups = [0, 1, 0, 2, 0, 1]


def normalised(z, tau=0.1):
    norms = torch.stack([z[:, :2].norm(dim=1) + 1e-7, z[:, 2:].norm(dim=1) + 1e-7], 1)
    return F.cross_entropy(z / norms.mean(1, keepdim=True) / tau, labels)


def symmetric(z):
    p = z.softmax(1).clamp(1e-7, 1.0)
    hot = F.one_hot(labels, 5).double().clamp(1e-4, 1.0)
    return F.cross_entropy(z, labels) + 0.1 * (-(p * hot.log()).sum(1)).mean()


def chosen(z):
    return F.cross_entropy(z[:, 2:], torch.tensor([1, 2, 0, 1, 2, 0]))


write(
    "losses.json",
    {
        "cross-entropy": loss(lambda z: F.cross_entropy(z, labels)),
        "smoothed": loss(lambda z: F.cross_entropy(z, labels, label_smoothing=0.1)),
        "chosen": loss(chosen),
        "distillation": loss(
            lambda z: -(F.softmax(old[:, :3] / 2, 1) * F.log_softmax(z[:, :3] / 2, 1)).sum() / 6
        ),
        "mean-squares": loss(lambda z: F.mse_loss(z, old)),
        "binary": loss(lambda z: F.binary_cross_entropy_with_logits(z, F.one_hot(labels, 5).double()), size=9.0),
        "normalised": loss(normalised),
        "symmetric": loss(symmetric),
        "contrastive": loss(supervised_contrastive),
        "sum": loss(lambda z: F.cross_entropy(z, labels) + 0.5 * F.mse_loss(z, old)),
    },
)


# Whole learners: fifty steps of a perceptron whose head grows from three classes to five halfway, its new columns
# parameters of their own, so that torch too gives them moments of 0 and a count of 0
def batch(rows, classes, n, values):
    x = wave([rows, values], 1000 + 37 * n)
    return x, torch.tensor([(i * i + n) % classes for i in range(rows)])


def perceptron(make):
    w1, b1 = wave([8, 6], 1, 0.5), wave([8], 60, 0.5)
    w2, b2 = wave([5, 8], 80, 0.5), wave([5], 130, 0.5)
    head, bias = wave([5, 3], 200, 0.5), wave([3], 230, 0.5)
    columns, biases = wave([5, 2], 300, 0.5), wave([2], 330, 0.5)
    for p in [w1, b1, w2, b2, head, bias, columns, biases]:
        p.requires_grad_(True)
    optimiser = make([w1, b1, w2, b2, head, bias])
    losses = []
    for n in range(50):
        if n == 25:
            optimiser.add_param_group({"params": [columns, biases]})
        grown = n >= 25
        x, y = batch(8, 5 if grown else 3, n, 6)
        f = torch.tanh(torch.tanh(x @ w1.T + b1) @ w2.T + b2)
        W = torch.cat([head, columns], 1) if grown else head
        b = torch.cat([bias, biases]) if grown else bias
        value = F.cross_entropy(f @ W + b, y)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    end = {"w1": w1, "b1": b1, "w2": w2, "b2": b2}
    end["head.weight"] = torch.cat([head, columns], 1)
    end["head.bias"] = torch.cat([bias, biases])
    return {"losses": losses, "end": {k: v.detach().flatten().tolist() for k, v in end.items()}}


write(
    "perceptron.json",
    {
        "sgd": perceptron(lambda p: optim.SGD(p, lr=0.1, weight_decay=0.01)),
        "momentum": perceptron(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01)),
        "nesterov": perceptron(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)),
        "adam": perceptron(lambda p: optim.Adam(p, lr=0.01)),
        "adamw": perceptron(lambda p: optim.AdamW(p, lr=0.01)),
    },
)


# Ten steps of a small convolutional network, BatchNormalization in training mode
def convolutional():
    p = {
        "kernel": wave([4, 3, 3, 3], 1, 0.3),
        "gain": wave([4], 150, 0.3) + 1,
        "shift": wave([4], 160, 0.3),
        "head.weight": wave([4, 3], 200, 0.5),
        "head.bias": wave([3], 230, 0.5),
    }
    p["gain"] = p["gain"].float().double()
    mean, variance = torch.zeros(4, dtype=torch.float64), torch.ones(4, dtype=torch.float64)
    for value in p.values():
        value.requires_grad_(True)
    optimiser = optim.SGD(list(p.values()), lr=0.1, momentum=0.9)
    losses = []

    def forward(x, training):
        h = F.batch_norm(F.conv2d(x, p["kernel"], padding=1), mean, variance, p["gain"], p["shift"], training, 0.1)
        return F.relu(h).mean((2, 3)) @ p["head.weight"] + p["head.bias"]

    for n in range(10):
        x, y = batch(6, 3, n, 3 * 8 * 8)
        value = F.cross_entropy(forward(x.reshape(6, 3, 8, 8), True), y)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    end = {**p, "mean": mean, "variance": variance}
    x, _ = batch(6, 3, 99, 3 * 8 * 8)
    return {
        "losses": losses,
        "end": {k: v.detach().flatten().tolist() for k, v in end.items()},
        "scores": forward(x.reshape(6, 3, 8, 8), False).detach().flatten().tolist(),
    }


write("convolutional.json", convolutional())
