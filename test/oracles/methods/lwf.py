"""Learning without forgetting, Li and Hoiem 2016 (methods.md 8)."""

import torch

from bed import batches, cross_entropy, descend


def distillation(new, old, temperature):
    """-(1/n) Σ softmax(old/T) log softmax(new/T), without a factor of T²."""
    return -((old / temperature).softmax(1) * (new / temperature).log_softmax(1)).sum() / len(new)


def lwf(bed, settings):
    net, head = bed.network(), bed.head(3)
    before = None
    for t in range(2):
        if t > 0:
            before = bed.frozen_copy(net, head)
            head.grow(3)
        optimiser = torch.optim.SGD(
            [*net.parameters(), *head.parameters()],
            settings["lr"],
            settings["momentum"],
            weight_decay=settings["weight_decay"],
        )
        first = 3 * t if settings["cross_entropy"] == "local" else 0
        for ids in batches[t]:
            scores = head(net(bed.pixels(ids)))
            loss = task = cross_entropy(scores, bed.labels(ids), first)
            if before is not None:
                with torch.no_grad():
                    old = before[1](before[0](bed.pixels(ids)))
                loss = loss + settings["lambda"] * distillation(scores[:, : 3 * t], old, settings["temperature"])
            descend(optimiser, loss)
            bed.step(loss, cross_entropy=task)
            bed.moved(net, head)
        bed.weights(f"after task {t}", net, head)
    bed.head_scores("after task 1", net, head)
