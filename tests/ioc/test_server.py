"""PVs that come and go while they are served: caproto's own circuits, and a wire that is a list."""

import asyncio
from contextlib import asynccontextmanager

import caproto
import pytest
from caproto.server import PVGroup

from reioc.ioc.pvs import float_display, float_setting
from reioc.ioc.server import Server, _Context


class Pair(PVGroup):
    """Two PVs, of which one is withdrawn."""

    low = float_setting("Low", "goes")
    high = float_display("High", "stays")


class Client:
    """A client and its circuit in the server; `wire` is what has been sent to it."""

    def __init__(self, context):
        self.wire, self.fails, self.hangs = [], False, False
        ours = caproto.VirtualCircuit(our_role=caproto.SERVER, address=("client", 1), priority=None)
        self.server = context.CircuitClass(ours, self, context)
        self.circuit = caproto.VirtualCircuit(our_role=caproto.CLIENT, address=("server", 1), priority=0)
        self.channels = {}

    async def send(self, data):
        if self.fails:
            raise OSError("the client has gone")
        while self.hangs:  # noqa: ASYNC110  for ever: it takes nothing
            await asyncio.sleep(0)
        self.wire.append(data)

    def getsockname(self):
        return "server", 1

    def close(self):
        pass

    async def say(self, *commands):
        """Send commands, and return what comes back."""
        for command in commands:
            self.circuit.send(command)
        await self.deliver(*commands)
        return self.heard()

    async def deliver(self, *commands):
        """They arrive, whatever the client has heard meanwhile."""
        for command in commands:
            await self.server.command_queue.put(command)
        for _ in range(20):
            await asyncio.sleep(0)

    def heard(self):
        data, self.wire = b"".join(self.wire), []
        commands = self.circuit.recv(data)[0] if data else []
        for command in commands:
            self.circuit.process_command(command)
        return commands

    async def connect(self, *names):
        """Channels to PVs."""
        for name in names:
            self.channels[name] = caproto.ClientChannel(name, self.circuit)
            await self.say(self.channels[name].create())
            assert self.channels[name].states[caproto.CLIENT] is caproto.CONNECTED, name

    @property
    def disconnected(self):
        """The names of the channels that it has been told are no more."""
        gone = [each.cid for each in self.heard() if isinstance(each, caproto.ServerDisconnResponse)]
        return [name for name, channel in self.channels.items() if channel.cid in gone]


class Bench:
    """A server with a pair of PVs, as if it served."""

    def __init__(self):
        self.group = Pair("T:")
        self.server = Server(self.group.pvdb)
        self.context = self.server._context = _Context(self.server._served, ["127.0.0.1"])
        self.goes = {"T:Low": self.group.low}

    @asynccontextmanager
    async def client(self, *names):
        client = Client(self.context)
        self.context.circuits.add(client.server)
        await client.server.run()
        await client.say(caproto.VersionRequest(version=13, priority=0), caproto.ClientNameRequest("anna"))
        await client.connect(*names)
        try:
            yield client
        finally:
            await client.server.tasks.cancel_all(wait=True)


def has(context, name):
    try:
        return context[name] is not None
    except KeyError:
        return False


def test_clients_that_are_connected_are_told():
    """Of the PV, of its fields and of what is asked of it with modifiers; of others nothing."""

    async def test():
        bench = Bench()
        gone = ["T:Low", "T:Low.DESC", "T:Low.EGU", 'T:Low.{"dbnd":{"abs":1}}']
        async with bench.client(*gone, "T:High", "T:High.DESC") as one, bench.client("T:High", "T:Low.PREC") as two:
            await bench.server.withdraw(bench.goes)

            assert one.disconnected == gone
            assert two.disconnected == ["T:Low.PREC"]

    asyncio.run(test())


