"""Shares and values, printed and collected for the card, with their intervals."""

from __future__ import annotations

from math import sqrt
from typing import Any


class Figures:
    """Counts by name, printed with 95 % intervals (Wilson 1927)."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[int, int]] = {}
        self.values: dict[str, float] = {}

    def share(self, name: str, cases: list[bool]) -> None:
        """Add a share: how many of the cases are true."""
        self.counts[name] = (sum(cases), len(cases))
        print(f"{name:58} {self.text(name)}", flush=True)

    def value(self, name: str, value: float) -> None:
        """Add a value."""
        self.values[name] = round(value, 4)
        print(f"{name:58} {value:.4f}", flush=True)

    def text(self, name: str) -> str:
        """Return a share as `99.0 % (190 of 192; 96.3 to 99.7)`."""
        met, of = self.counts[name]
        low, high = wilson(met, of)
        share = 100 * met / max(of, 1)
        return f"{share:5.1f} % ({met} of {of}; {100 * low:.1f} to {100 * high:.1f})"

    def as_json(self) -> dict[str, Any]:
        """Return everything for the card."""
        shares = {
            name: {
                "share": round(met / max(of, 1), 4),
                "of": of,
                "interval": [round(limit, 4) for limit in wilson(met, of)],
            }
            for name, (met, of) in self.counts.items()
        }
        return {"measured_on": MEASURED_ON, **shares, **self.values}


MEASURED_ON = (
    "films, chest and hip radiographs and photographs, each by a finder of five that did not learn "
    "from it; the published val crops by the finder that ships, which never saw them"
)


def wilson(met: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if of == 0:
        return 0.0, 1.0
    share = met / of
    middle = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)
