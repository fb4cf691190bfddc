"""The access security group of each PV."""

import pytest

from reioc.ioc.access.groups import asg_of


@pytest.mark.parametrize(
    "name", ["Pause", "PauseDeferred", "Resume", "Stop", "StopMotion", "Abort", "Halt", "Plan:Run", "Queue:Start"]
)
def test_what_moves_the_engine_is_a_command(name):
    """Buttons are one group."""
    assert asg_of(name) == "COMMANDS"


@pytest.mark.parametrize("name", ["Susp:Enable", "Susp:Add", "Susp:Beam:Bypass", "Susp:Stop:Enable"])
def test_suspenders_are_a_group_of_their_own(name):
    """Who may run plans may not for that reason switch off an interlock."""
    assert asg_of(name) == "SUSPENDERS"


@pytest.mark.parametrize(
    "name", ["Plan:Name", "Plan:P1:Value", "MD:sample", "Queue:Loop", "Data:XName", "State", "stop"]
)
def test_all_others_are_settings(name):
    """Whatever the table does not name is a setting."""
    assert asg_of(name) == "SETTINGS"


def test_a_configuration_s_patterns_come_first():
    """The first of them that fits counts, before the table."""
    overrides = {"Plan:*": "SCIENTISTS", "Plan:Run": "NEVER", "MD:*": "STAFF"}

    assert asg_of("Plan:Run", overrides) == "SCIENTISTS"
    assert asg_of("MD:user", overrides) == "STAFF"
    assert asg_of("Pause", overrides) == "COMMANDS"
