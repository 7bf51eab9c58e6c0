"""What stands in a server's journal, by the program journal_list (tools/journal_list.cc), for comparison with what was
acknowledged."""
import collections
import os
import pathlib
import subprocess

from harness import PROGRAM

JOURNAL_LIST = os.environ.get("FETTLE_JOURNAL_LIST", str(pathlib.Path(PROGRAM).parent / "journal_list"))

Sample = collections.namedtuple("Sample", "segment end host boot sequence received_ms sampled_ms")
Segment = collections.namedtuple("Segment", "number file_bytes good_bytes")


def read_journal(data):
    """(samples in order, segments) of the data folder of a server."""
    done = subprocess.run([JOURNAL_LIST, str(pathlib.Path(data) / "journal")], capture_output=True, text=True, check=True)
    samples, segments = [], []
    for line in done.stdout.splitlines():
        kind, *numbers = line.split()
        (samples if kind == "sample" else segments).append((Sample if kind == "sample" else Segment)(*map(int, numbers)))
    return samples, segments


def segment_path(data, number):
    return pathlib.Path(data) / "journal" / f"{number:016x}.journal"


def positions(samples):
    """Host number -> boot -> the sequences in the order of the journal."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for sample in samples:
        found[sample.host][sample.boot].append(sample.sequence)
    return found


def check_whole(test, samples, acknowledged):
    """Every position up to the acknowledged one is there, once and in order. `acknowledged`: host number -> (boot,
    sequence) of the last, for hosts that never lost a record before it was sent."""
    found = positions(samples)
    for host, (boot, last) in acknowledged.items():
        sequences = found[host][boot]
        test.assertEqual(sequences, list(range(1, len(sequences) + 1)), f"host {host}: gaps or repetitions")
        test.assertGreaterEqual(len(sequences), last, f"host {host}: acknowledged but not in the journal")
