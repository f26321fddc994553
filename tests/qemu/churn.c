// SPDX-License-Identifier: MIT
/*
 * Two processors: one resets device 0, which moves its BAR away and back, the
 * other reads device 1 all the time. QEMU 10.0 needs a fix of ours for that
 * (hw-model/qemu/tcg-view.patch).
 *
 *	churn ROUNDS		TAP
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "genesys/hw_abi.h"
#include "tests/qemu/pci.h"
#include "tests/qemu/tap.h"

static struct gs_pci pci[2];
static atomic_bool stop;
static atomic_ulong reads, wrong;

static void *reader(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop)) {
		for (int i = 0; i < 1000; i++)
			if (gs_pci_read(&pci[1], GS_REG_MAGIC) != GS_HW_MAGIC)
				atomic_fetch_add(&wrong, 1);
		atomic_fetch_add(&reads, 1000);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 100;
	bool good = true;
	pthread_t thread;

	for (int i = 0; i < 2; i++)
		if (gs_pci_find(&pci[i], GS_PCI_VENDOR_ID, GS_PCI_DEVICE_ID,
				i) ||
		    gs_pci_map(&pci[i]))
			return 77;
	if (pthread_create(&thread, NULL, reader, NULL))
		return 1;
	for (int i = 0; i < rounds && good; i++)
		good = !gs_pci_flr(&pci[0]) &&
		       gs_pci_read(&pci[0], GS_REG_MAGIC) == GS_HW_MAGIC;
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	tap_ok(good, "%d function level resets", rounds);
	tap_ok(atomic_load(&reads) && !atomic_load(&wrong),
	       "the other device answers meanwhile");
	printf("# %lu reads, %lu wrong\n", atomic_load(&reads),
	       atomic_load(&wrong));
	return tap_done();
}
