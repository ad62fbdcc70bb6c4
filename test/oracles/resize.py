"""Golden values for test/pictures: resized pictures of PIL (uint8) and of torch (float64), as small JSON.

    python3 test/oracles/resize.py > test/golden/resize.json        needs Pillow and torch

The pictures are made by a formula that the test repeats: value(c, y, x) = (37 x + 101 y + 59 c + (x * y) % 83 * 3) % 256.
Big results are kept as SHA-256 of their bytes and a few values; torch's as whole rows of small pictures.
"""
import hashlib
import json
import sys

import numpy as np
import torch
from PIL import Image


def picture(width, height):
    c, y, x = np.meshgrid(np.arange(3), np.arange(height), np.arange(width), indexing="ij")
    return ((37 * x + 101 * y + 59 * c + (x * y) % 83 * 3) % 256).astype(np.uint8)


filters = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
pil = []
for (w, h), (tw, th) in [
    ((32, 32), (224, 224)),
    ((300, 260), (224, 224)),
    ((32, 32), (256, 256)),
    ((33, 500), (31, 40)),
    ((7, 5), (5, 9)),
    ((1, 1), (6, 4)),
    ((500, 375), (224, 168)),
]:
    for name, code in filters.items():
        planes = picture(w, h)
        out = np.asarray(Image.fromarray(planes.transpose(1, 2, 0)).resize((tw, th), code)).transpose(2, 0, 1)
        pil.append(
            {
                "from": [w, h],
                "to": [tw, th],
                "filter": name,
                "sha256": hashlib.sha256(np.ascontiguousarray(out).tobytes()).hexdigest(),
                "row": out[1, th // 2, : min(tw, 12)].tolist(),
            }
        )

side = []
values = [(37 * i + (i * i) % 11 * 5) % 256 for i in range(64)]
for n, m in [(5, 12), (12, 5), (32, 77), (7, 7), (1, 4), (3, 1), (64, 9)]:
    x = torch.tensor(values[:n], dtype=torch.float64)
    for mode in ["bilinear", "bicubic"]:
        for antialias in [False, True]:
            for corners in [False, True]:
                # Constant down the columns, so that one row shows one side's weights.
                image = x.reshape(1, 1, 1, n).expand(1, 1, 4, n).contiguous()
                out = torch.nn.functional.interpolate(
                    image, size=(4, m), mode=mode, antialias=antialias, align_corners=corners
                )
                side.append(
                    {
                        "from": n,
                        "to": m,
                        "filter": mode,
                        "antialias": antialias,
                        "alignCorners": corners,
                        "out": [round(v, 9) for v in out[0, 0, 1].tolist()],
                    }
                )
    out = torch.nn.functional.interpolate(x.reshape(1, 1, n), size=m, mode="nearest-exact")
    side.append({"from": n, "to": m, "filter": "nearest", "antialias": False, "alignCorners": False, "out": out[0, 0].tolist()})

json.dump({"versions": {"pillow": Image.__version__, "torch": torch.__version__}, "values": values, "pil": pil, "side": side}, sys.stdout)
