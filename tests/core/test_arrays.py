"""What numpy would do with a heavier import, or with more memory."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kldiv_cli.core.arrays import is_symmetric


@pytest.mark.parametrize("size", [1, 2, 127, 128, 129, 300])
class TestSymmetry:
    def matrix(self, size: int) -> np.ndarray:
        values = np.random.default_rng(size).random((size, size))
        return values + values.T

    def test_of_a_matrix_and_its_transpose(self, size: int) -> None:
        assert is_symmetric(self.matrix(size))

    def test_one_cell_breaks_it(self, size: int) -> None:
        for i, j in {(0, size - 1), (size - 1, 0), (size // 2, size // 3)} - {(0, 0)}:
            values = self.matrix(size)
            values[i, j] += 1.0
            assert is_symmetric(values) == (i == j)

    def test_infinite_cells_are_equal_and_undefined_ones_too(self, size: int) -> None:
        values = self.matrix(size)
        values[0, -1] = values[-1, 0] = math.inf
        np.fill_diagonal(values, math.nan)
        assert is_symmetric(values)

    def test_one_that_is_undefined_on_one_side_breaks_it(self, size: int) -> None:
        for i, j in ((0, size - 1), (size - 1, 0)):
            values = self.matrix(size)
            values[i, j] = math.nan
            assert is_symmetric(values) == (i == j)
