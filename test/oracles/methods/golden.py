"""Writes test/golden/methods: what each method does on a small ViT and a small CNN, step by step, by PyTorch.

    /usr/bin/python3 test/oracles/methods/golden.py [method ...]       needs torch 1.13, numpy and onnx

Everything is computed in float64 and kept as float32, beside the error that PyTorch itself makes in float32. README.md
in that folder says what lies where.
"""

import json
import os
import shutil
import sys
import warnings

import numpy as np
import onnx
import torch
from onnx import numpy_helper

import bed as ground
import stream
from aper import aper
from bed import Bed, folder
from ewc import ewc
from ewc_clofai import ewc_clofai
from gem import agem, gem
from icarl import icarl
from lwf import lwf
from naive import naive
from networks import export
from prompts import coda, dualprompt, l2p
from replay import der, er
from si import si
from slca import slca
from slca_plus_plus import slca_plus_plus

warnings.filterwarnings("ignore")
torch.set_num_threads(1)

still, moving = ["vit", "cnn-frozen"], ["vit", "cnn-frozen", "cnn-training"]
momentum = {"lr": 0.005, "momentum": 0.9, "weight_decay": 5e-4}
# lambda, from which on a penalty matters in 25 steps, but does not blow up
plain = {"lr": 0.02, "cross_entropy": "global", "fisher_batch": 16, "bookkeeping": "online", "gamma": 1}
again = {"lr": 0.02, "buffer": 20, "replay": 8}
prompt = {"lr": 0.02}

methods = {
    "naive": (naive, moving, {"lr": 0.02, "momentum": 0, "weight_decay": 0, "optimiser": "kept"}),
    "naive-momentum-kept": (naive, still, momentum | {"optimiser": "kept"}),
    "naive-momentum-reset": (naive, still, momentum | {"optimiser": "reset"}),
    "ewc-empirical-separate": (
        ewc,
        still,
        plain | {"fisher": "empirical", "bookkeeping": "separate", "penalty": "whole", "lambda": 6, "keep": "all"},
    ),
    "ewc-empirical-online": (
        ewc,
        moving,
        plain | {"fisher": "empirical", "gamma": 0.9, "penalty": "half", "lambda": 12},
    ),
    "ewc-weighted-online": (ewc, still, plain | {"fisher": "weighted", "penalty": "whole", "lambda": 15}),
    "ewc-per-batch-separate": (
        ewc,
        still,
        plain | {"fisher": "per-batch", "bookkeeping": "separate", "penalty": "whole", "lambda": 20},
    ),
    "ewc-capped-averaged": (
        ewc,
        still,
        plain
        | {"fisher": "per-batch", "cap": 1e-4, "bookkeeping": "averaged", "penalty": "half", "lambda": 3000}
        | {"cross_entropy": "local", "momentum": 0.9, "lr": 0.005},
    ),
    "ewc-one-batch-separate": (
        ewc,
        still,
        plain
        | {"fisher": "one-batch", "fisher_examples": 10, "bookkeeping": "separate", "penalty": "whole", "lambda": 20},
    ),
    "ewc-true-online": (ewc, still, plain | {"fisher": "true", "penalty": "half", "lambda": 12}),
    "ewc-clofai": (ewc_clofai, ["cnn-frozen"], {"lr": 0.002, "chunk": 5, "lambda": 2000}),
    "gem": (gem, still, {"lr": 0.02, "examples_per_task": 10, "margin": 0.5, "scores": "seen"}),
    "gem-margin-0": (gem, still, {"lr": 0.02, "examples_per_task": 10, "margin": 0, "scores": "seen"}),
    "gem-masked": (gem, still, {"lr": 0.02, "examples_per_task": 10, "margin": 0.5, "scores": "masked"}),
    "agem": (agem, still, {"lr": 0.02, "examples_per_task": 10, "reference": 8}),
    "er": (er, moving, again),
    "der": (der, still, again | {"alpha": 0.3}),
    "derpp": (der, still, again | {"alpha": 0.2, "beta": 0.5}),
    "lwf-local": (lwf, moving, momentum | {"lambda": 3, "temperature": 2, "cross_entropy": "local"}),
    "lwf-global": (lwf, still, momentum | {"lambda": 3, "temperature": 2, "cross_entropy": "global"}),
    "si": (si, still, {"lr": 0.02, "c": 1.5, "xi": 0.1}),
    "icarl-distillation": (icarl, still, momentum | {"exemplars": 12, "loss": "distillation"}),
    "icarl-binary": (icarl, still, momentum | {"lr": 0.03, "exemplars": 12, "loss": "binary"}),
    "slca": (
        slca,
        moving,
        {"lr": 0.02, "backbone_factor": 0.2, "weight_decay": 5e-4, "drop_at": 4, "tau": 0.1}
        | {"samples_per_class": 8, "alignment_epochs": 5, "alignment_lr": 0.01},
    ),
    "slca-plus-plus": (
        slca_plus_plus,
        ["vit"],
        {"lr": 0.05, "backbone_factor": 0.1, "lora_factor": 0.5, "floor": 0.01, "weight_decay": 5e-4, "rank": 2}
        | {"scale": 0.8, "a": 1, "b": 0.1, "shortening": 0.02, "tau": 0.1}
        | {"samples_per_class": 8, "alignment_epochs": 5, "alignment_lr": 0.01},
    ),
    "aper-adapter": (
        aper,
        ["vit"],
        {"module": "adapter", "bottleneck": 4, "lr": 1.0, "weight_decay": 5e-4},
    ),
    "aper-vpt-shallow": (aper, ["vit"], {"module": "vpt-shallow", "tokens": 2, "lr": 0.3, "weight_decay": 5e-4}),
    "aper-vpt-deep": (aper, ["vit"], {"module": "vpt-deep", "tokens": 2, "lr": 0.3, "weight_decay": 5e-4}),
    "aper-ssf": (aper, ["vit"], {"module": "ssf", "lr": 0.1, "weight_decay": 5e-4}),
    "aper-finetune": (aper, moving, {"module": "finetune", "lr": 0.02, "weight_decay": 5e-4}),
    "l2p": (l2p, ["vit"], prompt | {"pool": 5, "length": 2, "top": 2, "pull": 0.5, "clip": 1.0}),
    "dualprompt": (
        dualprompt,
        ["vit"],
        prompt | {"general_length": 3, "expert_length": 4, "pull": 0.5, "clip": 1.0},
    ),
    "coda-prompt": (coda, ["vit"], prompt | {"components": 4, "length": 4, "schedule": "cosine"}),
}


