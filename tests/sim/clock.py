"""The clocks of a run: one goes on by itself, the other is what somebody set the time to."""


class Clock:
    """`now` seconds since the start; the time of day is `now` beside an offset that jumps. Both are virtual."""

    def __init__(self, rng):
        self.now = 1000.0
        self.offset = 1.8e9
        self._rng = rng
        self._slow = rng.choice((1e-5, 1e-4, 5e-4))

    def tick(self):
        """A call took its time."""
        self.now += self._slow * self._rng.random()

    def jump(self):
        """Somebody sets the time of day: hours back or on, days at a change of the battery."""
        self.offset += self._rng.choice((-86400, -3600, -1, 1, 3600, 86400 * 400))

    def monotonic(self):
        return self.now

    def time(self):
        return self.now + self.offset
