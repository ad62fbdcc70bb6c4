"""Nearest class mean on embeddings, with NumPy alone."""

import numpy as np
from streambed import Learner, serve


class NearestMean(Learner):
    name = "nearest-mean"
    summary = "nearest class mean of embeddings, in Python"
    source = "Mensink et al., 2013, doi:10.1109/TPAMI.2013.83"
    needs = {"gradients": "none", "seeded": False}
    classifiers = {"nearest": "scores"}
    options = {"batch": 64}
    counts = True

    def __init__(self, context):
        self.context = context
        self.classes = []
        self.sums = np.zeros((0, context.dimension))
        self.counts_by_class = np.zeros(0)

    def new_classes(self, classes):
        self.classes += classes
        more = len(classes)
        self.sums = np.concatenate([self.sums, np.zeros((more, self.context.dimension))])
        self.counts_by_class = np.concatenate([self.counts_by_class, np.zeros(more)])

    def stages(self, task):
        over = {"images": "task", "batch": self.context.options["batch"], "epochs": 1, "order": "canonical"}
        return [{"name": "means", "over": {**over, "view": "test"}}]

    def step(self, stage, batch, place):
        columns = [self.classes.index(label) for label in batch.labels]
        np.add.at(self.sums, columns, batch.rows)
        np.add.at(self.counts_by_class, columns, 1)
        self.context.count(batch.rows.size)

    def predict(self, images):
        means = self.sums / np.maximum(self.counts_by_class, 1)[:, None]
        distances = ((images.rows[:, None, :] - means) ** 2).sum(axis=2)
        self.context.count(3 * images.rows.shape[0] * means.size)
        return {"nearest": -distances}

    def save(self):
        return {"sums": self.sums, "counts": self.counts_by_class}

    def load(self, state):
        self.sums, self.counts_by_class = state["sums"].copy(), state["counts"].copy()


if __name__ == "__main__":
    serve(NearestMean)
