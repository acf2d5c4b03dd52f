"""Photographs: a classifier that loads images one by one, as those of RAMP kits do.

X is an array of images, or `Photographs`, or a pair of a folder and the names of the images in it.
A submission does not see which: it asks a loader.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import DataError, SubmissionError
from rampflow.problems.elements import (
    Rows,
    check_rows,
    get_attribute,
    import_element,
    take_rows,
)

Image = npt.NDArray[Any]
"""Shape (height, width, channels)."""

_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error)
"""What Pillow raises for a file that is damaged, by format."""


@dataclass(frozen=True)
class Photographs:
    """Photographs that come in groups, such as several of one insect.

    A problem's `get_cv` finds the groups here; a submission does not get them.

    Parameters
    ----------
    images : ndarray, shape (n, height, width, channels)
        The photographs.
    groups : ndarray of int, shape (n,)
        Photographs of a group have the same number.
    """

    images: Image
    groups: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)


class ImageLoader:
    """Images, and in training their labels, one at a time.

    Parameters
    ----------
    images : array, shape (n, height, width, channels), or sequence
        Images themselves, or, with a folder, the names of their files in it.
    labels : sequence or None
        One label per image in training, None in predicting.
    folder : str or Path, optional
        Where the files are.
    n_classes : int
        Number of labels there are.

    Attributes
    ----------
    nb_examples : int
        Number of images, as ``len(loader)``.
    """

    def __init__(
        self, images: Any, labels: Any, folder: str | Path | None = None, n_classes: int = 0
    ) -> None:
        self.images, self.labels, self.folder = images, labels, folder
        self.n_classes = n_classes
        self.nb_examples = len(images)

    def __len__(self) -> int:
        return self.nb_examples

    def load(self, index: int) -> Any:
        """Return an image; in training, the image and its label.

        Raises
        ------
        IndexError
            If there is no such image; they are counted from 0.
        """
        if not 0 <= index < self.nb_examples:
            raise IndexError(f"there is no image {index}: they go from 0 to {self.nb_examples - 1}")
        image = self._image(index)
        return image if self.labels is None else (image, self.labels[index])

    def __iter__(self) -> Iterator[Any]:
        """Yield what `load` returns, for all images in order."""
        return (self.load(index) for index in range(self.nb_examples))

    def parallel_load(
        self, indexes: Sequence[int], transforms: Sequence[Callable[[Image], Image]] = ()
    ) -> list[Any]:
        """Return what `load` returns for some images, each image put through some functions.

        One after the other: a step of an evaluation has one core. The name is that of the kits.
        """
        return [self._transformed(index, transforms) for index in indexes]

    def _transformed(self, index: int, transforms: Sequence[Callable[[Image], Image]]) -> Any:
        loaded = self.load(index)
        image = loaded if self.labels is None else loaded[0]
        for transform in transforms:
            image = transform(image)
        return image if self.labels is None else (image, loaded[1])

    def _image(self, index: int) -> Image:
        if self.folder is None:
            return np.array(self.images[index])  # a copy: X is mapped into memory
        return read_image(Path(self.folder) / str(self.images[index]))


class SimplifiedImageClassifier:
    """One file, ``image_classifier.py``, with a class ``ImageClassifier``.

    It has ``fit(img_loader)`` and ``predict_proba(img_loader)``, which returns one row per image
    and one column per class; `img_loader` is an `ImageLoader`.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    """

    def __init__(self, n_classes: int) -> None:
        self.element_names = ("image_classifier.py",)
        self.n_classes = n_classes

    def train_submission(self, module_path: str | Path, X: Any, y: Any, train_is: Rows) -> Any:
        """Return the submission's classifier, fitted on the training images."""
        classifier = get_attribute(
            import_element(module_path, "image_classifier"), "ImageClassifier"
        )()
        folder, images = _parts(X)
        labels = np.asarray(take_rows(y, train_is))
        classifier.fit(ImageLoader(take_rows(images, train_is), labels, folder, self.n_classes))
        return classifier

    def test_submission(self, trained: Any, X: Any) -> npt.NDArray[Any]:
        """Return the class probabilities of all images of X.

        Raises
        ------
        SubmissionError
            If there is not one row for each image and one column for each class.
        """
        folder, images = _parts(X)
        loader = ImageLoader(images, None, folder, self.n_classes)
        maker = "ImageClassifier.predict_proba"
        y_pred = check_rows(trained.predict_proba(loader), len(loader), maker)
        if np.shape(y_pred)[1:] != (self.n_classes,):
            raise SubmissionError(
                f"{maker} returned an array of shape {np.shape(y_pred)}; {self.n_classes} columns, "
                "one per class, were expected",
                do="return a column for every class, also for one that training did not show: "
                "img_loader.n_classes says how many there are",
            )
        return y_pred


def _parts(X: Any) -> tuple[str | Path | None, Any]:
    """Return the folder, if X has one, and the images or their names."""
    if isinstance(X, Photographs):
        return None, X.images
    return X if isinstance(X, tuple) else (None, X)


def read_image(source: Path | IO[bytes]) -> Image:
    """Return the pixels of an image file in red, green and blue, turned as its camera says.

    Parameters
    ----------
    source : Path or file object
        A file of a format that Pillow knows, such as JPEG or PNG.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)

    Raises
    ------
    DataError
        If the file is missing or is no image.
    """
    from PIL import Image as Pillow
    from PIL import ImageOps

    try:
        with Pillow.open(source) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (*_DAMAGE, Pillow.DecompressionBombError) as error:
        name = source if isinstance(source, Path) else getattr(source, "name", "a file")
        raise DataError(
            f"the image cannot be read ({error})",
            where=str(name),
            do="bring images of a usual format, such as JPEG or PNG",
        ) from None


def resized(image: Image, size: int) -> Image:
    """Return an image squeezed or stretched to ``size`` by ``size`` pixels."""
    from PIL import Image as Pillow

    return np.asarray(Pillow.fromarray(image).resize((size, size), Pillow.Resampling.BILINEAR))
