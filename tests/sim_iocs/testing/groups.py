"""PVGroups that are served by the tests of the plugin."""

from caproto import ChannelType
from caproto.server import PVGroup, pvproperty


class Shelf(PVGroup):
    """A PV of each kind."""

    number = pvproperty(
        value=1.5, name="number", units="mm", upper_alarm_limit=10.0, upper_ctrl_limit=20.0, record="ai"
    )
    count = pvproperty(value=3, name="count")
    choice = pvproperty(value="off", name="choice", dtype=ChannelType.ENUM, enum_strings=["off", "on"])
    word = pvproperty(value="hello", name="word", dtype=ChannelType.STRING)
    text = pvproperty(value="a long text", name="text", dtype=ChannelType.CHAR, max_length=300)
    numbers = pvproperty(value=[1.0, 2.0, 3.0], name="numbers", max_length=5)
    words = pvproperty(value=["a", "b"], name="words", dtype=ChannelType.STRING, max_length=4)
    label = pvproperty(value="what a macro says", name="{label}", dtype=ChannelType.STRING)
    odd = pvproperty(value=1, name="odd")

    @odd.putter
    async def odd(self, instance, value):
        if value % 2 == 0:
            raise ValueError(f"{value} is even")


def labelled(prefix: str, label: str) -> Shelf:
    """A shelf, made by a function."""
    return Shelf(prefix, macros={"label": f"made:{label}"})
