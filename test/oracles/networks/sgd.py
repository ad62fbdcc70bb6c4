"""Writes test/golden/networks/sgd.json and .bin: where fifty steps of SGD lead small networks, by PyTorch in float64.

    python3 test/oracles/networks/sgd.py        (after golden.py, from whose weights the steps begin)

Momentum 0.9, three batches in turn, BatchNorm in training mode. After 25 steps the ViT's head grows from 6 classes to
8: rows are added, and its momentum goes on with zeros for them.
"""

import copy
import json
import os

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from golden import Bin, folder, in_mode, made

steps, batches = 50, 3
runs = [
    {"name": "vit", "file": "vit.kept.onnx", "side": 32, "batch": 3, "rate": 0.02, "head": "head", "grown": 8},
    {"name": "efficientnet", "file": "efficientnet.kept.onnx", "side": 32, "batch": 4, "rate": 0.02, "head": "classifier.1"},
    {"name": "mobilenet-v3", "file": "mobilenet-v3.kept.onnx", "side": 32, "batch": 4, "rate": 0.01, "head": "classifier.3"},
]


def walk(net, run, pixels, targets, rows, dtype):
    net = in_mode(copy.deepcopy(net).to(dtype), True)
    for parameter in net.parameters():
        parameter.requires_grad_()
    optimiser = torch.optim.SGD(net.parameters(), run["rate"], momentum=0.9)
    losses = []
    for step in range(steps):
        if step == steps // 2 and "grown" in run:
            head = net.get_submodule(run["head"])
            for name in ("weight", "bias"):
                before = getattr(head, name)
                after = nn.Parameter(torch.cat([before.detach(), rows[name].to(dtype)]))
                momentum = optimiser.state.pop(before)["momentum_buffer"]
                optimiser.state[after]["momentum_buffer"] = torch.cat([momentum, torch.zeros_like(rows[name]).to(dtype)])
                group = optimiser.param_groups[0]["params"]
                group[[p is before for p in group].index(True)] = after
                setattr(head, name, after)
        logits = net(pixels[step % batches].to(dtype))
        target = targets[step % batches].to(dtype)[:, : logits.shape[1]]
        loss = -(target * F.log_softmax(logits, 1)).sum() / run["batch"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss))
    state = {n: p.detach().double().numpy() for n, p in net.named_parameters()}
    state |= {n: b.double().numpy() for n, b in net.named_buffers() if n.rsplit(".")[-1].startswith("running_")}
    return losses, state


out = Bin()
with open(os.path.join(folder, "networks.json")) as file:
    seeds = {entry["name"]: entry["seed"] for entry in json.load(file)["networks"]}
for run in runs:
    net, _, _ = made(run["name"], seeds[run["name"]])
    name, classes = run["name"], run.get("grown", 6)
    torch.manual_seed(7)
    pixels = torch.randn(batches, run["batch"], 3, run["side"], run["side"]) + 0.2
    targets = F.one_hot(torch.randint(0, classes, (batches, run["batch"])), classes).float()
    rows = {}
    if "grown" in run:
        head = net.get_submodule(run["head"])
        rows = {"weight": 0.2 * torch.randn(classes - 6, head.in_features), "bias": 0.1 * torch.randn(classes - 6)}
        for n, value in rows.items():
            out.add(f"{name} rows {n}", value)
    out.add(f"{name} pixels", pixels)
    out.add(f"{name} targets", targets)
    run["losses"], state = walk(net, run, pixels, targets, rows, torch.float64)
    _, single = walk(net, run, pixels, targets, rows, torch.float32)
    for n, value in state.items():
        out.add(f"{name} {n}", value)
    run["weights"] = {n: float(np.abs(single[n] - value).max()) for n, value in state.items()}
    print(name, run["losses"][0], run["losses"][-1], "float32 worst", max(run["weights"].values()))
out.write(os.path.join(folder, "sgd.bin"))
with open(os.path.join(folder, "sgd.json"), "w") as file:
    json.dump({"steps": steps, "batches": batches, "momentum": 0.9, "runs": runs, "tensors": out.index}, file)
