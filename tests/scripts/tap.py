# SPDX-License-Identifier: MIT
"""What tests in Python print: results in TAP, a line each, numbered.

    tap = Tap()
    tap.test("sizes agree", [f"{a} is not {b}"] if a != b else [])
    return tap.end()
"""
import sys

MOST = 10  # reasons that are printed


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
