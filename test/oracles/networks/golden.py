"""Writes test/golden/networks: small exports of every family of architectures.py, and their gradients by PyTorch.

    python3 test/oracles/networks/golden.py [name ...]

Needs torch 1.13, torchvision and onnx. Gains, biases and running statistics are far from their defaults, the head is
random, and the seed is the first for which no value lies within 2e-6 of the kink of an activation, since float32 could
fall on the other side of it. Gradients are computed in float64 and kept as float32; the error that PyTorch itself makes
in float32 is kept beside each.

A network is NAME.bin (float32, little endian), one or more NAME.EXPORT.onnx and an entry of networks.json that says
where in the file each tensor lies, and for each export which gradient belongs to which initializer.
"""

import copy
import json
import os
import sys
import warnings

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional as F

from architectures import architectures

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../golden/networks")

kinks = {nn.ReLU: [0], nn.ReLU6: [0, 6], nn.Hardswish: [-3, 3], nn.Hardsigmoid: [-3, 3]}
has_batch_norm = ["resnet", "mobilenet-v2", "mobilenet-v3", "efficientnet", "efficientnet-v2"]


def made(name, seed):
    """The network with weights as if trained, its pixels, and soft targets."""
    make, side, batch = architectures[name]
    torch.manual_seed(seed)
    net = make()
    norms = (nn.BatchNorm2d, nn.LayerNorm)
    for module in net.modules():
        for own, value in module.named_parameters(recurse=False):
            if isinstance(module, norms) and own == "weight":
                value.data = 1 + 0.3 * torch.randn_like(value).clamp(-2, 2)
            elif own in ("layer_scale", "relative_position_bias_table", "ls1", "ls2"):
                value.data = 0.6 + 0.2 * torch.randn_like(value)
            elif value.dim() == 1 or isinstance(module, norms):
                value.data = 0.2 * torch.randn_like(value)
            elif not isinstance(module, (nn.Conv2d, nn.Linear)):
                value.data = 0.3 * torch.randn_like(value)  # tokens, positions, projections
            else:
                value.data = torch.randn_like(value) * (1.5 / value[0].numel()) ** 0.5
    pixels = torch.randn(batch, 3, side, side) + 0.2
    batch_norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    kept = [m.momentum for m in batch_norms]
    net.eval()
    with torch.no_grad():
        for norm in batch_norms:
            norm.train()
            norm.momentum = 1
        net(torch.randn(8, 3, side, side))
        for norm, momentum in zip(batch_norms, kept):
            norm.eval()
            norm.momentum = momentum
            spread = norm.running_var.sqrt()
            norm.running_mean += 0.2 * spread * torch.randn_like(spread)
            norm.running_var *= torch.empty_like(spread).uniform_(0.6, 1.5)
    targets = torch.softmax(2 * torch.randn(batch, 6), 1)
    return net, pixels, targets


def closest_kink(net, pixels):
    """The least distance of any value from a kink of the activation that reads it."""
    distances = []

    def look(module, inputs):
        for at in kinks[type(module)]:
            distances.append(float((inputs[0] - at).abs().min()))

    hooks = [m.register_forward_pre_hook(look) for m in net.modules() if type(m) in kinks]
    with torch.no_grad():
        net(pixels)
    for hook in hooks:
        hook.remove()
    return min(distances, default=1)


def in_mode(net, training):
    net.eval()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.train(training)
    return net


def gradients(net, pixels, targets, dtype, training):
    net = in_mode(copy.deepcopy(net).to(dtype), training)
    for parameter in net.parameters():
        parameter.requires_grad_()
    logits = net(pixels.to(dtype))
    loss = -(targets.to(dtype) * F.log_softmax(logits, 1)).sum() / len(pixels)
    loss.backward()
    found = {name: p.grad.double().numpy() for name, p in net.named_parameters()}
    statistics = {n: b.double().numpy() for n, b in net.named_buffers() if n.rsplit(".")[-1].startswith("running_")}
    return float(loss), logits.detach().double().numpy(), found, statistics


def relative(value, truth):
    return float(np.abs(value - truth).max() / max(np.abs(truth).max(), 1e-300))


class Bin:
    """Tensors one after the other in a file, each known by where it begins."""

    def __init__(self):
        self.parts, self.length, self.index = [], 0, {}

    def add(self, name, value):
        flat = np.ascontiguousarray(value, dtype="<f4")
        self.index[name] = {"at": self.length, "dims": list(flat.shape)}
        self.parts.append(flat.tobytes())
        self.length += flat.size

    def write(self, path):
        with open(path, "wb") as file:
            file.write(b"".join(self.parts))


def export(net, pixels, file, kept=True, training=False, opset=17, dynamic=False):
    in_mode(net, training)
    torch.onnx.export(
        net,
        pixels,
        file,
        opset_version=opset,
        do_constant_folding=not kept,
        training=torch.onnx.TrainingMode.PRESERVE if kept else torch.onnx.TrainingMode.EVAL,
        input_names=["pixels"],
        output_names=["logits"],
        dynamic_axes={"pixels": {0: "batch"}, "logits": {0: "batch"}} if dynamic else None,
    )
    in_mode(net, False)


def with_statistics(file, net):
    """The running statistics as they were: the exporter, which runs the network once, has moved them."""
    model = onnx.load(file)
    buffers = dict(net.named_buffers())
    for tensor in model.graph.initializer:
        if tensor.name in buffers and tensor.name.rsplit(".")[-1].startswith("running_"):
            tensor.CopyFrom(numpy_helper.from_array(buffers[tensor.name].numpy(), tensor.name))
    onnx.save(model, file)


