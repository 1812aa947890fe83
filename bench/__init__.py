"""Benchmarks: ratios measured side by side in one run, never absolute claims. Started by ``./dev bench``."""

import sys
from pathlib import Path

# The lab (real mail servers on the loopback) belongs to the tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
