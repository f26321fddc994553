// SPDX-License-Identifier: MIT
/*
 * Firmware and jobs on a function without a driver: what QEMU's part of the
 * device does for them (threads, DMA, interrupts, resets), not what they do.
 *
 *	job FIRMWARE		TAP; needs a huge page and no IOMMU
 *	job --iommu FIRMWARE	behind an IOMMU which maps nothing
 *	job --endless FIRMWARE	a job that does not end, until killed
 *	job --idle FIRMWARE	firmware with nothing to do, until killed
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/device/kit.h"
#include "tests/qemu/harness_pci.h"
#include "tests/qemu/tap.h"

#define NUM_ASIDS 64u
#define ROUNDS 200u

static uint8_t image[GS_FW_MAX_BYTES];
static size_t image_bytes;

static enum gs_fw_status start(struct harness *h)
{
	return harness_load(h, image, image_bytes, GS_LOG_DEBUG);
}

static bool boot(struct harness *h)
{
	struct gs_event event = { 0 };
	enum gs_fw_status status = start(h);

	if (status != GS_FW_RUNNING) {
		printf("# FW_STATUS %u\n", status);
		return false;
	}
	return harness_event(h, &event) && event.type == GS_EVENT_BOOT &&
	       event.arg1 == GS_ABI_HASH;
}

static bool run(struct harness *h, const struct kit_space *kit,
		enum kit_program program, uint64_t seqno,
		struct gs_event *event)
{
	struct gs_cmd cmd = kit_job(kit, program, 1, seqno);

	memset(event, 0, sizeof(*event));
	harness_submit(h, GS_RING_NORMAL, &cmd);
	return harness_event(h, event) && event->type == GS_EVENT_JOB_DONE &&
	       event->seqno == seqno;
}

static void check_boot(struct harness *h)
{
	tap_ok(!harness_pci_pending(h), "no message before the boot");
	tap_ok(boot(h), "the firmware boots and says so");
	tap_ok(harness_pci_pending(h), "the event sent a message");
}

static void check_jobs(struct harness *h, const struct kit_space *kit)
{
	struct gs_event event;
	bool good = true;

	for (uint64_t i = 1; i <= ROUNDS && good; i++) {
		for (uint32_t lane = 0; lane < KIT_LANES; lane++) {
			kit->in[lane] = (int32_t)(i * 100 + lane);
			kit->out[lane] = 0;
		}
		good = run(h, kit, KIT_ADD, i, &event) &&
		       event.status == GS_JOB_OK &&
		       kit_result(kit, i)->status == GS_JOB_OK;
		for (uint32_t lane = 0; lane < KIT_LANES && good; lane++)
			good = kit->out[lane] == kit->in[lane] + 1;
		if (!good)
			printf("# round %llu: status %u, code %u\n",
			       (unsigned long long)i, event.status,
			       event.fault_code);
	}
	tap_ok(good, "%u jobs compute", ROUNDS);
	tap_ok(run(h, kit, KIT_LOAD_UNMAPPED, ROUNDS + 1, &event) &&
		       event.status == GS_JOB_MMU_FAULT &&
		       event.fault_code == GS_MMU_NOT_MAPPED,
	       "an unmapped address is a fault of the job");
	tap_ok(run(h, kit, KIT_ADD, ROUNDS + 2, &event) &&
		       event.status == GS_JOB_OK,
	       "the next job runs");
}

/* What reads the job's memory is the worker, without QEMU's lock. */
static void check_hang(struct harness *h, const struct kit_space *kit)
{
	struct gs_cmd cmd = kit_job(kit, KIT_ENDLESS, 1, ROUNDS + 3);
	struct gs_event event = { 0 };

	cmd.timeout_ms = 300;
	harness_submit(h, GS_RING_NORMAL, &cmd);
	tap_ok(harness_event(h, &event) && event.status == GS_JOB_TIMEOUT,
	       "the watchdog ends a job that does not end");
	tap_ok(run(h, kit, KIT_ADD, ROUNDS + 4, &event) &&
		       event.status == GS_JOB_OK,
	       "the job after it runs");
}

