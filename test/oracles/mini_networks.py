"""The golden embeddings of mini-resnet and mini-vit, computed by PyTorch from the weights in the committed networks.

    python3 test/oracles/mini_networks.py        writes the `images` of both passports anew

Needs torch, numpy and onnx. The networks are written out here by their weights' names, so that nothing of Streambed,
of onnxruntime or of the files' own nodes is used.
"""

import json
import os
import re
import sys

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

source = os.path.join(os.path.dirname(__file__), "../../src/backbones")
sys.path.insert(0, source)
from export_backbone import lines_pattern  # noqa: E402


def mini_resnet(x, w):
    def convolved(x, name, stride=1):
        kernel = w[f"{name}.weight"]
        y = F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)
        norm = [w[f"{name}.norm.{part}"] for part in ("mean", "variance", "gain", "bias")]
        return F.batch_norm(y, *norm, training=False, eps=1e-5)

    x = convolved(x, "stem").relu()
    for stage in ("stage1", "stage2", "stage3"):
        y = convolved(convolved(x, f"{stage}.conv1", 2).relu(), f"{stage}.conv2")
        x = (y + convolved(x, f"{stage}.short", 2)).relu()
    return x.mean((2, 3))


def mini_vit(x, w):
    def linear(x, name):
        return x @ w[f"{name}.weight"] + w[f"{name}.bias"]

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], eps=1e-6)

    def convolved(x, name, **how):
        return F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], **how)

    x = convolved(x, "stem.conv1", stride=2, padding=1).relu()
    x = convolved(x, "stem.conv2", padding=1).relu()
    patches = convolved(x, "patch_embed", stride=2).flatten(2).transpose(1, 2)
    x = torch.cat([w["cls_token"], patches], 1) + w["pos_embed"]
    n, width = x.shape[1:]
    for block in range(4):
        at = f"blocks.{block}"
        qkv = linear(norm(x, f"{at}.norm1"), f"{at}.attn.qkv")
        q, k, v = qkv.reshape(1, n, 3, 3, width // 3).permute(2, 0, 3, 1, 4)
        attention = (q @ k.transpose(-1, -2) / (width // 3) ** 0.5).softmax(-1)
        x = x + linear((attention @ v).transpose(1, 2).reshape(1, n, width), f"{at}.attn.proj")
        x = x + linear(F.gelu(linear(norm(x, f"{at}.norm2"), f"{at}.mlp.fc1")), f"{at}.mlp.fc2")
    return norm(x, "norm")[:, 0]


def short(value):
    return float(f"{value:.6g}")


for name, network in {"mini-resnet": mini_resnet, "mini-vit": mini_vit}.items():
    graph = onnx.load(os.path.join(source, f"{name}.onnx")).graph
    w = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()).double() for t in graph.initializer}
    images = []
    for width, height in [(32, 32), (50, 46), (20, 20), (300, 260)]:
        pixels = torch.from_numpy(lines_pattern(width, height))[None].double() / 255
        pixels = F.interpolate(pixels, size=(32, 32), mode="bilinear", align_corners=False, antialias=True)
        values = network((pixels - 0.5) / 0.25, w)[0].numpy()
        first, l2 = [short(value) for value in values[:8]], short(np.linalg.norm(values))
        images.append({"width": width, "height": height, "pixels": "pattern:lines", "l2": l2, "first": first})
    path = os.path.join(source, f"{name}.passport.json")
    with open(path, encoding="utf8") as file:
        text = file.read()
    rows = ",\n".join("      " + json.dumps(image) for image in images)
    with open(path, "w", encoding="utf8") as file:
        file.write(re.sub(r'"images": \[.*?\],(?=\n    "source")', lambda _: f'"images": [\n{rows}\n    ],', text, flags=re.S))
