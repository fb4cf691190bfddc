"""A process that is killed while it records."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import reioc.ioc
from reioc.ioc.journal import Journal, JournalReader

KILLS = 10


class Nursery:
    """Children that record, one after the other, until they are killed."""

    def __init__(self):
        command = [sys.executable, str(Path(__file__).with_name("nursery.py")), reioc.ioc.__path__[0]]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def kill_after(self, path, lines):
        """What a child has said that it has kept when it is killed, at its so manyth word."""
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        pid, said = 0, []
        while (words := self.process.stdout.readline().split()) != ["gone"]:
            assert words, "the nursery has ended"
            if words[0] == "pid":
                pid = int(words[1])
            else:
                said.append((words[1], int(words[2])))
            if pid and len(said) >= lines:
                os.kill(pid, signal.SIGKILL)
                lines = sys.maxsize
        return said

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


def check(path, said):
    """What is in the journal after one kill, opened again."""
    journal = Journal(path)
    with JournalReader(path) as reader:
        documents = reader.after(0, 1_000_000)
        runs = reader.runs()
        items = [uid for uid, _, _ in reader.items()]
    journal.close()

    assert [seq for seq, _, _ in documents] == list(range(1, len(documents) + 1))
    events = {(doc["descriptor"][:-2], doc["seq_num"]) for _, name, doc in documents if name == "event"}
    assert set(said) <= events
    assert all(run.stop is not None for run in runs)
    assert len(journal.recovered) <= 1  # it makes one run at a time
    for run in journal.recovered:
        found = sorted(number for uid, number in events if uid == run.uid)
        assert found == list(range(1, len(found) + 1))
        assert sum(run.stop["num_events"].values()) == len(found)
    assert len(items) % 2 == 0  # they are stored in twos
    return len(runs)


def test_what_was_durable_is_there_after_a_kill(path):
    """At any moment: every document that was kept, in order, and each run has its RunStop; again and again."""
    nursery, moments, runs = Nursery(), random.Random(6), 0
    try:
        for _ in range(KILLS):
            said = nursery.kill_after(path, moments.randint(1, 12))
            more = check(path, said)
            assert more > runs
            runs = more
    finally:
        nursery.close()

    assert check(path, []) == runs
