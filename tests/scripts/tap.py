# SPDX-License-Identifier: MIT
"""What tests in Python print: results in TAP, a line each, numbered.

    tap = Tap()
    tap.test("sizes agree", [f"{a} is not {b}"] if a != b else [])
    return tap.end()
"""
import subprocess
import sys

MOST = 10  # reasons that are printed
SKIP = 77  # exit status


def skip(why):
    """End the test: nothing of it can be done here."""
    print(f"1..0 # SKIP {why}")
    sys.exit(SKIP)


def output_of(command):
    """What a command prints; where it cannot do its work here, its last message ends the test."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == SKIP:
        skip((done.stderr.strip().splitlines() or ["?"])[-1])
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"{command[0]} failed")
    return done.stdout.strip()


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def result(self, good, name, *comments):
        """One result, with remarks whatever it is; returns it."""
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        for comment in comments:
            for line in comment.splitlines():
                print(f"# {line}")
        sys.stdout.flush()
        return good

    def test(self, name, wrong):
        """Good when nothing is wrong: no text, or a list of none."""
        wrong = [wrong] if isinstance(wrong, str) and wrong else wrong or []
        return self.result(not wrong, name, *wrong[:MOST])

    def attempt(self, name, done):
        """Good when @done raises nothing."""
        why = ""
        try:
            done()
        except Exception as error:  # whatever it is, it is this result's
            why = str(error) or repr(error)
        return self.test(name, why)

    def end(self):
        """The plan, where none was printed before; the exit status."""
        print(f"1..{self.count}")
        return int(self.failed > 0)
