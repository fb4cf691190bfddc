"""Which channels of a scaler are read, and what they are called."""

import pytest

from reioc.devices.parts.scaler_channels import choose

NAMES = {1: "time", 2: "I0", 3: "", 4: "it (2)", 5: "I0"}


def test_all_that_have_a_name_are_read():
    """But the clock; names become words, each once."""
    assert choose("sc", NAMES, None) == {"I0": 2, "it_2_": 4, "I0_5": 5}


def test_channels_are_chosen_by_name_or_number_in_that_order():
    """One without a name is called by its number; no name is that of the counted time."""
    assert choose("sc", NAMES, [3, "it (2)", 1]) == {"s3": 3, "it_2_": 4, "time_1": 1}


@pytest.mark.parametrize("wanted", ["I1", 9])
def test_a_channel_that_there_is_not_is_refused(wanted):
    """With those that there are."""
    with pytest.raises(ValueError, match=rf"^sc has no channel {wanted!r}.*it has 1 'time', 2 'I0', 3 ''"):
        choose("sc", NAMES, [wanted])


def test_a_scaler_without_names_says_what_to_do():
    """Instead of reading nothing."""
    with pytest.raises(ValueError, match=r"none of its 2 channels has a name; say which, channels=\[1, 2\]"):
        choose("sc", {1: "time", 2: ""}, None)
