"""SLCA++, Zhang et al. 2024 (methods.md 4): SLCA with LoRA, biases, norms and class token alone, a symmetric loss, and
features that are drawn shorter the older their class is."""

import copy
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from bed import batches, cross_entropy, descend, gathered
from networks import width
from slca import normalised_loss
from stream import epochs


def with_lora(bed, net, settings):
    """y + s · (x A) B behind the layers of queries, keys and values (each by itself) and of the MLPs; B zero at first."""
    random, lora = np.random.RandomState(61), {}
    rank = settings["rank"]

    def pair(name, inputs, outputs):
        bound = inputs**-0.5
        A = nn.Parameter(torch.tensor(random.uniform(-bound, bound, (inputs, rank)).astype(np.float32), dtype=bed.dtype))
        B = nn.Parameter(torch.zeros(rank, outputs, dtype=bed.dtype))
        lora.update({f"lora.{name}.A": A, f"lora.{name}.B": B})
        return lambda x: settings["scale"] * (x @ A) @ B

    for i, block in enumerate(net.blocks):
        parts = [pair(f"{i}.{part}", width, width) for part in "qkv"]
        adapted = {
            block.attn.qkv: lambda x, parts=parts: torch.cat([part(x) for part in parts], -1),
            block.mlp[0]: pair(f"{i}.fc1", width, 2 * width),
            block.mlp[2]: pair(f"{i}.fc2", 2 * width, width),
        }
        for layer, delta in adapted.items():
            layer.register_forward_hook(lambda module, read, made, delta=delta: made + delta(read[0]))
    return lora


def symmetric(scores, wanted, settings):
    """a CE + b RCE of the scores that are given."""
    p = F.softmax(scores, 1).clamp(1e-7, 1)
    targets = F.one_hot(wanted, scores.shape[1]).to(scores.dtype).clamp(1e-4, 1)
    return settings["a"] * cross_entropy(scores, wanted) - settings["b"] * (p * targets.log()).sum(1).mean()


def slca_plus_plus(bed, settings):
    net, head = bed.network(), bed.head(3)
    lora = with_lora(bed, net, settings)
    bed.keep("weights at the start", lora)
    net.requires_grad_(False)
    own = {n: p for n, p in net.named_parameters() if "norm" in n or "bias" in n or n == "cls_token"}
    for parameter in own.values():
        parameter.requires_grad_(True)
    means, covariances = [], []
    for t in range(3):
        if t > 0:
            head.grow(3)
        shares = [
            (list(lora.values()), settings["lora_factor"] if t == 0 else settings["backbone_factor"]),
            (list(own.values()), settings["backbone_factor"]),
            ([head.weights[t], head.biases[t]], 1),
        ]
        optimiser = torch.optim.SGD(
            [{"params": params, "lr": settings["lr"] * share} for params, share in shares],
            momentum=0.9,
            weight_decay=settings["weight_decay"],
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
            optimiser, epochs, eta_min=settings["lr"] * settings["floor"]
        )
        per_epoch = len(batches[t]) // epochs
        for n, ids in enumerate(batches[t]):
            loss = symmetric(head(net(bed.pixels(ids)))[:, 3 * t :], bed.labels(ids) - 3 * t, settings)
            descend(optimiser, loss)
            bed.step(loss)
            bed.moved(lora, own, head)
            if n % per_epoch == per_epoch - 1:
                schedule.step()
        bed.weights(f"after task {t}", lora, own, head)

        for c in range(3 * t, 3 * t + 3):
            ids = [i for i in bed.task(t) if int(bed.labels([i])[0]) == c]
            with torch.no_grad():
                features = net(bed.pixels(ids)).double()
            means.append(features.mean(0))
            covariances.append(features.T.cov() + 1e-4 * torch.eye(16, dtype=torch.float64))
        new = slice(3 * t, 3 * t + 3)
        bed.keep(
            f"statistics of task {t}",
            {"means": torch.stack(means[new]), "covariances": torch.stack(covariances[new])},
        )
        if t > 0:
            aligned = align(bed, settings, head, means, covariances, t)
            bed.keep(f"aligned after task {t}", gathered(aligned))
            bed.head_scores(f"after task {t}", net, aligned)


def align(bed, settings, head, means, covariances, t):
    """Another head, which in the end takes its features for longer the older a class is."""
    aligned = copy.deepcopy(head)
    known, each, r = 3 * t + 3, settings["samples_per_class"], settings["shortening"]
    age = t - np.arange(known) // 3
    random = np.random.RandomState(70 + t)
    factors = torch.linalg.cholesky(torch.stack(covariances))
    samples, wanted, lots = [], [], []
    for _ in range(settings["alignment_epochs"]):
        noise = torch.tensor(random.randn(known, each, 16))
        lot = random.randint(0, 1024, (known, each)) / 1024
        scale = 1 / (1 + (r + 0.02 * (lot - 0.5)) * age[:, None])
        drawn = torch.stack(means)[:, None] + (factors[:, None] @ noise[..., None])[..., 0]
        drawn = drawn * torch.tensor(scale)[..., None]
        order = random.permutation(known * each)
        samples.append(drawn.reshape(known * each, 16)[order])
        wanted.append((np.arange(known * each) // each)[order])
        lots.append(lot.reshape(-1)[order])
    given = bed.given(f"samples after task {t}", "samples", torch.stack(samples))
    bed.note("sample_labels", [epoch.tolist() for epoch in wanted])
    bed.note("sample_lots", [epoch.tolist() for epoch in lots])

    rate, epochs_ = settings["alignment_lr"], settings["alignment_epochs"]
    optimiser = torch.optim.SGD(aligned.parameters(), rate, momentum=0.9, weight_decay=settings["weight_decay"])
    losses = []
    for epoch in range(epochs_):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 + math.cos(math.pi * epoch / epochs_)) / 2
        for n in range(known):
            rows = slice(n * each, (n + 1) * each)
            loss = normalised_loss(aligned(given[epoch, rows]), torch.tensor(wanted[epoch][rows]), 3, settings["tau"])
            descend(optimiser, loss)
            losses.append(float(loss))
    bed.note("alignment_losses", losses)
    with torch.no_grad():
        for c, weight in enumerate(aligned.weights):
            weight *= 1 + r * (t - c)
    return aligned
