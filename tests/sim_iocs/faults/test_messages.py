import struct

from reioc.sim_iocs.faults.messages import KEPT, Splitter, datagram_from


def _message(command: int, payload: bytes = b"", data_type: int = 0, p1: int = 0, p2: int = 0) -> bytes:
    return struct.pack(">HHHHII", command, len(payload), data_type, 1, p1, p2) + payload


def test_a_stream_is_cut_where_messages_end() -> None:
    """However the bytes come, messages come out whole and in order."""
    messages = [_message(1, b"12345678"), _message(15), _message(4, bytes(80))]
    splitter, found = Splitter(), []
    for byte in b"".join(messages):
        found += splitter.feed(bytes([byte]))

    assert found == messages
    assert splitter.rest == b""


def test_a_large_message_is_passed_on_in_pieces() -> None:
    """What is larger than the limit is not kept until it is whole, and what follows it is cut right again."""
    size = 3 * KEPT
    large = struct.pack(">HHHHIIII", 1, 0xFFFF, 6, 0, 1, 1, size, 1) + bytes(size)
    splitter = Splitter()
    pieces = splitter.feed(large[:KEPT])

    assert b"".join(pieces) == large[:KEPT]
    assert b"".join(splitter.feed(large[KEPT:])) == large[KEPT:]
    assert splitter.feed(_message(15)) == [_message(15)]


def test_an_answer_to_a_search_is_made_to_name_the_port() -> None:
    """Port and address are those of whoever passes it on; the version before it and the search's number stay."""
    version, found = _message(0), _message(6, b"\0\x0d" + bytes(6), data_type=5066, p1=0x7F000001, p2=42)

    told = datagram_from(version + found, 5070)

    assert told == version + _message(6, b"\0\x0d" + bytes(6), data_type=5070, p1=0xFFFFFFFF, p2=42)


def test_a_client_s_search_is_left_as_it_is() -> None:
    """In the other direction nothing is rewritten."""
    search = _message(6, b"SIM:m1\0\0", data_type=10, p1=1, p2=1)

    assert Splitter().feed(search) == [search]


def test_what_is_no_channel_access_is_passed_on() -> None:
    """A datagram that holds no whole message comes out as it went in."""
    assert datagram_from(b"GET /", 5070) == b"GET /"
