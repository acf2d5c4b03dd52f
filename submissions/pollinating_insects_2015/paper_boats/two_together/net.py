"""A small convolutional network in NumPy: three layers of filters, then the mean over the picture.

Images are arrays (n, height, width, channels). Each layer keeps what its way back needs.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Convolution:
    """Filters on patches of 3 x 3 or so, each output normalised over the batch, then cut at 0."""

    def __init__(self, rng, n_in, n_out, size=3, step=1):
        spread = np.sqrt(2 / (size * size * n_in))
        weights = spread * rng.standard_normal((size * size * n_in, n_out))
        self.values = [
            weights.astype(np.float32),
            np.ones(n_out, np.float32),
            np.zeros(n_out, np.float32),
        ]
        self.size, self.step = size, step
        self.mean, self.var = np.zeros(n_out, np.float32), np.ones(n_out, np.float32)

    def patches(self, x):
        pad = self.size // 2
        x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        self.padded = x.shape
        windows = sliding_window_view(x, (self.size, self.size), axis=(1, 2))
        windows = windows[:, :: self.step, :: self.step].transpose(0, 1, 2, 4, 5, 3)
        self.grid = windows.shape[:3]
        return windows.reshape(-1, self.size * self.size * x.shape[-1])

    def forward(self, x, training):
        weights, gain, shift = self.values
        self.columns = self.patches(x)
        out = self.columns @ weights
        if training:
            mean, var = out.mean(axis=0), out.var(axis=0)
            self.mean += 0.1 * (mean - self.mean)
            self.var += 0.1 * (var - self.var)
        else:
            mean, var = self.mean, self.var
        self.scale = 1 / np.sqrt(var + 1e-5)
        self.normal = (out - mean) * self.scale
        out = self.normal * gain + shift
        self.alive = out > 0
        return (out * self.alive).reshape(*self.grid, -1)

    def backward(self, slope, need_input):
        weights, gain, _ = self.values
        slope = slope.reshape(self.normal.shape) * self.alive
        d_gain, d_shift = (slope * self.normal).sum(axis=0), slope.sum(axis=0)
        slope = slope - d_shift / len(slope) - self.normal * (d_gain / len(slope))
        slope *= gain * self.scale
        self.slopes = [self.columns.T @ slope, d_gain, d_shift]
        return self.spread(slope @ weights.T) if need_input else None

    def spread(self, columns):
        """Add the slopes of all patches up where they overlap."""
        n, height, width = self.grid
        columns = columns.reshape(n, height, width, self.size, self.size, -1)
        whole = np.zeros(self.padded, np.float32)
        for i in range(self.size):
            for j in range(self.size):
                rows = slice(i, i + self.step * height, self.step)
                whole[:, rows, j : j + self.step * width : self.step] += columns[:, :, :, i, j]
        pad = self.size // 2
        return whole[:, pad : whole.shape[1] - pad, pad : whole.shape[2] - pad]


class Largest:
    """The largest of each 2 x 2 pixels."""

    values = slopes = ()

    def forward(self, x, training):
        self.shape = x.shape
        n, height, width, channels = x.shape
        x = x[:, : height // 2 * 2, : width // 2 * 2]
        x = x.reshape(n, height // 2, 2, width // 2, 2, channels)
        largest = x.max(axis=(2, 4), keepdims=True)
        self.chosen = x == largest
        return largest[:, :, 0, :, 0]

    def backward(self, slope, need_input):
        n, height, width, channels = self.shape
        given = np.zeros(self.shape, np.float32)
        spread = self.chosen * slope[:, :, np.newaxis, :, np.newaxis]
        given[:, : height // 2 * 2, : width // 2 * 2] = spread.reshape(
            n, height // 2 * 2, width // 2 * 2, channels
        )
        return given


class Verdict:
    """The mean of each filter's answer over the picture, and a weight for each class."""

    def __init__(self, rng, n_in, n_out, keep=0.7):
        weights = np.sqrt(1 / n_in) * rng.standard_normal((n_in, n_out))
        self.values = [weights.astype(np.float32), np.zeros(n_out, np.float32)]
        self.rng, self.keep = rng, keep

    def forward(self, x, training):
        self.shape = x.shape
        self.mean = x.mean(axis=(1, 2))
        if training:
            self.kept = (self.rng.random(self.mean.shape) < self.keep) / np.float32(self.keep)
            self.mean = self.mean * self.kept
        return self.mean @ self.values[0] + self.values[1]

    def backward(self, slope, need_input):
        self.slopes = [self.mean.T @ slope, slope.sum(axis=0)]
        given = slope @ self.values[0].T * self.kept
        return np.broadcast_to(
            given[:, np.newaxis, np.newaxis] / (self.shape[1] * self.shape[2]), self.shape
        )


class Net:
    """Filters of three sizes, trained by Adam with a step that rises and falls."""

    def __init__(
        self, n_classes, filters=(24, 48, 96), n_epochs=16, batch=32, step=4e-3, change=None, seed=0
    ):
        self.n_classes, self.filters = n_classes, filters
        self.n_epochs, self.batch, self.step = n_epochs, batch, step
        self.change, self.seed = change, seed

    def fit(self, images, labels):
        rng = np.random.default_rng(self.seed)
        first, second, third = self.filters
        self.layers = [
            Convolution(rng, 3, first, size=5, step=2),
            Largest(),
            Convolution(rng, first, second),
            Largest(),
            Convolution(rng, second, third),
            Verdict(rng, third, self.n_classes),
        ]
        moments = [
            [(np.zeros_like(v), np.zeros_like(v)) for v in layer.values] for layer in self.layers
        ]
        n_steps = self.n_epochs * (len(images) // self.batch)
        done = 0
        for _ in range(self.n_epochs):
            order = rng.permutation(len(images))
            for start in range(0, len(images) - self.batch + 1, self.batch):
                rows = order[start : start + self.batch]
                x = images[rows] if self.change is None else self.change(images[rows], rng)
                done += 1
                pace = self.step * min(done / (0.2 * n_steps), (n_steps - done) / (0.8 * n_steps))
                self.learn(x, labels[rows], moments, pace, done)
        self.forward(images[:1])  # layers keep what they saw last: let it be little
        return self

    def learn(self, x, y, moments, pace, done):
        """One step of Adam on one batch."""
        scores = self.forward(x, training=True)
        slope = softmax(scores)
        slope[np.arange(len(y)), y] -= 1
        slope = (slope / len(y)).astype(np.float32)
        for position in range(len(self.layers) - 1, -1, -1):
            layer = self.layers[position]
            slope = layer.backward(slope, need_input=position > 0)
            for value, change, (first, second) in zip(
                layer.values, layer.slopes, moments[position], strict=True
            ):
                if value.ndim > 1:
                    change = change + 1e-3 * value
                first += 0.1 * (change - first)
                second += 0.01 * (change**2 - second)
                sizes = first / (1 - 0.9**done), second / (1 - 0.99**done)
                value -= np.float32(pace) * sizes[0] / (np.sqrt(sizes[1]) + 1e-7)

    def forward(self, x, training=False):
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def predict_proba(self, images):
        parts = [softmax(self.forward(images[i : i + 100])) for i in range(0, len(images), 100)]
        return np.concatenate(parts)


def softmax(scores):
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)
