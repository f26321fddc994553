#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run the commands of a page of docs/ and compare what they print.

	tutorial.py [--update] [PAGE [MODULE...]]

PAGE is docs/tutorial-simulator.md by default; without one of the modules of
Python it is skipped.

A block of the page that begins with "$ " is commands with their output, and a
command that ends in <<'END' goes on to a line END. "..." alone stands for any
lines, at the end of a line for the rest of it. Commands run in a folder that
looks like the top one, with M as the page, or compiler.md, says. Of a tutorial
all blocks are commands, and numbers of the text are those that commands print,
perhaps rounded, or stand in the comment at its end. Prints TAP; with --update
the page gets what the commands print now.
"""
import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tempfile

SRC = os.environ.get("GS_SRC") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("GS_BUILD", "build"))
ARGS = [arg for arg in sys.argv[1:] if arg != "--update"]
NAME = ARGS[0] if ARGS else "docs/tutorial-simulator.md"
STRICT = os.path.basename(NAME).startswith("tutorial-")
PAGE = os.path.join(SRC, NAME)
WIDTH = 120
TIMEOUT = 60
PROGRESS = re.compile(r"gs-sim: \d+ of \d+ points\n")


class Command:
    """A command of the page: lines [first, last) are it and its output."""

    def __init__(self, first, text):
        self.first, self.text, self.shown = first, text, []

    @property
    def last(self):
        return self.first + self.text.count("\n") + 1 + len(self.shown)


def is_whole(text):
    try:
        shlex.split(text)
    except ValueError:
        return False
    return not text.endswith("\\")


def read_block(lines, first):
    """Commands of the block whose text begins at this line; where it ends."""
    commands = []
    at = first
    while lines[at] != "```":
        if not lines[at].startswith("$ "):
            commands[-1].shown.append(lines[at])
            at += 1
            continue
        command = Command(at, lines[at][2:])
        heredoc = re.search(r"<<'(\w+)'$", command.text)
        while not (command.text.endswith("\n" + heredoc[1]) if heredoc
                   else is_whole(command.text)):
            at += 1
            command.text += "\n" + lines[at]
        commands.append(command)
        at += 1
    return commands, at


def read_page(lines):
    commands = []
    at = 0
    while at < len(lines):
        if lines[at].startswith("```"):
            is_command = lines[at + 1].startswith("$ ")
            assert is_command or not STRICT, \
                f"line {at + 2}: a block that begins with no command"
            if is_command:
                block, at = read_block(lines, at + 1)
                commands += block
            else:
                at = lines.index("```", at + 1)
        at += 1
    return commands


def matches(shown, output):
    """Do the lines of the page stand for these?"""
    if not shown:
        return not output
    if shown[0] == "...":
        return any(matches(shown[1:], output[i:])
                   for i in range(len(output) + 1))
    if not output:
        return False
    line = shown[0]
    same = output[0].startswith(line[:-3]) if line.endswith("...") \
        else output[0] == line
    return same and matches(shown[1:], output[1:])


def models():
    """The value of M"""
    for name in (PAGE, os.path.join(SRC, "docs/compiler.md")):
        with open(name, encoding="utf-8") as page:
            found = re.search(r"`M=([^`]+)`", page.read())
        if found:
            return found[1]
    return ""


def run(command, folder):
    """Lines it prints, and what is wrong with it otherwise."""
    env = dict(os.environ, PATH=f"{BUILD}/bin:{os.environ['PATH']}",
               LC_ALL="C", PYTHONWARNINGS="ignore", M=models())
    for name in ("GSC", "GENESYS_DEVICE"):
        env.pop(name, None)
    done = subprocess.run(["bash", "-c", "set -o pipefail; " + command.text],
                          cwd=folder, env=env, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=TIMEOUT)
    wrong = []
    if done.returncode:
        wrong.append(f"exit status {done.returncode}")
    said = PROGRESS.sub("", done.stderr)
    if said:
        wrong.append(f"says: {said.rstrip()}")
    return done.stdout.splitlines(), wrong


def numbers(text):
    """Those that mean something: long ones, fractions and shares."""
    found = re.findall(r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)(?![\w]| x)( %)?", text)
    return [number.replace(",", "") for number, percent in found
            if percent or "." in number or len(number) > 2]


def prose(lines, commands):
    """The text without commands, code, addresses and machines, and its comment."""
    shown = set()
    for command in commands:
        shown.update(range(command.first, command.last))
    text = "\n".join(line for at, line in enumerate(lines)
                     if at not in shown and not line.startswith("```"))
    text, _, comment = text.partition("<!--")
    text = re.sub(r"`[^`]*`|\]\([^)]*\)", " ", text)
    return text, comment


def stale_numbers(lines, commands, printed):
    """Numbers of the text that are neither printed nor in the comment."""
    text, comment = prose(lines, commands)
    known = [float(n) for n in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", printed)]
    known += [float(n.replace(",", "")) for n in
              re.findall(r"\d[\d,]*(?:\.\d+)?", comment)]
    stale = []
    for number in numbers(text):
        digits = len(number.partition(".")[2])
        if not any(round(n, digits) == float(number) for n in known):
            stale.append(number)
    return stale


def make_folder(folder):
    for name in ("tests", "hw-model", "compiler", "scripts"):
        os.symlink(os.path.join(SRC, name), os.path.join(folder, name))
    os.mkdir(os.path.join(folder, "build"))
    os.symlink(os.path.join(BUILD, "bin"), os.path.join(folder, "build/bin"))


def shorten(line):
    return line if len(line) <= WIDTH else line[:WIDTH - 3] + "..."


def updated(shown, output):
    """The same number of lines before and behind those left out."""
    output = [shorten(line) for line in output]
    if "..." not in shown:
        return output
    at = shown.index("...")
    behind = len(shown) - at - 1
    return output[:at] + ["..."] + (output[-behind:] if behind else [])


def check_matches():
    """The comparison finds what is wrong."""
    output = ["a 1", "b 2", "c 3"]
    right = [["a 1", "b 2", "c 3"], ["a 1", "..."], ["...", "c 3"],
             ["a ...", "b 2", "c 3"], ["a 1", "...", "c 3"]]
    wrong = [["a 1", "b 2"], ["a 1", "b 3", "c 3"], ["...", "b 2"], [],
             ["b ...", "b 2", "c 3"], ["a 1", "b 2", "c 3", "d 4"]]
    return all(matches(shown, output) for shown in right) and \
        not any(matches(shown, output) for shown in wrong)


def check(lines, commands, folder):
    failed = False
    printed = ""
    for number, command in enumerate(commands, 2):
        output, wrong = run(command, folder)
        printed += "\n".join([command.text] + output + [""])
        if not matches(command.shown, output):
            wrong.append("prints something else:")
            wrong += output
        ok = "not ok" if wrong else "ok"
        title = command.text.replace("\n", " ").replace("#", "")[:90]
        print(f"{ok} {number} - line {command.first + 1}: {title}")
        for line in wrong:
            print(f"# {line}")
        failed |= bool(wrong)
    if not STRICT:
        return failed
    stale = stale_numbers(lines, commands, printed)
    print("not ok" if stale else "ok", len(commands) + 2,
          "- numbers of the text are printed")
    for number in stale:
        print(f"# {number} is not")
    return failed or bool(stale)


def update(lines, commands, folder):
    outputs = []
    for command in commands:
        output, wrong = run(command, folder)
        if wrong:
            sys.exit(f"{PAGE}:{command.first + 1}: {'; '.join(wrong)}")
        outputs.append(updated(command.shown, output))
    for command, output in reversed(list(zip(commands, outputs))):
        begin = command.last - len(command.shown)
        lines[begin:command.last] = output
    with open(PAGE, "w", encoding="utf-8") as page:
        page.write("\n".join(lines) + "\n")


def missing():
    return [name for name in ARGS[1:]
            if not importlib.util.find_spec(name)]


def main():
    if missing():
        print(f"1..0 # SKIP python3-{missing()[0]} is not installed")
        return 77
    with open(PAGE, encoding="utf-8") as page:
        lines = page.read().splitlines()
    commands = read_page(lines)
    with tempfile.TemporaryDirectory(prefix="tutorial.") as folder:
        make_folder(folder)
        if "--update" in sys.argv[1:]:
            update(lines, commands, folder)
            return 0
        print(f"1..{len(commands) + 1 + STRICT}")
        good = check_matches() and len(commands) > (8 if STRICT else 1)
        print("ok 1 - wrong output is found" if good else
              "not ok 1 - wrong output is found")
        return check(lines, commands, folder) or not good


if __name__ == "__main__":
    sys.exit(main())