def test_what_is_withdrawn_is_not_found_any_more():
    """Neither are its fields, which caproto keeps under names of their own."""

    async def test():
        bench = Bench()
        assert has(bench.context, "T:Low.DESC")
        await bench.server.withdraw(bench.goes)

        assert not any(has(bench.context, name) for name in ("T:Low", "T:Low.DESC", "T:Low."))
        assert has(bench.context, "T:High.DESC")
        bench.server.add(bench.goes)
        assert has(bench.context, "T:Low.DESC")

    asyncio.run(test())


@pytest.mark.parametrize("name", ["T:Low", "T:Low.DESC"])
def test_nobody_sends_its_values_any_more(name):
    """Its subscriptions go with it; those on others stay."""

    async def test():
        bench = Bench()
        async with bench.client(name, "T:High") as client:
            await client.say(client.channels[name].subscribe(), client.channels["T:High"].subscribe())
            await bench.server.withdraw(bench.goes)
            left = [sub.channel.name for subs in client.server.subscriptions.values() for sub in subs]
            assert left == ["T:High"]
            while not bench.context.subscription_queue.empty():
                bench.context.subscription_queue.get_nowait()
            await bench.group.low.write(3.0, verify_value=False)
            assert bench.context.subscription_queue.empty()
            await bench.group.high.write(3.0, verify_value=False)

            assert bench.context.subscription_queue.qsize() == 1

    asyncio.run(test())


@pytest.mark.parametrize("trouble", ["fails", "hangs"])
def test_one_that_cannot_be_told_does_not_keep_the_others_from_it(trouble):
    """It goes at the same moment, or does not take what it is sent."""

    async def test():
        bench = Bench()
        async with bench.client("T:Low") as one, bench.client("T:Low") as two, bench.client("T:Low") as three:
            clients = sorted((one, two, three), key=lambda each: list(bench.context.circuits).index(each.server))
            setattr(clients[0], trouble, True)
            withdrawing = asyncio.create_task(bench.server.withdraw(bench.goes))
            for _ in range(20):
                await asyncio.sleep(0)
            assert [each.disconnected for each in clients[1:]] == [["T:Low"]] * 2

            assert withdrawing.done() is (trouble == "fails")
            clients[0].hangs = False
            await withdrawing

    asyncio.run(test())


def test_another_of_the_same_name_can_be_served_at_once():
    """Clients of the one before are told all the same."""

    async def test():
        bench, other = Bench(), Pair("T:")
        async with bench.client("T:Low") as client:
            telling = bench.server.withdraw(bench.goes)
            bench.server.add({"T:Low": other.low})
            await telling

            assert client.disconnected == ["T:Low"]
            assert bench.context["T:Low"] is other.low

    asyncio.run(test())


ASKING = {
    "read": lambda channel: channel.read(),
    "write": lambda channel: channel.write([3.0]),
    "write without an answer": lambda channel: channel.write([3.0], notify=False),
    "subscribe": lambda channel: channel.subscribe(),
    "clear": lambda channel: channel.clear(),
}


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
@pytest.mark.parametrize("told", [True, False])
def test_what_a_client_asks_for_too_late_costs_it_nothing_else(ask, told):
    """What was on its way when the PV was withdrawn is not answered; what it asks for next is."""

    async def test():
        bench = Bench()
        async with bench.client("T:Low", "T:High") as client:
            late = ask(client.channels["T:Low"])
            telling = bench.server.withdraw(bench.goes)
            if told:
                await telling
            await client.deliver(late)
            if not told:
                await telling
            assert client.disconnected == ["T:Low"]
            (answer,) = await client.say(client.channels["T:High"].read())

            assert isinstance(answer, caproto.ReadNotifyResponse)

    asyncio.run(test())


def test_withdrawing_before_anything_is_served_is_possible():
    """A suspender may go while the service starts."""
    group = Pair("T:")
    server = Server(group.pvdb)
    asyncio.run(server.withdraw({"T:Low": group.low}))

    assert list(server._served) == ["T:High"]
