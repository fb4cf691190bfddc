"""Documents as msgpack, arrays as msgpack-numpy has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .sink import Numbered, Unacceptable

__all__ = ["msgpack_packer", "packed"]


def msgpack_packer(extra: str) -> Callable[[Any], bytes]:
    """A function that packs, as a reader unpacks that has called `msgpack_numpy.patch()`.

    Raises ImportError, which names the extra of ours to install, where msgpack-numpy is not.
    """
    import msgpack

    try:
        from msgpack_numpy import encode
    except ImportError as error:
        raise ImportError(f"msgpack-numpy is not installed: pip install 'reioc[{extra}]'") from error

    # Its own `pack` would do, but only where `patch()` has changed msgpack for everybody in this process.
    def pack(what: Any) -> bytes:
        return bytes(msgpack.packb(what, default=encode) or b"")

    return pack


def packed(numbered: Numbered, pack: Callable[[Any], bytes], what: Any) -> bytes:
    """What is sent for a document. Raises Unacceptable for one that cannot be packed."""
    try:
        return pack(what)
    except Exception as error:  # whatever an object makes of being packed
        raise Unacceptable(numbered[0], f"a {numbered[1]} document cannot be packed: {error}") from error
