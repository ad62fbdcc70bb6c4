"""SLCA, Zhang et al. 2023 (methods.md 4): a slow backbone, and heads aligned afterwards on sampled features."""

import copy
import math

import numpy as np
import torch

from bed import Head, batches, cross_entropy, descend, gathered
from stream import epochs


def normalised_loss(scores, wanted, per_task, tau):
    """Cross-entropy of z / (n tau), n the mean over the tasks of the length of their scores; n is differentiated too."""
    parts = scores.split(per_task, 1)
    n = torch.stack([part.norm(dim=1) + 1e-7 for part in parts]).mean(0)
    return cross_entropy(scores / (n[:, None] * tau), wanted)


def mean_factor(of_task, task):
    """Both from 0: the older a class, the nearer to 0 its mean is drawn."""
    return 0.9 + 0.1 * (of_task + 1) / (task + 1)


def slca(bed, settings):
    net, head = bed.network(), bed.head(3)
    means, covariances = [], []
    for t in range(3):
        if t > 0:
            head.grow(3)
        groups = [
            {"params": list(net.parameters()), "lr": settings["lr"] * settings["backbone_factor"]},
            {"params": [head.weights[t], head.biases[t]], "lr": settings["lr"]},
        ]
        optimiser = torch.optim.SGD(groups, momentum=0.9, weight_decay=settings["weight_decay"])
        schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, [settings["drop_at"]], 0.1)
        per_epoch = len(batches[t]) // epochs
        for n, ids in enumerate(batches[t]):
            loss = cross_entropy(head(net(bed.pixels(ids))), bed.labels(ids), 3 * t)
            descend(optimiser, loss)
            bed.step(loss)
            bed.moved(net, head)
            if n % per_epoch == per_epoch - 1:
                schedule.step()
        bed.weights(f"after task {t}", net, head)

        net.eval()
        for c in range(3 * t, 3 * t + 3):
            ids = [i for i in bed.task(t) if int(bed.labels([i])[0]) == c]
            with torch.no_grad():
                features = net(bed.pixels(ids)).double()
            means.append(features.mean(0))
            covariances.append(features.T.cov() + 1e-4 * torch.eye(16, dtype=torch.float64))
        bed.learning(net)
        new = slice(3 * t, 3 * t + 3)
        bed.keep(
            f"statistics of task {t}",
            {"means": torch.stack(means[new]), "covariances": torch.stack(covariances[new])},
        )
        if t > 0:
            aligned = align(bed, settings, head, means, covariances, t)
            bed.head_scores(f"after task {t}", net, aligned)


def align(bed, settings, head, means, covariances, t):
    """Another head: the one that learns on is left as it is."""
    aligned: Head = copy.deepcopy(head)
    known, each = 3 * t + 3, settings["samples_per_class"]
    random = np.random.RandomState(40 + t)
    factors = torch.linalg.cholesky(torch.stack(covariances))
    samples, wanted = [], []
    for _ in range(settings["alignment_epochs"]):
        noise = torch.tensor(random.randn(known, each, 16))
        scaled = torch.stack([mean * mean_factor(c // 3, t) for c, mean in enumerate(means)])
        drawn = scaled[:, None] + (factors[:, None] @ noise[..., None])[..., 0]
        order = random.permutation(known * each)
        samples.append(drawn.reshape(known * each, 16)[order])
        wanted.append((np.arange(known * each) // each)[order])
    bed.keep(f"scaled means after task {t}", {"means": scaled})
    given = bed.given(f"samples after task {t}", "samples", torch.stack(samples))
    bed.note("sample_labels", [epoch.tolist() for epoch in wanted])

    rate, epochs_ = settings["alignment_lr"], settings["alignment_epochs"]
    optimiser = torch.optim.SGD(aligned.parameters(), rate, momentum=0.9, weight_decay=settings["weight_decay"])
    losses = []
    for epoch in range(epochs_):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 + math.cos(math.pi * epoch / epochs_)) / 2
        for n in range(known):
            rows = slice(n * each, (n + 1) * each)
            scores = aligned(given[epoch, rows])
            loss = normalised_loss(scores, torch.tensor(wanted[epoch][rows]), 3, settings["tau"])
            descend(optimiser, loss)
            losses.append(float(loss))
    bed.note("alignment_losses", losses)
    bed.keep(f"aligned after task {t}", gathered(aligned))
    return aligned
