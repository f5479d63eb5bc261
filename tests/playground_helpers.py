"""What the tests of the playground share: notebook 12's cells, small vectors, a small network."""

import numpy as np
import pytest
import torch

from course_utils.lessons import n12


@pytest.fixture(scope="module")
def book():
    return vars(n12)


def vectors_of(words, seed=0):
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(5)
    numbers = np.random.default_rng(seed).normal(size=(len(words), 5)).astype("float32")
    vectors.add_vectors(list(words), numbers)
    return vectors


LEARNED = [["Graz", "siegt"], ["Linz", "siegt"], ["Handy", "neu"], ["Handy", '"ja"'], ["Oper"]]
LABELS = ["Sport", "Sport", "Web", "Web", "Übrige"]


def small_network(book, german=False, ordered=True):
    from course_utils.german import german_vectors

    vectors = german_vectors() if german else vectors_of(["Graz", "siegt", "Handy", '"ja"'])
    model = book["Network"](book["Lookup"](vectors), ordered=ordered)
    model.classes = sorted(set(LABELS))
    torch.manual_seed(0)
    model.model = book["TextClassifier"](vectors.vector_size, 3, ordered=model.ordered)
    return model
