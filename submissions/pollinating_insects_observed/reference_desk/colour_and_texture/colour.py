"""How much of which colour: histograms of hue, saturation and brightness, inside and around.

The insect is in the middle, the flower and the leaves are around it.
"""

import numpy as np

SHADES = np.array([4, 4, 4])
N_HUES = 16


def hsv(images):
    """Return hue, saturation and brightness, each from 0 to 1."""
    high, low = images.max(axis=-1), images.min(axis=-1)
    range_ = np.maximum(high - low, 1e-6)
    red, green, blue = np.moveaxis(images, -1, 0)
    hue = np.select(
        [high == red, high == green], [(green - blue) / range_, 2 + (blue - red) / range_],
        4 + (red - green) / range_,
    )  # fmt: skip
    return np.stack([hue / 6 % 1, (high - low) / np.maximum(high, 1e-6), high], axis=-1)


def counts(bins, weights, n_bins):
    """Return the weighted share of each bin: (n, n_pixels) to (n, n_bins)."""
    n = len(bins)
    place = bins + n_bins * np.arange(n)[:, np.newaxis]
    total = np.bincount(place.ravel(), weights.ravel(), minlength=n * n_bins).reshape(n, n_bins)
    return total / np.maximum(total.sum(axis=1, keepdims=True), 1e-6)


def colour_features(images):
    """Return one row of roots of shares for each photograph."""
    n, height, width = images.shape[:3]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    inside = np.exp(-2.5 * (x**2 + y**2)).ravel()
    # by its own brightness: the sun is no feature of an insect
    level = images.mean(axis=(1, 2, 3), keepdims=True)
    scaled = np.clip(images * (0.4 / np.maximum(level, 0.02)), 0, 0.999)
    shades = (scaled * SHADES).astype(int)
    shade = ((shades[..., 0] * SHADES[1] + shades[..., 1]) * SHADES[2] + shades[..., 2]).reshape(
        n, -1
    )
    tones = hsv(images).reshape(n, -1, 3)
    hue = np.minimum((tones[..., 0] * N_HUES).astype(int), N_HUES - 1)
    colourful = tones[..., 1] * tones[..., 2]
    found = []
    for weight in (inside, 1 - inside):
        found.append(counts(shade, np.broadcast_to(weight, shade.shape), int(SHADES.prod())))
        found.append(counts(hue, weight * colourful, N_HUES))
    return np.sqrt(np.hstack(found))
