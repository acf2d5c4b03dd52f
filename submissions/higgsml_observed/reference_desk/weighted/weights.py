"""Weights for training, such that an even chance is where the best selection ends.

Near the best cut, a little more of the selection holds half as much signal per background as all of
it: about one event in forty, which is fifteen times as much as among all events. So all background
together gets fifteen times the weight of all signal.
"""

import numpy as np

ODDS = 15.0


def training_weights(y):
    label, weight = y[:, 0] == 1, y[:, 1]
    signal = weight / weight[label].sum()
    background = ODDS * weight / weight[~label].sum()
    weights = np.where(label, signal, background)
    return weights / weights.mean()
