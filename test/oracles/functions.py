"""A small network as PyTorch exports it with its modules as functions of the file's own, in one file and with its
weights in files beside it as the onnx package lays them, and what PyTorch computes with it.

    python3 test/oracles/functions.py test/golden/functions          (PyTorch 1.13, onnx 1.12)
"""

import json
import sys

import onnx
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 2 * width)
        self.gelu = nn.GELU()
        self.fc2 = nn.Linear(2 * width, width)

    def forward(self, x):
        return x + self.fc2(self.gelu(self.fc1(self.norm(x))))


folder = sys.argv[1]
torch.manual_seed(0)
network = nn.Sequential(nn.Linear(6, 8), Block(8), Block(8), nn.Linear(8, 5)).eval()
with torch.no_grad():  # the exporter would make one tensor of all vectors of ones, and all of zeros
    for parameter in network.parameters():
        parameter += 0.1 * torch.rand_like(parameter)
x = torch.randn(3, 6)
torch.onnx.export(
    network,
    x,
    f"{folder}/functions.onnx",
    opset_version=15,
    input_names=["x"],
    output_names=["y"],
    dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}},
    export_modules_as_functions={Block, nn.LayerNorm, nn.GELU},
)
for name, layout in {
    "beside": {"all_tensors_to_one_file": True, "location": "beside.data"},
    "apart": {"all_tensors_to_one_file": False},
}.items():
    model = onnx.load(f"{folder}/functions.onnx")
    onnx.save(model, f"{folder}/{name}.onnx", save_as_external_data=True, size_threshold=200, **layout)

y = network(x)
loss = nn.functional.cross_entropy(y, torch.arange(3))
loss.backward()
gradients = {name: parameter.grad.flatten().tolist() for name, parameter in network.named_parameters()}
with open(f"{folder}/values.json", "w") as file:
    json.dump({"x": x.flatten().tolist(), "y": y.flatten().tolist(), "loss": loss.item(), "gradients": gradients}, file)
    file.write("\n")
