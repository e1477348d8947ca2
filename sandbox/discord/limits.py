"""Rate limits: a bucket per route and major parameter, and its headers. Discord: Rate Limits."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.discord.faults import glob_pattern

DEFAULT_REQUESTS: Final = 200  # far more than a bot needs in one channel, and yet an end
DEFAULT_WINDOW_SECONDS: Final = 1.0
MAJOR: Final = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")


@dataclass(slots=True)
class Bucket:
    """Requests counted in the current window."""

    limit: int
    window_seconds: float
    name: str
    opened: float = 0.0
    used: int = 0

    def take(self, now: float) -> bool:
        """Count one request; False when there is none left."""
        if now - self.opened >= self.window_seconds:
            self.opened, self.used = now, 0
        self.used += 1
        return self.used <= self.limit

    def left_seconds(self, now: float) -> float:
        return max(0.0, self.opened + self.window_seconds - now)

    def headers(self, now: float, wall_seconds: float) -> dict[str, str]:
        left = self.left_seconds(now)
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": f"{wall_seconds + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": self.name,
        }


class RateLimits:
    """All buckets of the sandbox."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._buckets: dict[tuple[str, ...], Bucket] = {}
        self._rules: list[tuple[str, re.Pattern[str], int, float]] = []

    def set(self, method: str, route_glob: str, requests: int, window_seconds: float) -> None:
        """Allow this many requests per window on routes whose template matches; counted anew from now."""
        self._rules.insert(0, (method, glob_pattern(route_glob), requests, window_seconds))
        self._buckets.clear()

    def bucket(self, method: str, template: str, params: Mapping[str, str]) -> Bucket:
        """The bucket a request counts in."""
        majors = [params[name] for name in MAJOR if name in params]
        key = (method, template, *majors)
        if key not in self._buckets:
            limit, window_seconds = self._rule(method, template)
            name = hashlib.sha256(f"{method} {template}".encode()).hexdigest()[:32]
            self._buckets[key] = Bucket(limit, window_seconds, name)
        return self._buckets[key]

    def _rule(self, method: str, template: str) -> tuple[int, float]:
        for wanted, pattern, limit, window_seconds in self._rules:
            if wanted in {"*", method} and pattern.fullmatch(template):
                return limit, window_seconds
        return DEFAULT_REQUESTS, DEFAULT_WINDOW_SECONDS

    def take(self, bucket: Bucket) -> bool:
        return bucket.take(self._monotonic())

    def left_seconds(self, bucket: Bucket) -> float:
        return bucket.left_seconds(self._monotonic())
