"""Workflows: which files a submission hands in, and how they are trained and asked to predict.

A workflow is what `problem.py` calls ``workflow``. It has

* ``element_names``, the files of a submission,
* ``train_submission(module_path, X, y, train_is)``, which returns something trained,
* ``test_submission(trained, X)``, which returns predictions for all rows of X.

`X` is whatever the problem's data readers return: the workflow is the only part of rampflow that
looks into it. Training runs in a process that may hold no more than the training labels, and
predicting in another one; what was trained travels between them with cloudpickle.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from rampflow.errors import SubmissionError
from rampflow.problems.elements import (
    Rows,
    check_rows,
    count_rows,
    get_attribute,
    import_element,
    take_rows,
)


class Estimator:
    """One file, ``estimator.py``, whose ``get_estimator()`` returns a scikit-learn estimator.

    Parameters
    ----------
    method : {"predict", "predict_proba"}
        What predicts: values for a regression, class probabilities for a classification.
    """

    def __init__(self, method: Literal["predict", "predict_proba"] = "predict") -> None:
        if method not in ("predict", "predict_proba"):
            raise ValueError(f"method is {method!r}: give 'predict' or 'predict_proba'")
        self.element_names = ("estimator.py",)
        self.method = method

    def train_submission(self, module_path: str | Path, X: Any, y: Any, train_is: Rows) -> Any:
        """Return the estimator of a submission, fitted on the training rows."""
        module = import_element(module_path, "estimator")
        estimator = get_attribute(module, "get_estimator", "function")()
        if not hasattr(estimator, self.method):
            raise SubmissionError(
                f"get_estimator() returned {type(estimator).__name__}, "
                f"which has no method {self.method}",
                where=str(module.__file__),
                do=f"return an estimator that has fit and {self.method}",
            )
        # fit may return None or another object: what was fitted is the estimator itself
        estimator.fit(take_rows(X, train_is), take_rows(y, train_is))
        return estimator

    def test_submission(self, trained: Any, X: Any) -> npt.NDArray[Any]:
        """Return the predictions for all rows of X."""
        y_pred = getattr(trained, self.method)(X)
        return check_rows(y_pred, count_rows(X), f"{type(trained).__name__}.{self.method}")


class _OneClass:
    """One file that defines one class; the concrete workflows below name them."""

    file: str
    class_name: str
    method: str

    def __init__(self) -> None:
        self.element_names = (f"{self.file}.py",)

    def train_submission(self, module_path: str | Path, X: Any, y: Any, train_is: Rows) -> Any:
        """Return an instance of the submission's class, fitted on the training rows."""
        model = get_attribute(import_element(module_path, self.file), self.class_name)()
        model.fit(take_rows(X, train_is), take_rows(y, train_is))
        return model

    def test_submission(self, trained: Any, X: Any) -> npt.NDArray[Any]:
        """Return the predictions for all rows of X."""
        y_pred = getattr(trained, self.method)(X)
        return check_rows(y_pred, count_rows(X), f"{self.class_name}.{self.method}")


class Classifier(_OneClass):
    """One file, ``classifier.py``, with a class ``Classifier``: fit(X, y), predict_proba(X)."""

    file, class_name, method = "classifier", "Classifier", "predict_proba"


class Regressor(_OneClass):
    """One file, ``regressor.py``, with a class ``Regressor``: fit(X, y), predict(X)."""

    file, class_name, method = "regressor", "Regressor", "predict"


class _FeaturesAndModel:
    """Two files: features, then a model on them; the concrete workflows below name the model.

    The file of features holds a class ``FeatureExtractor`` with fit(X, y), which may be missing,
    and transform(X), which returns one row for each row of X.

    Parameters
    ----------
    features, model : str, optional
        The names of the two files without ``.py``, where they are not the usual ones.
    """

    file: str
    class_name: str
    method: str

    def __init__(self, features: str = "feature_extractor", model: str = "") -> None:
        self.features, self.model = features, model or self.file
        self.element_names = (f"{self.features}.py", f"{self.model}.py")

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Rows
    ) -> tuple[Any, Any]:
        """Return the feature extractor and the model, fitted on the training rows."""
        module = import_element(module_path, self.features)
        extractor = get_attribute(module, "FeatureExtractor")()
        model = get_attribute(import_element(module_path, self.model), self.class_name)()
        X_train, y_train = take_rows(X, train_is), take_rows(y, train_is)
        if hasattr(extractor, "fit"):
            extractor.fit(X_train, y_train)
        model.fit(self._transform(extractor, X_train), y_train)
        return extractor, model

    def test_submission(self, trained: tuple[Any, Any], X: Any) -> npt.NDArray[Any]:
        """Return the predictions for all rows of X."""
        extractor, model = trained
        y_pred = getattr(model, self.method)(self._transform(extractor, X))
        return check_rows(y_pred, count_rows(X), f"{self.class_name}.{self.method}")

    @staticmethod
    def _transform(extractor: Any, X: Any) -> npt.NDArray[Any]:
        features = extractor.transform(X)
        return check_rows(features, count_rows(X), "FeatureExtractor.transform")


