#!/bin/sh
# SPDX-License-Identifier: MIT
#
# In the guest: the function disappears in the middle of a job, and comes back.
# The host pulls and plugs at our marks.
device=/sys/bus/pci/devices/0000:01:00.0

count=0
# wait_for WHAT COMMAND...
wait_for() {
	count=$((count + 1))
	what=$1
	shift
	for _ in $(seq 200); do
		if "$@"; then
			echo "ok - $what"
			return
		fi
		sleep 0.1
	done
	echo "not ok - $what"
}

for round in 1 2 3; do
	job --endless "$1" &
	sleep 2
	echo "# at unplug" >/dev/ttyS1
	wait_for "unplugged, round $round" test ! -e $device
	kill %1
	wait
	echo "# at plug" >/dev/ttyS1
	wait_for "plugged in again, round $round" test -e $device
	sleep 1
done
# The job has a plan of its own.
echo "1..$count"
job "$1"
