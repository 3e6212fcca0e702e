"""What Azure's quotas allow, on wall time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Bucket:
    """A token bucket. Source: ARM limits since 2024: 250 reads + 25/s, 200 writes or deletes + 10/s."""

    size: float
    refill: float
    tokens: float
    at: float

    def take(self, wall: float) -> float | None:
        """Take one token; return None, or the seconds until the next one."""
        self.tokens = min(self.size, self.tokens + (wall - self.at) * self.refill)
        self.at = wall
        if self.tokens < 1:
            return (1 - self.tokens) / self.refill
        self.tokens -= 1
        return None


class Buckets:
    """One bucket for each subscription, principal and kind of operation."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str, str], Bucket] = {}

    def of(self, subscription: str, principal: str, method: str, wall: float) -> tuple[str, Bucket]:
        """Return the kind (`reads`, `writes`, `deletes`) and its bucket."""
        kind = "reads" if method in {"GET", "HEAD"} else "deletes" if method == "DELETE" else "writes"
        size, refill = (250.0, 25.0) if kind == "reads" else (200.0, 10.0)
        key = (subscription.lower(), principal, kind)
        return kind, self._buckets.setdefault(key, Bucket(size, refill, size, wall))


class Window:
    """So many requests in so many seconds, as Resource Graph counts them (15 in 5 s)."""

    def __init__(self, limit: int = 15, seconds: float = 5.0) -> None:
        self._limit = limit
        self._seconds = seconds
        self._taken: dict[str, list[float]] = {}

    def take(self, principal: str, wall: float) -> tuple[bool, int, float]:
        """Count a request; return (allowed, remaining, seconds until the quota resets)."""
        recent = [at for at in self._taken.get(principal, []) if wall - at < self._seconds]
        allowed = len(recent) < self._limit
        if allowed:
            recent.append(wall)
        self._taken[principal] = recent
        resets = self._seconds - (wall - recent[0]) if recent else self._seconds
        return allowed, self._limit - len(recent), max(0.0, resets)
