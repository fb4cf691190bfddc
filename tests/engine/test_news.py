"""How callers wait."""

import sys
import threading

from reioc.engine.news import News


def interrupted_at(number: int, news: News) -> bool:
    """Whether a wait of three looks is interrupted if Ctrl-C comes at its nth step: line, call, return, in any file."""
    steps, answers = 0, iter((False, False, True))

    def is_so():
        news.tell()
        return next(answers)

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


def test_ctrl_c_anywhere_in_a_wait_leaves_the_others_free():
    """Wherever it strikes, those who tell are not held up, and those who wait later are told."""
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


def test_a_wait_ends_with_its_time():
    """It says that it is not so."""
    assert not News().wait_for(lambda: False, timeout=0.01)
