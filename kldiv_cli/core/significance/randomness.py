"""Where random numbers come from: the printed seed and what they are for, nothing else."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from kldiv_cli.record import NamedTuple


class Randomness(NamedTuple):
    """Generators of one column: the same whatever other columns, threads or candidates there are."""

    seed: int
    column: str

    def generator(self, *purpose: str) -> np.random.Generator:
        """A generator of its own for every purpose."""
        return np.random.default_rng([self.seed, 1, crc32("\0".join((self.column, *purpose)).encode("utf-8"))])
