"""The golden embeddings of fixed-filters.passport.json, computed by PyTorch from the committed network's weights.

    python3 test/oracles/fixed_filters.py        prints the `images` of the passport as JSON

Needs torch, numpy and onnx. The operators are written out here, so that nothing of Streambed or onnxruntime is used.
"""

import json
import os
import sys

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

source = os.path.join(os.path.dirname(__file__), "../../src/backbones")
sys.path.insert(0, source)
from export_backbone import lines_pattern  # noqa: E402

graph = onnx.load(os.path.join(source, "fixed-filters.onnx")).graph
w = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()).double() for t in graph.initializer}
images = []
for width, height in [(32, 32), (50, 46), (20, 20), (300, 260)]:
    pixels = torch.from_numpy(lines_pattern(width, height))[None].double() / 255
    pixels = F.interpolate(pixels, size=(32, 32), mode="bilinear", align_corners=False, antialias=True)
    answers = F.conv2d((pixels - 0.5) / 0.25, w["filters"], padding=3)
    halved = F.avg_pool2d(torch.cat([answers, -answers], 1).relu(), 2)
    cut = F.conv2d(halved, w["mix"], padding=1).relu()
    again = F.conv2d(cut, w["mix again"], padding=1).relu()
    values = torch.cat([cut.mean((2, 3)), cut.amax((2, 3)), again.amax((2, 3))], 1)[0].numpy()
    short = [float(f"{value:.6g}") for value in values[:8]]
    length = float(f"{np.linalg.norm(values):.6g}")
    images.append({"width": width, "height": height, "pixels": "pattern:lines", "l2": length, "first": short})
print(json.dumps(images))