class FeatureExtractorRegressor(_FeaturesAndModel):
    """Two files, ``feature_extractor.py`` and ``regressor.py``: features, then a regression.

    ``regressor.py`` holds a class ``Regressor`` with fit(X, y) and predict(X), where X is what
    `_FeaturesAndModel` describes: the features.
    """

    file, class_name, method = "regressor", "Regressor", "predict"


class FeatureExtractorClassifier(_FeaturesAndModel):
    """Two files, ``feature_extractor.py`` and ``classifier.py``: features, then a classification.

    ``classifier.py`` holds a class ``Classifier`` with fit(X, y) and predict_proba(X), where X is
    what `_FeaturesAndModel` describes: the features.
    """

    file, class_name, method = "classifier", "Classifier", "predict_proba"


class TimeSeriesRegressor:
    """Two files: features of a series up to each time, then a regression on them.

    X is an xarray Dataset with `n_steps` steps of time. Row ``i`` is a forecast issued at step
    ``T = burn_in + i``, so X has ``n_steps - burn_in`` rows; the first `burn_in` steps only give
    the first forecasts a past to look at.

    ``ts_feature_extractor.py`` holds a class ``FeatureExtractor``:

    * ``fit(X_ds, y)``, which may be missing: `X_ds` ends at the issue step of the last training
      row; `y` has one value for each of its rows, NaN where the row is not one of training;
    * ``transform(X_ds)`` returns an array of shape (n_rows, n_features) whose row `i` uses the
      steps up to ``burn_in + i`` only.

    ``regressor.py`` holds a class ``Regressor`` with fit(X, y) and predict(X).

    Parameters
    ----------
    burn_in : int
        Number of steps before the first forecast.
    dim : str
        Name of the time dimension.
    """

    def __init__(self, burn_in: int = 120, dim: str = "time") -> None:
        self.element_names = ("ts_feature_extractor.py", "regressor.py")
        self.burn_in = burn_in
        self.dim = dim

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Rows
    ) -> tuple[Any, Any]:
        """Return the feature extractor and the regressor, fitted on the training rows."""
        module = import_element(module_path, "ts_feature_extractor")
        extractor = get_attribute(module, "FeatureExtractor")()
        regressor = get_attribute(import_element(module_path, "regressor"), "Regressor")()
        rows = np.asarray(train_is)
        n_rows = int(rows.max()) + 1
        # nothing after the last issue step of training is shown, even if X holds it
        past = X.isel({self.dim: slice(0, self.burn_in + n_rows)})
        y_past = np.full(n_rows, np.nan)
        y_past[rows] = np.asarray(y)[rows]
        if hasattr(extractor, "fit"):
            extractor.fit(past, y_past)
        regressor.fit(self._transform(extractor, past)[rows], y_past[rows])
        return extractor, regressor

    def test_submission(self, trained: tuple[Any, Any], X: Any) -> npt.NDArray[Any]:
        """Return the predictions for all rows of X, which may be a prefix of a longer series."""
        extractor, regressor = trained
        features = self._transform(extractor, X)
        hint = "return one value for each row of features"
        return check_rows(regressor.predict(features), len(features), "Regressor.predict", hint)

    def _transform(self, extractor: Any, X: Any) -> npt.NDArray[Any]:
        """Return the features of all rows of X, checked."""
        n_steps = X.sizes[self.dim]
        n_rows = n_steps - self.burn_in
        maker = "FeatureExtractor.transform"
        hint = (
            f"X_ds has {n_steps} steps of {self.dim}, of which the first {self.burn_in} are "
            f"burn-in: return one row for each of the other {n_rows}"
        )
        features = np.asarray(check_rows(extractor.transform(X), n_rows, maker, hint))
        if features.ndim != 2:
            raise SubmissionError(
                f"{maker} returned an array of shape {features.shape}; two dimensions, "
                f"({n_rows}, n_features), were expected",
                do="for a single feature: return feature[:, np.newaxis]",
            )
        return features