class Bin:
    """Tensors one after the other, float32, little endian."""

    def __init__(self):
        self.parts, self.length = [], 0

    def add(self, value):
        flat = np.ascontiguousarray(value, "<f4").reshape(np.shape(value))
        place = {"at": self.length, "dims": list(flat.shape)}
        self.parts.append(flat.tobytes())
        self.length += flat.size
        return place

    def write(self, path):
        with open(path, "wb") as file:
            file.write(b"".join(self.parts))
        return 4 * self.length


def error(value, truth):
    """Relative to the largest magnitude of the tensor."""
    return float(np.abs(value - truth).max() / max(np.abs(truth).max(), 1e-30))


def rounded(value, digits=3):
    return float(f"{value:.{digits}g}")


def largest(fact):
    return max(map(largest, fact), default=0) if isinstance(fact, list) else abs(fact)


def alike(one, other, most):
    """Are all choices (whole numbers) the same in both precisions, and all measures to a thousandth of the largest?"""
    if isinstance(one, list):
        return len(one) == len(other) and all(alike(a, b, most) for a, b in zip(one, other))
    return one == other if isinstance(one, int) else abs(one - other) <= 1e-3 * most


def written(name, run, network, settings):
    model, _, mode = network.partition("-")
    if mode == "frozen":  # its gradients are the longest
        settings = settings | {"lr": settings["lr"] / 2}
    double = Bed(model, mode or None, torch.float64)
    run(double, settings)
    single = Bed(model, mode or None, torch.float32, double)
    run(single, settings)
    for fact, value in double.facts.items():
        most = largest(value)
        if fact != "margins" and not alike(value, single.facts[fact], most):
            pairs = [f"{a} {b}" for a, b in zip(value, single.facts[fact]) if not alike(a, b, most)]
            raise SystemExit(f"{name} {network}: {fact} depends on the precision: {pairs[:3]}")
    out = Bin()
    groups = {g: {n: out.add(v) for n, v in tensors.items()} for g, tensors in double.groups.items()}
    off = {
        g: max(error(single.groups[g][n], v) for n, v in tensors.items()) for g, tensors in double.groups.items()
    }
    steps = ["losses", "lengths", "fingerprints"]
    of_steps = {s: error(np.array(getattr(single, s)), np.array(getattr(double, s))) for s in steps}
    golden = {
        "version": 1,
        "method": name,
        "network": f"{model}.onnx",
        "batchNorm": mode or None,
        "settings": settings,
        **{s: getattr(double, s) for s in steps},
        "facts": double.facts,
        "float32": {**{s: rounded(v) for s, v in of_steps.items()}, "groups": {g: rounded(v) for g, v in off.items()}},
        "groups": groups,
    }
    os.makedirs(f"{folder}/{name}", exist_ok=True)
    with open(f"{folder}/{name}/{network}.json", "w") as file:
        file.write(text(golden))
    size = out.write(f"{folder}/{name}/{network}.bin")
    ends = [f"{double.losses[i]:.3f}" for i in (0, 24, 25, 49, -1) if i < len(double.losses)]
    print(f"{name} {network}: {size} bytes, losses {' '.join(ends)}, float32 {max(of_steps.values()):.1e} {max(off.values()):.1e}")


