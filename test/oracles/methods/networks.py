"""Two networks small enough that their weights fit into a repository many times over. Both take pixels [n, 3, 16, 16] in
0 … 1 and give 16 features; a method puts its own head on them.
"""

import copy

import torch
from torch import nn
from torch.nn import functional as F

width, side = 16, 16


class Attention(nn.Module):
    def __init__(self, heads=2):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x, prefix=None):
        """`prefix` is keys and values that come before those of the tokens, each [n, length, width], head by head."""
        batch, tokens, _ = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, width).unbind(2)
        if prefix is not None:
            k, v = torch.cat([prefix[0], k], 1), torch.cat([prefix[1], v], 1)
        q, k, v = (each.reshape(batch, -1, self.heads, width // self.heads).transpose(1, 2) for each in (q, k, v))
        weights = (q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, tokens, width))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention()
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x, prefix=None):
        h = x + self.attn(self.norm1(x), prefix)
        return h + self.mlp(self.norm2(h))


class ViT(nn.Module):
    """Patches of 4, two blocks of two heads; the features are the class token behind the last normalisation."""

    def __init__(self):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.patch_embed = nn.Conv2d(3, width, 4, 4)
        self.pos_embed = nn.Parameter(torch.zeros(1, (side // 4) ** 2 + 1, width))
        self.blocks = nn.Sequential(Block(), Block())
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def embedded(self, pixels):
        patches = self.patch_embed(pixels).flatten(2).transpose(1, 2)
        return torch.cat([self.cls_token.expand(patches.shape[0], -1, -1), patches], 1) + self.pos_embed

    def forward(self, pixels):
        return self.norm(self.blocks(self.embedded(pixels)))[:, 0]


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.silu(x + self.bn2(self.conv2(F.silu(self.bn1(self.conv1(x))))))


class CNN(nn.Module):
    """Convolutions with BatchNorm, one residual; the features are the means of 16 maps.

    SiLU, as in EfficientNet: behind a ReLU, now and then a value so near to 0 that float32 has the other sign would make
    of a rounding error a difference of 1e-4.
    """

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer = Residual(8)
        self.conv2 = nn.Conv2d(8, width, 3, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, pixels):
        x = self.layer(F.silu(self.bn1(self.conv1(pixels))))
        return F.silu(self.bn2(self.conv2(x))).mean((2, 3))


def batch_norms(net):
    return [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]


def started(make, seed, pixels):
    """A network whose gains, biases and running statistics are far from their defaults, as if it had been trained."""
    torch.manual_seed(seed)
    net = make().eval()
    norms = (nn.BatchNorm2d, nn.LayerNorm)
    for module in net.modules():
        for name, value in module.named_parameters(recurse=False):
            if isinstance(module, norms) and name == "weight":
                value.data = 1 + 0.2 * torch.randn_like(value).clamp(-2, 2)
            elif value.dim() == 1:
                value.data = 0.1 * torch.randn_like(value)
            elif isinstance(module, (nn.Conv2d, nn.Linear)):
                value.data = torch.randn_like(value) * (1.5 / value[0].numel()) ** 0.5
            else:
                value.data = 0.5 * torch.randn_like(value)  # class token, positions
    if isinstance(net, ViT):
        net.patch_embed.weight.data *= 3
        net.patch_embed.bias.data -= net.patch_embed.weight.data.sum((1, 2, 3)) * 0.5  # pixels are 0.5 on average
    with torch.no_grad():
        for norm in batch_norms(net):
            norm.train()
            norm.momentum = 1
        net(pixels)
        for norm in batch_norms(net):
            norm.eval()
            norm.momentum = 0.1
            norm.running_mean += 0.1 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean)
            norm.running_var *= torch.empty_like(norm.running_var).uniform_(0.8, 1.25)
    return net


def export(net, file):
    """Every initializer keeps the name and the layout that the weight has in PyTorch."""
    torch.onnx.export(
        copy.deepcopy(net),
        torch.zeros(2, 3, side, side),
        file,
        opset_version=17,
        do_constant_folding=False,
        training=torch.onnx.TrainingMode.PRESERVE,
        input_names=["pixels"],
        output_names=["features"],
        dynamic_axes={"pixels": {0: "batch"}, "features": {0: "batch"}},
    )
