import pytest

from reioc.sim_iocs.faults.network import PACKET, RETRANSMISSION, Link, Network


def test_a_good_network_takes_no_time() -> None:
    """Without anything wrong a message arrives when it is sent."""
    assert Link("").arrival(Network(), 10 * PACKET, 5.0) == 5.0


def test_a_rate_makes_messages_wait_for_each_other() -> None:
    """At 1000 bytes/s two messages of 500 bytes arrive after half a second and one, a delay later."""
    link, network = Link(""), Network(rate=1000.0, delay=0.1)

    assert [link.arrival(network, 500, 0.0) for _ in range(2)] == pytest.approx([0.6, 1.1])


def test_nothing_overtakes() -> None:
    """Whatever jitter and losses are, messages arrive in the order in which they were sent."""
    link, network = Link("x"), Network(jitter=1.0, loss=0.3)
    arrivals = [link.arrival(network, 100, now / 10) for now in range(200)]

    assert arrivals == sorted(arrivals)
    assert arrivals[-1] > 19.9


def test_the_same_seed_gives_the_same_network() -> None:
    """What is late is late again with the same seed, and something else is with another."""

    def arrivals(seed: str) -> list[float]:
        link = Link(seed)
        return [link.arrival(Network(loss=0.2), 100, float(now)) for now in range(100)]

    assert arrivals("1") == arrivals("1")
    assert arrivals("1") != arrivals("2")


def test_a_lost_packet_is_sent_again() -> None:
    """As TCP does it, after 0.2 s, then twice as long; what is not lost is not late."""
    link = Link("1")
    late = {round(link.arrival(Network(loss=0.2), 100, 100.0 * now) - 100.0 * now, 6) for now in range(200)}

    assert {0.0, RETRANSMISSION, round(3 * RETRANSMISSION, 6)} <= late


def test_datagrams_are_lost_for_good() -> None:
    """Of datagrams the given share is lost, in a black hole each one."""
    link = Link("1")
    lost = sum(link.is_lost(Network(loss=0.25)) for _ in range(2000))

    assert 400 < lost < 600
    assert link.is_lost(Network(black_hole=True))


@pytest.mark.parametrize("wrong", [{"delay": -1.0}, {"loss": 1.0}, {"rate": float("inf")}, {"jitter": float("nan")}])
def test_a_network_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    """The message names what is wrong."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Network(**wrong)
