"""The demo's configuration; the demo itself is in tests/system."""

import pytest

from reioc.ioc.demo import with_ports


@pytest.mark.parametrize(("engine", "simulation"), [(5066, 5068), (5062, 5064), (15066, 15068)])
def test_a_port_may_look_like_the_other_one(engine, simulation):
    """Each of the two ports goes where its own was, also where one is, or contains, the other's number."""
    text = with_ports('port = 5064\naddr_list = ["127.0.0.1:5066"]', engine, simulation)

    assert text == f'port = {engine}\naddr_list = ["127.0.0.1:{simulation}"]'
