"""Gradients of real networks by PyTorch: prints test/golden/networks/real.json.

    python3 test/oracles/networks/real.py FOLDER > test/golden/networks/real.json

FOLDER holds the .onnx files. Needs torch, numpy and onnx. Their operators are carried out by torch, one by one. The
pixels, and the weights c of the loss Σ c·y / batch, come from a counting generator that the test repeats; it starts from
the first number that keeps every value at least twice as far from the kink of a Relu or Clip as float32 is off in that
layer, since else one implementation falls on the other side of it than another. For that reason the convolutional
networks see small pictures.

Of each gradient (float64) are kept its length, its largest magnitude, eight values spread over it, and the largest error
that PyTorch makes in float32, relative to the largest magnitude, in five runs whose pixels differ by a rounding.
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
    "mobilenetv2_1.0_224_features.onnx": ("features", 48, 2),
    "squeezenet1.1.onnx": ("logits", 64, 2),
}


def counted(n, x):
    """x → 1664525·x + 1013904223 mod 2^32; the upper 24 bits as a number in [-1, 1)."""
    values = np.empty(n)
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


def forward(graph, pixels, dtype):
    """Every tensor by name, the weights among them, and those that an activation with a kink reads."""
    values, weights, bent = {}, {}, []
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
        read = [values[name] for name in node.input]
        values[node.output[0]] = operators[node.op_type](attributes, *read)
        if node.op_type in ("Relu", "Clip"):
            bent.append((read[0].detach().double(), [0] if node.op_type == "Relu" else [float(k) for k in read[1:]]))
    return values, weights, bent


def gradients(graph, output, pixels, c, dtype):
    values, weights, _ = forward(graph, pixels, dtype)
    (values[output] * torch.from_numpy(c).to(dtype)).sum().div(len(pixels)).backward()
    return {name: w.grad.double().numpy() for name, w in weights.items() if w.grad is not None}


def distance(graph, pixels):
    """The least distance from a kink, in largest errors of float32 in that layer."""
    exact, single = (forward(graph, pixels, dtype)[2] for dtype in (torch.float64, torch.float32))
    return min(
        (float((x - k).abs().min() / (x - y).abs().max()) for (x, kinks), (y, _) in zip(exact, single) for k in kinks),
        default=np.inf,
    )


torch.set_num_threads(1)
random = np.random.default_rng(1)
networks = []
for file, (output, side, batch) in files.items():
    graph = onnx.load(os.path.join(sys.argv[1], file)).graph
    start = 0
    while start == 0 or distance(graph, pixels) < 2:
        start += 1
        pixels = counted(batch * 3 * side * side, start).reshape(batch, 3, side, side)
    width = next(o for o in graph.output if o.name == output).type.tensor_type.shape.dim[1].dim_value
    c = counted(batch * width, start).reshape(batch, width)
    truth = gradients(graph, output, pixels, c, torch.float64)
    errors = {name: 0 for name in truth}
    for run in range(5):
        off = random.choice([-np.inf, np.inf], pixels.shape).astype("f4")
        near = np.nextafter(pixels.astype("f4"), off) if run > 0 else pixels
        for name, g in gradients(graph, output, near, c, torch.float32).items():
            errors[name] = max(errors[name], np.abs(g - truth[name]).max() / np.abs(truth[name]).max())
    weights = {}
    for name, g in truth.items():
        flat = g.reshape(-1)
        places = [int(i * flat.size / 8) for i in range(8)] if flat.size >= 8 else range(flat.size)
        weights[name] = {
            "norm": float(f"{np.linalg.norm(flat):.9g}"),
            "largest": float(f"{np.abs(flat).max():.9g}"),
            "values": [float(f"{flat[i]:.9g}") for i in places],
            "float32": float(f"{errors[name]:.2g}"),
        }
    entry = {"file": file, "output": output, "side": side, "batch": batch, "start": start, "weights": weights}
    networks.append(entry)
    ordered = sorted(errors.values())
    print(file, "from", start, "median", ordered[len(ordered) // 2], "worst", ordered[-1], file=sys.stderr)
print('{ "networks": [\n' + ",\n".join(json.dumps(n) for n in networks) + "\n] }")
