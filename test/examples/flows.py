# SPDX-License-Identifier: Apache-2.0
"""What the tests of examples/flows share: running it, and its results as Python values."""

import json
import subprocess
import sys
from collections import namedtuple
from ipaddress import IPv6Address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE, Report  # noqa: F401 (for those who import this)

OBJECT = SOURCE / "examples/flows/flows.bpf.o"
CAPTURE = SOURCE / "examples/captures/office.pcap"

# The names of `enum count` in flows.bpf.c, in its order.
COUNTERS = ("ipv4", "ipv6", "not_ip", "tcp", "udp", "icmp", "icmpv6", "other", "vlan", "qinq",
            "fragment", "malformed", "dropped")

Key = namedtuple("Key", "src dst src_port dst_port vlan inner_vlan protocol later_fragment")
Flow = namedtuple("Flow", "packets bytes dropped")
Event = namedtuple("Event", "key tcp_flags dropped bytes")


class Refused(Exception):
    """skep's answer was not 0."""


def run(engine, *arguments, program=OBJECT):
    """The JSON that `skep run` prints for the flows program."""
    command = [BUILD / "skep", "run", program, "--engine", engine, "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(f"exit status {done.returncode} of {' '.join(map(str, command))}:\n"
                      f"{done.stderr}")
    return json.loads(done.stdout)


def engines():
    """The engines there are here, and {engine: why not} for the others."""
    done = subprocess.run([BUILD / "skep", "features", "--json"], capture_output=True, text=True,
                          check=True)
    features = json.loads(done.stdout)
    reasons = {"jit": f"no backend for {features['machine']}",
               "kernel": f"bpf(2): {features['kernel']['bpf_error']}"}
    there = [name for name, works in features["engines"].items() if works]
    return there, {name: reasons[name] for name in reasons if name not in there}


def key_of(fields):
    assert fields["reserved"] == 0, fields
    values = dict(fields)
    for name in ("src", "dst"):
        values[name] = IPv6Address(bytes(fields[name]["in6_u"]["u6_addr8"]))
    return Key(*(values[name] for name in Key._fields))


class Result:
    """Maps of a run. Per-CPU values are summed over the cpus; variables of all data sections stand
    together, because compilers put them into different ones."""

    def __init__(self, report):
        maps = {entry["name"]: entry for entry in report["maps"]}
        self.verdicts = report.get("verdicts")
        self.retval = report["retval"]
        self.flows = {key_of(entry["key"]): Flow(**entry["value"])
                      for entry in maps["flows"]["entries"]}
        self.counters = {}
        for entry in maps["counters"]["entries"]:
            self.counters[COUNTERS[entry["key"]]] = tuple(
                sum(cpu[name] for cpu in entry["value"]) for name in ("packets", "bytes"))
        self.events = [Event(key_of(event["key"]), event["tcp_flags"], event["dropped"],
                             event["bytes"]) for event in maps["events"]["events"]]
        self.variables = {}
        for name, entry in maps.items():
            if "." in name:
                for value in entry["entries"]:
                    self.variables.update(value["value"])
        self.rules = maps["rules"]["entries"]

    def sum_of(self, field, wanted=lambda key: True):
        return sum(getattr(flow, field) for key, flow in self.flows.items() if wanted(key))

    def differences(self, other):
        """Sentences about what differs, none if nothing does."""
        found = []
        for name in ("verdicts", "retval", "flows", "counters", "events", "variables", "rules"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine == theirs:
                continue
            if isinstance(mine, dict):
                for key in sorted(set(mine) | set(theirs)):
                    if mine.get(key) != theirs.get(key):
                        found.append(f"{name}: {key}: {mine.get(key)} and {theirs.get(key)}")
            else:
                found.append(f"{name}: {mine} and {theirs}")
        return found


def result(engine, *arguments, program=OBJECT):
    return Result(run(engine, *arguments, program=program))


def over_capture(engine, *settings, program=OBJECT):
    """Result over the capture with variables set, each as "name=value"."""
    sets = [argument for setting in settings for argument in ("--set", setting)]
    return result(engine, "--pcap", CAPTURE, *sets, program=program)