def text(golden):
    """A line for each entry of the outermost two levels."""

    def short(value):
        if isinstance(value, float):
            return float(f"{value:.12g}")
        if isinstance(value, list):
            return [short(each) for each in value]
        return {k: short(v) for k, v in value.items()} if isinstance(value, dict) else value

    lines = []
    for key, value in short(golden).items():
        if key in ("facts", "groups"):
            inner = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in value.items())
            lines.append(f'  "{key}": {{\n{inner}\n  }}' if inner else f'  "{key}": {{}}')
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def common():
    """The stream, the head's first values and the networks, which all methods share."""
    ground.images.tofile(f"{folder}/images.bin")
    out = Bin()
    head = {"head.weight": out.add(ground.head_weight), "head.bias": out.add(ground.head_bias)}
    features = {}
    for name, net in ground.networks.items():
        export(net, f"{folder}/{name}.onnx")
        known = dict(net.named_parameters()) | {n: b for n, b in net.named_buffers() if "running_" in n}
        stored = {t.name: numpy_helper.to_array(t) for t in onnx.load(f"{folder}/{name}.onnx").graph.initializer}
        for n, value in known.items():
            if not np.array_equal(stored[n], value.detach().numpy()):
                raise SystemExit(f"{name}.onnx: {n} is not as it was")
        if len(known) != len(stored):
            print(f"{name}.onnx: other initializers: {sorted(set(stored) - set(known))}")
        with torch.no_grad():
            truth = net.double()(ground.pixels32[ground.test_images].double())
            net.float()
        features[f"{name}.onnx"] = {
            "weights": {n: list(p.shape) for n, p in net.named_parameters()},
            "statistics": {n: list(b.shape) for n, b in net.named_buffers() if "running_" in n},
            "features": out.add(truth.numpy()),
        }
    out.write(f"{folder}/start.bin")
    index = {
        "version": 1,
        "images": {"file": "images.bin", "dims": list(ground.images.shape)},
        "labels": ground.labels.tolist(),
        "tasks": [list(range(stream.train * t, stream.train * (t + 1))) for t in range(stream.tasks)],
        "test": ground.test_images,
        "batches": ground.batches,
        "start": {"file": "start.bin", "head": head},
        "networks": features,
        "goldens": {name: networks for name, (_, networks, _) in methods.items()},
    }
    with open(f"{folder}/index.json", "w") as file:
        lines = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in index.items())
        file.write("{\n" + lines + "\n}\n")


os.makedirs(folder, exist_ok=True)
common()
for name in sys.argv[1:] or methods:
    run, networks, settings = methods[name]
    shutil.rmtree(f"{folder}/{name}", ignore_errors=True)
    for network in networks:
        written(name, run, network, settings)
