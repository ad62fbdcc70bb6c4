"""L2P, Wang et al. 2022; DualPrompt, Wang et al. 2022; CODA-Prompt, Smith et al. 2023 (methods.md 11).

The ViT is frozen; prompts, keys and head learn by Adam, which begins anew at each task, on the classes of the task at
hand alone. The query of an image is its class token in the plain network.
"""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from bed import batches, cross_entropy
from networks import width
from stream import epochs


def drawn(bed, random, *dims):
    """Uniform in -1 … 1, as float32 has it."""
    return nn.Parameter(torch.tensor(random.uniform(-1, 1, dims).astype(np.float32), dtype=bed.dtype))


def clipped(parameters, limit):
    if limit is not None:
        torch.nn.utils.clip_grad_norm_(parameters, limit)


def learned(bed, settings, head, own, loss_of, when_done):
    """Two tasks. `own` are the prompts and keys by name; `loss_of` takes (task, ids)."""
    bed.keep("weights at the start", own)
    for t in range(2):
        if t > 0:
            head.grow(3)
        parameters = [*own.values(), *head.parameters()]
        optimiser = torch.optim.Adam(parameters, settings["lr"])
        for n, ids in enumerate(batches[t]):
            if settings.get("schedule") == "cosine":
                epoch = n // (len(batches[t]) // epochs)
                optimiser.param_groups[0]["lr"] = settings["lr"] * (1 + math.cos(math.pi * epoch / epochs)) / 2
            loss = loss_of(t, ids)
            optimiser.zero_grad()
            loss.backward()
            clipped(parameters, settings.get("clip"))
            optimiser.step()
            bed.step(loss)
            bed.moved(own, head)
        bed.weights(f"after task {t}", own, head)
        when_done(t)


def plain(bed):
    net = bed.network().requires_grad_(False)

    def query(pixels):
        with torch.no_grad():
            return net(pixels)

    return net, query


def nearest(query, keys, count):
    """Places of the keys with the largest cosines, best first, and the gap to the first that was left out."""
    cosines = F.normalize(query, dim=1) @ F.normalize(keys, dim=1).T
    values, places = cosines.sort(dim=1, descending=True)
    return places[:, :count], float((values[:, count - 1] - values[:, count]).min().detach())


