"""Experience replay in PyTorch: a small network of its own, on pictures (or embeddings), and a reservoir of them.

Chaudhry et al., 2019, "On Tiny Episodic Memories in Continual Learning" (arXiv:1902.10486): each step learns from the
batch and as many exemplars, drawn at random from a reservoir of all that has been seen.
"""

import numpy as np
import torch
from streambed import Learner, serve
from torch import nn


class Replay(Learner):
    name = "er-pytorch"
    summary = "experience replay on a small network of its own, in PyTorch"
    source = "Chaudhry et al., 2019, arXiv:1902.10486"
    needs = {"gradients": "backbone", "memory": "raw images"}
    classifiers = {"head": "logits"}
    options = {"epochs": 1, "batch": 10, "exemplars": 200, "replay": 10, "learningRate": 0.05, "width": 32}

    def __init__(self, context):
        self.context, self.options = context, context.options
        torch.set_num_threads(context.threads)
        torch.use_deterministic_algorithms(True)
        self.init, self.chance = context.random("init"), context.random("buffer")
        self.classes = []
        self.body = body_of(context.row_shape, self.options["width"])
        for weight in self.body.parameters():
            drawn(weight, self.init)
        self.head = None
        self.rows = np.zeros((self.options["exemplars"], *context.row_shape), context.row_dtype)
        self.labels = np.zeros(self.options["exemplars"], np.int32)
        self.met = 0

    def new_classes(self, classes):
        self.classes += classes
        old = self.head
        self.head = nn.Linear(self.options["width"], len(self.classes))
        with torch.no_grad():
            drawn(self.head.weight, self.init)
            self.head.bias.zero_()
            if old is not None:
                self.head.weight[: old.out_features] = old.weight
                self.head.bias[: old.out_features] = old.bias
        self.context.trains(sum(weight.numel() for weight in self.weights()))

    def stages(self, task):
        over = {"images": "task", "batch": self.options["batch"], "epochs": self.options["epochs"]}
        return [{"name": "learn", "over": over}]

    def step(self, stage, batch, place):
        held = min(self.met, len(self.labels))
        old = self.chance.choice(held, min(self.options["replay"], held), replace=False) if held else []
        rows = np.concatenate([batch.rows, self.rows[old]]) if len(old) else batch.rows
        labels = np.concatenate([batch.labels, self.labels[old]]) if len(old) else batch.labels
        targets = torch.tensor([self.classes.index(label) for label in labels])
        loss = nn.functional.cross_entropy(self.logits(rows), targets)
        weights = self.weights()
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights)):
            weight.data -= self.options["learningRate"] * gradient
        if place["epoch"] == 0:
            for row, label in zip(batch.rows, batch.labels):
                self.keep(row, label)
        return {"loss": loss.item(), "replayed": len(old)}

    def keep(self, row, label):
        """A reservoir (Vitter, 1985): each image seen is in it with the same probability."""
        at = self.met if self.met < len(self.labels) else int(self.chance.integers(self.met + 1))
        if at < len(self.labels):
            self.rows[at], self.labels[at] = row, label
        self.met += 1

    def predict(self, images):
        with torch.no_grad():
            return {"head": self.logits(images.rows).numpy()}

    def save(self):
        held = min(self.met, len(self.labels))
        return {
            "weights": [weight.detach().numpy() for weight in self.weights()],
            "rows": self.rows[:held],
            "labels": self.labels[:held],
            "met": self.met,
            "chance": [self.init.save(), self.chance.save()],
        }

    def load(self, state):
        for weight, saved in zip(self.weights(), state["weights"]):
            weight.data = torch.tensor(saved)
        held = len(state["labels"])
        self.rows[:held], self.labels[:held], self.met = state["rows"], state["labels"], state["met"]
        for chance, saved in zip([self.init, self.chance], state["chance"]):
            chance.load(saved)

    def logits(self, rows):
        x = torch.tensor(rows, dtype=torch.float32)
        return self.head(self.body(x / 255 if rows.dtype == np.uint8 else x))

    def weights(self):
        return [*self.body.parameters(), *(self.head.parameters() if self.head else [])]


def body_of(shape, width):
    if len(shape) == 1:
        return nn.Sequential(nn.Linear(shape[0], width), nn.ReLU())
    convolutions = [nn.Conv2d(shape[0], 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, width, 3, 2, 1), nn.ReLU()]
    return nn.Sequential(*convolutions, nn.AvgPool2d(2), nn.AdaptiveMaxPool2d(1), nn.Flatten())


def drawn(weight, chance):
    """Uniform by fan-in, of the method's own chance: PyTorch's would have to be saved too."""
    fan_in = weight[0].numel() if weight.dim() > 1 else 1
    bound = fan_in**-0.5 if weight.dim() > 1 else 0.0
    weight.data = torch.tensor(chance.uniform(-bound, bound, tuple(weight.shape)), dtype=torch.float32)


if __name__ == "__main__":
    serve(Replay)
