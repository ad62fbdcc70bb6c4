#!/usr/bin/env python3
"""Export a PyTorch image network as a Streambed backbone: NAME.onnx and NAME.passport.json.

    python export_backbone.py --torchvision resnet18 --weights IMAGENET1K_V1
    python export_backbone.py --timm vit_small_patch16_224 --weights pretrained
    python export_backbone.py --timm resnet50 --weights my_checkpoint.pth --pretraining "Places365"
    python export_backbone.py --torchvision resnet18 --weights none --pretraining none

Put both files into `backbones/` beside your suite or into the --data folder, and name the backbone in the suite.

The classifier (the last Linear layer) is replaced by nothing, so the embedding is what went into it. The graph takes
float32 pixels [batch, 3, size, size], already scaled; the passport says how to get there, and the golden embeddings
are computed here, by PyTorch, on pictures made by formula. So `streambed check` compares two programs: PyTorch with
its own resize, and onnxruntime with Streambed's.

Preprocessing comes from the weights' own description (torchvision's transforms, timm's pretrained_cfg), else from the
flags. What it cannot find out it asks for with an error: it never guesses mean, std or resize.

From Python, for any torch.nn.Module whose forward returns [batch, dimension] or [batch, dimension, 1, 1]:

    from export_backbone import export_backbone
    export_backbone(network, "backbones", "mine", size=32, mean=[0.5] * 3, std=[0.5] * 3,
                    resize={"rule": "exact", "size": 32, "filter": "bilinear", "antialias": True,
                            "alignCorners": False, "arithmetic": "float"},
                    pretraining={"datasets": ["CIFAR-100"], "note": "500 epochs"})

Needs torch and numpy; torchvision or timm for their networks; Pillow for resizing rounded to whole pixel values.
"""

import argparse
import hashlib
import json
import os
import sys

import numpy as np
import torch

PICTURES = [(32, 32), (50, 46), (300, 260)]  # width, height


def lines_pattern(width, height):
    """[3, height, width] uint8, the same bytes as pattern.ts: integer arithmetic only."""
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    ring = (((2 * x - width) ** 2 + (2 * y - height) ** 2) // 512) % 2 == 1
    line = (x + 2 * y) % 5 < 2
    red, green = 255 * x // (width - 1), 255 * y // (height - 1)
    planes = [np.where(ring, 255 - red, red), np.where(line, 255 - green, green), (x * y // 16) % 256]
    return np.stack(planes).astype(np.uint8)


def resized(picture, resize, crop):
    """A uint8 picture [3, h, w] as float64 0 ... 255, resized and cropped as the passport says."""
    _, height, width = picture.shape
    if resize is None:
        out = torch.from_numpy(picture).double()
    else:
        size = resize["size"]
        if resize["rule"] == "exact":
            to = (size, size)
        elif width <= height:
            to = (int(size * height / width), size)
        else:
            to = (size, int(size * width / height))
        if resize["arithmetic"] == "uint8":
            from PIL import Image

            how = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}[resize["filter"]]
            image = Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)))
            out = np.asarray(image.resize((to[1], to[0]), how)).transpose(2, 0, 1)
            out = torch.from_numpy(np.ascontiguousarray(out)).double()
        else:
            # Streambed resizes in real numbers inside the graph only to an exact size and without a crop.
            if resize["rule"] != "exact" or crop is not None:
                raise SystemExit("resize: real-number arithmetic needs the rule `exact` and no crop; use uint8 (PIL)")
            how = {"nearest": "nearest-exact"}.get(resize["filter"], resize["filter"])
            options = {} if how == "nearest-exact" else {"align_corners": False, "antialias": resize["antialias"]}
            pixels = torch.from_numpy(picture)[None].double()
            out = torch.nn.functional.interpolate(pixels, size=to, mode=how, **options)[0]
    if crop is not None:
        top, left = (int(round((side - crop) / 2.0)) for side in out.shape[1:])
        out = out[:, top : top + crop, left : left + crop]
    return out


