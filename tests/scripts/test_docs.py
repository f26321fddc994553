#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Links of the documents lead somewhere: to a file of the repository, and to a
heading of it where they name one; docs/development.md leads to each page of
docs/. Prints TAP."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.environ.get("GS_SRC") or os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
from tap import Tap  # noqa: E402


def prose(path):
    """The lines that are no code."""
    lines, code = [], False
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("```"):
                code = not code
            elif not code:
                lines.append((number, line.rstrip("\n")))
    return lines


def anchors(path):
    """What a viewer makes of headings: small letters, no marks, '-' for blanks."""
    found = set()
    for _, line in prose(path):
        match = re.match(r"#+ (.*)", line)
        if match:
            text = re.sub(r"[^\w\- ]", "", match[1].strip().lower())
            name = base = text.replace(" ", "-")
            number = 0
            while name in found:
                number += 1
                name = f"{base}-{number}"
            found.add(name)
    return found


def links(path):
    """Targets of a page, with their lines; links may go over the end of one."""
    lines = prose(path)
    text = "\n".join(re.sub(r"`[^`]*`", "", line) for _, line in lines)
    for match in re.finditer(r"\]\(([^()\s]+)\)", text):
        yield lines[text.count("\n", 0, match.start())][0], match[1]


def check(path):
    wrong = []
    for number, target in links(path):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = os.path.normpath(os.path.join(os.path.dirname(path), name)) \
            if name else path
        where = f"{os.path.relpath(path, ROOT)}:{number}: {target}"
        if not os.path.exists(file):
            wrong.append(f"{where}: no such file")
        elif anchor and anchor not in anchors(file):
            wrong.append(f"{where}: no such heading")
    return wrong


def main():
    tap = Tap()
    pages = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders
                            if not name.startswith((".", "build")))
        pages += [os.path.join(folder, name) for name in sorted(names)
                  if name.endswith(".md")]
    for page in pages:
        tap.test(os.path.relpath(page, ROOT), check(page))
    rooms = os.path.join(ROOT, "docs/development.md")
    listed = {target for _, target in links(rooms)} | {"development.md"}
    tap.test("development.md leads to all of docs/", sorted(
        {os.path.basename(page) for page in pages
         if os.path.dirname(page) == os.path.dirname(rooms)} - listed))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
