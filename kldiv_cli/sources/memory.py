"""Python objects as operands: arrays and Series are samples, dicts are masses, DataFrames are tables."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from kldiv_cli.core.instants import seconds
from kldiv_cli.errors import InputError
from kldiv_cli.sources.batch import Batch, Cells, Labels, Numbers, Table
from kldiv_cli.sources.inline import mass_table
from kldiv_cli.sources.table import Misfit, as_asked, cell_rule, kind_asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kldiv_cli.sources.spec import SourceSpec

_REMEDY = "an array or Series (samples), a dict label -> mass, a DataFrame, or an operand as typed in the shell"


def table_from_python(data: object, label: str, as_: str = "auto") -> Table:
    """Table of an array, a sequence, a Series, a DataFrame or a dict of masses.

    Raises
    ------
    InputError
        If the object is none of these.
    """
    pandas = sys.modules.get("pandas")  # whoever has a Series has imported it
    if pandas is not None and isinstance(data, pandas.DataFrame):
        names = [str(name) for name in data.columns]
        if len(set(names)) != len(names):
            repeated = next(name for name in names if names.count(name) > 1)
            raise InputError(f"{label}: two columns are called {repeated!r}", remedy="rename one")
        columns = {name: _cells_of_series(data.iloc[:, place], label) for place, name in enumerate(names)}
        return _table(columns, len(data), vector=False, label=label)
    if pandas is not None and isinstance(data, pandas.Series):
        if as_ in ("counts", "probs") and not isinstance(data.index, pandas.RangeIndex):
            return _masses(dict(zip(data.index.tolist(), data.tolist(), strict=True)), label)
        name = str(data.name) if data.name is not None else "1"
        return _table({name: _cells_of_series(data, label)}, len(data), vector=True, label=label)
    if isinstance(data, dict):
        return _masses(data, label)
    array = _as_array(data, label)
    if array.ndim == 1:
        return _table({"1": cells_of_array(array, label)}, array.size, vector=True, label=label)
    if array.ndim == 2:
        columns = {str(j + 1): cells_of_array(array[:, j], label) for j in range(array.shape[1])}
        return _table(columns, array.shape[0], vector=False, label=label)
    raise InputError(f"{label}: {type(data).__name__} of {array.ndim} dimensions is no operand", remedy=_REMEDY)


def _as_array(data: object, label: str) -> np.typing.NDArray[Any]:
    """Data as an array; a list that is not all numbers keeps its items: numpy would spell NaN as a label."""
    if hasattr(data, "filled") and hasattr(data, "mask"):  # a masked array: what is masked is missing
        masked: Any = data
        data = (
            masked.astype(np.float64).filled(np.nan)
            if masked.dtype.kind in "iuf"
            else masked.astype(object).filled(None)
        )
    try:
        array = np.asarray(data)
        if isinstance(data, (list, tuple)) and array.dtype.kind not in "iufM":
            array = np.empty(len(data), dtype=object)
            array[:] = data
    except ValueError:
        raise InputError(f"{label}: a list of lists of different lengths", remedy=_REMEDY) from None
    return array


def table_as_asked(table: Table, spec: SourceSpec) -> Table:
    """The table with its columns as ``--numeric``, ``--categorical`` and ``--na-values`` ask for."""
    columns = {
        name: _as_asked(name, place, cells, spec) for place, (name, cells) in enumerate(table.head.columns.items())
    }
    return table._replace(head=Batch(columns, table.head.rows))


def _as_asked(name: str, place: int, cells: Cells, spec: SourceSpec) -> Cells:
    rule = cell_rule(spec.options.na_values, ".")
    try:
        return as_asked(cells, kind_asked(name, place, spec.options), rule)
    except Misfit as fault:
        raise InputError(
            f"{spec.label}: {name}: {fault.cell!r} is no number, as --numeric promised",
            remedy=f"--na-values {fault.cell!r} if it means missing",
        ) from None


def cells_of_array(array: np.typing.NDArray[Any], label: str) -> Cells:
    """Cells of a vector: numbers, instants (datetime64), or labels.

    Raises
    ------
    InputError
        If its type is complex, or objects that are no labels.
    """
    if array.dtype.kind in "iuf":
        return Numbers(np.ascontiguousarray(array, dtype=np.float64))
    if array.dtype.kind == "M":
        seconds = array.astype("datetime64[us]").astype(np.float64) / 1e6
        seconds[np.isnat(array)] = np.nan
        return Numbers(seconds, instants=True)
    if array.dtype.kind == "b":
        return Labels(array.astype(np.intp), ("false", "true"))
    if array.dtype.kind in "US":
        text = np.char.decode(array, "utf-8", "backslashreplace") if array.dtype.kind == "S" else array
        names, codes = np.unique(text, return_inverse=True)
        return Labels(codes.reshape(-1), tuple(names.tolist()))
    if array.dtype.kind == "O":
        return _cells_of_objects(array.tolist(), label)
    raise InputError(f"{label}: values of type {array.dtype} cannot be compared", remedy=_REMEDY)


def _cells_of_objects(items: list[Any], label: str) -> Cells:
    missing = [_is_missing(item) for item in items]
    present = [item for item, gone in zip(items, missing, strict=True) if not gone]
    if any(isinstance(item, (list, dict, tuple, set, np.ndarray)) for item in present):
        raise InputError(f"{label}: nested values cannot be compared", remedy=_REMEDY)
    read = float if all(map(_is_number, present)) else _seconds if all(map(_is_date, present)) else None
    if read is not None:
        try:
            values = [math.nan if gone else read(item) for item, gone in zip(items, missing, strict=True)]
        except OverflowError:
            raise InputError(f"{label}: a number is beyond 1.8e308", remedy="scale the numbers") from None
        return Numbers(np.array(values), instants=read is _seconds and bool(present))
    codes: dict[str, int] = {}
    numbered = [
        -1 if gone else codes.setdefault(_text(item), len(codes)) for item, gone in zip(items, missing, strict=True)
    ]
    return Labels(np.array(numbered, dtype=np.intp), tuple(codes))


def _is_missing(item: Any) -> bool:
    """None, NaN, NaT and pandas' NA, which will not say whether it equals itself."""
    try:
        return item is None or bool(item != item)  # noqa: PLR0124
    except (TypeError, ArithmeticError):  # a signalling NaN of decimal
        return True
    except ValueError:  # an array: told as nested
        return False


