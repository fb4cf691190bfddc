"""A bad network, as a pure function of what is sent over it.

Rules of this file: nothing here waits, or looks at a clock. With the same seed and the same messages the same ones are
late, by the same time.
"""

import math
from dataclasses import dataclass, fields
from random import Random

__all__ = ["Link", "Network"]

PACKET = 1448
"""Bytes of a TCP segment on Ethernet."""
RETRANSMISSION = 0.2
"""Seconds after which Linux sends a lost segment again; twice as long for each time after that."""
MOST_LOSSES = 8
"""A packet is lost at most so often in a row, so that everything arrives at some time."""


@dataclass(frozen=True)
class Network:
    """How bad it is, each way; seconds and bytes per second. Raises ValueError for what cannot be."""

    delay: float = 0.0
    jitter: float = 0.0
    """Up to so much more, at random."""
    rate: float = 0.0
    """0: as fast as it goes."""
    loss: float = 0.0
    """The share of packets that are lost: of TCP they come late, and all that is behind them, of UDP never."""
    black_hole: bool = False
    """Nothing gets through, and nobody is told."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not 0 <= value < math.inf:
                raise ValueError(f"{each.name} must be a number from 0 on, not {value}")
        if self.loss >= 1:
            raise ValueError(f"loss is a share of the packets, below 1, not {self.loss}; black_hole lets none through")


class Link:
    """One direction of a connection; or of many, where they are datagrams."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)
        self._free = -math.inf
        self._last = -math.inf

    def arrival(self, network: Network, size: int, now: float) -> float:
        """When a message of so many bytes is there, if it is sent now; never before the one sent before it."""
        self._free = max(now, self._free) + (size / network.rate if network.rate else 0.0)
        late = network.delay + network.jitter * self._random.random()
        late += sum(self._resending(network.loss) for _ in range(math.ceil(size / PACKET)))
        self._last = max(self._last, self._free + late)
        return self._last

    def is_lost(self, network: Network) -> bool:
        """Whether a datagram that is sent now gets lost."""
        return network.black_hole or self._random.random() < network.loss

    def _resending(self, loss: float) -> float:
        """How long one packet takes more for having been lost."""
        losses = 0
        while losses < MOST_LOSSES and self._random.random() < loss:
            losses += 1
        return RETRANSMISSION * (2**losses - 1)
