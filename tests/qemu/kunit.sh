#!/bin/sh
# SPDX-License-Identifier: MIT
#
# In the guest: load a module of KUnit tests and print what they found as TAP,
# a line for each test case.
#
#	kunit.sh MODULE.ko
results=/sys/kernel/debug/kunit

insmod "$1" || exit 1
for file in "$results"/*/results; do
	[ -e "$file" ] || continue
	suite=${file%/results}
	# Indented once are the cases, deeper are values of their parameters.
	awk -v suite="${suite##*/}" '
	/^# Subtest|^KTAP|^TAP/ { next }
	/^    1\.\.[0-9]+/ { planned = substr($1, 4) + 0; next }
	/^    (not )?ok / {
		bad = /^    not /
		sub(/^    (not )?ok [0-9]+ (- )?/, "")
		print (bad ? "not ok" : "ok") " - " suite ": " $0
		seen++
		failed += bad
		next
	}
	/^not ok / { suite_failed = 1 }
	{ sub(/^[ \t]*#*/, ""); print "# " $0 }
	END {
		if (!seen || planned != seen)
			print "not ok - " suite ": " planned + 0 \
				" cases planned, " seen + 0 " seen"
		else if (suite_failed && !failed)
			print "not ok - " suite ": the suite itself"
	}' "$file"
done >/tmp/kunit
grep -q . /tmp/kunit || { echo "no suite in $1"; exit 1; }
cat /tmp/kunit
rmmod "$(basename "$1" .ko)"
