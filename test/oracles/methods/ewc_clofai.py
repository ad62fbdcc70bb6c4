"""What CLOFAI's code runs as EWC (streams.md 8): the importance is of the batch at hand, cut into chunks of `chunk`.

One score, whose sigmoid is the probability of an odd label; Adam, one for the whole stream.
"""

import torch
from torch.nn import functional as F

from bed import batches, descend, gradients, named


def ewc_clofai(bed, settings):
    net, head = bed.network(), bed.head(1)
    names, parameters = zip(*named(net), *named(head))
    optimiser = torch.optim.Adam(parameters, settings["lr"])
    anchor = None
    for t in range(3):
        for ids in batches[t]:
            pull = torch.zeros(())
            if anchor is not None:
                fisher = [torch.zeros_like(p) for p in parameters]
                for at in range(0, len(ids), settings["chunk"]):
                    chunk = ids[at : at + settings["chunk"]]
                    outputs = head(net(bed.pixels(chunk))).sigmoid()
                    for f, g in zip(fisher, gradients(outputs.log().mean(), parameters)):
                        f += g**2
                fisher = [f / settings["chunk"] for f in fisher]
                pull = sum((f * (p - a) ** 2).sum() for f, p, a in zip(fisher, parameters, anchor))
                pull = settings["lambda"] / 2 * pull
            scores = head(net(bed.pixels(ids)))[:, 0]
            odd = (bed.labels(ids) % 2).to(bed.dtype)
            loss = F.binary_cross_entropy_with_logits(scores, odd) + pull
            descend(optimiser, loss)
            bed.step(loss, penalty=pull)
            bed.moved(net, head)
        anchor = [p.detach().clone() for p in parameters]
    bed.weights("after task 2", net, head)
    bed.head_scores("after task 2", net, head)
