"""How callers wait."""

import sys
import threading

from reioc.engine.face.news import News


def interrupted_at(number: int, news: News) -> bool:
    """Whether a wait of three looks is interrupted if Ctrl-C comes at its nth step: line, call, return, in any file."""
    steps, looks = 0, 0

    def is_so():
        nonlocal looks
        looks += 1
        return looks > 2

    def trace(frame, event, arg):
        nonlocal steps
        steps += 1
        if steps == number:
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        news.wait_for(is_so)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_ctrl_c_anywhere_in_a_wait_leaves_the_others_free(monkeypatch):
    """Wherever it strikes, those who tell are not held up, and those who wait later are told."""
    monkeypatch.setattr("reioc.engine.face.news.SIGNAL_LOOK", 0)
    number, interrupted = 0, True
    while interrupted:
        number += 1
        news = News()
        interrupted = interrupted_at(number, news)
        telling = threading.Thread(target=news.tell, daemon=True)
        telling.start()
        telling.join(10)
        assert not telling.is_alive(), f"interrupted at step {number}, it keeps others from telling"

    assert number > 10


def test_one_who_waits_is_told():
    """A change in another thread ends the wait at once, long before the next look at signals."""
    news, so = News(), threading.Event()

    def change():
        so.set()
        news.tell()

    threading.Timer(0.01, change).start()

    assert news.wait_for(so.is_set, timeout=20)


def test_nobody_is_woken_for_what_concerns_others(monkeypatch):
    """Who tells looks whether it is so for whoever waits; only then is the waiting thread woken, and looks itself."""
    monkeypatch.setattr("reioc.engine.face.news.SIGNAL_LOOK", 20)
    news, lookers = News(), []
    first_look, so = threading.Event(), threading.Event()

    def is_so():
        lookers.append(threading.current_thread())
        first_look.set()
        return so.is_set()

    waiting = threading.Thread(target=news.wait_for, args=(is_so,))
    waiting.start()
    assert first_look.wait(20)
    news.tell()
    so.set()
    news.tell()
    waiting.join(20)

    assert not waiting.is_alive()
    assert lookers.count(waiting) == 2  # at the beginning, and when it was so
    assert lookers.count(threading.current_thread()) == 2


def test_a_wait_ends_with_its_time():
    """It says that it is not so."""
    assert not News().wait_for(lambda: False, timeout=0.01)
