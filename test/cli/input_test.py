#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bad input: each ends with one sentence on standard error that names the thing, and with exit
status 2, or 1 where a verifier rejects."""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tool import SKEP, Done, Report, built, engines, one_sentence, pcap, pcapng, skep

FRAME = bytes(range(12)) + b"\x08\x00" + bytes(46)
COMMANDS = (("run",), ("verify",), ("dis",), ("maps",), ("maps", "list"), ("maps", "dump"))


def x86_elf():
    """The smallest ELF file of another machine: a header with nothing behind it."""
    ident = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    return ident + struct.pack("<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, 0, 0, 64, 0, 0, 64, 0, 0)


def check_objects(report, folder):
    files = {
        "a text file": b"this is no object\n" * 10,
        "an empty file": b"",
        "an x86 ELF": x86_elf(),
    }
    for what, content in files.items():
        path = folder / "bad.o"
        path.write_bytes(content)
        for command in COMMANDS:
            done = skep(*command, path)
            report.check(f"{' '.join(command)}: {what}", one_sentence(done, 2, "bad.o"), done)
    for command in COMMANDS:
        done = skep(*command, folder / "absent.o")
        report.check(f"{' '.join(command)}: a missing file",
                     one_sentence(done, 2, "absent.o", "No such file"), done)
        done = skep(*command, folder)
        report.check(f"{' '.join(command)}: a directory",
                     one_sentence(done, 2, folder.name, "directory"), done)
    for command in (("run",), ("verify",), ("dis",)):
        done = skep(*command, built("cli_none"))
        report.check(f"{command[0]}: an object without programs",
                     one_sentence(done, 2, "cli_none.o", "no program"), done)


def check_truncated(report, folder):
    """Cut at a hundred lengths; every length is the loader's own test."""
    whole = built("cli_mixed").read_bytes()
    path = folder / "cut.o"
    wrong = []
    for size in range(0, len(whole), max(1, len(whole) // 100)):
        path.write_bytes(whole[:size])
        done = skep("dis", path)
        if not one_sentence(done, 2, "cut.o"):
            wrong.append((size, done))
    report.check("dis: a truncated object", not wrong, wrong[:3])


def check_programs(report):
    done = skep("run", built("cli_helper"))
    report.check("run: an unknown helper", one_sentence(done, 1, "4321", "unknown"), done)
    done = skep("verify", built("cli_helper"))
    report.check("verify: an unknown helper", one_sentence(done, 1, "4321"), done)
    done = skep("run", built("cli_mixed"), "--prog", "unsafe")
    report.check("run: an unverifiable program",
                 one_sentence(done, 1, "cli_mixed.o", "unsafe", "instruction"), done)
    done = skep("run", built("cli_mixed"))
    report.check("run: several programs and none chosen",
                 one_sentence(done, 2, "--prog", "safe", "unsafe", "calls"), done)
    done = skep("run", built("cli_mixed"), "--prog", "saef")
    report.check("run: no such program", one_sentence(done, 2, "saef", "did you mean safe"), done)
    done = skep("run", built("cli_mixed"), "--prog", "probe")
    report.check("run: a type that is not run",
                 one_sentence(done, 2, "probe", "kprobe", "xdp"), done)
    done = skep("run", built("cli_mixed"), "--prog", "untold")
    report.check("run: a section that does not tell the type",
                 one_sentence(done, 2, "untold", "mystery", "--type"), done)
    done = skep("run", built("cli_mixed"), "--prog", "untold", "--type", "xpd")
    report.check("run: no such type", one_sentence(done, 2, "xpd"), done)
    done = skep("run", built("cli_edit.eb" if sys.byteorder == "little" else "cli_edit"))
    report.check("run: an object of the other byte order", one_sentence(done, 2, "endian"), done)


def check_captures(report, folder):
    program = built("cli_edit")
    path = folder / "bad.pcap"

    done = skep("run", program, "--pcap", folder / "absent.pcap")
    report.check("run: a missing capture", one_sentence(done, 2, "absent.pcap"), done)
    done = skep("run", program, "--pcap", folder)
    report.check("run: a directory as capture", one_sentence(done, 2, "directory"), done)
    for what, content in (("text", b"no capture at all\n" * 5), ("an empty file", b"")):
        path.write_bytes(content)
        done = skep("run", program, "--pcap", path)
        report.check(f"run: {what} as capture", one_sentence(done, 2, "bad.pcap"), done)

    for name, link in (("LINUX_SLL", 113), ("IEEE802_11", 105), ("RAW", 101),
                       ("IEEE802_11_RADIO", 127), ("EPON", 259), ("9999", 9999)):
        path.write_bytes(pcap([FRAME], link=link))
        done = skep("run", program, "--pcap", path)
        report.check(f"run: link type {name}",
                     one_sentence(done, 2, "bad.pcap", name, "Ethernet"), done)

    for name, whole in (("pcap", pcap([FRAME] * 3)), ("pcapng", pcapng([FRAME] * 3))):
        # In the middle of the third packet's bytes.
        path.write_bytes(whole[:-20])
        done = skep("run", program, "--pcap", path, "--json")
        report.check(f"run: a {name} file cut in the middle names the packet",
                     one_sentence(done, 2, "bad.pcap", "packet 3", "2 packets before"), done)
        report.check(f"run: a {name} file cut in the middle, results are printed all the same",
                     '"verdicts":{"XDP_PASS":2}' in done.out, done)


def check_outputs(report, folder):
    capture = folder / "good.pcap"
    capture.write_bytes(pcap([FRAME] * 1000))
    run = ("run", built("cli_edit"), "--pcap", capture)

    done = skep(*run, "--pcap-out", folder / "nowhere" / "out.pcap")
    report.check("run: --pcap-out in no folder", one_sentence(done, 2, "out.pcap"), done)
    done = skep(*run, "--pcap-out", capture)
    report.check("run: --pcap-out over the input", one_sentence(done, 2, "good.pcap"), done)
    report.check("run: the input is still there", capture.read_bytes() == pcap([FRAME] * 1000))
    done = skep(*run, "--pcap-out", "-")
    report.check("run: --pcap-out to standard output", one_sentence(done, 2, "--pcap-out"), done)
    if not os.path.exists("/dev/full"):
        report.skip("a full disk", "there is no /dev/full")
        return
    done = skep(*run, "--pcap-out", "/dev/full")
    report.check("run: --pcap-out to a full disk", one_sentence(done, 2, "/dev/full"), done)
    with open("/dev/full", "wb") as full:
        for command in (run, ("dis", built("cli_edit")), ("maps", built("cli_edit")),
                        ("verify", built("cli_edit")), ("features",), ("help",), ("--version",),
                        ("run", "--help")):
            done = skep(*command, stdout=full)
            report.check(f"{command[0]}: standard output on a full disk",
                         one_sentence(done, 2, "standard output"), done)


def check_permission(report, folder):
    """As a user who may not read, if we may become one."""
    become = []
    if os.geteuid() == 0:
        become = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs",
                  "--reuid=65534", "--regid=65534", "--clear-groups"]
        if shutil.which("setpriv") is None:
            report.skip("files that must not be read", "it takes setpriv to become somebody else")
            return
    place = folder / "secret"
    place.mkdir()
    place.chmod(0o755)
    folder.chmod(0o755)
    # Where the build lies, others may have no access.
    tool, program, path = place / "skep", place / "program.o", place / "closed"
    shutil.copy(SKEP, tool)
    shutil.copy(built("cli_edit"), program)
    path.write_bytes(program.read_bytes())
    path.chmod(0)
    for arguments in (("run", path), ("verify", path), ("dis", path), ("maps", path),
                      ("run", program, "--pcap", path), ("run", program, "--data", path)):
        done = subprocess.run([*become, tool, *arguments], capture_output=True, text=True,
                              check=False)
        done = Done(done.returncode, done.stdout, done.stderr)
        report.check(f"{' '.join(Path(str(word)).name for word in arguments)}: not permitted",
                     one_sentence(done, 2, "closed", "Permission denied", "permissions") and
                     "check the name" not in done.err, done)


def check_frames(report, folder):
    program = built("cli_edit")
    path = folder / "frame"

    for size in (0, 13, 3521):
        path.write_bytes(bytes(size))
        done = skep("run", program, "--data", path)
        report.check(f"run: a frame of {size} bytes", one_sentence(done, 2, "frame", str(size)),
                     done)
    path.write_bytes(FRAME)
    contexts = {
        "too short": bytes(23),
        "with metadata's own offset": struct.pack("<6I", 0, len(FRAME), 4, 1, 0, 0),
        "with another end": struct.pack("<6I", 0, len(FRAME) + 1, 0, 1, 0, 0),
        "with 5 bytes of metadata": struct.pack("<6I", 5, len(FRAME), 0, 1, 0, 0),
        "with 256 bytes of metadata": struct.pack("<6I", 256, len(FRAME), 0, 1, 0, 0),
        "with an interface to leave by": struct.pack("<6I", 0, len(FRAME), 0, 1, 0, 1),
    }
    for what, content in contexts.items():
        context = folder / "context"
        context.write_bytes(content)
        done = skep("run", program, "--data", path, "--ctx", context)
        report.check(f"run: a context {what}", one_sentence(done, 2, "context"), done)


def check_usage(report, folder):
    program, capture = built("cli_edit"), folder / "good.pcap"
    cases = {
        (): ("command",),
        ("rum",): ("rum", "did you mean run"),
        ("help", "rum"): ("rum", "run"),
        ("help", "run", "dis"): ("dis", "too many"),
        ("--jsn",): ("--jsn", "skep help"),
        ("--json", "run"): ("skep run --json",),
        ("run",): ("object",),
        ("run", program, program): ("too many",),
        ("run", program, "--no-such"): ("--no-such", "--help"),
        ("run", program, "-x"): ("-x", "--help"),
        ("run", program, "--prog"): ("--prog", "value"),
        ("run", program, "--json=yes"): ("--json",),
        ("run", program, "--engine", "fast"): ("fast", "interp"),
        ("run", program, "--repeat", "0"): ("--repeat", "1"),
        ("run", program, "--repeat", "many"): ("many",),
        ("run", program, "--repeat", "99999999999999999999"): ("--repeat",),
        ("run", program, "--maps", "some"): ("some",),
        ("run", program, "--frame-max", "13"): ("--frame-max",),
        ("run", program, "--engine", "kernel", "--frame-max", "9000"): ("9000", "3520"),
        ("run", program, "--pcap", capture, "--data", capture): ("--pcap", "--data"),
        ("run", program, "--pcap", capture, "--ctx", capture): ("--ctx", "--pcap"),
        ("run", program, "--pcap-out", folder / "out"): ("--pcap-out", "--pcap"),
        ("run", program, "--event", "events"): ("--event",),
        ("run", program, "--event", "absent=event"): ("absent",),
        ("run", built("cli_types"), "--event", "raw=absent"): ("absent",),
        ("verify", program, "--prog", "absent"): ("absent", "edit"),
        ("dis", program, "--prog", "absent"): ("absent", "edit"),
        ("features", "here"): ("here",),
        ("maps", "list"): ("object",),
    }
    for arguments, words in cases.items():
        done = skep(*arguments)
        name = " ".join(Path(str(argument)).name for argument in arguments)
        report.check(f"usage: skep {name}", one_sentence(done, 2, *words), done)


def check_kernel(report):
    names, reason = engines()
    if "kernel" not in names:
        done = skep("run", built("cli_edit"), "--engine", "kernel")
        report.check(f"run: the kernel where bpf(2) is refused ({reason})",
                     one_sentence(done, 2, "bpf(2)"), done)
        return
    done = skep("run", built("cli_mixed"), "--prog", "unsafe", "--engine", "kernel")
    report.check("run: a program that the kernel rejects",
                 one_sentence(done, 1, "cli_mixed.o", "unsafe", "kernel"), done)
    done = skep("run", built("cli_edit"), "--engine", "kernel", "--ifindex", 2000000000)
    report.check("run: an interface that the kernel does not have",
                 done.status == 2 and "--ifindex" in done.err, done)


with Report() as report, tempfile.TemporaryDirectory() as name:
    temporary = Path(name)
    check_objects(report, temporary)
    check_truncated(report, temporary)
    check_programs(report)
    check_captures(report, temporary)
    check_outputs(report, temporary)
    check_permission(report, temporary)
    check_frames(report, temporary)
    check_usage(report, temporary)
    check_kernel(report)
