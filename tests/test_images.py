"""Photographs: what a loader hands out, what a submission must return, which files are read."""

from __future__ import annotations

import io
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rampflow.errors import DataError, SubmissionError
from rampflow.problems.images import (
    ImageLoader,
    Photographs,
    SimplifiedImageClassifier,
    read_image,
    resized,
)

IMAGES = np.arange(5 * 4 * 3 * 3, dtype=np.uint8).reshape(5, 4, 3, 3)
SHARES = """
import numpy as np


class ImageClassifier:
    def fit(self, img_loader):
        self.n_classes = img_loader.n_classes
        self.seen = [(image.copy(), label) for image, label in img_loader]

    def predict_proba(self, img_loader):
        labels = np.array([label for _, label in self.seen])
        shares = np.bincount(labels, minlength=self.n_classes) / len(labels)
        return np.array([shares + image.mean() for image in img_loader])
"""


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    (tmp_path / "image_classifier.py").write_text(SHARES)
    return tmp_path


def png(image: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG", **options)
    return stream.getvalue()


class TestLoader:
    def test_gives_pairs_in_training_and_images_in_predicting(self) -> None:
        training = ImageLoader(IMAGES, [3, 1, 4, 1, 5], n_classes=6)
        assert [label for _, label in training] == [3, 1, 4, 1, 5]
        predicting = ImageLoader(IMAGES, None)
        for loader in (training, predicting):
            assert len(loader) == loader.nb_examples == 5
        np.testing.assert_array_equal(training.load(2)[0], IMAGES[2])
        np.testing.assert_array_equal(list(predicting), IMAGES)

    def test_several_at_once_are_put_through_functions(self) -> None:
        training = ImageLoader(IMAGES, [3, 1, 4, 1, 5])
        (image, label), _ = training.parallel_load([4, 0], [np.fliplr, np.flipud])
        np.testing.assert_array_equal(image, IMAGES[4, ::-1, ::-1])
        assert label == 5
        (image,) = ImageLoader(IMAGES, None).parallel_load([1])
        np.testing.assert_array_equal(image, IMAGES[1])

    @pytest.mark.parametrize("index", [-1, 5])
    def test_there_is_no_other_image(self, index: int) -> None:
        with pytest.raises(IndexError, match="from 0 to 4"):
            ImageLoader(IMAGES, None).load(index)

    def test_an_image_may_be_changed_without_harm(self) -> None:
        images = IMAGES.copy()
        images.setflags(write=False)
        ImageLoader(images, None).load(0)[:] = 0
        np.testing.assert_array_equal(images, IMAGES)


class TestWorkflow:
    @pytest.mark.parametrize("grouped", [False, True])
    def test_trains_on_its_rows_and_predicts_all(self, submission: Path, grouped: bool) -> None:
        X = Photographs(IMAGES, np.zeros(5, dtype=np.int64)) if grouped else IMAGES
        workflow = SimplifiedImageClassifier(n_classes=3)
        y = np.array([0, 2, 2, 1, 2])
        trained = workflow.train_submission(submission, X, y, np.array([0, 2, 4]))
        assert [label for _, label in trained.seen] == [0, 2, 2]
        np.testing.assert_array_equal([image for image, _ in trained.seen], IMAGES[[0, 2, 4]])
        again = cloudpickle.loads(cloudpickle.dumps(trained))
        means = IMAGES.mean(axis=(1, 2, 3))[:, np.newaxis]
        expected = np.array([1 / 3, 0, 2 / 3]) + means
        np.testing.assert_allclose(workflow.test_submission(again, X), expected)

    def test_a_folder_and_names_are_read_as_in_the_kits(self, submission: Path) -> None:
        names = [f"{row}.png" for row in range(5)]
        for name, image in zip(names, IMAGES, strict=True):
            (submission / name).write_bytes(png(image))
        workflow = SimplifiedImageClassifier(n_classes=2)
        X = (str(submission), np.array(names))
        trained = workflow.train_submission(submission, X, [0, 1, 0, 1, 1], [1, 3])
        np.testing.assert_array_equal([image for image, _ in trained.seen], IMAGES[[1, 3]])
        assert workflow.test_submission(trained, X).shape == (5, 2)

    def test_another_number_of_columns_is_refused(self, submission: Path) -> None:
        workflow = SimplifiedImageClassifier(n_classes=3)
        trained = workflow.train_submission(submission, IMAGES, np.zeros(5, int), range(5))
        trained.n_classes = 1
        with pytest.raises(SubmissionError, match=r"shape \(5, 1\); 3 columns") as caught:
            workflow.test_submission(trained, IMAGES)
        assert "n_classes" in caught.value.do


class TestFiles:
    def test_any_colours_become_red_green_and_blue(self) -> None:
        grey = IMAGES[0, :, :, 0]
        np.testing.assert_array_equal(
            read_image(io.BytesIO(png(grey))), np.repeat(grey[..., np.newaxis], 3, axis=2)
        )
        stream = io.BytesIO()
        Image.fromarray(IMAGES[0]).convert("RGBA").save(stream, "PNG")
        stream.seek(0)
        np.testing.assert_array_equal(read_image(stream), IMAGES[0])

    def test_an_image_is_turned_as_its_camera_says(self) -> None:
        exif = Image.Exif()
        exif[274] = 6  # held on its side: the first row is the right edge
        found = read_image(io.BytesIO(png(IMAGES[0], exif=exif)))
        np.testing.assert_array_equal(found, np.rot90(IMAGES[0], -1))

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="cannot be read") as caught:
            read_image(tmp_path / "bee.jpg")
        assert caught.value.where == str(tmp_path / "bee.jpg")

    @given(st.data())
    def test_a_damaged_file_is_refused_or_read(self, data: st.DataObject) -> None:
        content = bytearray(png(IMAGES[0]))
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        content = content[: data.draw(st.integers(0, len(content)))]
        try:
            image = read_image(io.BytesIO(content))
        except DataError:
            return
        assert image.ndim == 3

    def test_any_shape_becomes_a_square(self) -> None:
        image = resized(np.full((7, 30, 3), 9, dtype=np.uint8), 12)
        assert image.shape == (12, 12, 3)
        assert set(image.ravel()) == {9}