static bool start_endless(struct harness *h, const struct kit_space *kit)
{
	struct gs_cmd cmd = kit_job(kit, KIT_ENDLESS, 2, 1);

	cmd.timeout_ms = GS_MAX_TIMEOUT_MS;
	harness_submit(h, GS_RING_NORMAL, &cmd);
	return harness_until(h, GS_REG_STATUS, GS_STATUS_CORE_BUSY,
			     GS_STATUS_CORE_BUSY);
}

static void check_resets(struct harness *h, const struct kit_space *kit)
{
	struct gs_event event = { 0 };
	bool good = true;

	for (int i = 0; i < 20 && good; i++) {
		good = start_endless(h, kit);
		harness_pci_reset(h);
		good = good && harness_until(h, GS_REG_STATUS, UINT32_MAX, 0) &&
		       boot(h) && run(h, kit, KIT_ADD, 1, &event) &&
		       event.status == GS_JOB_OK;
	}
	tap_ok(good, "function level resets in the middle of jobs");

	good = start_endless(h, kit);
	harness_write(h, GS_REG_CONTROL, GS_CONTROL_RESET);
	good = good && harness_until(h, GS_REG_STATUS, UINT32_MAX, 0);
	harness_clear_rings(h);
	tap_ok(good && boot(h), "CONTROL.RESET in the middle of a job");
}

static void check_bus_master(struct harness *h, const struct kit_space *kit)
{
	struct gs_event event = { 0 };

	tap_ok(start_endless(h, kit), "a job runs");
	harness_pci_master(h, false);
	harness_pass(h, 50);
	harness_write(h, GS_REG_CONTROL, GS_CONTROL_RESET);
	tap_ok(harness_until(h, GS_REG_STATUS, UINT32_MAX, 0),
	       "bus master off in the middle of a job");
	tap_is(start(h), GS_FW_BUS_ERROR, "no bus master: no firmware");
	harness_pci_reset(h);
	tap_ok(boot(h) && run(h, kit, KIT_ADD, 1, &event) &&
		       event.status == GS_JOB_OK,
	       "bus master again");
}

/* Nothing but memory answers the device, least of all itself. */
static void check_targets(struct harness *h)
{
	const uint64_t targets[] = { 0, 0xfee00000, ~0ull << 12, ~0ull << 52,
				     1ull << 47 };
	uint64_t bar[3] = { 0 };
	bool good = !gs_pci_resource(&h->pci, bar);

	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets) && good;
	     i++) {
		harness_pci_reset(h);
		harness_write64(h, GS_REG_FW_ADDR, i ? targets[i] : bar[0]);
		harness_write(h, GS_REG_FW_BYTES, GS_FW_MAX_BYTES);
		harness_write(h, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
		good = harness_until(h, GS_REG_FW_STATUS, UINT32_MAX,
				     GS_FW_BUS_ERROR);
		if (!good)
			printf("# target 0x%llx: FW_STATUS %u\n",
			       (unsigned long long)(i ? targets[i] : bar[0]),
			       harness_read(h, GS_REG_FW_STATUS));
	}
	tap_ok(good, "DMA to registers, the APIC and nowhere is refused");
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";
	FILE *file = argc > 1 ? fopen(argv[argc - 1], "rb") : NULL;
	struct kit_space kit;
	struct harness h;

	if (file) {
		image_bytes = fread(image, 1, sizeof(image), file);
		fclose(file);
	}
	if (!image_bytes) {
		printf("no firmware\n");
		return 77;
	}
	harness_pci_open(&h, NUM_ASIDS);
	if (!strcmp(mode, "--iommu")) {
		tap_is(start(&h), GS_FW_BUS_ERROR,
		       "what the IOMMU does not map is a bus error");
		return tap_done();
	}
	kit = kit_space(&h, 3);
	if (*mode) {
		tap_ok(boot(&h), "the firmware boots");
		if (!strcmp(mode, "--endless"))
			tap_ok(start_endless(&h, &kit), "a job runs");
		tap_done();
		pause(); /* the device uses our memory */
	}
	check_boot(&h);
	check_jobs(&h, &kit);
	check_hang(&h, &kit);
	check_resets(&h, &kit);
	check_bus_master(&h, &kit);
	check_targets(&h);
	return tap_done();
}
