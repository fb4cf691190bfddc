"""Messages as bytes, judged by caproto's own parser where it has one."""

from __future__ import annotations

import itertools
import struct

import caproto
import pytest
from caproto._commands import read_from_bytestream
from hypothesis import given
from hypothesis import strategies as st

from reioc.ioc.channel_access.wire import ECA, Command, Framer, ProtocolError, error, message

LIMIT = 256


def feed(framer, *chunks):
    """All messages in these chunks, as they come."""
    found = []
    for chunk in chunks:
        framer.feed(chunk)
        while (msg := framer.next()) is not None:
            found.append(msg)
    return found


def cut(data, places):
    """The pieces of something that is cut at these places."""
    ends = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(ends)]


def plain(msg):
    return msg.command, msg.data_type, msg.count, msg.p1, msg.p2, msg.payload, msg.is_left_out


number, word = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
messages = st.builds(
    message,
    number,
    st.one_of(st.binary(max_size=40), st.integers(LIMIT - 9, 3 * LIMIT).map(bytes)),
    data_type=number,
    count=st.one_of(st.integers(0, 40), word),
    p1=word,
    p2=word,
)


@given(st.lists(messages, max_size=6), st.lists(st.integers(0, 2000), max_size=12))
def test_however_a_stream_is_cut_its_messages_are_the_same(sent, places):
    """Chunks are the network's affair; messages that are too large are left out whatever they are."""
    stream = b"".join(sent)
    whole = feed(Framer(LIMIT), *sent)
    parts = feed(Framer(LIMIT), *cut(stream, places))

    assert len(whole) == len(sent)
    assert [plain(each) for each in parts] == [plain(each) for each in whole]


@given(number, st.binary(max_size=LIMIT - 8), number, word, word, word)
def test_what_is_said_is_what_is_heard(command, payload, data_type, count, p1, p2):
    """A message comes out as it went in, but for the padding."""
    (msg,) = feed(Framer(LIMIT), message(command, payload, data_type=data_type, count=count, p1=p1, p2=p2))

    padded = payload.ljust(-(-len(payload) // 8) * 8, b"\0")
    assert plain(msg) == (command, data_type, count, p1, p2, padded, False)


@pytest.mark.parametrize(("size", "count"), [(0xFFFF - 6, 1), (8, 0xFFFF), (0x20000, 0x10000)])
def test_numbers_that_need_more_room_get_a_longer_header(size, count):
    """The size from 65535, and the count as well: one that is 65535 would be taken for the mark of a long header."""
    sent = message(1, bytes(size), count=count)
    (msg,) = feed(Framer(1 << 20), sent)

    assert (len(sent), len(msg.payload), msg.count) == (24 + -(-size // 8) * 8, -(-size // 8) * 8, count)


def test_the_largest_message_with_a_short_header():
    """65528 bytes."""
    sent = message(1, bytes(0xFFF8), count=0xFFFE)

    assert len(sent) == 16 + 0xFFF8


def test_the_first_bytes_of_a_message_are_kept_for_an_error():
    """The 16 of its header, of a long one, too."""
    sent = message(1, bytes(0x10000))
    (msg,) = feed(Framer(1 << 20), sent)

    assert msg.head == sent[:16]


@pytest.mark.parametrize("size", [1, 7, 12])
def test_a_size_that_is_no_multiple_of_8_is_no_message(size):
    """It is told of as soon as the header is there, with which the client showed it."""
    head = struct.pack(">HHHHII", 1, size, 0, 0, 0, 0)
    with pytest.raises(ProtocolError, match=f"a message of {size} bytes; its size must be a multiple of 8") as caught:
        feed(Framer(LIMIT), head)

    assert caught.value.head == head


def test_a_long_size_that_is_no_multiple_of_8_is_no_message():
    """As with a short header."""
    with pytest.raises(ProtocolError, match="70001 bytes"):
        feed(Framer(LIMIT), struct.pack(">HHHHIIII", 1, 0xFFFF, 0, 0, 0, 0, 70001, 1))


@pytest.mark.parametrize("chunk", [1, 16, 100, 5000])
def test_nothing_is_kept_of_a_message_that_is_too_large(chunk):
    """It is told of at once, skipped as it comes, and what follows is found."""
    stream = message(4, bytes(4 * LIMIT), p1=7) + message(23)
    framer, found, most = Framer(LIMIT), [], 0
    for at in range(0, len(stream), chunk):
        found += feed(framer, stream[at : at + chunk])
        most = max(most, len(framer._bytes))

    assert [(each.command, each.is_left_out, each.payload) for each in found] == [(4, True, b""), (23, False, b"")]
    assert most <= max(chunk, 16)


def test_a_message_of_the_limit_is_taken():
    """One of 8 bytes more is not."""
    taken, left_out = feed(Framer(LIMIT), message(1, bytes(LIMIT)), message(1, bytes(LIMIT + 8)))

    assert (taken.is_left_out, left_out.is_left_out) == (False, True)


def test_a_message_that_is_not_all_there_is_waited_for():
    """Nothing comes of its beginning."""
    sent = message(1, bytes(32))

    assert feed(Framer(LIMIT), sent[:-1]) == []


def parsed(data):
    """By caproto, as a client."""
    rest, command, _ = read_from_bytestream(bytearray(data), caproto.SERVER)
    assert rest == b""
    return command


@given(word, word)
def test_caproto_understands_a_message(cid, sid):
    """Of one that tells of a channel."""
    told = parsed(message(Command.CREATE_CHAN, data_type=6, count=100_000, p1=cid, p2=sid))

    assert isinstance(told, caproto.CreateChanResponse)
    assert (told.data_type, told.data_count, told.cid, told.sid) == (6, 100_000, cid, sid)


@given(st.text(max_size=500))
def test_caproto_understands_an_error(text):
    """Whom it concerns, about which message, and why; a text is cut rather than refused."""
    about = message(Command.WRITE, bytes(8), data_type=6, count=1, p1=3, p2=9)[:16]
    told = parsed(error(ECA.PUTFAIL, about, 5, text))

    assert isinstance(told, caproto.ErrorResponse)
    assert (told.cid, told.status) == (5, caproto.CAStatus.ECA_PUTFAIL.value)
    assert bytes(told.original_request) == about
    assert bytes(told.error_message).rstrip(b"\0") == text.encode("utf-8", "replace")[:400].rstrip(b"\0")


def test_every_status_is_one_that_caproto_knows():
    """With its severity."""
    ours = {name: value for name, value in vars(ECA).items() if name.isupper()}

    assert ours == {name: caproto.CAStatus[f"ECA_{name}"].value.code_with_severity for name in ours}


def test_every_command_is_one_that_caproto_knows():
    """By the number that it has there."""
    theirs = {each.ID for each in vars(caproto).values() if isinstance(each, type) and hasattr(each, "ID")}
    ours = {value for name, value in vars(Command).items() if name.isupper()}

    assert ours <= theirs
