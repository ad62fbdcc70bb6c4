"""What the methods stand on: the stream, a network in one precision, a head that grows, and a record of what happened."""

import copy
import os

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import stream
from networks import CNN, ViT, batch_norms, started

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../golden/methods")
images, labels = stream.pictures()
batches = stream.batches()
head_weight, head_bias = (value.astype(np.float32) for value in stream.heads())
pixels32 = torch.tensor(images.astype(np.float32) / np.float32(255))
networks = {"vit": started(ViT, 1, pixels32[:120]), "cnn": started(CNN, 2, pixels32[:120])}
test_images = list(range(stream.tasks * stream.train, len(labels)))


class Head(nn.Module):
    """z = f·W + b. Each task's columns are parameters of their own, so that an optimiser meets new ones as new ones."""

    def __init__(self, dtype):
        super().__init__()
        self.dtype = dtype
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()

    def grow(self, added):
        """Gives the new parameters."""
        at = self.classes
        fresh = [torch.tensor(value[..., at : at + added], dtype=self.dtype) for value in (head_weight, head_bias)]
        self.weights.append(nn.Parameter(fresh[0]))
        self.biases.append(nn.Parameter(fresh[1]))
        return [self.weights[-1], self.biases[-1]]

    @property
    def classes(self):
        return sum(len(bias) for bias in self.biases)

    def forward(self, features):
        return features @ torch.cat(list(self.weights), 1) + torch.cat(list(self.biases))


class CosineHead(nn.Module):
    """z = sigma · cos(f, column of W), without bias."""

    def __init__(self, dtype, classes):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(head_weight[:, :classes], dtype=dtype))
        self.scale = nn.Parameter(torch.ones((), dtype=dtype))

    def forward(self, features):
        return self.scale * F.normalize(features, dim=1) @ F.normalize(self.weight, dim=0)


class Bed:
    """One network, in one precision, with BatchNorm in one mode."""

    def __init__(self, name, batch_norm, dtype, first=None):
        """`first` is the bed on which the same was done in float64."""
        self.name, self.batch_norm, self.dtype, self.first = name, batch_norm, dtype, first
        self.losses, self.lengths, self.fingerprints = [], [], []
        self.facts, self.groups = {}, {}

    def network(self):
        """The network as it starts, its weights free to move."""
        net = copy.deepcopy(networks[self.name]).to(self.dtype)
        return self.learning(net)

    def learning(self, net):
        """BatchNorm in the mode of this bed."""
        net.eval()
        for norm in batch_norms(net):
            norm.train(self.batch_norm == "training")
        return net

    def frozen_copy(self, *modules):
        copies = [copy.deepcopy(module).eval().requires_grad_(False) for module in modules]
        return copies if len(copies) > 1 else copies[0]

    def head(self, classes):
        head = Head(self.dtype)
        head.grow(classes)
        return head

    def pixels(self, ids):
        return pixels32[list(ids)].to(self.dtype)

    def labels(self, ids):
        return torch.tensor(labels[list(ids)])

    def task(self, t):
        """The images that task t learns from."""
        return list(range(stream.train * t, stream.train * (t + 1)))

    # The record

    def note(self, name, value):
        """One more value of a list of facts, for one step or one task."""
        self.facts.setdefault(name, []).append(value)

    def step(self, loss, **parts):
        """The loss that was minimised, and what it is made of."""
        self.losses.append(float(loss))
        for name, value in parts.items():
            self.note(name, float(value))

    def moved(self, *things):
        """What the weights are after a step, in two numbers: their length, and Σ sin(i + 1) · the i-th of each tensor."""
        tensors = list(merged(gathered(*things)).values())
        with torch.no_grad():
            self.lengths.append(float(sum((each * each).sum() for each in tensors).sqrt()))
            waves = [torch.sin(torch.arange(each.numel(), dtype=torch.float64) + 1) for each in tensors]
            self.fingerprints.append(sum(float(each.flatten().double() @ w) for each, w in zip(tensors, waves)))

    def keep(self, group, tensors):
        self.groups[group] = {
            name: (value.detach().double().clone().numpy() if torch.is_tensor(value) else np.asarray(value, np.float64))
            for name, value in merged(tensors).items()
        }

    def weights(self, when, *things):
        """All weights that a method may move, and the running statistics where they move."""
        found = gathered(*things)
        if self.batch_norm == "training":
            for thing in things:
                if isinstance(thing, nn.Module):
                    found |= {n: b for n, b in thing.named_buffers() if "running_" in n}
        self.keep(f"weights {when}", found)

    def given(self, group, name, value):
        """A value that is not to be computed again: rounded to float32, and the same for both precisions."""
        if self.first is not None:
            self.groups[group] = self.first.groups[group]
        else:
            self.keep(group, {name: value.float()})
        return torch.tensor(self.groups[group][name], dtype=self.dtype)

    def scores(self, when, scores):
        """Of the test images, all 27 of them, in evaluation mode: `scores` is a function of pixels."""
        with torch.no_grad():
            self.keep(f"scores {when}", {"scores": scores(self.pixels(test_images))})

    def head_scores(self, when, net, head):
        net.eval()
        self.scores(when, lambda pixels: head(net(pixels)))
        self.learning(net)


def named(module):
    """Names as the .onnx files and the golden files have them, a task's columns of the head apart."""
    if isinstance(module, Head):
        for t, (weight, bias) in enumerate(zip(module.weights, module.biases)):
            yield f"head.weight#{t}", weight
            yield f"head.bias#{t}", bias
    elif isinstance(module, CosineHead):
        yield "head.weight", module.weight
        yield "head.scale", module.scale
    else:
        yield from module.named_parameters()


def gathered(*things):
    """Weights by name, of modules and of what is such a table already."""
    return {n: w for thing in things for n, w in (thing.items() if isinstance(thing, dict) else named(thing))}


def merged(tensors):
    """The columns of the tasks put together: head.weight#0, head.weight#1 … become head.weight."""
    out = {}
    for name, value in tensors.items():
        out.setdefault(name.split("#")[0], []).append(value)
    return {n: parts[0] if len(parts) == 1 else torch.cat(parts, -1) for n, parts in out.items()}


def cross_entropy(scores, wanted, first=0):
    """Over the classes from `first` on: those of the task at hand for a local one."""
    return F.cross_entropy(scores[:, first:], wanted - first)


def gradients(loss, parameters, keep=False):
    """Zero where a parameter has no part in the loss. `keep` what was computed, if another gradient needs it too."""
    found = torch.autograd.grad(loss, parameters, allow_unused=True, retain_graph=keep)
    return [torch.zeros_like(p) if g is None else g for g, p in zip(found, parameters)]


def descend(optimiser, loss):
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
