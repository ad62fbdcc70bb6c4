"""Synaptic intelligence, Zenke, Poole and Ganguli 2017. arXiv:1703.04200

omega of a weight grows at each step by -g · (w after - w before), g the gradient of the cross-entropy alone; when a task
ends, Omega grows by omega / ((w - w at the start of the task)² + xi), omega is 0 again, and w is the new anchor. Later
tasks add c Σ Omega (w - anchor)², without a factor of ½. Plain SGD, so that omega is not negative in the first task; it is
not cut at 0 in later ones.
"""

import torch

from bed import batches, cross_entropy, named


def si(bed, settings):
    net, head = bed.network(), bed.head(3)
    importance, anchor = {}, {}
    for t in range(3):
        if t > 0:
            head.grow(3)
        parameters = dict([*named(net), *named(head)])
        start = {n: p.detach().clone() for n, p in parameters.items()}
        path = {n: torch.zeros_like(p) for n, p in parameters.items()}
        for ids in batches[t]:
            task = cross_entropy(head(net(bed.pixels(ids))), bed.labels(ids))
            pull = settings["c"] * sum((importance[n] * (parameters[n] - anchor[n]) ** 2).sum() for n in anchor)
            bed.step(task + pull, penalty=pull)
            of_task = torch.autograd.grad(task, list(parameters.values()))
            of_pull = torch.autograd.grad(pull, [parameters[n] for n in anchor]) if anchor else []
            pulls = dict(zip(anchor, of_pull))
            with torch.no_grad():
                for (n, p), g in zip(parameters.items(), of_task):
                    before = p.clone()
                    p -= settings["lr"] * (g + pulls.get(n, 0))
                    path[n] -= g * (p - before)
            bed.moved(net, head)
        with torch.no_grad():
            for n, p in parameters.items():
                gained = path[n] / ((p - start[n]) ** 2 + settings["xi"])
                importance[n] = importance.get(n, 0) + gained
                anchor[n] = p.detach().clone()
        if t < 2:
            bed.keep(f"importance after task {t}", importance)
        if t > 0:
            bed.weights(f"after task {t}", net, head)
    bed.head_scores("after task 2", net, head)
