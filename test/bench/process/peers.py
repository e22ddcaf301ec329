"""The same questions put to PM4Py and Polars: peers.py LOG.xes.gz LOG.parquet COPIES, one line of JSON."""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")
xes, parquet, copies = sys.argv[1], sys.argv[2], int(sys.argv[3])
figures = {}


def timed(name, work):
    start = time.perf_counter()
    result = work()
    figures[name] = (time.perf_counter() - start) * 1000
    return result


try:
    import polars as pl

    one = pl.read_parquet(parquet).select(
        pl.col("case:concept:name").alias("case"),
        pl.col("concept:name").alias("activity"),
        pl.col("time:timestamp").alias("time"),
    )
    frame = pl.concat([one.with_columns(pl.col("case") + f" {copy}") for copy in range(copies)])
    sorted_frame = frame.with_columns(
        pl.col("case").cast(pl.Categorical), pl.col("activity").cast(pl.Categorical)
    ).sort("case", "time", maintain_order=True)

    def polars_map():
        wait = (pl.col("time") - pl.col("time").shift(1)).dt.total_milliseconds()
        edges = sorted_frame.lazy().with_columns(
            pl.col("activity").shift(1).alias("before"),
            wait.alias("wait"),
            (pl.col("case") == pl.col("case").shift(1)).alias("same"),
        )
        return (
            edges.filter(pl.col("same"))
            .group_by("before", "activity")
            .agg(
                pl.len(),
                pl.col("wait").mean().alias("mean"),
                pl.col("wait").median().alias("median"),
                pl.col("wait").min().alias("min"),
                pl.col("wait").max().alias("max"),
            )
            .collect()
        )

    polars_map()
    timed("polars_map_ms", polars_map)
except ImportError:
    pass

try:
    import pm4py

    log = timed("pm4py_read_ms", lambda: pm4py.read_xes(xes, show_progress_bar=False))
    import pandas as pd

    large = pd.concat(
        [log.assign(**{"case:concept:name": log["case:concept:name"] + f" {copy}"}) for copy in range(copies)]
    )
    timed("pm4py_map_ms", lambda: pm4py.discover_performance_dfg(large))
except ImportError:
    pass

print(json.dumps(figures))
