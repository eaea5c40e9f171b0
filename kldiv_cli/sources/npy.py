"""NumPy's files: ``.npy`` with a vector or columns, ``.npz`` with one array a column."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from kldiv_cli.errors import InputError
from kldiv_cli.sources.batch import Batch, Cells, Shape, Table
from kldiv_cli.sources.memory import cells_of_array, table_as_asked

if TYPE_CHECKING:
    from kldiv_cli.sources.spec import SourceSpec

_REMEDY = "numpy.save a vector, a matrix of columns, or numpy.savez one vector a column; no objects"


def read_npy(stream: BinaryIO, spec: SourceSpec) -> Table:
    """Open a NumPy file; pickled objects are refused.

    Raises
    ------
    InputError
        If the file is damaged, holds objects, or arrays of other shapes.
    """
    try:
        loaded = np.load(io.BytesIO(stream.read()), allow_pickle=False)
        arrays = {name: loaded[name] for name in loaded.files} if hasattr(loaded, "files") else {"": loaded}
    except Exception as fault:  # numpy and zipfile raise a dozen kinds on damaged files
        raise InputError(f"{spec.label} is no NumPy file that can be read: {fault}", remedy=_REMEDY) from None
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise InputError(f"{spec.label} is a zip file, not one of NumPy's", remedy=_REMEDY)
    columns = dict(_columns(arrays, spec))
    sizes = {name: _size(cells) for name, cells in columns.items()}
    if spec.column in columns:
        columns = {spec.column: columns[spec.column]}  # arrays of other lengths do not matter then
        sizes = {spec.column: sizes[spec.column]}
    if len(set(sizes.values())) != 1 or 0 in sizes.values():
        shown = ", ".join(f"{name} {size}" for name, size in list(sizes.items())[:4]) or "no array"
        raise InputError(f"{spec.label}: the arrays are empty or differ in length ({shown})", remedy=_REMEDY)
    rows = next(iter(sizes.values()))
    vector = list(arrays) == [""] and arrays[""].ndim == 1 and len(columns) == 1
    shape: Shape = "column" if vector else "table"
    table = Table(tuple(columns), not vector, Batch(columns, rows), lambda _names: iter(()), shape=shape)
    return table_as_asked(table, spec)


def _columns(arrays: dict[str, np.typing.NDArray[Any]], spec: SourceSpec) -> list[tuple[str, Cells]]:
    columns: list[tuple[str, Cells]] = []
    for name, array in arrays.items():
        if array.dtype.names and array.ndim == 1:
            columns += [(field, cells_of_array(np.asarray(array[field]), spec.label)) for field in array.dtype.names]
        elif array.ndim == 1:
            columns.append((name or "1", cells_of_array(array, spec.label)))
        elif array.ndim == 2:
            prefix = f"{name}." if name else ""
            columns += [(f"{prefix}{j + 1}", cells_of_array(array[:, j], spec.label)) for j in range(array.shape[1])]
        else:
            raise InputError(f"{spec.label}: an array has {array.ndim} dimensions", remedy=_REMEDY)
    return columns


def _size(cells: Cells) -> int:
    return int(getattr(cells, "values", getattr(cells, "codes", np.empty(0))).size)
