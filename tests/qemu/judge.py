#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Judge a run of run-qemu.sh and print its TAP.

    judge.py --out DIR --name NAME --status STATUS [options]

DIR holds what the run left behind: "list", the tests; "tap", what the guest
says of them; "console" and "guest/dmesg", the kernel log; "qemu.log".

The run fails when a test fails or says nothing, when the machine does not end
with the magic code, or the status of --ends, and when the kernel log holds a
warning or worse: between the marks "begin TEST" and "end TEST" of init that
test fails by name, and with the name of a case of it after the mark "case CASE",
until "case-end CASE" or the next mark.

Hosts differ in speed, so a run that takes longer than its --budget says so, and
fails only when it takes more than three times as long.

A result that is skipped or expected to fail must match a line of the file
--skips, else it fails. Lines are

    RUN  PATTERN  # reason

where RUN is the name of the run or *, and PATTERN, with * and ?, is compared
with "TEST: NAME". A line for this run that matches nothing fails as well.
"""

import argparse
import fnmatch
import os
import re
import sys

MAGIC = 43
TOO_LONG = 3  # times the budget
LONGEST = 5  # tests to name
TIMEOUT = 124

SPLAT = re.compile("|".join((
    r"WARNING:", r"BUG[: ]", r"Oops", r"KASAN:", r"KFENCE", r"KCSAN", r"UBSAN:",
    r"ODEBUG: Out of", r"DEBUG_LOCKS", r"lockdep is turned off",
    r"suspicious RCU usage", r"possible (circular|recursive|irq) ",
    r"INFO: task .* blocked", r"INFO: trying to register", r"Call Trace",
    r"rcu: INFO", r"Bad page", r"general protection", r"unable to handle",
    r"Kernel panic", r"refcount_t:", r"page allocation failure",
    # Not what it says at the start.
    r"DMA-API: (?!preallocated|debugging enabled by)", r"DMAR: .*fault",
    r"DMAR: \[DMA", r"scheduling while atomic", r"sleeping function called",
    r"list_(add|del) corr", r"suspected memory leak")))
SECONDS = re.compile(r"^\[ *([0-9]+\.[0-9]+)\]")
STAMP = re.compile(r"^(\[ *[0-9]+\.[0-9]+\]\s*(\[ *[TC][0-9]+\]\s*)?)")
MARK = re.compile(r"genesys-test: (begin|end|case-end|case)(?: (.*?))?"
                  r"(?:: -?[0-9]+)?$")
RESULT = re.compile(r"^(not )?ok - (.*)$")
DIRECTIVE = re.compile(r"^(.*?)\s*#\s*(SKIP|XFAIL|XPASS)\b[:\s]*(.*)$", re.I)


def lines_of(path):
    try:
        with open(path, errors="replace") as file:
            return file.read().replace("\r", "").splitlines()
    except FileNotFoundError:
        return []


class Output:
    """TAP of the run, numbered."""

    def __init__(self, name):
        self.name, self.count, self.failed = name, 0, 0

    def result(self, good, what, comment=()):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {self.name}: {what}")
        for line in comment:
            print(f"# {line}")


class Skips:
    """The lines of the file of skips which are about this run."""

    def __init__(self, path, run):
        self.patterns, self.used = [], set()
        for number, line in enumerate(lines_of(path), 1):
            if not line.strip() or line.startswith("#"):
                continue
            match = re.match(r"^(\S+)\s+(.+?)\s+#\s+\S", line)
            if not match:
                sys.exit(f"judge: {path}:{number}: "
                         "expected RUN PATTERN # reason")
            if fnmatch.fnmatchcase(run, match.group(1)):
                self.patterns.append(match.group(2))

    def allow(self, what):
        found = [p for p in self.patterns if fnmatch.fnmatchcase(what, p)]
        self.used.update(found)
        return bool(found)

    def unused(self):
        return [p for p in self.patterns if p not in self.used]


def judge_line(line, skips, output):
    match = RESULT.match(line)
    if not match:
        if line.startswith("#"):
            print(line)
        return
    good, what = not match.group(1), match.group(2)
    directive = DIRECTIVE.match(what)
    if not good or not directive:
        output.result(good, what)
        return
    what, word, reason = directive.groups()
    if word.upper() == "XPASS":
        output.result(False, f"{what}: expected to fail, and passes")
    elif skips.allow(what):
        note = "" if word.upper() == "SKIP" else "fails as expected: "
        output.result(True, f"{what} # SKIP {note}{reason}")
    else:
        output.result(False, f"{what}: {word.lower()} without a line in the "
                      f"list of skips: {reason}")


def judge_tests(args, skips, output):
    lines = lines_of(os.path.join(args.out, "tap"))
    for line in lines:
        judge_line(line, skips, output)
    # Each test must have come to its end.
    for test in lines_of(os.path.join(args.out, "list")):
        name = test.split("\t")[0]
        said = re.compile(r"(not )?ok - " + re.escape(name) + r"($|:| #)")
        if not any(said.match(line) for line in lines):
            output.result(False, f"{name}: no result")
    if not args.partial:
        for pattern in skips.unused():
            output.result(False, f"the list of skips has \"{pattern}\", "
                          "which matches nothing")


def judge_end(args, output):
    if args.status == args.ends:
        what = "the magic code" if args.ends == MAGIC else f"status {args.ends}"
        output.result(True, f"ends with {what}" +
                      (f" after {args.seconds} s" if args.seconds else ""))
    elif args.status == TIMEOUT:
        output.result(False, f"timeout after {args.timeout} s")
    else:
        output.result(False, f"QEMU ends with status {args.status}, "
                      f"not {args.ends}")


def longest(path):
    """The tests that took longest, as (seconds, name), by the kernel's clock."""
    begun, tests = {}, []
    for line in lines_of(path):
        mark, stamp = MARK.search(line), SECONDS.match(line)
        if not mark or not stamp:
            continue
        what, name = mark.groups()
        if what == "begin":
            begun[name] = float(stamp.group(1))
        elif what == "end" and name in begun:
            tests.append((float(stamp.group(1)) - begun[name], name))
    return sorted(tests, reverse=True)[:LONGEST]


