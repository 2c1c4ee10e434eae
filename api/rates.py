"""How often somebody may ask: one moment per key, in this process's memory.

The rule is the generic cell rate algorithm: so many requests a minute, evenly, after a burst of a whole minute's worth.
It needs one number a key, no timer and no lock, and knows to the second when the next request is welcome. Guessing of
passwords is another matter, counted in PostgreSQL over all processes (`models/signin`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

_MINUTE_S = 60.0
_KEYS_MOST = 100_000
"""Keys remembered at once; about 20 MB. Whoever fills this with networks of his own makes all counts begin anew."""


class Rate:
    """A number of requests a minute for each key; 0: as many as one likes."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._step_s = _MINUTE_S / per_minute if per_minute else 0.0
        self._clock = clock
        self._full_at: dict[Hashable, float] = {}
        """Key -> when its burst will be whole again."""

    def take(self, key: Hashable) -> float:
        """Count one request of a key; return 0.0 when it is welcome, else for how many seconds it is not."""
        if not self._step_s:
            return 0.0
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now) + self._step_s
        wait_s = full_at - now - _MINUTE_S
        if wait_s > self._step_s / 1e6:  # a millionth of a step: what adding up floats may cost
            return wait_s
        if len(self._full_at) >= _KEYS_MOST and key not in self._full_at:
            self._forget(now)
        self._full_at[key] = full_at
        return 0.0

    def _forget(self, now: float) -> None:
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        if len(self._full_at) > _KEYS_MOST // 2:
            self._full_at = {}
