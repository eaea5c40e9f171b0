"""The cluster: a real one of several processes, which loses a worker half-way."""

from __future__ import annotations

import os
import signal
import time
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kldiv_cli.core.summary import CategoricalSummary, NumericSummary
from kldiv_cli.engines import dask, local
from kldiv_cli.errors import InputError, UsageError
from kldiv_cli.sources.operands import operand
from kldiv_cli.sources.spec import ReadOptions, checked_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kldiv_cli.core.summary import Profile
    from kldiv_cli.sources.spec import SourceSpec

distributed = pytest.importorskip("distributed")
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.xdist_group("cluster")]

PARTS, ROWS = 24, 60_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("parts")
    for number in range(PARTS):
        rng = np.random.default_rng(number)
        x, k = rng.normal(size=ROWS), rng.integers(0, 500, ROWS)
        labels = np.array(["a", "b", "", "d"])[rng.integers(0, 4, ROWS)]
        rows = zip(x.tolist(), k.tolist(), labels.tolist(), strict=True)
        (place / f"{number:02}.csv").write_text("x,k,c\n" + "".join(f"{a!r},{b},{c}\n" for a, b, c in rows))
    return place


@pytest.fixture(scope="module")
def cluster() -> Iterator[distributed.LocalCluster]:
    with distributed.LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None) as running:
        yield running


def read(folder: Path, **options: object) -> SourceSpec:
    return operand(str(folder), checked_options(ReadOptions(**options)))


def state(profile: Profile) -> list[object]:
    found: list[object] = [profile.rows, profile.kind]
    for name, summary in profile.columns.items():
        content = summary.values.tolist() if isinstance(summary, NumericSummary) else summary.labels
        found += [name, content, summary.counts.tolist(), summary.missing, summary.n]
    return found


def test_a_cluster_gives_the_numbers_of_this_machine_while_they_are_exact(
    folder: Path, cluster: distributed.LocalCluster
) -> None:
    spec = read(folder, columns=("k", "c"))
    (here,) = [one.profile() for one in local.read_all([spec])]
    (there,) = [one.profile() for one in dask.read_all([spec], 2, cluster.scheduler_address, None)]
    assert state(there) == state(here)


def test_a_worker_that_is_killed_half_way_changes_nothing(folder: Path, cluster: distributed.LocalCluster) -> None:
    spec = read(folder, columns=("k", "c"))
    (expected,) = [one.profile() for one in local.read_all([spec])]
    found: list[Profile] = []
    thread = Thread(
        target=lambda: found.extend(one.profile() for one in dask.read_all([spec], 2, cluster.scheduler_address, None)),
        daemon=True,
    )
    victim = cluster.workers[0].pid
    with distributed.Client(cluster) as watcher:
        thread.start()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            held = watcher.has_what()
            if sum(map(len, held.values())) >= PARTS // 4:
                break
            time.sleep(0.01)
        else:
            pytest.fail("the cluster did not begin")
        assert thread.is_alive(), "it was to be killed half-way"
        os.kill(victim, signal.SIGKILL)
        thread.join(120)
    assert [state(profile) for profile in found] == [state(expected)]


def test_beyond_exactness_the_ranks_stay_within_the_printed_bound(
    folder: Path, cluster: distributed.LocalCluster
) -> None:
    spec = read(folder, columns=("x",))
    (there,) = [one.profile() for one in dask.read_all([spec], 2, cluster.scheduler_address, None)]
    (exact,) = [one.profile() for one in local.read_all([read(folder, columns=("x",), exact=True)])]
    summary, truth = there.columns["x"], exact.columns["x"]
    assert isinstance(summary, NumericSummary)
    assert isinstance(truth, NumericSummary)
    assert 0.0 < summary.rank_error <= 1e-5
    assert summary.n == truth.n == PARTS * ROWS
    ranks = np.append(0.0, np.cumsum(summary.counts))[np.searchsorted(summary.values, truth.values, side="right")]
    assert float(np.abs(ranks - np.cumsum(truth.counts)).max()) <= summary.rank_error * truth.n
    assert summary.mean_and_deviation() == pytest.approx(truth.mean_and_deviation(), rel=1e-12, abs=1e-14)


def test_a_column_that_changes_its_type_is_read_again_as_labels(
    tmp_path: Path, cluster: distributed.LocalCluster
) -> None:
    (tmp_path / "1.csv").write_text("x\n1\n2\n")
    (tmp_path / "2.csv").write_text("x\n1\nabc\n")
    (there,) = [one.profile() for one in dask.read_all([read(tmp_path)], 2, cluster.scheduler_address, None)]
    assert isinstance(there.columns["x"], CategoricalSummary)
    assert there.columns["x"].labels == ("1", "2", "abc")
    assert any(note.code == "read-as-labels" for note in there.notes)


def test_a_fault_on_a_worker_is_told_as_on_this_machine(tmp_path: Path, cluster: distributed.LocalCluster) -> None:
    (tmp_path / "1.csv").write_text("x,y\n1,2\n")
    (tmp_path / "2.csv").write_text("x,y\n1,2\n3\n")
    with pytest.raises(InputError, match=r"2\.csv: row 3 has 1 cell, the first has 2") as fault:
        dask.read_all([read(tmp_path)], 2, cluster.scheduler_address, None)
    assert "-d names the delimiter" in fault.value.remedy


def test_a_scheduler_that_is_not_there_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "_PATIENCE", "1s")
    with pytest.raises(InputError, match="does not answer"):
        dask.read_all([read(folder)], 2, "tcp://127.0.0.1:9", None)


def test_a_scheduler_without_dask_is_refused() -> None:
    from kldiv_cli.engines import Running, checked_running

    with pytest.raises(UsageError, match="--scheduler is the address"):
        checked_running(Running("local", None, "tcp://127.0.0.1:8786"))
