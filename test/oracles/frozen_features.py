"""Golden values for test/baselines/frozen-features: ridge with its choice of lambda, FeCAM, nearest neighbours.

    /usr/bin/python3 test/oracles/frozen_features.py test/golden/methods        needs numpy (1.24 made the committed file)

Everything is written out from the papers' formulas, in float64, the slow way: full matrices, numpy's own solve and
pseudo-inverse. Inputs come from wave(count, phase) = sin(0.7 (i + phase)^2), which repeats nothing, rounded to float32; the
tests make the same.
"""
import json
import sys
from pathlib import Path

import numpy as np


def wave(n, d, phase=0):
    values = np.sin(0.7 * (np.arange(n * d, dtype=np.float64) + phase) ** 2)
    return values.astype(np.float32).astype(np.float64).reshape(n, d)


def task(first, n, d, phase):
    """Two classes, one image after another; class c is moved along its own axis."""
    labels = first + np.arange(n) % 2
    rows = wave(n, d, phase)
    rows[np.arange(n), labels % d] += 0.75
    return rows.astype(np.float32).astype(np.float64), labels


# Ridge: per task, lambda of 10^-8 ... 10^8 by the last 20 %; G and Q of all tasks.
def ridge(d, n):
    K = 4
    G, Q, lambdas, scores = np.zeros((d, d)), np.zeros((d, K)), [], []
    asked = wave(5, d, 777)
    for t in range(2):
        H, labels = task(2 * t, n, d, 1000 * t)
        Y = np.eye(K)[labels]
        G, Q = G + H.T @ H, Q + H.T @ Y
        fit = int(0.8 * n)
        grid = 10.0 ** np.arange(-8, 9)
        losses = []
        for strength in grid:
            W = np.linalg.solve(H[:fit].T @ H[:fit] + strength * np.eye(d), H[:fit].T @ Y[:fit])
            losses.append(np.mean((H[fit:] @ W - Y[fit:]) ** 2))
        lambdas.append(float(grid[np.argmin(losses)]))
        W = np.linalg.solve(G + lambdas[-1] * np.eye(d), Q)
        scores.append((asked @ W)[:, : 2 * t + 2].tolist())
    return {"dimension": d, "images": n, "lambdas": lambdas, "scores": scores}


# FeCAM: Mahalanobis distances by the two conventions of the authors.
def shrunk(S, a1, a2):
    off = S[~np.eye(len(S), dtype=bool)]
    v1, v2 = np.mean(np.diagonal(S)), np.mean(off[off != 0])
    I = np.eye(len(S))
    return S + a1 * v1 * I + a2 * v2 * (1 - I)


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def fecam(preset):
    d, n = 6, 24
    asked = np.abs(wave(5, d, 555))
    distances, cosines = [], None
    seen = []
    for t in range(2):
        rows, labels = task(2 * t, n, d, 1000 * t)
        rows = np.abs(rows)
        for c in (2 * t, 2 * t + 1):
            f = rows[labels == c]
            if preset == "vit":
                u = unit(f)
                S, mean = shrunk(np.cov(u.T), 1, 0), u.mean(axis=0)
            else:
                x = f ** 0.5
                S = shrunk(shrunk(np.cov(x.T), 1, 1), 1, 1)
                mean = unit(f.mean(axis=0) ** 0.5)
                if t == 0:
                    cosines = (cosines or []) + [(unit(asked) @ unit(f.mean(axis=0))).tolist()]
            deviation = np.sqrt(np.diagonal(S))
            seen.append((mean, np.linalg.pinv(S / np.outer(deviation, deviation))))
        x = unit(asked if preset == "vit" else asked ** 0.5)
        distances.append([[float((row - m) @ P @ (row - m)) for m, P in seen] for row in x])
    return {"dimension": d, "images": n, "distances": distances, "cosines": cosines}


# Nearest neighbours: votes of the k nearest, by cosine and by distance.
def knn(distance):
    d, n, k = 6, 24, 5
    rows, labels = task(0, n, d, 0)
    more, others = task(2, n, d, 1000)
    rows, labels = np.concatenate([rows, more]), np.concatenate([labels, others])
    asked = wave(8, d, 333)
    if distance == "cosine":
        similarity = unit(asked) @ unit(rows).T
    else:
        similarity = -((asked[:, None, :] - rows[None]) ** 2).sum(axis=2)
    nearest = np.argsort(-similarity, axis=1)[:, :k]
    votes = [[int((labels[place] == c).sum()) for c in range(4)] for place in nearest]
    return {"dimension": d, "images": n, "k": k, "votes": votes}


golden = {
    "ridge": {"features": ridge(6, 40), "examples": ridge(40, 20)},
    "fecam": {"vit": fecam("vit"), "resnet": fecam("resnet")},
    "knn": {"cosine": knn("cosine"), "euclid": knn("euclid")},
}
(Path(sys.argv[1]) / "frozen-features.json").write_text(json.dumps(golden) + "\n")
