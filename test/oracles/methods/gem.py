"""Gradient episodic memory, Lopez-Paz and Ranzato 2017, and A-GEM, Chaudhry et al. 2019 (methods.md 6)."""

import numpy as np
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from bed import batches, cross_entropy, gradients


def multipliers(G, g, margin, eps=1e-3):
    """v ≥ margin that minimises ½ v'(GG' + eps I) v + (Gg)'v, by trying every set of bounds that hold: exact."""
    P, q = G @ G.T + eps * np.eye(len(G)), G @ g
    best, least = None, np.inf
    for bound in range(2 ** len(G)):
        free = [k for k in range(len(G)) if not bound >> k & 1]
        v = np.full(len(G), float(margin))
        if free:
            held = [k for k in range(len(G)) if k not in free]
            v[free] = np.linalg.solve(P[np.ix_(free, free)], -q[free] - P[np.ix_(free, held)] @ v[held])
        value = 0.5 * v @ P @ v + q @ v
        if np.all(v >= margin - 1e-12) and value < least:
            best, least = v, value
    return best


def projected(g, reference):
    """A-GEM: without the part that would raise the loss on the reference batch."""
    dot = g @ reference
    return g if dot >= 0 else g - dot / (reference @ reference) * reference


def loss_on(bed, net, head, ids, task, settings):
    """Masked: over the classes of the examples' own task, as the authors have it; else over all classes seen."""
    scores = head(net(bed.pixels(ids)))
    if settings["scores"] == "masked":
        scores = scores[:, : 3 * task + 3]
        return cross_entropy(scores, bed.labels(ids), 3 * task)
    return cross_entropy(scores, bed.labels(ids))


def flat(parts):
    return torch.cat([part.flatten() for part in parts])


def moved(parameters, rate, direction):
    with torch.no_grad():
        vector_to_parameters(parameters_to_vector(parameters) - rate * direction, parameters)


def gem(bed, settings):
    net, head = bed.network(), bed.head(3)
    slots = settings["examples_per_task"]
    memories = []
    for t in range(3):
        if t > 0:
            head.grow(3)
        ring, seen = [None] * slots, 0
        memories.append(ring)
        parameters = [*net.parameters(), *head.parameters()]
        for ids in batches[t]:
            for i in ids:
                ring[seen % slots] = i
                seen += 1
            rows = [
                flat(gradients(loss_on(bed, net, head, memories[k], k, settings), parameters)) for k in range(t)
            ]
            loss = loss_on(bed, net, head, ids, t, settings)
            g = flat(gradients(loss, parameters))
            bed.step(loss)
            dots = [float(g @ row) for row in rows]
            v = []
            if any(dot < 0 for dot in dots):
                G = torch.stack(rows)
                v = multipliers(G.double().numpy(), g.double().numpy(), settings["margin"]).tolist()
                g = g + torch.tensor(v, dtype=bed.dtype) @ G
            bed.note("dots", dots)
            bed.note("multipliers", v)
            moved(parameters, settings["lr"], g)
            bed.moved(net, head)
        bed.note("memory", list(ring))
        if t > 0:
            bed.weights(f"after task {t}", net, head)
    bed.head_scores("after task 2", net, head)


def agem(bed, settings):
    net, head = bed.network(), bed.head(3)
    random = np.random.RandomState(11)
    memory = []
    for t in range(3):
        if t > 0:
            head.grow(3)
        parameters = [*net.parameters(), *head.parameters()]
        for ids in batches[t]:
            loss = cross_entropy(head(net(bed.pixels(ids))), bed.labels(ids))
            g = flat(gradients(loss, parameters))
            bed.step(loss)
            reference = random.choice(memory, settings["reference"], replace=False).tolist() if memory else []
            dot = 0.0
            if reference:
                on_memory = cross_entropy(head(net(bed.pixels(reference))), bed.labels(reference))
                row = flat(gradients(on_memory, parameters))
                dot = float(g @ row)
                g = projected(g, row)
            bed.note("reference", reference)
            bed.note("dots", dot)
            moved(parameters, settings["lr"], g)
            bed.moved(net, head)
        memory += random.choice(bed.task(t), settings["examples_per_task"], replace=False).tolist()
        bed.weights(f"after task {t}", net, head)
    bed.head_scores("after task 2", net, head)
