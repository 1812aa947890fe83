"""What a benchmark returns and how it is shown."""

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Result:
    """One line: our value beside the anchor's. ``ratio`` is above 1 when ours is better."""

    name: str
    value: float
    unit: str
    anchor: str
    anchor_value: float
    ratio: float
    # What the numbers do not say; shown below the table.
    note: str = field(default="", kw_only=True)

    @classmethod
    def of_rates(cls, name, unit, rate, anchor, anchor_rate, *, note=""):
        """Compare two rates: more is better."""
        return cls(name, _rounded(rate), unit, anchor, _rounded(anchor_rate), _ratio(rate, anchor_rate), note=note)

    @classmethod
    def of_costs(cls, name, unit, cost, anchor, anchor_cost, *, note=""):
        """Compare two costs: less is better."""
        return cls(name, _rounded(cost), unit, anchor, _rounded(anchor_cost), _ratio(anchor_cost, cost), note=note)


def as_table(results, goals):
    """Return the results as an aligned table, with the notes below.

    :param goals: ``{name: smallest ratio that is good enough}``
    """
    rows = [("benchmark", "ours", "unit", "anchor", "its value", "ratio", "goal")]
    for result in results:
        goal = goals.get(result.name)
        verdict = "" if goal is None else f"{goal} {'reached' if result.ratio >= goal else 'MISSED'}"
        rows.append((*(str(value) for value in _numbers(result).values()), verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines + ["", *(f"{result.name}: {result.note}" for result in results if result.note)])


def as_json(results):
    """Return the results as a JSON list of ``{name, value, unit, anchor, anchor_value, ratio}``."""
    return json.dumps([_numbers(result) for result in results], indent=2) + "\n"


def _numbers(result):
    return {key: value for key, value in asdict(result).items() if key != "note"}


def _rounded(number):
    """One digit after the point, more for small numbers."""
    return round(number, 1 if number >= 10 else 3)


def _ratio(better, worse):
    return round(better / worse, 2)
