"""NumPy's files: vectors, matrices, structured arrays and archives; what is refused."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kldiv_cli.core.summary import CategoricalSummary, NumericSummary, Profile
from kldiv_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[..., Profile]


def npy(array: object, **options: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def npz(save: Callable[..., None] = np.savez, **arrays: object) -> bytes:
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["f8", "f4", "f2", "i1", "i8", "u8", ">f8", ">i4"])
def test_a_vector_of_numbers_is_a_sample(kind: str, read: Read) -> None:
    profile = read(npy(np.array([3, 1, 1], dtype=kind)), name="t.npy")
    (summary,) = profile.columns.values()
    assert profile.kind == "samples"
    assert (summary.values.tolist(), summary.counts.tolist()) == ([1, 3], [2, 1])


def test_a_vector_that_sums_to_1_is_probabilities(read: Read) -> None:
    profile = read(npy(np.array([0.25, 0.75])), name="t.npy")
    assert (profile.kind, profile.unlabelled) == ("probabilities", True)


def test_a_vector_is_recognised_whatever_its_name(read: Read) -> None:
    assert read(npy(np.array([3.0, 1.0])), name="nosuffix").rows == 2


def test_a_matrix_has_numbered_columns(read: Read) -> None:
    columns = read(npy(np.array([[1.0, 4.0], [2.0, 5.0]])), name="t.npy").columns
    assert {name: summary.values.tolist() for name, summary in columns.items()} == {"1": [1, 2], "2": [4, 5]}


def test_a_matrix_in_fortran_order_is_the_same(read: Read) -> None:
    columns = read(npy(np.asfortranarray([[1.0, 4.0], [2.0, 5.0]])), name="t.npy").columns
    assert {name: summary.values.tolist() for name, summary in columns.items()} == {"1": [1, 2], "2": [4, 5]}


def test_a_structured_array_has_named_columns(read: Read) -> None:
    array = np.array([(1, "a"), (2, "b")], dtype=[("x", "f8"), ("g", "U3")])
    columns = read(npy(array), name="t.npy").columns
    assert list(columns) == ["x", "g"]
    assert isinstance(columns["g"], CategoricalSummary)


def test_an_archive_has_a_column_an_array(read: Read) -> None:
    for save in (np.savez, np.savez_compressed):
        columns = read(npz(save, x=np.array([1.0, 2.0]), g=np.array(["a", "b"])), name="t.npz").columns
        assert columns["x"].values.tolist() == [1, 2]
        assert columns["g"].labels == ("a", "b")


def test_an_array_of_an_archive_may_be_chosen(read: Read) -> None:
    profile = read(npz(x=np.ones(3), y=np.array([4.0, 5.0])), name="t.npz", column="y")
    assert {name: summary.values.tolist() for name, summary in profile.columns.items()} == {"y": [4, 5]}


def test_an_archive_of_labels_and_counts_is_masses(read: Read) -> None:
    profile = read(npz(label=np.array(["a", "b"]), count=np.array([3, 5])), name="t.npz")
    assert profile.kind == "counts"


def test_a_missing_number_is_counted(read: Read) -> None:
    (summary,) = read(npy(np.array([1, np.nan, np.inf])), name="t.npy").columns.values()
    assert (summary.values.tolist(), summary.missing, summary.non_finite) == ([1], 1, 1)


def test_booleans_are_labels(read: Read) -> None:
    (summary,) = read(npy(np.array([True, False, True])), name="t.npy").columns.values()
    assert (summary.labels, summary.counts.tolist()) == (("false", "true"), [1, 2])


def test_datetimes_are_instants(read: Read) -> None:
    (summary,) = read(npy(np.array(["1970-01-02", "NaT"], dtype="M8[D]")), name="t.npy").columns.values()
    assert isinstance(summary, NumericSummary)
    assert summary.instants
    assert (summary.values.tolist(), summary.missing) == ([86_400], 1)


def test_a_vector_may_be_forced_to_be_labels(read: Read) -> None:
    (summary,) = read(npy(np.array([1, 2, 1])), name="t.npy", categorical=("1",)).columns.values()
    assert isinstance(summary, CategoricalSummary)
    assert summary.labels == ("1", "2")


def test_a_promise_of_numbers_that_labels_break_is_an_error(read: Read) -> None:
    with pytest.raises(InputError, match="numeric"):
        read(npz(g=np.array(["a", "b"])), name="t.npz", numeric=("g",))


def test_a_vector_may_be_read_as_counts(read: Read) -> None:
    profile = read(npy(np.array([3, 5])), name="t.npy", as_="counts")
    assert profile.kind == "counts"


BROKEN = {
    "pickled objects": npy(np.array([{"a": 1}], dtype=object), allow_pickle=True),
    "half of its data": npy(np.arange(100.0))[:300],
    "half of its header": npy(np.arange(100.0))[:40],
    "only the magic": b"\x93NUMPY",
    "half an archive": npz(x=np.arange(100.0))[:300],
    "an archive of nothing": npz(),
    "no dimension": npy(np.float64(1)),
    "three dimensions": npy(np.ones((1, 2, 3))),
    "no number": npy(np.empty(0)),
    "complex numbers": npy(np.ones(2, dtype=complex)),
    "a header that promises too much": npy(np.arange(3.0)).replace(b"(3,)", b"(9,)"),
    "a header that promises a negative number": npy(np.arange(3.0)).replace(b"(3,)", b"(-3,)"),
    "a header that promises a petabyte": npy(np.arange(3.0)).replace(b"(3,), }      ", b"(99999999999999,), }"[:15]),
    "a header of code": npy(np.arange(3.0)).replace(b"{'descr'", b"__import"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_with_that_is_an_error_that_names_it(what: str, read: Read) -> None:
    with pytest.raises(InputError, match=r"t\.npy"):
        read(BROKEN[what], name="t.npy")


def test_an_archive_whose_arrays_differ_in_length_is_an_error(read: Read) -> None:
    with pytest.raises(InputError, match=r"differ in length \(x 2, y 3\)"):
        read(npz(x=np.ones(2), y=np.ones(3)), name="t.npz")


def test_an_archive_of_other_things_is_an_error(read: Read) -> None:
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(InputError, match=r"t\.npz"):
        read(stream.getvalue(), name="t.npz")
