#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tap.sh and tap.py say "not ok" of what is wrong, with the reasons, and fail
# then. Prints TAP, without their help.
set -u
tap=$(dirname "$0")/tap.sh
expected='ok 1 - true
not ok 2 - false
# status 1
ok 3 - as expected
not ok 4 - another status
# exit status 1 instead of 2
# no such thing
not ok 5 - other words
# does not say '"'these'"'
# no such thing
not ok 6 - not clean
# a sanitizer complained
# runtime error: no
1..6
status 1'
got=$(bash -c '
. "$1"
complain() { echo "$1" >&2; return 1; }
holds true true
holds false false
asks 1 "no such|thing" complain "no such thing"
verdict "as expected" "${why[@]}"
asks 2 "" complain "no such thing"
verdict "another status" "${why[@]}"
asks 1 "such|these" complain "no such thing"
verdict "other words" "${why[@]}"
asks 1 "no" complain "runtime error: no"
verdict "not clean" "${why[@]}"
finish' tap-test "$tap"; echo "status $?")
status=0
echo "1..4"
if [ "$got" = "$expected" ]; then
	echo "ok 1 - verdicts and status"
else
	status=1
	echo "not ok 1 - verdicts and status"
	diff <(echo "$expected") <(echo "$got") | sed 's/^/# /'
fi
left=$(bash -c '. "$1"; : >"$work/file"; echo "$work"' tap-test "$tap")
if [ -n "$left" ] && [ ! -e "$left" ]; then
	echo "ok 2 - leaves nothing behind"
else
	status=1
	echo "not ok 2 - leaves nothing behind"
	echo "# $left"
fi

# python LINES: what they print with a Tap, and their status
python() {
	PYTHONPATH=$(dirname "$tap") "${PYTHON:-/usr/bin/python3}" -c "
import sys
from tap import Tap
tap = Tap()
$1
sys.exit(tap.end())"
	echo "status $?"
}
# same NUMBER NAME EXPECTED GOT
same() {
	[ "$3" = "$4" ] && echo "ok $1 - $2" && return
	status=1
	echo "not ok $1 - $2"
	diff <(echo "$3") <(echo "$4") | sed 's/^/# /'
}
same 3 "Python, all good" 'ok 1 - none
ok 2 - text
ok 3 - good
# a
# b
ok 4 - done
1..4
status 0' "$(python '
tap.test("none", [])
tap.test("text", "")
tap.result(True, "good", "a\nb")
tap.attempt("done", lambda: None)')"
same 4 "Python, one of each wrong" 'not ok 1 - list
# 0
# 1
not ok 2 - text
# why
not ok 3 - bad
not ok 4 - raises
# ValueError()
1..4
status 1' "$(python '
tap.test("list", ["0", "1"])
tap.test("text", "why")
tap.result(False, "bad")
def fails():
    raise ValueError
tap.attempt("raises", fails)')"
exit $status
