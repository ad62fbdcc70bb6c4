"""Training steps in PyTorch, for their time and memory; and the networks that both sides train, as .onnx files.

    training.py THREADS step NETWORK KIND CLASSES     answers on stdin
        go STEPS BATCH MICRO    seconds of so many steps, and of processor time
        memory                  peak of resident memory, in bytes
    training.py THREADS export NETWORK FILE           prints a line when the file is there

Weights are random: they have the same shapes. KIND is forward, full, batch-statistics, lora or head.
"""

import resource
import sys
import time

import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from vit_tiny import VitTiny

SIDES = {"vit-tiny": 224, "vit-b": 224, "mobilenetv2": 96, "resnet18": 96}
RANK = 8


def backbone(name):
    """The network below its head, and how many features it gives."""
    if name == "vit-tiny":
        return VitTiny(), 192
    if name == "vit-b":
        return VitTiny(width=768, heads=12), 768
    if name == "mobilenetv2":
        features = torchvision.models.mobilenet_v2(weights=None).features
        return at_its_scale(nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten())), 1280
    network = torchvision.models.resnet18(weights=None)
    network.fc = nn.Identity()
    return at_its_scale(network), 512


def at_its_scale(network):
    """Running statistics of noise, as a trained network has those of pictures. With the ones that a network is made
    with, frozen ones normalise nothing: activations die out or explode, and what is timed is denormal arithmetic."""
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None  # the mean of all batches
    with torch.no_grad():
        if norms:
            network.train()(torch.rand(16, 3, 96, 96))
    for norm in norms:
        norm.momentum = 0.1
    return network


class Lora(nn.Module):
    """A fused layer for q, k and v with an update of low rank for each, written as two products like ours."""

    def __init__(self, linear):
        super().__init__()
        inner, outer = linear.in_features, linear.out_features // 3
        self.linear = linear
        self.A = nn.Parameter(torch.randn(inner, 3 * RANK) * 0.02)
        self.B = nn.ParameterList([nn.Parameter(torch.zeros(RANK, outer)) for _ in range(3)])

    def forward(self, x):
        return self.linear(x) + (x @ self.A) @ torch.block_diag(*self.B)


def step_of(name, kind, classes):
    """A function of a batch, its labels and the size of a micro-batch."""
    body, width = backbone(name)
    head = nn.Linear(width, classes)
    body.train(kind == "batch-statistics")
    if kind in ("forward", "head", "lora"):
        body.requires_grad_(False)
    if kind == "lora":
        for block in body.blocks:
            block.qkv = Lora(block.qkv)
    if kind == "forward":

        def forward(x, _, micro):
            with torch.inference_mode():
                for part in x.split(micro):
                    head(body(part))

        return forward
    trained = [p for p in [*body.parameters(), *head.parameters()] if p.requires_grad]
    optimiser = torch.optim.SGD(trained, lr=1e-6, momentum=0.9)

    def step(x, y, micro):
        optimiser.zero_grad(set_to_none=True)
        for pictures, labels in zip(x.split(micro), y.split(micro)):
            loss = F.cross_entropy(head(body(pictures)), labels, reduction="sum") / len(x)
            loss.backward()
        optimiser.step()

    return step


def answer(name, kind, classes):
    step = step_of(name, kind, classes)
    side = SIDES[name]
    batches = {}
    print(f"torch {torch.__version__}", flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "memory":
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)
            continue
        steps, batch, micro = map(int, words[1:])
        if batch not in batches:
            batches[batch] = torch.rand(batch, 3, side, side), torch.arange(batch) % classes
        start, worked = time.perf_counter(), time.process_time()
        for _ in range(steps):
            step(*batches[batch], micro)
        print(time.perf_counter() - start, time.process_time() - worked, flush=True)


def export(name, path):
    body, _ = backbone(name)
    with torch.no_grad():  # the exporter would make one tensor of all vectors of ones, and all of zeros
        for tensor in [*body.parameters(), *body.buffers()]:
            if tensor.is_floating_point():
                tensor += 0.01 * torch.rand_like(tensor)
    at_its_scale(body).eval()
    torch.onnx.export(
        body,
        torch.rand(2, 3, SIDES[name], SIDES[name]),
        path,
        opset_version=17 if name.startswith("vit") else 13,
        input_names=["pixels"],
        output_names=["features"],
        dynamic_axes={"pixels": {0: "batch"}, "features": {0: "batch"}},
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
    )
    print("written", flush=True)


if __name__ == "__main__":
    threads, what, network = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    if what == "export":
        export(network, sys.argv[4])
    else:
        answer(network, sys.argv[4], int(sys.argv[5]))
