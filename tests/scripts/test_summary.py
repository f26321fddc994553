#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Test which skips scripts/test-summary lets pass, which it calls a failure, and
what it runs at the same time."""

import json
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SUMMARY = os.path.join(TOP, "scripts", "test-summary")
SKIPS = os.path.join(TOP, "scripts", "skips")

# Name, kind, command.
TAP = ("tap", "script", "echo 1..2; echo ok 1 - one; echo 'ok 2 - two # SKIP no'")
ALL = ("all", "script", "echo '1..0 # SKIP no device'; exit 77")
STEP = ("step", "step", "echo '# nothing to build with'; exit 77")
GOOD = ("good", "script", "echo 1..1; echo ok 1 - one")
SHORT = ("short", "script", "echo ok 1 - one")
BAD = ("bad", "script", "exit 3")


def run(*args, **more):
    return subprocess.run([sys.executable, SUMMARY, *args], check=False,
                          capture_output=True, text=True, **more)


class Case:
    """Tests run as "make check" does it, and a list of skips."""

    count = failed = 0

    def __init__(self, tests, skips):
        with tempfile.TemporaryDirectory() as work:
            plan = os.path.join(work, "plan")
            results = os.path.join(work, "results")
            with open(plan, "w") as file:
                for name, kind, command in tests:
                    file.write(f"{kind}\tsan:{name}\t20\t{command}\n")
            run("--plan", plan, "--results", results, "--logs", work)
            options = []
            if skips is not None:
                options = ["--skips", os.path.join(work, "skips")]
                with open(options[1], "w") as file:
                    file.write(skips)
            total = run("--total", results, *options)
        self.status, self.text = total.returncode, total.stdout + total.stderr

    def check(self, what, status, last, *patterns):
        lines = self.text.strip().splitlines() or [""]
        good = self.status == status and re.search(last, lines[-1]) and all(
            re.search(pattern, self.text, re.M) for pattern in patterns)
        Case.result(what, good, self.text)

    @classmethod
    def result(cls, what, good, text=""):
        cls.count += 1
        cls.failed += not good
        print(f"{'ok' if good else 'not ok'} {cls.count} - {what}")
        if not good:
            for line in text.splitlines():
                print(f"# {line}")


def committed():
    """The list of the repository lets no boot be skipped."""
    results = [{"name": f"qemu-{suite}", "passed": 0, "failed": 0,
                "skipped": 1, "reasons": [], "skips": [["(all)", "no kernel"]]}
               for suite in ("boot-debian", "boot-debug", "boot-iommu", "driver")]
    results.append({"name": "unit", "passed": 9, "failed": 0, "skipped": 0,
                    "reasons": [], "skips": []})
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(json.dumps(result) + "\n" for result in results)
        file.flush()
        total = run("--total", file.name, "--skips", SKIPS)
    Case.result("make check fails without a boot", total.returncode == 1 and
                total.stdout.endswith("9 passed, 4 failed, 0 skipped\n"),
                total.stdout + total.stderr)


def beside():
    """A test that waits does not keep the others from running."""
    with tempfile.TemporaryDirectory() as work:
        plan = os.path.join(work, "plan")
        with open(plan, "w") as file:
            file.write("waiting\tfirst\t20\tuntil [ -e there ]; do sleep .01; done\n"
                       "script\tsecond\t20\tls; touch there\n")
        both = run("--plan", plan, "--jobs", "1", "--logs", work, cwd=work)
    Case.result("what waits takes no place", both.returncode == 0 and
                both.stdout.endswith("2 passed, 0 failed, 0 skipped\n"),
                both.stdout + both.stderr)


def main():
    Case((TAP, GOOD), "san:tap two # why\n").check(
        "a skip with a line passes", 0, "^2 passed, 0 failed, 1 skipped$")
    Case((TAP, GOOD), "san:tap three # why\n").check(
        "a skip without one fails", 1, "^2 passed, 1 failed, 0 skipped$",
        "FAIL  san:tap: two was skipped: no$")
    Case((TAP, GOOD), "tap two # why\n").check(
        "the name is all of it", 1, "^2 passed, 1 failed, 0 skipped$")
    Case((TAP, GOOD), "*tap t?o # why\n").check(
        "patterns match", 0, "^2 passed, 0 failed, 1 skipped$")
    Case((TAP, GOOD), "san:tap (all) # why\n").check(
        "a line for all is none for a part", 1, " 1 failed, ")
    Case((ALL, GOOD), "san:all (all) # why\n").check(
        "a plan of nothing is one skip", 0, "^1 passed, 0 failed, 1 skipped$")
    Case((ALL, GOOD), "").check(
        "and fails without a line", 1, "^1 passed, 1 failed, 0 skipped$",
        "FAIL  san:all: .all. was skipped: no device$")
    Case((STEP, GOOD), "").check(
        "exit 77 is a skip with the last words", 1,
        "^1 passed, 1 failed, 0 skipped$", "was skipped: nothing to build with$")
    Case((STEP, BAD, GOOD), "* * # why\n").check(
        "no line lets a failure pass", 1, "^1 passed, 1 failed, 1 skipped$",
        "FAIL  san:bad: exit 3$")
    Case((STEP, GOOD), None).check(
        "without a list all skips pass", 0, "^1 passed, 0 failed, 1 skipped$")
    Case((STEP, GOOD), "san:step (all)\n").check(
        "a line needs a reason", 1, "skips:1: expected NAME PATTERN # reason$")
    Case((SHORT, GOOD), None).check(
        "TAP without a plan may be incomplete", 1,
        "^2 passed, 1 failed, 0 skipped$", "FAIL  san:short: TAP without a plan")
    committed()
    beside()
    print(f"1..{Case.count}")
    return 1 if Case.failed else 0


if __name__ == "__main__":
    sys.exit(main())