def judge_time(args, output):
    if not args.budget:
        return
    print(f"# {args.name}: {args.seconds} s, budget {args.budget} s")
    tests = longest(os.path.join(args.out, "console"))
    print("# longest: " + ", ".join(f"{name} {seconds:.0f} s"
                                    for seconds, name in tests))
    if args.seconds > TOO_LONG * args.budget:
        output.result(False, f"takes {args.seconds} s, more than {TOO_LONG} "
                      f"times its budget of {args.budget} s")


def splats(path, allowed):
    """Lines of a log that are splats, by the test and case they are in."""
    found, test, case = {}, None, None
    for line in lines_of(path):
        text = STAMP.sub("", line)
        mark = MARK.search(text)
        if mark:
            what, name = mark.groups()
            case = name if what == "case" else None
            if what in ("begin", "end"):
                test = name if what == "begin" else None
        elif SPLAT.search(text) and not (
                allowed and allowed.search(text)):
            found.setdefault((test, case), {})[text] = None
    return found


def judge_log(args, allowed, output):
    found = {}
    for log in ("console", "guest/dmesg"):
        for place, texts in splats(os.path.join(args.out, log), allowed).items():
            found.setdefault(place, {}).update(texts)
    for place, texts in found.items():
        names = [name for name in place if name]
        output.result(False, ": ".join(names + ["the kernel log is clean"]) +
                      ("" if names else " outside of tests"), list(texts)[:20])
    if not found:
        output.result(True, "the kernel log is clean")


def judge_qemu(args, allowed, output):
    """QEMU's own complaints: failed assertions, sanitizers."""
    bad = [line for line in lines_of(os.path.join(args.out, "qemu.log"))
           if not (allowed and allowed.search(line))]
    if bad:
        output.result(False, "QEMU does not complain", bad[:40])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--status", type=int, required=True)
    parser.add_argument("--ends", type=int, default=MAGIC,
                        help="the status there should be")
    parser.add_argument("--seconds", type=int, help="the run took")
    parser.add_argument("--budget", type=int, help="the run should take")
    parser.add_argument("--timeout", help="the run could take")
    parser.add_argument("--allow", help="pattern of lines that are no failure")
    parser.add_argument("--skips", required=True)
    parser.add_argument("--partial", action="store_true",
                        help="not all tests of the run were wanted")
    args = parser.parse_args()

    allowed = re.compile(args.allow) if args.allow else None
    output = Output(args.name)
    skips = Skips(args.skips, args.name)
    judge_tests(args, skips, output)
    judge_end(args, output)
    judge_time(args, output)
    judge_log(args, allowed, output)
    judge_qemu(args, allowed, output)
    print(f"1..{output.count}")
    if output.failed:
        console = os.path.join(args.out, "console")
        print(f"# end of the console, {console}:")
        for line in lines_of(console)[-40:]:
            print(f"# {line}")
    return 1 if output.failed else 0


if __name__ == "__main__":
    sys.exit(main())
