"""Time ramp-workflow's own blending of one fold; run by blend.py in ramp-workflow's environment.

Usage: python blend_reference.py METRIC Y_TRUE.npy Y_PREDS.npy N_SUBMISSIONS
Prints one line of JSON: seconds from arrays in memory to the selection, and the selection.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time

import numpy as np
import rampwf
from rampwf.utils.combine import blend_on_fold

metric, y_true_path, y_preds_path, n_submissions = sys.argv[1:]
y_true = np.load(y_true_path)
y_preds = np.load(y_preds_path)[: int(n_submissions)]
if metric == "rmse":
    Predictions, score_type = rampwf.prediction_types.make_regression(), rampwf.score_types.RMSE()
else:
    Predictions = rampwf.prediction_types.make_multiclass([*range(y_preds.shape[2])])
    score_type = rampwf.score_types.Accuracy()

start = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):  # it prints every step
    selection = blend_on_fold(
        [Predictions(y_pred=y_pred) for y_pred in y_preds], Predictions(y_true=y_true), score_type
    )
seconds = time.perf_counter() - start
sys.stdout.write(json.dumps({"seconds": seconds, "selection": [int(j) for j in selection]}) + "\n")
