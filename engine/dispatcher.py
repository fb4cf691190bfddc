"""Documents to subscribers, in order.

Rules of this file:
1. A document of a plan has been handed to all its subscribers before the next one is: plans call `process` in the
   engine's thread only.
2. Anybody may subscribe and unsubscribe at any time, from any thread, also from within a subscriber; it counts from
   the next document on.
3. A function that blocks costs the others nothing but time: when its thread is given up they are handed what they have
   missed of that document, and it is passed over until it returns.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal, TypeAlias

from .errors import GivenUp, UnknownDocument

__all__ = ["DOCUMENT_NAMES", "Callback", "Dispatcher", "OnError", "Subscribers", "normalize_subs"]

log = logging.getLogger("reioc.engine")

Callback: TypeAlias = Callable[[str, dict[str, Any]], Any]
Subscribers: TypeAlias = "Callback | Iterable[Callback] | Mapping[str, Callback | Iterable[Callback]]"
OnError: TypeAlias = Literal["warn", "fail"]

DOCUMENT_NAMES = (
    "start",
    "descriptor",
    "event",
    "stop",
    "resource",
    "datum",
    "datum_page",
    "event_page",
    "stream_resource",
    "stream_datum",
    "bulk_events",
    "bulk_datum",
)
_ORDER = ("all", "start", "stop", "event", *(name for name in DOCUMENT_NAMES if name not in ("start", "stop", "event")))


@dataclass(frozen=True, slots=True)
class _Subscription:
    callback: Callback
    name: str
    on_error: OnError | None


class Dispatcher:
    """Calls each subscriber with `(name, document)`, in the order of subscription.

    A function that is subscribed several times is called once per document, until the last subscription is gone.

    Each subscription has its own policy for a callback that raises: `"warn"` logs it and goes on, `"fail"` fails the
    plan (a writer whose data must not be missing). Without one, `ignore_exceptions` decides.
    """

    def __init__(self) -> None:
        self.ignore_exceptions = True
        self._tokens = count()
        self._subscriptions: dict[int, _Subscription] = {}
        self._by_name: dict[str, tuple[_Subscription, ...]] = {}
        self.is_refused: Callable[[], bool] | None = None
        """Whether the thread that asks was given up: nothing that it emits is handed to anybody."""
        self._blocked: list[Callback] = []
        self.first: Callable[[str, dict[str, Any]], object] | None = None
        """Called with each document before any subscriber, whoever subscribes or unsubscribes."""

    def subscribe(self, func: Callback, name: str = "all", *, on_error: OnError | None = None) -> int:
        """Call `func(name, document)` for each document of this name, or for all.

        Returns a token for `unsubscribe`. Raises UnknownDocument (a KeyError and a ValueError) for an unknown name,
        TypeError for what is not callable.
        """
        if callable(name):  # bluesky's order of long ago, which it still takes
            warnings.warn("subscribe(name, func) is the old order: write subscribe(func, name)", stacklevel=3)
            func, name = name, func  # type: ignore[assignment]
        name = _known(name)
        _check_callable(func)
        token = next(self._tokens)
        self._subscriptions[token] = _Subscription(func, name, on_error)
        self._by_name = {}
        return token

    def subscribe_each(self, wanted: Iterable[tuple[str, Callback]]) -> set[int]:
        """Subscribe to all of these (document name, function), or to none if one is refused. Returns the tokens."""
        tokens: set[int] = set()
        try:
            tokens.update(self.subscribe(func, name) for name, func in wanted)
        except BaseException:
            for token in tokens:
                self.unsubscribe(token)
            raise
        return tokens

    def unsubscribe(self, token: int) -> None:
        """Forget the subscription; no matter if it is already forgotten."""
        self._subscriptions.pop(token, None)
        self._by_name = {}

    def unsubscribe_all(self) -> None:
        """Forget all subscriptions."""
        self._subscriptions = {}
        self._by_name = {}

    def process(self, name: Any, doc: dict[str, Any]) -> None:
        """Hand a document to its subscribers. Raises what a subscriber with the policy `"fail"` raised."""
        name = getattr(name, "name", name)
        if self.first is not None:
            if self.is_refused is not None:
                self.refuse_given_up()
            self.first(name, doc)
        cache = self._by_name  # whoever subscribes meanwhile, in another thread, starts a new one
        subscriptions = cache.get(name)
        if subscriptions is None:
            subscriptions = cache[name] = self._subscribed_to(name)
        self.hand(name, doc, iter(subscriptions))

    def record(self, name: str, doc: dict[str, Any]) -> None:
        """The first part of `process`: hand a document to who is first, and to no subscriber."""
        self.refuse_given_up()
        if self.first is not None:
            self.first(name, doc)

    def tell(self, name: str, doc: dict[str, Any]) -> None:
        """The second part of `process`: hand a document to its subscribers. Raises as `process`."""
        self.hand(name, doc, iter(self._subscribed_to(name)))

    def refuse_given_up(self) -> None:
        """Raise GivenUp in a thread that was given up."""
        if self.is_refused is not None and self.is_refused():
            raise GivenUp

    def hand(self, name: str, doc: dict[str, Any], left: Iterator[_Subscription]) -> None:
        """Hand a document to those who are left. Where this is given up half-way, another thread goes on with it."""
        if self.is_refused is not None and self.is_refused():
            raise GivenUp
        missed = None
        for subscription in left:
            if self._blocked and subscription.callback in self._blocked:
                missed = missed if self._is_ignored(subscription) else subscription
                continue
            try:
                subscription.callback(name, doc)
            except Exception:
                if not self._is_ignored(subscription):
                    raise
                log.exception("subscriber %r failed on a %s document; the plan goes on", subscription.callback, name)
        if missed is not None:
            raise RuntimeError(f"subscriber {missed.callback!r} must not miss a document, and is still blocked in one")

    def pass_over(self, callback: Callback) -> None:
        """Hand nothing to a function that is blocked in another thread, until `come_back_to(callback)`."""
        self._blocked = [*self._blocked, callback]

    def come_back_to(self, callback: Callback) -> None:
        """A function that was passed over has returned: it is handed what comes from now on."""
        self._blocked = [other for other in self._blocked if other is not callback]

    def _subscribed_to(self, name: str) -> tuple[_Subscription, ...]:
        wanted: list[_Subscription] = []
        for item in tuple(self._subscriptions.values()):
            if item.name not in (name, "all"):
                continue
            # Compared, not hashed: what is callable need not be hashable.
            twin = next((index for index, other in enumerate(wanted) if other.callback == item.callback), None)
            if twin is None:
                wanted.append(item)
            elif item.on_error == "fail":
                wanted[twin] = item
        return tuple(wanted)

    def _is_ignored(self, subscription: _Subscription) -> bool:
        if subscription.on_error is None:
            return self.ignore_exceptions
        return subscription.on_error == "warn"


def normalize_subs(subs: Subscribers | None) -> list[tuple[str, Callback]]:
    """The subscriptions that a function, a list of functions or a dict by document name stands for.

    In the order of the document names, whatever the order of the dict; raises as `Dispatcher.subscribe`.
    """
    by_name: Any = subs if isinstance(subs, Mapping) and not callable(subs) else {"all": subs}
    wanted = {_known(name): _functions(funcs) for name, funcs in by_name.items()}
    return [(name, func) for name in _ORDER for func in wanted.get(name, ())]


def _functions(funcs: Callback | Iterable[Callback] | None) -> list[Callback]:
    if funcs is None:
        return []
    found = [funcs] if callable(funcs) or not isinstance(funcs, Iterable) else list(funcs)
    for func in found:
        _check_callable(func)
    return found


def _check_callable(func: Any) -> None:
    if not callable(func):
        raise TypeError(f"A subscriber is a function of (name, document), not {func!r}")


def _known(name: Any) -> str:
    name = getattr(name, "name", name)  # event-model's DocumentNames is taken as well
    if name not in ("all", *DOCUMENT_NAMES):
        raise UnknownDocument(f"There are no documents named {name!r}; there are: all, {', '.join(DOCUMENT_NAMES)}")
    return name