def export_backbone(
    network,
    folder,
    name,
    *,
    size,
    mean,
    std,
    resize,
    crop=None,
    divisor=255,
    pretraining=None,
    title=None,
    licence=None,
    url=None,
):
    """Write NAME.onnx and NAME.passport.json into `folder`; return the passport as a dict.

    `network`: torch.nn.Module, float32 [batch, 3, size, size] to [batch, dimension] or [batch, dimension, 1, 1].
    `resize`: as in a passport, or None where pictures already have the input size.
    `pretraining`: {"datasets": [...], "note": "..."}; None means unknown, {"datasets": [], ...} means not trained.
    """
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name + ".onnx")
    network = network.eval().float()
    example = torch.zeros(2, 3, size, size)
    axes = {"pixels": {0: "batch"}, "embedding": {0: "batch"}}
    options = {"input_names": ["pixels"], "output_names": ["embedding"], "dynamic_axes": axes}
    if "dynamo" in torch.onnx.export.__code__.co_varnames:
        options["dynamo"] = False  # newer exporters write other graphs; this one is the same in all versions
    with torch.no_grad():
        torch.onnx.export(network, example, path, opset_version=17, do_constant_folding=True, **options)
        dimension = network(example).flatten(1).shape[1]
        images = []
        scale = [torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in (mean, std)]
        for width, height in [(crop or size, crop or size)] if resize is None else PICTURES:
            if resize is not None and resize["rule"] == "shorter-side" and crop is None:
                height = width
            pixels = resized(lines_pattern(width, height), resize, crop)
            fed = ((pixels / divisor - scale[0]) / scale[1]).float()[None]
            values = network(fed).flatten().double().numpy()
            short = [float(f"{value:.6g}") for value in values[:8]]
            length = float(f"{np.linalg.norm(values):.6g}")
            images.append(
                {"width": width, "height": height, "pixels": "pattern:lines", "l2": length, "first": short}
            )
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    passport = {
        "version": 1,
        "name": name,
        "title": title or name,
        "summary": f"{title or name} at {size}, {dimension} values",
        "file": name + ".onnx",
        "sha256": digest,
        "url": url,
        "licence": licence,
        "input": {"name": "pixels", "height": size, "width": size},
        "embedding": {"name": "embedding", "dimension": dimension},
        "preprocessing": {
            "resize": resize,
            "crop": crop,
            "colour": "rgb",
            "divisor": divisor,
            "mean": list(mean),
            "std": list(std),
        },
        "pretraining": pretraining,
        "golden": {
            "tolerance": 0.001,
            "images": images,
            "source": f"Computed by PyTorch {torch.__version__} at export, resize included.",
        },
    }
    with open(os.path.join(folder, name + ".passport.json"), "w", encoding="utf-8") as file:
        json.dump(passport, file, indent=2, ensure_ascii=False)
        file.write("\n")
    return passport


def without_classifier(network):
    """Replaces the last Linear layer by nothing, in place."""
    linear = [name for name, module in network.named_modules() if isinstance(module, torch.nn.Linear)]
    if not linear:
        raise SystemExit("This network has no Linear layer to leave out; call export_backbone() with a module of yours.")
    *parents, last = linear[-1].split(".")
    owner = network
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, last, torch.nn.Identity())
    return network


def load_weights(network, path):
    state = torch.load(path, map_location="cpu")
    network.load_state_dict(state.get("state_dict", state))


def from_torchvision(name, weights):
    """A torchvision network without its classifier, and the preprocessing its weights declare."""
    import torchvision

    builder = getattr(torchvision.models, name, None)
    if builder is None:
        raise SystemExit(f"torchvision has no network called {name}.")
    known = weights not in ("none",) and not os.path.exists(weights)
    network = builder(weights=weights if known else None)
    if os.path.exists(weights):
        load_weights(network, weights)
    found = {}
    if known:
        enum = torchvision.models.get_weight(f"{name_of_weights(builder)}.{weights}")
        how = enum.transforms()
        crop = how.crop_size[0]
        resize = {
            "rule": "shorter-side",
            "size": how.resize_size[0],
            "filter": how.interpolation.value,
            "antialias": True,
            "alignCorners": False,
            "arithmetic": "uint8",
        }
        found = {"size": crop, "crop": crop, "resize": resize, "mean": how.mean, "std": how.std}
        found["pretraining"] = {"datasets": ["ImageNet-1k"], "note": f"torchvision weights {enum}"}
        found["url"] = None
    return without_classifier(network), found


