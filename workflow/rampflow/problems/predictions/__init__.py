"""Prediction types: what a prediction and a truth look like, and how predictions are combined.

A prediction type is a class made by `make_regression`, `make_multiclass` or `make_combined`. It is
always called by keyword::

    Predictions(y_pred=array, fold_is=valid_is)   # what a model predicted
    Predictions(y_true=array, fold_is=valid_is)   # the truth, in the same shape
    Predictions(n_samples=100)                    # nothing yet: NaN in every row

``y_pred`` is the float array in all three, so a prediction can be stored as ``.npy`` and built
again from it. A row of NaN means "not predicted by any fold". The contract is that of RAMP kits.
"""

from rampflow.problems.predictions.base import BasePredictions
from rampflow.problems.predictions.combined import CombinedPredictions, make_combined
from rampflow.problems.predictions.multiclass import MulticlassPredictions, make_multiclass
from rampflow.problems.predictions.regression import RegressionPredictions, make_regression

__all__ = [
    "BasePredictions",
    "CombinedPredictions",
    "MulticlassPredictions",
    "RegressionPredictions",
    "make_combined",
    "make_multiclass",
    "make_regression",
]
