"""Fine-tuning on one task after the other, and nothing else (methods.md 13). Cross-entropy over all classes seen."""

import torch

from bed import batches, cross_entropy, descend


def naive(bed, settings):
    net, head = bed.network(), bed.head(3)
    rule = {key: settings[key] for key in ("lr", "momentum", "weight_decay")}
    optimiser = torch.optim.SGD([*net.parameters(), *head.parameters()], **rule)
    for t in range(2):
        if t > 0:
            fresh = head.grow(3)
            if settings["optimiser"] == "kept":
                optimiser.add_param_group({"params": fresh})
            else:
                optimiser = torch.optim.SGD([*net.parameters(), *head.parameters()], **rule)
        for ids in batches[t]:
            loss = cross_entropy(head(net(bed.pixels(ids))), bed.labels(ids))
            descend(optimiser, loss)
            bed.step(loss)
            bed.moved(net, head)
        if t > 0 or settings["optimiser"] == "kept":  # the first task knows no difference
            bed.weights(f"after task {t}", net, head)
    bed.head_scores("after task 1", net, head)