def name_of_weights(builder):
    import inspect

    note = str(inspect.signature(builder).parameters["weights"].annotation)
    return note.split(".")[-1].split("]")[0].split("|")[0].strip("'> ")


def from_timm(name, weights):
    """A timm network without its classifier, and the preprocessing of its pretrained_cfg."""
    import timm

    network = timm.create_model(name, pretrained=weights == "pretrained", num_classes=0)
    if weights not in ("none", "pretrained"):
        load_weights(network, weights)
    config = getattr(network, "pretrained_cfg", None) or network.default_cfg
    config = config if isinstance(config, dict) else config.to_dict()
    size = config["input_size"][1]
    resize = {
        "rule": "shorter-side",
        "size": int(size / config["crop_pct"]),
        "filter": config["interpolation"],
        "antialias": True,
        "alignCorners": False,
        "arithmetic": "uint8",
    }
    found = {"size": size, "crop": size, "resize": resize, "mean": config["mean"], "std": config["std"]}
    return network, found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--torchvision", metavar="NAME", help="a network of torchvision.models")
    source.add_argument("--timm", metavar="NAME", help="a network of timm")
    parser.add_argument("--weights", required=True, help="torchvision's name of them, `pretrained` (timm), FILE or none")
    parser.add_argument("--out", default=".", help="folder for the two files (default: here)")
    parser.add_argument("--name", help="what to call the backbone (default: the network's name)")
    parser.add_argument("--size", type=int, help="side of the input in pixels")
    parser.add_argument("--mean", type=float, nargs=3, help="after division by 255")
    parser.add_argument("--std", type=float, nargs=3)
    parser.add_argument("--resize", choices=["none", "exact", "shorter-side"])
    parser.add_argument("--resize-to", type=int, help="what the shorter side becomes, before the crop to --size")
    parser.add_argument("--filter", choices=["bilinear", "bicubic", "nearest"])
    parser.add_argument("--no-antialias", action="store_true", help="with --arithmetic float only")
    parser.add_argument("--arithmetic", choices=["float", "uint8"], help="uint8: rounded, as PIL")
    parser.add_argument("--pretraining", help='data sets, separated by commas; "none"; unknown unless said')
    parser.add_argument("--licence")
    args = parser.parse_args()

    name = args.torchvision or args.timm
    torch.manual_seed(0)  # random weights (--weights none) are the same each time
    network, found = (from_torchvision if args.torchvision else from_timm)(name, args.weights)
    if args.size:
        found["size"] = args.size
    if args.mean:
        found["mean"] = args.mean
    if args.std:
        found["std"] = args.std
    if args.resize == "none":
        found.update(resize=None, crop=None)
    elif args.resize:
        missing = [flag for flag, value in (("--filter", args.filter), ("--arithmetic", args.arithmetic)) if not value]
        if args.resize == "shorter-side" and not args.resize_to:
            missing.append("--resize-to")
        if missing:
            raise SystemExit(f"--resize {args.resize} needs {' and '.join(missing)}.")
        side = args.resize_to if args.resize == "shorter-side" else found.get("size")
        found["resize"] = {
            "rule": args.resize,
            "size": side,
            "filter": args.filter,
            "antialias": args.arithmetic == "uint8" or not args.no_antialias,
            "alignCorners": False,
            "arithmetic": args.arithmetic,
        }
        found["crop"] = found.get("size") if args.resize == "shorter-side" else None
    if args.pretraining:
        datasets = [] if args.pretraining == "none" else [part.strip() for part in args.pretraining.split(",")]
        found["pretraining"] = {"datasets": datasets, "note": f"declared at export, weights {args.weights}"}
    missing = [f"--{key}" for key in ("size", "mean", "std", "resize") if key not in found]
    if missing:
        raise SystemExit(f"These weights do not say how they are fed, and it is not guessed: give {', '.join(missing)}.")
    passport = export_backbone(
        network, args.out, args.name or name, title=name, licence=args.licence, **found
    )
    print(f"{passport['file']} and {passport['name']}.passport.json in {args.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
