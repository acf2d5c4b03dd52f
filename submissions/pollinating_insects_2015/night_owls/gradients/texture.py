"""Texture: the edges of a photograph by direction, and what each pixel's neighbours are like.

Directions are counted from the direction that most edges have, as insects sit in any.
"""

import numpy as np

N_DIRECTIONS = 8
NEIGHBOURS = [(-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1)]


def smaller(images):
    """Return images of half the size: the mean of each 2 x 2 pixels."""
    height, width = (size // 2 * 2 for size in images.shape[1:3])
    rows = images[:, 0:height:2, :width] + images[:, 1:height:2, :width]
    return (rows[:, :, 0::2] + rows[:, :, 1::2]) / 4


def rings(height, width):
    """Return weights of the middle, of a ring around it and of the rest, (3, n_pixels)."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    distance = np.hypot(x, y).ravel()
    inner = np.exp(-((distance / 0.45) ** 2))
    ring = np.exp(-(((distance - 0.65) / 0.3) ** 2))
    return np.stack([inner, ring, np.ones_like(distance)])


def edges(grey):
    """Return the strength of edges by direction, for each ring, (n, 3 * N_DIRECTIONS)."""
    down, across = np.gradient(grey, axis=(1, 2))
    strength = np.hypot(down, across).reshape(len(grey), -1)
    turn = np.arctan2(down, across).reshape(len(grey), -1) % np.pi
    place = (turn * (N_DIRECTIONS / np.pi)).astype(int) % N_DIRECTIONS
    found = np.stack(
        [
            [(strength * (place == k)) @ w for w in rings(*grey.shape[1:])]
            for k in range(N_DIRECTIONS)
        ]
    )
    found = found.transpose(2, 1, 0)  # (n, rings, directions)
    most = found[:, 0].argmax(axis=1)
    order = (most[:, np.newaxis] + np.arange(N_DIRECTIONS)) % N_DIRECTIONS
    found = np.take_along_axis(found, order[:, np.newaxis], axis=2)
    total = found.sum(axis=2, keepdims=True)
    return np.concatenate([found / (total + 1e-6), np.log(total + 1e-3)], axis=2).reshape(
        len(grey), -1
    )


def patterns(grey):
    """Return the share of each pattern of brighter neighbours for each ring, (n, 30)."""
    inner = grey[:, 1:-1, 1:-1]
    height, width = inner.shape[1:]
    brighter = np.stack(
        [
            grey[:, 1 + i : 1 + i + height, 1 + j : 1 + j + width] > inner + 0.01
            for i, j in NEIGHBOURS
        ]
    )
    n_brighter = brighter.sum(axis=0)
    changes = (brighter != np.roll(brighter, 1, axis=0)).sum(axis=0)
    code = np.where(changes <= 2, n_brighter, 9).reshape(len(grey), -1)
    weights = rings(height, width)
    counts = np.stack([(code == k) @ weights.T for k in range(10)], axis=2)
    return np.sqrt(counts / counts.sum(axis=2, keepdims=True)).reshape(len(grey), -1)


def texture_features(images):
    """Return one row for each photograph: brightness and two contrasts of colour, two sizes."""
    red, green, blue = np.moveaxis(images, -1, 0)
    found = []
    for plane in (images.mean(axis=-1), red - green, (red + green) / 2 - blue):
        spread = plane.std(axis=(1, 2), keepdims=True)
        plane = (plane - plane.mean(axis=(1, 2), keepdims=True)) / (spread + 0.02)
        for _ in range(2):
            found += [edges(plane), patterns(plane)]
            plane = smaller(plane)
    return np.hstack(found)
