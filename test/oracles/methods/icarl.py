"""iCaRL, Rebuffi et al. 2017 (methods.md 9): the original with sigmoids, and PyCIL's with softmax and distillation."""

import numpy as np
import torch
from torch.nn import functional as F

from bed import batches, cross_entropy, descend
from lwf import distillation
from stream import batch


def herded(features, count):
    """Rows in the order in which they are picked: each brings the mean of the picked nearest to the mean of all.

    Also how much worse the second best was each time, which says whether rounding could change the choice.
    """
    mean, total, picked, margins = features.mean(0), torch.zeros_like(features[0]), [], []
    for k in range(1, count + 1):
        distances = (mean - (features + total) / k).norm(dim=1)
        distances[picked] = np.inf
        order = distances.argsort()
        picked.append(int(order[0]))
        margins.append(float(distances[order[1]] - distances[order[0]]) if len(picked) < len(features) else np.inf)
        total = total + features[order[0]]
    return picked, margins


def unit(features):
    return F.normalize(features, dim=-1)


def icarl(bed, settings):
    net, head = bed.network(), bed.head(3)
    exemplars, before = {}, None

    def features(ids):
        net.eval()
        with torch.no_grad():
            found = unit(net(bed.pixels(ids)))
        bed.learning(net)
        return found

    def nearest(pixels):
        """Squared distances to the means of the exemplars; the smallest wins."""
        means = unit(torch.stack([features(exemplars[c]).mean(0) for c in sorted(exemplars)]))
        net.eval()
        found = torch.cdist(unit(net(pixels)), means, compute_mode="donot_use_mm_for_euclid_dist") ** 2
        bed.learning(net)
        return found

    for t in range(2):
        mine = batches[t]
        if t > 0:
            before = bed.frozen_copy(net, head)
            head.grow(3)
            union = bed.task(t) + [i for c in sorted(exemplars) for i in exemplars[c]]
            random = np.random.RandomState(31)
            order = np.concatenate([random.permutation(union) for _ in range(6)]).tolist()
            mine = [order[n * batch : (n + 1) * batch] for n in range(len(batches[t]))]
        bed.note("batches", mine)
        optimiser = torch.optim.SGD(
            [*net.parameters(), *head.parameters()],
            settings["lr"],
            settings["momentum"],
            weight_decay=settings["weight_decay"],
        )
        for ids in mine:
            scores, wanted = head(net(bed.pixels(ids))), bed.labels(ids)
            with torch.no_grad():
                old = None if before is None else before[1](before[0](bed.pixels(ids)))
            if settings["loss"] == "distillation":
                loss = cross_entropy(scores, wanted)
                if old is not None:
                    loss = loss + distillation(scores[:, : 3 * t], old, 2)
            else:
                targets = F.one_hot(wanted, scores.shape[1]).to(bed.dtype)
                if old is not None:
                    targets[:, : 3 * t] = old.sigmoid()
                loss = F.binary_cross_entropy_with_logits(scores, targets)
            descend(optimiser, loss)
            bed.step(loss)
            bed.moved(net, head)
        bed.weights(f"after task {t}", net, head)

        share = settings["exemplars"] // (3 * t + 3)
        exemplars = {c: kept[:share] for c, kept in exemplars.items()}
        for c in range(3 * t, 3 * t + 3):
            ids = [i for i in bed.task(t) if int(bed.labels([i])[0]) == c]
            picked, margins = herded(features(ids), share)
            exemplars[c] = [ids[k] for k in picked]
            bed.note("margins", min(margins))
        bed.note("exemplars", [exemplars[c] for c in sorted(exemplars)])
        bed.scores(f"nearest after task {t}", nearest)
    bed.head_scores("after task 1", net, head)
