"""The families of networks people train, at widths small enough to keep their gradients in a repository.

Blocks come from torchvision where it has them, so that exports look as real ones do; the ViT in the manner of timm
(one Linear for q, k and v), DeiT's second token, DINO's layer scale and CLIP's image tower, which torchvision lacks, are
written here.
"""

from functools import partial

import torch
from torch import nn
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.efficientnet import EfficientNet, FusedMBConvConfig, MBConvConfig
from torchvision.models.mobilenetv2 import MobileNetV2
from torchvision.models.mobilenetv3 import InvertedResidualConfig, MobileNetV3
from torchvision.models.resnet import BasicBlock, Bottleneck
from torchvision.models.squeezenet import Fire
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.models.vision_transformer import VisionTransformer


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        weights = ((q * self.scale) @ k.transpose(-2, -1)).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, tokens, width))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    """timm's ViT (and DINO's); with `distilled`, DeiT's: a second token and a second head, averaged."""

    def __init__(self, image=32, patch=8, width=24, depth=2, heads=3, classes=6, distilled=False):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.dist_token = nn.Parameter(torch.zeros(1, 1, width)) if distilled else None
        self.patch_embed = nn.Conv2d(3, width, patch, patch)
        self.pos_embed = nn.Parameter(torch.zeros(1, (image // patch) ** 2 + 1 + distilled, width))
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, classes)
        self.head_dist = nn.Linear(width, classes) if distilled else None

    def forward(self, pixels):
        x = self.patch_embed(pixels).flatten(2).transpose(1, 2)
        tokens = [self.cls_token] + ([] if self.dist_token is None else [self.dist_token])
        x = torch.cat([token.expand(x.shape[0], -1, -1) for token in tokens] + [x], 1) + self.pos_embed
        x = self.norm(self.blocks(x))
        if self.head_dist is None:
            return self.head(x[:, 0])
        return (self.head(x[:, 0]) + self.head_dist(x[:, 1])) / 2


class ScaledBlock(Block):
    def __init__(self, width, heads):
        super().__init__(width, heads)
        self.ls1 = nn.Parameter(torch.ones(width))
        self.ls2 = nn.Parameter(torch.ones(width))

    def forward(self, x):
        x = x + self.ls1 * self.attn(self.norm1(x))
        return x + self.ls2 * self.mlp(self.norm2(x))


class Dino(nn.Module):
    """DINOv2: layer scale, positions resampled inside the network, the class token and the mean of the others."""

    def __init__(self, image=32, patch=8, width=24, depth=2, heads=3, classes=6):
        super().__init__()
        self.side = image // patch
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + 5 * 5, width))
        self.patch_embed = nn.Conv2d(3, width, patch, patch)
        self.blocks = nn.Sequential(*[ScaledBlock(width, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(2 * width, classes)

    def positions(self):
        width = self.pos_embed.shape[-1]
        grid = self.pos_embed[:, 1:].reshape(1, 5, 5, width).permute(0, 3, 1, 2)
        grid = nn.functional.interpolate(grid, (self.side, self.side), mode="bicubic", align_corners=False)
        return torch.cat([self.pos_embed[:, :1], grid.permute(0, 2, 3, 1).reshape(1, -1, width)], 1)

    def forward(self, pixels):
        x = self.patch_embed(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1) + self.positions()
        x = self.norm(self.blocks(x))
        return self.head(torch.cat([x[:, 0], x[:, 1:].mean(1)], 1))


class QuickGELU(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class ClipBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), QuickGELU(), nn.Linear(4 * width, width))
        self.ln_2 = nn.LayerNorm(width)

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class ClipImage(nn.Module):
    """OpenAI's image tower: tokens first, a LayerNorm before the blocks, a projection without bias, unit length."""

    def __init__(self, image=32, patch=8, width=24, depth=2, heads=2, classes=6):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.positional_embedding = nn.Parameter(torch.zeros((image // patch) ** 2 + 1, width))
        self.ln_pre = nn.LayerNorm(width)
        self.resblocks = nn.Sequential(*[ClipBlock(width, heads) for _ in range(depth)])
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.zeros(width, 16))
        self.head = nn.Linear(16, classes)

    def forward(self, pixels):
        x = self.conv1(pixels)
        x = x.reshape(x.shape[0], x.shape[1], -1).permute(0, 2, 1)
        first = self.class_embedding + torch.zeros(x.shape[0], 1, x.shape[-1], dtype=x.dtype)
        x = self.ln_pre(torch.cat([first, x], 1) + self.positional_embedding)
        x = self.resblocks(x.permute(1, 0, 2)).permute(1, 0, 2)
        x = self.ln_post(x[:, 0]) @ self.proj
        return self.head(3 * x / x.norm(dim=-1, keepdim=True))


class ResNet(nn.Module):
    """torchvision's ResNet on narrow layers."""

    def __init__(self, block=BasicBlock, widths=(8, 12, 16), classes=6):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        layers, arriving = [], widths[0]
        for i, width in enumerate(widths):
            leaving, stride = width * block.expansion, 1 if i == 0 else 2
            down = None
            if stride != 1 or arriving != leaving:
                down = nn.Sequential(nn.Conv2d(arriving, leaving, 1, stride, bias=False), nn.BatchNorm2d(leaving))
            # a Bottleneck's inner width is planes · base_width / 64
            layers.append(block(arriving, width, stride, down))
            arriving = leaving
        self.layers = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(arriving, classes)

    def forward(self, pixels):
        x = self.maxpool(self.relu(self.bn1(self.conv1(pixels))))
        return self.fc(torch.flatten(self.avgpool(self.layers(x)), 1))


class ResNeXt(ResNet):
    def __init__(self):
        super().__init__(partial_bottleneck, (8, 8))


def partial_bottleneck(arriving, width, stride, down):
    return Bottleneck(arriving, width, stride, down, groups=4, base_width=32)


partial_bottleneck.expansion = Bottleneck.expansion


class SqueezeNet(nn.Module):
    """SqueezeNet 1.1 with narrow Fires; its pools round their sizes up, and here two of them have something to round."""

    def __init__(self, classes=6):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 12, 3, 2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(12, 4, 8, 8),
            Fire(16, 4, 8, 8),
            nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(16, 6, 12, 12),
            nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(24, 8, 16, 16),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(0.5), nn.Conv2d(32, classes, 1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
        )

    def forward(self, pixels):
        return torch.flatten(self.classifier(self.features(pixels)), 1)


def mobilenet_v2():
    settings = [[1, 8, 1, 1], [4, 8, 2, 2], [4, 12, 2, 2], [4, 16, 1, 1]]
    net = MobileNetV2(6, inverted_residual_setting=settings, round_nearest=4, width_mult=0.25)
    arriving = net.features[-1][0].in_channels
    net.features[-1][0] = nn.Conv2d(arriving, 40, 1, bias=False)
    net.features[-1][1] = nn.BatchNorm2d(40)
    net.classifier[1] = nn.Linear(40, 6)
    return net


def mobilenet_v3():
    row = partial(InvertedResidualConfig, width_mult=1)
    return MobileNetV3(
        [
            row(8, 3, 8, 8, True, "RE", 2, 1),
            row(8, 3, 24, 12, False, "RE", 2, 1),
            row(12, 5, 32, 12, True, "HS", 1, 1),
            row(12, 5, 32, 12, True, "HS", 1, 2),
        ],
        last_channel=24,
        num_classes=6,
    )


def efficientnet():
    return EfficientNet(
        [
            MBConvConfig(1, 3, 1, 8, 8, 1),
            MBConvConfig(4, 3, 2, 8, 16, 1),
            MBConvConfig(4, 5, 2, 16, 16, 1),
        ],
        dropout=0.2,
        num_classes=6,
    )


def efficientnet_v2():
    return EfficientNet(
        [FusedMBConvConfig(1, 3, 1, 8, 8, 1), FusedMBConvConfig(4, 3, 2, 8, 16, 1), MBConvConfig(4, 3, 2, 16, 16, 1)],
        dropout=0.2,
        num_classes=6,
        norm_layer=partial(nn.BatchNorm2d, eps=1e-3),
        last_channel=48,
    )


def convnext():
    return ConvNeXt([CNBlockConfig(8, 16, 2), CNBlockConfig(16, 24, 1), CNBlockConfig(24, None, 1)], num_classes=6)


def swin():
    return SwinTransformer([4, 4], 12, [2, 1], [2, 4], [4, 4], mlp_ratio=2, num_classes=6)


def torchvision_vit():
    return VisionTransformer(32, 8, 2, 3, 24, 64, num_classes=6)



# name: (what makes it, pixels a side, batch)
architectures = {
    "vit": (ViT, 32, 3),
    "deit": (partial(ViT, distilled=True), 32, 2),
    "dino": (Dino, 32, 2),
    "vit-torchvision": (torchvision_vit, 32, 2),
    "clip": (ClipImage, 32, 3),
    "resnet": (ResNet, 48, 4),
    "resnext": (ResNeXt, 32, 4),
    "mobilenet-v2": (mobilenet_v2, 48, 4),
    "mobilenet-v3": (mobilenet_v3, 48, 4),
    "efficientnet": (efficientnet, 48, 4),
    "efficientnet-v2": (efficientnet_v2, 48, 4),
    "convnext": (convnext, 64, 2),
    "squeezenet": (SqueezeNet, 49, 2),
    "swin": (swin, 64, 2),
}