def l2p(bed, settings):
    net, query = plain(bed)
    random = np.random.RandomState(74)
    prompts = drawn(bed, random, settings["pool"], settings["length"], width)
    # as if each key had been drawn to one image: random ones would leave the same few nearest for all images
    keys = bed.given("keys drawn to images", "keys", query(bed.pixels(range(0, 80, 80 // settings["pool"]))))
    keys = nn.Parameter(keys + 0.3 * drawn(bed, random, *keys.shape).detach())
    head = bed.head(3)

    def chosen(pixels):
        q = query(pixels)
        places, gap = nearest(q, keys, settings["top"])
        return q, places, gap

    def scores(pixels, places):
        """Prompts come before the class token and get no position; the head reads the mean of what leaves them."""
        tokens = prompts[places].flatten(1, 2)
        stream = net.norm(net.blocks(torch.cat([tokens, net.embedded(pixels)], 1)))
        return head(stream[:, : tokens.shape[1]].mean(1))

    def loss_of(t, ids):
        pixels = bed.pixels(ids)
        q, places, gap = chosen(pixels)
        bed.note("chosen", places.tolist())
        bed.note("margins", gap)
        pull = F.cosine_similarity(q[:, None], keys[places], dim=2).mean()
        return cross_entropy(scores(pixels, places), bed.labels(ids), 3 * t) - settings["pull"] * pull

    def when_done(t):
        bed.scores(f"after task {t}", lambda pixels: scores(pixels, chosen(pixels)[1]))

    learned(bed, settings, head, {"pool.prompts": prompts, "pool.keys": keys}, loss_of, when_done)


def through(net, pixels, prefixes):
    """The class token, with keys and values [n, length, width] before those of each block, or `None`."""
    x = net.embedded(pixels)
    for block, prefix in zip(net.blocks, prefixes):
        x = block(x, prefix)
    return net.norm(x)[:, 0]


def dualprompt(bed, settings):
    """The first block has the general prompt, the second the expert's: of the task when learning, of the nearest key after."""
    net, query = plain(bed)
    random = np.random.RandomState(62)
    own = {
        "general.keys": drawn(bed, random, settings["general_length"], width),
        "general.values": drawn(bed, random, settings["general_length"], width),
        "expert.keys": drawn(bed, random, 2, settings["expert_length"], width),
        "expert.values": drawn(bed, random, 2, settings["expert_length"], width),
        "task.keys": drawn(bed, random, 2, width),
    }
    head = bed.head(3)

    def scores(pixels, experts):
        general = tuple(own[f"general.{part}"].expand(len(pixels), -1, -1) for part in ("keys", "values"))
        expert = tuple(own[f"expert.{part}"][experts] for part in ("keys", "values"))
        return head(through(net, pixels, [general, expert]))

    def loss_of(t, ids):
        pixels = bed.pixels(ids)
        pull = F.cosine_similarity(query(pixels), own["task.keys"][t][None], dim=1).mean()
        experts = torch.full((len(ids),), t)
        return cross_entropy(scores(pixels, experts), bed.labels(ids), 3 * t) - settings["pull"] * pull

    def when_done(t):
        def test(pixels):
            # keys of tasks to come are no candidates
            cosines = F.normalize(query(pixels), dim=1) @ F.normalize(own["task.keys"][: t + 1], dim=1).T
            return scores(pixels, cosines.argmax(1))

        bed.scores(f"after task {t}", test)

    learned(bed, settings, head, own, loss_of, when_done)


def orthogonal(bed, random, *dims):
    """Rows orthogonal, of length 1."""
    rows, columns = dims[0], int(np.prod(dims[1:]))
    q, _ = np.linalg.qr(random.randn(columns, rows))
    return nn.Parameter(torch.tensor(q.T.reshape(dims).astype(np.float32), dtype=bed.dtype))


def coda(bed, settings):
    """Each block's prefix is a sum of components, weighted by how an image's query, seen through A, meets their keys.

    The first half of a component is keys, the second values. A task frees `components` / 2 of them; those of the task
    before stay as they are, but go on to weigh; those of tasks to come have no part yet.
    """
    net, query = plain(bed)
    random = np.random.RandomState(63)
    count, length = settings["components"], settings["length"]
    own = {}
    for i in range(2):
        own[f"component.{i}.prompts"] = orthogonal(bed, random, count, length, width)
        own[f"component.{i}.keys"] = orthogonal(bed, random, count, width)
        own[f"component.{i}.attention"] = orthogonal(bed, random, count, width)
    head = bed.head(3)

    def scores(pixels, t):
        q = query(pixels)
        first, last = count // 2 * t, count // 2 * (t + 1)
        prefixes = []
        for i in range(2):
            P, K, A = (own[f"component.{i}.{name}"] for name in ("prompts", "keys", "attention"))
            P, K, A = (torch.cat([each[:first].detach(), each[first:last]]) for each in (P, K, A))
            alpha = F.cosine_similarity(q[:, None] * A, K[None], dim=2)
            prompt = torch.einsum("nm,mld->nld", alpha, P)
            prefixes.append((prompt[:, : length // 2], prompt[:, length // 2 :]))
        return head(through(net, pixels, prefixes))

    def loss_of(t, ids):
        return cross_entropy(scores(bed.pixels(ids), t), bed.labels(ids), 3 * t)

    def when_done(t):
        bed.scores(f"after task {t}", lambda pixels: scores(pixels, t))

    learned(bed, settings, head, own, loss_of, when_done)
