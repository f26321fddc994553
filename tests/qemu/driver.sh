#!/bin/sh
# SPDX-License-Identifier: MIT
#
# In the guest, with genesys.ko loaded.
#
#	driver.sh bind		the driver has bound to every device
#	driver.sh reload	unbind, bind, unload, load
#	driver.sh unplug	the host pulls the device and plugs it in again
driver=/sys/bus/pci/drivers/genesys

count=0
check() { # WHAT COMMAND...
	what=$1
	shift
	count=$((count + 1))
	if "$@" >/tmp/check 2>&1; then
		echo "ok $count - $what"
	else
		echo "not ok $count - $what"
		sed 's/^/# /' /tmp/check
		dmesg | tail -n 20 | sed 's/^/# /'
	fi
}

devices() { grep -lx 0x10f7 /sys/bus/pci/devices/*/device | wc -l; }
nodes() {
	set -- /dev/accel/accel*
	[ -e "$1" ] || set --
	echo $#
}
bound() {
	[ "$(devices)" != 0 ] &&
		[ "$(ls -d $driver/0000:* | wc -l)" = "$(devices)" ] &&
		[ "$(nodes)" = "$(devices)" ]
}
unbound() { ! ls /dev/accel/accel* >/dev/null 2>&1; }

until_true() {
	for _ in $(seq 200); do
		"$@" && return
		sleep 0.1
	done
	return 1
}

case $1 in
unplug)
	for round in 1 2 3; do
		echo "# at unplug" >/dev/ttyS1
		check "unplugged, round $round" until_true unbound
		echo "# at plug" >/dev/ttyS1
		check "plugged in again, round $round" until_true bound
	done
	;;
bind)
	dmesg | grep -i genesys | grep -v genesys-test | sed 's/^/# /'
	check "the driver binds to $(devices) devices" bound
	;;
reload)
	before=$(nodes)
	for path in $driver/0000:*; do
		address=${path##*/}
		check "unbind $address" sh -c "echo $address >$driver/unbind"
		check "one node less than $before" test "$(nodes)" = $((before - 1))
		check "bind $address" sh -c "echo $address >$driver/bind"
		check "reset $address" \
			sh -c "echo 1 >/sys/bus/pci/devices/$address/reset"
	done
	check "bound" bound
	check "unload" rmmod genesys
	check "no node is left" unbound
	check "load" insmod /modules/genesys.ko
	check "bound again" bound
	;;
esac
echo "1..$count"
