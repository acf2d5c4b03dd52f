"""Photographs changed as a photographer might: turned, mirrored, shifted, in another light.

What is changed anew each time cannot be learnt by heart.
"""

import numpy as np


def turned(images, rng):
    """Return photographs, each changed by chance."""
    changed = []
    for image in images:
        image = np.rot90(image, rng.integers(4))
        if rng.random() < 0.5:
            image = image[:, ::-1]
        changed.append(np.roll(image, rng.integers(-4, 5, size=2), axis=(0, 1)))
    light = 1 + 0.15 * rng.standard_normal((len(images), 1, 1, 3))
    return np.array(changed) * light.astype(np.float32)
