"""Experience replay, Chaudhry et al. 2019; DER and DER++, Buzzega et al. 2020 (methods.md 7)."""

import numpy as np
import torch
from torch.nn import functional as F

from bed import batches, cross_entropy, descend


class Reservoir:
    """Vitter's: the n-th example, n from 0, comes to slot n, or to slot j of 0 … n if that is below the capacity."""

    def __init__(self, capacity, seed):
        self.capacity, self.random = capacity, np.random.RandomState(seed)
        self.kept, self.seen = [], 0

    def offer(self, example, draw=None):
        """`draw` instead of one of its own. Gives the slot that was written, or -1."""
        if self.seen < self.capacity:
            slot = self.seen
            self.kept.append(example)
        else:
            j = self.random.randint(0, self.seen + 1) if draw is None else draw
            slot = j if j < self.capacity else -1
            if slot >= 0:
                self.kept[slot] = example
        self.seen += 1
        return slot

    def draw(self, size):
        """Slots, without replacement, as many as there are at most."""
        return self.random.permutation(len(self.kept))[:size].tolist()


def er(bed, settings):
    net, head = bed.network(), bed.head(3)
    buffer = Reservoir(settings["buffer"], 21)
    optimiser = torch.optim.SGD([*net.parameters(), *head.parameters()], settings["lr"])
    for t in range(2):
        if t > 0:
            optimiser.add_param_group({"params": head.grow(3)})
        for ids in batches[t]:
            replayed = [buffer.kept[slot] for slot in buffer.draw(settings["replay"])]
            both = ids + replayed
            loss = cross_entropy(head(net(bed.pixels(both))), bed.labels(both))
            descend(optimiser, loss)
            bed.step(loss)
            bed.moved(net, head)
            bed.note("replayed", replayed)
            bed.note("slots", [buffer.offer(i) for i in ids])
        bed.weights(f"after task {t}", net, head)
    bed.head_scores("after task 1", net, head)


def der(bed, settings):
    """DER; with `beta`, DER++. The head has all units from the start: stored scores reach those of unseen classes."""
    net, head = bed.network(), bed.head(6)
    buffer = Reservoir(settings["buffer"], 22)
    optimiser = torch.optim.SGD([*net.parameters(), *head.parameters()], settings["lr"])
    for t in range(2):
        for n, ids in enumerate(batches[t]):
            scores = head(net(bed.pixels(ids)))
            loss = task = cross_entropy(scores, bed.labels(ids))
            for part in ["distilled", "replayed"] if "beta" in settings else ["distilled"]:
                drawn = [buffer.kept[slot] for slot in buffer.draw(settings["replay"])]
                bed.note(part, [[i, at] for i, at, _ in drawn])
                if not drawn:
                    continue
                again = head(net(bed.pixels([i for i, _, _ in drawn])))
                if part == "distilled":
                    loss = loss + settings["alpha"] * F.mse_loss(again, torch.stack([z for _, _, z in drawn]))
                else:
                    loss = loss + settings["beta"] * cross_entropy(again, bed.labels([i for i, _, _ in drawn]))
            descend(optimiser, loss)
            bed.step(loss, cross_entropy=task)
            bed.moved(net, head)
            step = len(batches[0]) * t + n
            bed.note("slots", [buffer.offer((i, step, z)) for i, z in zip(ids, scores.detach())])
        bed.weights(f"after task {t}", net, head)
    bed.head_scores("after task 1", net, head)
