"""What kldiv is timed beside: ``python tests/bench/peers.py NAME REF CUR``."""

import sys
from threading import Thread


def parse(*paths: str) -> None:
    """Parse both files with pandas, in two threads, and compute nothing."""
    import pandas as pd

    def read(path: str) -> None:
        for _ in pd.read_csv(path, chunksize=500_000):
            pass

    threads = [Thread(target=read, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def script(ref: str, cur: str) -> None:
    """The script a user writes: histograms, KL both ways, JS and Wasserstein of every column."""
    import numpy as np
    import pandas as pd
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import entropy, wasserstein_distance

    p, q = pd.read_csv(ref), pd.read_csv(cur)
    for name in p.columns:
        if pd.api.types.is_numeric_dtype(p[name]):
            edges = np.histogram_bin_edges(np.concatenate([p[name], q[name]]), bins=50)
            a, b = np.histogram(p[name], edges)[0] + 0.5, np.histogram(q[name], edges)[0] + 0.5
            w1 = wasserstein_distance(p[name], q[name])
        else:
            counts = pd.concat([p[name].value_counts(), q[name].value_counts()], axis=1).fillna(0) + 0.5
            a, b, w1 = counts.iloc[:, 0], counts.iloc[:, 1], None
        print(name, entropy(a, b), entropy(b, a), jensenshannon(a, b), w1)


def arrow(*paths: str) -> None:
    """Read all columns with pyarrow."""
    import pyarrow.parquet

    for path in paths:
        pyarrow.parquet.read_table(path)


def evidently(ref: str, cur: str) -> None:
    """Evidently's drift preset on both tables."""
    import pandas as pd
    from evidently import Report
    from evidently.presets import DataDriftPreset

    Report([DataDriftPreset()]).run(pd.read_csv(cur), pd.read_csv(ref)).dict()


PEERS = {"parse": parse, "script": script, "arrow": arrow, "evidently": evidently}

if __name__ == "__main__":
    PEERS[sys.argv[1]](*sys.argv[2:])
