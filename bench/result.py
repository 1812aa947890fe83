"""What a benchmark returns and how it is shown."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Result:
    """One line: our value beside the anchor's. ``ratio`` is above 1 when ours is better."""

    name: str
    value: float
    unit: str
    anchor: str
    anchor_value: float
    ratio: float

    @classmethod
    def of_rates(cls, name, unit, rate, anchor, anchor_rate):
        """Compare two rates: more is better."""
        return cls(name, round(rate, 1), unit, anchor, round(anchor_rate, 1), round(rate / anchor_rate, 2))


def as_table(results):
    """Return the results as an aligned table."""
    rows = [("benchmark", "ours", "unit", "anchor", "its value", "ratio")]
    rows += [tuple(str(cell) for cell in asdict(result).values()) for result in results]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def as_json(results):
    return json.dumps([asdict(result) for result in results], indent=2) + "\n"
