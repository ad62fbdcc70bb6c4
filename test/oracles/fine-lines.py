"""A JPEG of fine lines and what PIL makes of it: test/golden/fine-lines.jpg and fine-lines.json (case I9).

    python3 test/oracles/fine-lines.py test/golden        needs Pillow

Lines of one pixel, three apart, in the middle of 1600x1200: a decoder that shrinks while loading, or a resize that forgets the low-pass, moves
values by tens. Resized as aper-224: shorter side 256 bicubic (341×256), centre crop 224.
"""
import hashlib
import json
import sys

import numpy as np
from PIL import Image

folder = sys.argv[1]
y, x = np.mgrid[0:1200, 0:1600]
lines = np.where((x % 3 == 0) ^ ((y % 3 == 0) & (x > 800)), 255, 20).astype(np.uint8)
lines[(x < 640) | (x >= 960) | (y < 440) | (y >= 760)] = 90  # flat around them keeps the file small
picture = np.stack([lines, lines // 2 + 40, 255 - lines], axis=2)
Image.fromarray(picture).save(f"{folder}/fine-lines.jpg", quality=60, subsampling=0, optimize=True)

decoded = Image.open(f"{folder}/fine-lines.jpg").convert("RGB")
small = decoded.resize((341, 256), Image.BICUBIC)
left, top = round((341 - 224) / 2), round((256 - 224) / 2)
planes = np.ascontiguousarray(np.asarray(small)[top : top + 224, left : left + 224].transpose(2, 0, 1))
json.dump(
    {
        "pillow": Image.__version__,
        "sha256": hashlib.sha256(planes.tobytes()).hexdigest(),
        "row": planes[0, 100, 100:116].tolist(),
        "mean": float(planes.mean()),
    },
    open(f"{folder}/fine-lines.json", "w"),
)