def _is_number(item: Any) -> bool:
    return hasattr(item, "__float__") and not isinstance(item, (str, bool, np.bool_, np.ndarray, complex))


def _is_date(item: Any) -> bool:
    return hasattr(item, "isoformat") and not hasattr(item, "total_seconds")


def _seconds(item: Any) -> float:
    return seconds(item.isoformat())


def _cells_of_series(series: Any, label: str) -> Cells:
    kind = getattr(series.dtype, "kind", "O")
    if kind in "iuf":
        return Numbers(series.to_numpy(dtype=np.float64, na_value=np.nan))
    if kind == "M":
        naive = series.dt.tz_convert("UTC").dt.tz_localize(None) if getattr(series.dt, "tz", None) else series
        return cells_of_array(naive.to_numpy(), label)
    if kind in "mc":
        raise InputError(f"{label}: values of type {series.dtype} cannot be compared", remedy=_REMEDY)
    if str(series.dtype) == "category":
        return Labels(series.cat.codes.to_numpy().astype(np.intp), tuple(_text(item) for item in series.cat.categories))
    return _cells_of_objects(series.astype(object).tolist(), label)


def _masses(data: Mapping[Any, Any], label: str) -> Table:
    if not data:
        raise InputError(f"{label} is an empty dict", remedy=_REMEDY)
    try:
        masses = np.array([float(value) for value in data.values()])
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{label}: a dict of masses maps labels to numbers up to 1.8e308", remedy=_REMEDY) from None
    return mass_table(masses, [_text(key) for key in data])


def _text(item: Any) -> str:
    if isinstance(item, (bool, np.bool_)):
        return "true" if item else "false"
    return str(item)


def _table(columns: dict[str, Cells], rows: int, *, vector: bool, label: str) -> Table:
    if rows == 0 or not columns:
        raise InputError(f"{label} is empty", remedy="give at least one value")
    return Table(
        tuple(columns),
        not vector,
        Batch(columns, rows),
        lambda _names: iter(()),
        shape="array" if vector else "table",
    )
