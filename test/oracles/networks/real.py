"""Gradients of real networks by PyTorch: prints test/golden/networks/real.json.

    python3 test/oracles/networks/real.py FOLDER > test/golden/networks/real.json

FOLDER holds the .onnx files. Needs torch, numpy and onnx. Their operators are carried out by torch, one by one. The
pixels, and the weights c of the loss Σ c·y / batch, come from a counting generator that the test repeats. Of each
gradient (float64) are kept its length, its largest magnitude, eight values spread over it, and the largest error that
PyTorch makes in float32, relative to the largest magnitude.
"""

import json
import os
import sys

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch.nn import functional as F

files = {
    "vit_tiny_patch16_224.onnx": ("logits", 224, 2),
    "mobilenetv2_1.0_224_features.onnx": ("features", 224, 2),
    "squeezenet1.1.onnx": ("logits", 224, 2),
}


def counted(n):
    """x → 1664525·x + 1013904223 mod 2^32 from 1; the upper 24 bits as a number in [-1, 1)."""
    values, x = np.empty(n), 1
    for i in range(n):
        x = (1664525 * x + 1013904223) % 2**32
        values[i] = (x >> 8) / 2**23 - 1
    return values


def conv(a, x, w, b=None):
    pads = a.get("pads", [0, 0, 0, 0])
    assert pads[:2] == pads[2:]
    return F.conv2d(x, w, b, a.get("strides", 1), pads[:2], a.get("dilations", 1), a.get("group", 1))


operators = {
    "Conv": conv,
    "Reshape": lambda a, x, s: x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(s.tolist())]),
    "Transpose": lambda a, x: x.permute(a["perm"]),
    "Shape": lambda a, x: torch.tensor(x.shape),
    "Slice": lambda a, x, start, end: x[int(start) : int(end)],
    "Concat": lambda a, *parts: torch.cat(parts, a["axis"]),
    "Expand": lambda a, x, shape: x.expand(shape.tolist()),
    "Add": lambda a, x, y: x + y,
    "Mul": lambda a, x, y: x * y,
    "MatMul": lambda a, x, y: x @ y,
    "LayerNormalization": lambda a, x, w, b: F.layer_norm(x, w.shape, w, b, a["epsilon"]),
    "Gather": lambda a, x, i: x.select(a["axis"], int(i)),
    "Softmax": lambda a, x: x.softmax(a["axis"]),
    "Erf": lambda a, x: torch.erf(x),
    "Relu": lambda a, x: torch.relu(x),
    "Clip": lambda a, x, low, high: x.clamp(float(low), float(high)),
    "MaxPool": lambda a, x: F.max_pool2d(x, a["kernel_shape"], a["strides"]),
    "GlobalAveragePool": lambda a, x: x.mean((2, 3), keepdim=True),
    "Flatten": lambda a, x: x.flatten(a["axis"]),
}


def gradients(graph, output, pixels, c, dtype):
    values, weights = {}, {}
    for tensor in graph.initializer:
        value = torch.from_numpy(numpy_helper.to_array(tensor).copy())
        if value.is_floating_point():
            value = value.to(dtype)
            if value.dim() > 0:
                weights[tensor.name] = value.requires_grad_()
        values[tensor.name] = value
    values[graph.input[0].name] = torch.from_numpy(pixels).to(dtype)
    for node in graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        values[node.output[0]] = operators[node.op_type](attributes, *[values[name] for name in node.input])
    (values[output] * torch.from_numpy(c).to(dtype)).sum().div(len(pixels)).backward()
    return {name: w.grad.double().numpy() for name, w in weights.items() if w.grad is not None}


torch.set_num_threads(1)
networks = []
for file, (output, side, batch) in files.items():
    graph = onnx.load(os.path.join(sys.argv[1], file)).graph
    pixels = counted(batch * 3 * side * side).reshape(batch, 3, side, side)
    width = next(o for o in graph.output if o.name == output).type.tensor_type.shape.dim[1].dim_value
    c = counted(batch * width).reshape(batch, width)
    truth = gradients(graph, output, pixels, c, torch.float64)
    single = gradients(graph, output, pixels, c, torch.float32)
    weights = {}
    for name, g in truth.items():
        flat, largest = g.reshape(-1), np.abs(g).max()
        places = [int(i * flat.size / 8) for i in range(8)] if flat.size >= 8 else range(flat.size)
        weights[name] = {
            "norm": float(f"{np.linalg.norm(flat):.9g}"),
            "largest": float(f"{largest:.9g}"),
            "values": [float(f"{flat[i]:.9g}") for i in places],
            "float32": float(f"{np.abs(single[name] - g).max() / largest:.2g}"),
        }
    networks.append({"file": file, "output": output, "side": side, "batch": batch, "weights": weights})
    errors = sorted(w["float32"] for w in weights.values())
    print(file, "median", errors[len(errors) // 2], "worst", errors[-1], file=sys.stderr)
print('{ "networks": [\n' + ",\n".join(json.dumps(n) for n in networks) + "\n] }")
