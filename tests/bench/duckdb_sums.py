"""The sums that scoring rests on as one DuckDB query: windows, discounted past, hour of day, stances."""

from __future__ import annotations

import duckdb
import numpy as np

from core.signals import Panel

HALF_LIFE, GAP = 96.0, 6  # hours
WINDOWS = (1.0, 3.0, 6.0, 168.0)
_QUERY = """
with means as (select narrative, sum(x) / greatest(count(*) filter (tau > 0), 1) as mean from cells group by narrative),
season as (
    select hod, (sum(least(x / greatest(mean, 0.05), 4)) + 30) / (count(*) filter (tau > 0) + 30) as raw
    from cells join means using (narrative) join hours using (t) group by hod
),
profile as (select hod, raw * 24 / (select sum(raw) from season) as m from season)
select
    sum(x * w1), sum(x * w3), sum(v * w1 * w1), sum(v * w3 * w3),
    sum(s * w6), sum(w * w6), sum(w * w6 * w6), sum(s * w168), sum(w * w168),
    sum(x * past), sum(v * past), sum(m * past) filter (tau > 0),
    sum(m * w1) filter (tau > 0), sum(m * w3) filter (tau > 0)
from cells join hours using (t) join profile using (hod)
group by narrative order by narrative
"""  # noqa: E501


class Sums:
    """A database in memory that holds a panel's cells, one row each."""

    def __init__(self, panel: Panel) -> None:
        shape = panel.n.shape
        cells = {
            "narrative": np.repeat(np.arange(shape[0]), shape[1]),
            "t": np.tile(np.arange(shape[1]), shape[0]),
            **{
                name: column.ravel().copy()
                for name, column in {
                    "x": panel.timely_x, "v": panel.timely_v, "tau": panel.tau, "s": panel.S, "w": panel.W
                }.items()
            },
        }  # fmt: skip
        age = shape[1] - 1 - GAP - np.arange(shape[1])
        hours = {
            "t": np.arange(shape[1]),
            "hod": panel.hod,
            "past": np.where(age >= 0, 0.5 ** (age / HALF_LIFE), 0.0),
        }
        for length in WINDOWS:
            window = panel.window(length)
            hours[f"w{length:.0f}"] = np.append(np.zeros(window.first), window.weights)
        self._connection = duckdb.connect()
        for name, columns in (("cells", cells), ("hours", hours)):
            self._connection.register("given", columns)
            self._connection.execute(f"create table {name} as select * from given")
        self._connection.unregister("given")

    def read(self) -> list[tuple[float, ...]]:
        """One row of sums per narrative."""
        return self._connection.execute(_QUERY).fetchall()
