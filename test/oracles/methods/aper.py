"""APER, first named ADAM, Zhou et al. 2024 (methods.md 3.3): adapted on the first task, then prototypes of both halves."""

import copy
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from bed import CosineHead, batches, cross_entropy, descend
from networks import width
from stream import epochs


class Adapter(nn.Module):
    """s · Up(ReLU(Down(h))), Up and the biases 0 at first. Weights are stored [in, out]."""

    def __init__(self, bottleneck, random, dtype):
        super().__init__()
        bound = width**-0.5  # Kaiming's uniform law with a = √5
        down = random.uniform(-bound, bound, (width, bottleneck)).astype(np.float32)
        self.down = nn.Parameter(torch.tensor(down, dtype=dtype))
        self.down_bias = nn.Parameter(torch.zeros(bottleneck, dtype=dtype))
        self.up = nn.Parameter(torch.zeros(bottleneck, width, dtype=dtype))
        self.up_bias = nn.Parameter(torch.zeros(width, dtype=dtype))

    def forward(self, h):
        return 0.1 * (torch.relu(h @ self.down + self.down_bias) @ self.up + self.up_bias)

    def named(self, index):
        for name, value in self.named_parameters():
            yield f"adapter.{index}.{name.replace('_', '.')}", value


def adapted_features(net, adapters, pixels):
    x = net.embedded(pixels)
    for block, adapter in zip(net.blocks, adapters):
        h = x + block.attn(block.norm1(x))
        x = h + block.mlp(block.norm2(h)) + adapter(h)
    return net.norm(x)[:, 0]


def with_adapters(bed, net, settings):
    random = np.random.RandomState(51)
    adapters = [Adapter(settings["bottleneck"], random, bed.dtype) for _ in net.blocks]
    trained = dict(pair for i, adapter in enumerate(adapters) for pair in adapter.named(i))
    return trained, lambda pixels: adapted_features(net, adapters, pixels)


def with_prompts(bed, net, settings):
    """VPT: tokens at the end of the sequence, 0 at first; deep: other ones for each block, which go when it is done."""
    count, deep = settings["tokens"], settings["module"] == "vpt-deep"
    zeros = torch.zeros(1, count, width, dtype=bed.dtype)
    prompts = [nn.Parameter(zeros.clone()) for _ in range(len(net.blocks) if deep else 1)]

    def features(pixels):
        x = net.embedded(pixels)
        length = x.shape[1]
        for i, block in enumerate(net.blocks):
            if i < len(prompts):
                x = torch.cat([x[:, :length], prompts[i].expand(len(x), -1, -1)], 1)
            x = block(x)
        return net.norm(x)[:, 0]

    return {f"prompt.{i}": prompt for i, prompt in enumerate(prompts)}, features


def with_ssf(bed, net, settings):
    """y = gamma · x + beta behind the patch embedding, every linear layer and every normalisation, numbered as they run."""
    random, trained = np.random.RandomState(52), {}
    places = [net.patch_embed]
    for block in net.blocks:
        places += [block.norm1, block.attn.qkv, block.attn.proj, block.norm2, block.mlp[0], block.mlp[2]]
    for i, place in enumerate([*places, net.norm]):
        dims = place.bias.shape + (1, 1) if isinstance(place, nn.Conv2d) else place.bias.shape
        drawn = 0.02 * random.randn(2, *dims) + np.array([1, 0]).reshape(2, *[1] * len(dims))
        gamma, beta = (nn.Parameter(torch.tensor(each.astype(np.float32), dtype=bed.dtype)) for each in drawn)
        place.register_forward_hook(lambda module, read, made, gamma=gamma, beta=beta: gamma * made + beta)
        trained |= {f"ssf.{i}.gamma": gamma, f"ssf.{i}.beta": beta}
    return trained, net


modules = {"adapter": with_adapters, "vpt-shallow": with_prompts, "vpt-deep": with_prompts, "ssf": with_ssf}


def aper(bed, settings):
    before, net = bed.frozen_copy(bed.network()), bed.network()
    head = CosineHead(bed.dtype, 3)
    if settings["module"] in modules:
        net.requires_grad_(False)
        trained, features = modules[settings["module"]](bed, net, settings)
        bed.keep("weights at the start", trained)
    else:
        trained, features = dict(net.named_parameters()), net

    optimiser = torch.optim.SGD(
        [*trained.values(), *head.parameters()], settings["lr"], 0.9, weight_decay=settings["weight_decay"]
    )
    per_epoch = len(batches[0]) // epochs
    for n, ids in enumerate(batches[0]):
        for group in optimiser.param_groups:
            group["lr"] = settings["lr"] * (1 + math.cos(math.pi * (n // per_epoch) / epochs)) / 2
        loss = cross_entropy(head(features(bed.pixels(ids))), bed.labels(ids))
        descend(optimiser, loss)
        bed.step(loss)
        bed.moved(trained, head)
    bed.weights("after task 0", net if settings["module"] == "finetune" else trained, head)

    net.eval()

    def both(pixels):
        with torch.no_grad():
            return torch.cat([before(pixels), features(pixels)], 1)

    prototypes = []
    for t in range(3):
        for c in range(3 * t, 3 * t + 3):
            ids = [i for i in bed.task(t) if int(bed.labels([i])[0]) == c]
            prototypes.append(both(bed.pixels(ids)).mean(0))
    known = torch.stack(prototypes)
    bed.keep("prototypes", {"prototypes": known})
    for t in range(3):
        seen = known[: 3 * t + 3]
        bed.scores(f"after task {t}", lambda pixels: F.normalize(both(pixels)) @ F.normalize(seen).T)
