"""Elastic weight consolidation, Kirkpatrick et al. 2017, in its many forms (methods.md 5).

Five estimates of the Fisher information, three ways to keep those of several tasks, and a penalty with or without ½.
"""

import torch

from bed import batches, cross_entropy, descend, gradients, named


def fisher(bed, net, head, ids, settings):
    """[(name, F)] at the weights as they are, over the images of a task, in their order, by batches of `fisher_batch`."""
    names, parameters = zip(*named(net), *named(head))
    estimate, size = settings["fisher"], settings["fisher_batch"]

    def log_probabilities(chosen):
        return head(net(bed.pixels(chosen))).log_softmax(1)

    def squares(of):
        return [g * g for g in gradients(of, parameters, keep=True)]

    def mean(parts):
        return [sum(each) / len(parts) for each in zip(*parts)]

    cut = [ids[i : i + size] for i in range(0, len(ids), size)]
    net.eval()
    if estimate == "empirical":
        found = mean([squares(log_probabilities([i])[0, bed.labels([i])[0]]) for i in ids])
    elif estimate == "weighted":
        parts = []
        for i in ids:
            log_p = log_probabilities([i])[0, bed.labels([i])[0]]
            parts.append([log_p.exp().detach() * s for s in squares(log_p)])
        # the divisor counts a full last batch even if it is short
        found = [sum(each) / (len(cut) * size) for each in zip(*parts)]
    elif estimate == "per-batch":
        found = mean([squares(cross_entropy(log_probabilities(c), bed.labels(c))) for c in cut])
        if "cap" in settings:
            found = [f.clamp(max=settings["cap"]) for f in found]
    elif estimate == "one-batch":
        first = ids[: settings["fisher_examples"]]
        found = squares(cross_entropy(log_probabilities(first), bed.labels(first)))
    elif estimate == "true":
        parts = []
        for i in ids:
            log_p = log_probabilities([i])[0]
            ways = [[p.exp().detach() * s for s in squares(p)] for p in log_p.unbind()]
            parts.append([sum(each) for each in zip(*ways)])
        found = mean(parts)
    bed.learning(net)
    return dict(zip(names, found))


def ewc(bed, settings):
    net, head = bed.network(), bed.head(3)
    factor = settings["lambda"] * (0.5 if settings["penalty"] == "half" else 1)
    kept = []  # [(F, anchor)]: one for each task, or the only one

    def penalty():
        """What did not exist at an anchor is not in it, and not pulled."""
        now = dict([*named(net), *named(head)])
        return factor * sum((f * (now[n] - at[n]) ** 2).sum() for F, at in kept for n, f in F.items())

    for t in range(3):
        if t > 0:
            head.grow(3)
        first = 3 * t if settings["cross_entropy"] == "local" else 0
        optimiser = torch.optim.SGD(
            [*net.parameters(), *head.parameters()], settings["lr"], settings.get("momentum", 0)
        )
        for ids in batches[t]:
            task = cross_entropy(head(net(bed.pixels(ids))), bed.labels(ids), first)
            pull = penalty() if kept else torch.zeros(())
            descend(optimiser, task + pull)
            bed.step(task + pull, penalty=pull)
            bed.moved(net, head)
        if t == 2 or settings.get("keep") == "all":
            bed.weights(f"after task {t}", net, head)

        if t == 2:
            break
        new = fisher(bed, net, head, bed.task(t), settings)
        at = {n: p.detach().clone() for n, p in [*named(net), *named(head)]}
        if t == 0 or settings.get("keep") == "all":
            bed.keep(f"fisher of task {t}", new)
        if settings["bookkeeping"] == "separate":
            kept.append((new, at))
            continue
        if kept:
            old = kept[0][0]
            if settings["bookkeeping"] == "online":
                new = {n: f + settings["gamma"] * old.get(n, 0) for n, f in new.items()}
            else:
                alpha = t / (t + 1)  # old classes / all classes; what is new now has nothing to be averaged with
                new = {n: alpha * old[n] + (1 - alpha) * f if n in old else f for n, f in new.items()}
            bed.keep(f"fisher kept after task {t}", new)
        kept = [(new, at)]
    bed.head_scores("after task 2", net, head)