def folded_batch_norms(net, g64, g32):
    """Convolutions into which the exporter has merged a BatchNorm: (weight, its gradients), and so for the bias.

    With W' = W·s, s = gain / deviation, and b' = shift - mean·s: dL/dW = s·dL/dW', dL/dshift = dL/db'.
    """
    modules = list(net.named_modules())
    convs = [(n, m) for n, m in modules if isinstance(m, nn.Conv2d)]
    for n, norm in modules:
        if not isinstance(norm, nn.BatchNorm2d):
            continue
        s = (norm.weight / (norm.running_var + norm.eps).sqrt()).detach().double().numpy()
        shift = norm.bias.detach().double().numpy() - norm.running_mean.double().numpy() * s
        yield f"folded {n}.bias", shift, g64[f"{n}.bias"], g32[f"{n}.bias"]
        for c, conv in convs:
            if conv.out_channels == norm.num_features:
                by = s.reshape(-1, 1, 1, 1)
                w = conv.weight.detach().double().numpy() * by
                yield f"folded {c}.weight by {n}", w, g64[f"{c}.weight"] / by, g32[f"{c}.weight"] / by


def initializers(file, net, g64, g32, out):
    """Which gradient belongs to which initializer, found by value: exporters rename, transpose and merge."""
    known = [(n, p.detach().double().numpy(), g64[n], g32[n]) for n, p in net.named_parameters()]
    more = list(folded_batch_norms(net, g64, g32))
    found, taken = {}, set()
    for tensor in onnx.load(file).graph.initializer:
        value = numpy_helper.to_array(tensor)
        if value.dtype != np.float32:
            continue
        for n, w, truth, single in sorted(known, key=lambda k: k[0] != tensor.name):
            transposed = w.shape != value.shape or not np.array_equal(w.astype("f4"), value)
            if transposed and not (w.ndim == 2 and np.array_equal(w.T.astype("f4"), value)):
                continue
            if n in taken and n != tensor.name:
                continue
            taken.add(n)
            found[tensor.name] = {"of": n, "transposed": transposed, "float32": relative(single, truth)}
            break
        else:
            for n, w, truth, single in more:
                if w.shape == value.shape and np.allclose(w, value, rtol=1e-5, atol=1e-6):
                    if n not in out.index:
                        out.add(n, truth)
                    found[tensor.name] = {"of": n, "transposed": False, "float32": relative(single, truth)}
                    break
    return found


def network(name):
    for seed in range(1, 200):
        net, pixels, targets = made(name, seed)
        if closest_kink(net, pixels) > 2e-6:
            if name not in has_batch_norm or closest_kink(in_mode(copy.deepcopy(net), True), pixels) > 2e-6:
                break
    else:
        raise SystemExit(f"{name}: every seed has a value at a kink")
    in_mode(net, False)
    out = Bin()
    out.add("pixels", pixels)
    out.add("targets", targets)
    loss, logits, g64, _ = gradients(net, pixels, targets, torch.float64, False)
    _, _, g32, _ = gradients(net, pixels, targets, torch.float32, False)
    out.add("logits", logits)
    for n, value in g64.items():
        out.add(n, value)
    entry = {"name": name, "seed": seed, "loss": loss, "exports": []}

    variants = {"kept": {}, "folded": {"kept": False, "dynamic": True}}
    if name == "vit":
        variants |= {f"opset{v}": {"opset": v, "dynamic": v == 11} for v in (11, 13)}
    for variant, options in variants.items():
        file = f"{name}.{variant}.onnx"
        export(net, pixels, os.path.join(folder, file), **options)
        weights = initializers(os.path.join(folder, file), net, g64, g32, out)
        missing = set(g64) - {w["of"] for w in weights.values()} if options.get("kept", True) else set()
        if missing:
            print(f"{file}: no initializer is {sorted(missing)}")
        entry["exports"].append({"file": file, "weights": weights})

    if name in has_batch_norm:
        _, logits, t64, after = gradients(net, pixels, targets, torch.float64, True)
        loss, _, t32, after32 = gradients(net, pixels, targets, torch.float32, True)
        out.add("training logits", logits)
        weights = {}
        for n, value in t64.items():
            out.add(f"training {n}", value)
            weights[n] = {"of": f"training {n}", "transposed": False, "float32": relative(t32[n], value)}
        for n, value in after.items():
            out.add(f"updated {n}", value)
        entry["training"] = {"file": f"{name}.kept.onnx", "loss": loss, "weights": weights}
        if name == "resnet":
            file = f"{name}.training.onnx"
            export(copy.deepcopy(net), pixels, os.path.join(folder, file), training=True)
            with_statistics(os.path.join(folder, file), net)
            entry["training"]["exported"] = file
    entry["tensors"] = out.index
    out.write(os.path.join(folder, f"{name}.bin"))
    worst = max(w["float32"] for w in entry["exports"][0]["weights"].values())
    print(f"{name}: seed {seed}, {4 * out.length} bytes, float32 {worst:.1e}")
    return entry


def main(names):
    os.makedirs(folder, exist_ok=True)
    index = os.path.join(folder, "networks.json")
    entries = {}
    if os.path.exists(index):
        with open(index) as file:
            entries = {entry["name"]: entry for entry in json.load(file)["networks"]}
    entries |= {name: network(name) for name in names}
    lines = ",\n".join(json.dumps(entries[name]) for name in architectures if name in entries)
    with open(index, "w") as file:
        file.write('{ "networks": [\n' + lines + "\n] }\n")


if __name__ == "__main__":
    main(sys.argv[1:] or list(architectures))
