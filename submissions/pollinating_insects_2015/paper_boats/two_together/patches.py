"""Small patches of photographs, sorted by which of many typical ones they resemble.

The typical ones are means of clusters of patches without any label (Coates, Ng and Lee, 2011),
each in eight poses: turned and mirrored, it is the same patch.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

SIZE, STEP = 6, 3


def patches_of(images):
    """Return all patches, (n, rows, columns, SIZE * SIZE * 3), each with mean 0 and spread 1."""
    windows = sliding_window_view(images, (SIZE, SIZE), axis=(1, 2))[:, ::STEP, ::STEP]
    windows = windows.transpose(0, 1, 2, 4, 5, 3)
    flat = windows.reshape(*windows.shape[:3], -1)
    flat = flat - flat.mean(axis=-1, keepdims=True)
    return flat / (flat.std(axis=-1, keepdims=True) + 0.04)


def poses(patches):
    """Return patches in eight poses, (8, n, SIZE * SIZE * 3)."""
    square = patches.reshape(-1, SIZE, SIZE, 3)
    ways = [np.rot90(s, k, axes=(1, 2)) for s in (square, square[:, :, ::-1]) for k in range(4)]
    return np.stack(ways).reshape(8, len(square), -1)


class Words:
    """Typical patches, and how much of each there is in a photograph."""

    def __init__(self, n_words=96, n_rounds=12):
        self.n_words, self.n_rounds = n_words, n_rounds

    def fit(self, images):
        rng = np.random.default_rng(0)
        some = patches_of(images[rng.permutation(len(images))[:600]])
        some = some.reshape(-1, some.shape[-1])
        some = some[rng.permutation(len(some))[:20000]]
        everything = poses(some).reshape(-1, some.shape[1])
        values, axes = np.linalg.eigh(everything.T @ everything / len(everything))
        self.whiten = ((axes / np.sqrt(np.maximum(values, 0) + 0.1)) @ axes.T).astype(np.float32)
        white = some @ self.whiten
        words = white[rng.permutation(len(white))[: self.n_words]]
        for _ in range(self.n_rounds):
            words = words / (np.linalg.norm(words, axis=1, keepdims=True) + 1e-6)
            alike = np.stack([white @ way.T for way in poses(words)])  # the pose that fits best
            pose, word = np.divmod(
                alike.transpose(1, 0, 2).reshape(len(white), -1).argmax(axis=1), len(words)
            )
            back = [0, 3, 2, 1, 4, 5, 6, 7]
            turned = poses(white)[np.take(back, pose), np.arange(len(white))]
            sums = np.zeros_like(words)
            np.add.at(sums, word, turned)
            words = sums + 1e-3 * words
        words = words / (np.linalg.norm(words, axis=1, keepdims=True) + 1e-6)
        self.words = poses(words).reshape(-1, words.shape[1]).astype(np.float32)
        return self

    def transform(self, images):
        return np.concatenate([self.count(images[i : i + 100]) for i in range(0, len(images), 100)])

    def count(self, images):
        white = patches_of(images) @ self.whiten
        alike = white @ self.words.T
        best = alike.reshape(*alike.shape[:3], 8, -1).max(axis=3)
        strength = np.maximum(best - best.mean(axis=-1, keepdims=True) - 0.3, 0)
        height, width = strength.shape[1:3]
        y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
        distance = np.hypot(x, y)
        regions = np.stack(
            [np.exp(-((distance / 0.45) ** 2)), np.exp(-(((distance - 0.75) / 0.35) ** 2))]
        )
        pooled = np.einsum("nhwk,rhw->nrk", strength, regions.astype(np.float32))
        largest = (strength * regions[0][..., np.newaxis].astype(np.float32)).max(axis=(1, 2))
        return np.hstack([np.sqrt(pooled.reshape(len(images), -1)), largest])
