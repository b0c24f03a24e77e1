# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command line share: running it, making and reading captures."""

import json
import struct
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE, Report  # noqa: F401 (for those who import this)

SKEP = BUILD / "skep"
ETHERNET = 1

Done = namedtuple("Done", "status out err")


def skep(*arguments, stdin=None, stdout=subprocess.PIPE, cwd=None):
    done = subprocess.run([SKEP, *map(str, arguments)], input=stdin, stdout=stdout,
                          stderr=subprocess.PIPE, cwd=cwd, check=False, timeout=300)
    return Done(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())


def skep_json(*arguments, **options):
    """The JSON printed; an assertion fails if the command did."""
    done = skep(*arguments, "--json", **options)
    assert done.status == 0, f"{arguments}: exit status {done.status}: {done.err}"
    return json.loads(done.out)


def built(name):
    """An object of test/objects."""
    return BUILD / "test" / "objects" / f"{name}.o"


def engines():
    """Engines that can run here, and why the kernel is not one of them (None if it is)."""
    features = skep_json("features")
    names = [name for name, there in features["engines"].items() if there]
    return names, features["kernel"]["bpf_error"]


Packet = namedtuple("Packet", "data seconds fraction size_on_wire", defaults=(0, 0, None))


def pcap(packets, link=ETHERNET, nano=False, order="<"):
    """A capture file's bytes. `packets`: bytes, or Packet."""
    magic = 0xa1b23c4d if nano else 0xa1b2c3d4
    out = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 262144, link)
    for packet in packets:
        if not isinstance(packet, Packet):
            packet = Packet(packet)
        size = packet.size_on_wire if packet.size_on_wire is not None else len(packet.data)
        out += struct.pack(f"{order}IIII", packet.seconds, packet.fraction, len(packet.data), size)
        out += packet.data
    return out


def pcapng(packets, link=ETHERNET):
    """The same in the newer format, microseconds."""
    def block(kind, body):
        body += bytes(-len(body) % 4)
        size = struct.pack("<I", len(body) + 12)
        return struct.pack("<I", kind) + size + body + size

    out = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    out += block(1, struct.pack("<HHI", link, 0, 262144))
    for packet in packets:
        out += block(6, struct.pack("<IIIII", 0, 0, 0, len(packet), len(packet)) + packet)
    return out


def read_pcap(path):
    """Packets of a little-endian file with nanoseconds, as skep writes it."""
    data = Path(path).read_bytes()
    magic, _, _, _, _, _, link = struct.unpack_from("<IHHiIII", data)
    assert magic == 0xa1b23c4d and link == ETHERNET, (hex(magic), link)
    packets, at = [], 24
    while at < len(data):
        seconds, fraction, size, size_on_wire = struct.unpack_from("<IIII", data, at)
        packets.append(Packet(data[at + 16:at + 16 + size], seconds, fraction, size_on_wire))
        at += 16 + size
    return packets


def maps_by_name(result):
    return {entry["name"]: entry for entry in result["maps"]}


def variables(result):
    """Global variables after a run, of all data sections."""
    found = {}
    for name, entry in maps_by_name(result).items():
        if "." in name:
            found.update(entry["entries"][0]["value"])
    return found


def one_sentence(done, status, *words):
    """True for that exit status and one line on standard error that has all the words and nothing
    of a crash."""
    lines = done.err.splitlines()
    return (done.status == status and len(lines) == 1 and lines[0].startswith("skep: ") and
            all(word in done.err for word in words))
