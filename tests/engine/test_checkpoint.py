"""What is repeated after an interruption."""

from reioc.engine import Msg
from reioc.engine.checkpoint import Checkpoint

A, B, C = (Msg(name) for name in "abc")


def test_the_beginning_is_a_checkpoint():
    """A plan can be resumed from its beginning."""
    checkpoint = Checkpoint()
    checkpoint.record(A)

    assert checkpoint.resumable
    assert checkpoint.rewind() == [A]


def test_mark_forgets_what_was_before():
    """Only what came after the checkpoint is repeated."""
    checkpoint = Checkpoint()
    checkpoint.record(A)
    checkpoint.mark()
    checkpoint.record(B)
    checkpoint.record(C)

    assert checkpoint.rewind() == [B, C]


def test_what_is_repeated_is_recorded_anew():
    """After a rewind there is nothing to repeat, until it is executed again."""
    checkpoint = Checkpoint()
    checkpoint.record(A)
    checkpoint.rewind()

    assert checkpoint.rewind() == []
    assert checkpoint.resumable


def test_clear_until_the_next_mark():
    """Without a checkpoint nothing is recorded; a soft mark does not make one, a mark does."""
    checkpoint = Checkpoint()
    checkpoint.clear()
    checkpoint.record(A)
    checkpoint.mark_if_resumable()
    assert not checkpoint.resumable

    checkpoint.mark()
    checkpoint.record(B)
    assert checkpoint.resumable
    assert checkpoint.rewind() == [B]


def test_soft_mark():
    """What cannot be repeated makes a checkpoint behind it, where the plan can be resumed at all."""
    checkpoint = Checkpoint()
    checkpoint.record(A)
    checkpoint.mark_if_resumable()

    assert checkpoint.rewind() == []


def test_not_rewindable():
    """With rewindable off nothing is repeated, but the plan can be resumed."""
    checkpoint = Checkpoint()
    checkpoint.record(A)
    checkpoint.rewindable = False
    checkpoint.record(B)

    assert checkpoint.resumable
    assert checkpoint.rewind() == []


def test_rewindable_again():
    """Switching back makes a checkpoint; setting what is already set does not."""
    checkpoint = Checkpoint()
    checkpoint.rewindable = False
    checkpoint.rewindable = True
    checkpoint.record(A)
    checkpoint.rewindable = True

    assert checkpoint.rewind() == [A]


def test_rewindable_does_not_bring_a_checkpoint_back():
    """A plan that said it cannot be resumed is not made resumable by a switch."""
    checkpoint = Checkpoint()
    checkpoint.clear()
    checkpoint.rewindable = False
    checkpoint.rewindable = True

    assert not checkpoint.resumable


def test_retract_takes_back_the_last_one_only():
    """A message that is executed again at once is not recorded twice; another one stays."""
    checkpoint = Checkpoint()
    checkpoint.record(A)
    checkpoint.record(B)
    checkpoint.retract(A)
    checkpoint.retract(B)
    checkpoint.retract(Msg("a"))

    assert checkpoint.rewind() == [A]


def test_without_a_checkpoint_a_rewind_makes_none():
    """A plan that pauses between runs can still not be taken up again where it has said so."""
    checkpoint = Checkpoint()
    checkpoint.clear()

    assert checkpoint.rewind() == []
    assert not checkpoint.resumable
