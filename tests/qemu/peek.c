// SPDX-License-Identifier: MIT
/*
 * The device as the kernel enumerated it and as user space reads it, without
 * a driver: identification, capabilities, reset values, function level reset.
 *
 *	peek ARCH_FILE [NUM_ASIDS [TEST_REGS]]	TAP
 *	peek read OFFSET
 *	peek write OFFSET VALUE
 */
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>

#include "genesys/arch.h"
#include "genesys/hw_abi.h"
#include "tests/qemu/pci.h"
#include "tests/qemu/tap.h"

#define RESOURCE_MEM 0x200u /* linux/ioport.h */
#define RESOURCE_PREFETCH 0x2000u
#define RESOURCE_64 0x100000u

static void check_resource(const struct gs_pci *pci)
{
	uint64_t bar[3] = { 0 };

	tap_ok(!gs_pci_resource(pci, bar), "BAR 0 is listed");
	tap_is(bar[1] - bar[0] + 1, GS_BAR_BYTES, "size of BAR 0");
	tap_is(bar[2] & (RESOURCE_MEM | RESOURCE_PREFETCH | RESOURCE_64),
	       RESOURCE_MEM, "BAR 0 is 32-bit memory, not prefetchable");
}

static void check_config(const struct gs_pci *pci)
{
	uint32_t cap;

	tap_is((uint64_t)gs_pci_attribute(pci, "class"), GS_PCI_CLASS,
	       "class: processing accelerator");
	tap_is((uint64_t)gs_pci_attribute(pci, "subsystem_vendor"),
	       GS_PCI_VENDOR_ID, "subsystem vendor");
	tap_is((uint64_t)gs_pci_attribute(pci, "subsystem_device"),
	       GS_PCI_DEVICE_ID, "subsystem device");
	check_resource(pci);

	cap = gs_pci_capability(pci, PCI_CAP_ID_MSIX);
	tap_ok(cap != 0, "MSI-X capability");
	tap_is((gs_pci_config(pci, cap + PCI_MSIX_FLAGS, 2) &
		PCI_MSIX_FLAGS_QSIZE) +
		       1,
	       GS_NUM_VECTORS, "MSI-X vectors");
	tap_is(gs_pci_config(pci, cap + PCI_MSIX_TABLE, 4), GS_BAR_MSIX_TABLE,
	       "MSI-X table in BAR 0");
	tap_is(gs_pci_config(pci, cap + PCI_MSIX_PBA, 4), GS_BAR_MSIX_PBA,
	       "MSI-X pending bits in BAR 0");

	cap = gs_pci_capability(pci, PCI_CAP_ID_EXP);
	tap_ok(cap != 0, "PCI Express capability");
	tap_ok(gs_pci_config(pci, cap + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_FLR,
	       "function level reset is announced");
	tap_ok(gs_pci_capability(pci, PCI_CAP_ID_PM) != 0,
	       "power management capability");
	tap_is(gs_pci_config(pci, PCI_INTERRUPT_PIN, 1), 0, "no interrupt pin");
}

static void check_parameters(const struct gs_pci *pci,
			     const struct gs_arch *arch)
{
	const struct {
		enum gs_hw_param param;
		uint32_t value;
		const char *name;
	} table[] = {
		{ GS_PARAM_ISA_VERSION, arch->isa_version, "ISA_VERSION" },
		{ GS_PARAM_EXTENSIONS, arch->extensions, "EXTENSIONS" },
		{ GS_PARAM_CLOCK_MHZ, arch->clock_mhz, "CLOCK_MHZ" },
		{ GS_PARAM_ARRAY_N, arch->array_n, "ARRAY_N" },
		{ GS_PARAM_ARRAY_M, arch->array_m, "ARRAY_M" },
		{ GS_PARAM_DATA_WIDTH, arch->data_width, "DATA_WIDTH" },
		{ GS_PARAM_WGT_WIDTH, arch->wgt_width, "WGT_WIDTH" },
		{ GS_PARAM_ACC_WIDTH, arch->acc_width, "ACC_WIDTH" },
		{ GS_PARAM_BIAS_WIDTH, arch->bias_width, "BIAS_WIDTH" },
		{ GS_PARAM_IBUF_DEPTH, arch->ibuf_depth, "IBUF_DEPTH" },
		{ GS_PARAM_WBUF_DEPTH, arch->wbuf_depth, "WBUF_DEPTH" },
		{ GS_PARAM_OBUF_DEPTH, arch->obuf_depth, "OBUF_DEPTH" },
		{ GS_PARAM_BBUF_DEPTH, arch->bbuf_depth, "BBUF_DEPTH" },
		{ GS_PARAM_VMEM_DEPTH, arch->vmem_depth, "VMEM_DEPTH" },
		{ GS_PARAM_IMM_DEPTH, arch->imm_depth, "IMM_DEPTH" },
		{ GS_PARAM_INSTR_DEPTH, arch->instr_depth, "INSTR_DEPTH" },
		{ GS_PARAM_SIMD_INSTR_DEPTH, arch->simd_instr_depth,
		  "SIMD_INSTR_DEPTH" },
		{ GS_PARAM_PARAM_CHANNEL_BW, arch->param_channel_bw,
		  "PARAM_CHANNEL_BW" },
		{ GS_PARAM_IBUF_CHANNEL_BW, arch->ibuf_channel_bw,
		  "IBUF_CHANNEL_BW" },
		{ GS_PARAM_OBUF_CHANNEL_BW, arch->obuf_channel_bw,
		  "OBUF_CHANNEL_BW" },
		{ GS_PARAM_SIMD_CHANNEL_BW, arch->simd_channel_bw,
		  "SIMD_CHANNEL_BW" },
		{ GS_PARAM_INSTR_CHANNEL_BW, arch->instr_channel_bw,
		  "INSTR_CHANNEL_BW" },
		{ GS_PARAM_WEIGHT_LAYOUT, (uint32_t)arch->weight_layout,
		  "WEIGHT_LAYOUT" },
	};

	_Static_assert(sizeof(table) / sizeof(*table) == GS_PARAM_COUNT,
		       "every parameter");
	bool good = true;

	for (size_t i = 0; i < GS_PARAM_COUNT; i++) {
		uint32_t value = gs_pci_read(pci, GS_REG_PARAM(table[i].param));

		if (value == table[i].value)
			continue;
		good = false;
		printf("# %s is %u, not %u\n", table[i].name, value,
		       table[i].value);
	}
	tap_ok(good, "parameters are those of the architecture");
	tap_is(gs_pci_read64(pci, GS_REG_ARCH_HASH), gs_arch_hash(arch),
	       "hash of the architecture");
}

static void check_identification(const struct gs_pci *pci, uint32_t num_asids,
				 bool test_regs)
{
	tap_is(gs_pci_read(pci, GS_REG_MAGIC), GS_HW_MAGIC, "magic");
	tap_is(gs_pci_read(pci, GS_REG_ABI_VERSION), GS_ABI_VERSION,
	       "ABI version");
	tap_is(gs_pci_read(pci, GS_REG_ABI_HASH), GS_ABI_HASH, "ABI hash");
	tap_is(gs_pci_read(pci, GS_REG_NUM_ASIDS), num_asids,
	       "number of address spaces");
	tap_is(gs_pci_read(pci, GS_REG_TCM_BYTES), GS_CP_TCM_BYTES,
	       "memory of the command processor");
	tap_is(gs_pci_read(pci, GS_REG_CAPS), test_regs ? GS_CAP_TEST_REGS : 0,
	       "capability bits");
}

static void check_reset_values(const struct gs_pci *pci, const char *when)
{
	static const struct {
		uint32_t offset;
		const char *name;
	} zero[] = {
		{ GS_REG_CONTROL, "CONTROL" },
		{ GS_REG_STATUS, "STATUS" },
		{ GS_REG_INT_STATUS, "INT_STATUS" },
		{ GS_REG_INT_ENABLE, "INT_ENABLE" },
		{ GS_REG_FW_ADDR, "FW_ADDR" },
		{ GS_REG_FW_BYTES, "FW_BYTES" },
		{ GS_REG_FW_STATUS, "FW_STATUS" },
		{ GS_REG_FW_SCRATCH(0), "FW_SCRATCH0" },
		{ GS_REG_RING_ADDR, "RING_ADDR" },
		{ GS_REG_CTX_TABLE, "CTX_TABLE" },
		{ GS_REG_INVAL_CONTROL, "INVAL_CONTROL" },
		{ GS_REG_FAULT_STATUS, "FAULT_STATUS" },
		{ GS_REG_JOBS_STARTED, "JOBS_STARTED" },
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(zero) / sizeof(*zero); i++) {
		uint32_t value = gs_pci_read(pci, zero[i].offset);

		if (!value)
			continue;
		good = false;
		printf("# %s is 0x%x\n", zero[i].name, value);
	}
	tap_ok(good, "registers have their reset values %s", when);
}

static void check_access(const struct gs_pci *pci, bool test_regs)
{
	uint64_t before = gs_pci_read64(pci, GS_REG_TIMESTAMP);

	tap_ok(gs_pci_read64(pci, GS_REG_TIMESTAMP) > before,
	       "the timestamp grows");
	gs_pci_poke(pci, GS_REG_MAGIC, 0);
	tap_is(gs_pci_read(pci, GS_REG_MAGIC), GS_HW_MAGIC,
	       "the magic is read only");
	gs_pci_poke(pci, GS_REG_RING_ADDR, UINT32_MAX);
	tap_is(gs_pci_read(pci, GS_REG_RING_ADDR), 0xfffff000u,
	       "RING_ADDR is a page address");
	tap_is(gs_pci_read(pci, 0x7ffc), 0, "no register reads 0");
	gs_pci_poke(pci, 0x7ffc, UINT32_MAX);
	gs_pci_poke(pci, GS_BAR_TEST_PAGE + GS_TEST_SLOW_US, 7);
	tap_is(gs_pci_read(pci, GS_BAR_TEST_PAGE + GS_TEST_SLOW_US),
	       test_regs ? 7 : 0, "the test page answers when asked for");
	/* No access of the machine can do more than be refused. */
	((volatile uint8_t *)pci->bar)[GS_REG_CONTROL + 1] = 0xff;
	((volatile uint16_t *)pci->bar)[GS_REG_DOORBELL(0) / 2 + 1] = 0xffff;
	tap_is(gs_pci_read(pci, GS_REG_MAGIC), GS_HW_MAGIC,
	       "alive after narrow accesses");
}

static void check_resets(const struct gs_pci *pci)
{
	gs_pci_poke(pci, GS_REG_INT_ENABLE, GS_INT_ALL);
	tap_is(gs_pci_read(pci, GS_REG_INT_ENABLE), GS_INT_ALL,
	       "INT_ENABLE keeps its value");
	gs_pci_poke(pci, GS_REG_CONTROL, GS_CONTROL_RESET);
	check_reset_values(pci, "after CONTROL.RESET");

	gs_pci_poke(pci, GS_REG_INT_ENABLE, GS_INT_ALL);
	gs_pci_poke64(pci, GS_REG_FW_ADDR, 0x123450);
	tap_is((uint64_t)(int64_t)gs_pci_flr(pci), 0, "function level reset");
	check_reset_values(pci, "after a function level reset");
	tap_is(gs_pci_read(pci, GS_REG_MAGIC), GS_HW_MAGIC,
	       "magic after the reset");
}

static int check_all(int argc, char **argv)
{
	uint32_t num_asids = argc > 2 ? (uint32_t)atoi(argv[2]) : 64;
	bool test_regs = argc > 3 && atoi(argv[3]);
	char err[GS_ARCH_ERR_SIZE];
	struct gs_arch arch;
	struct gs_pci pci;

	if (gs_arch_load(argv[1], &arch, err)) {
		fprintf(stderr, "%s\n", err);
		return 1;
	}
	if (!tap_ok(!gs_pci_find(&pci, GS_PCI_VENDOR_ID, GS_PCI_DEVICE_ID, 0),
		    "the kernel enumerated the device"))
		return tap_done();
	check_config(&pci);
	if (!tap_ok(!gs_pci_map(&pci), "BAR 0 maps"))
		return tap_done();
	check_identification(&pci, num_asids, test_regs);
	check_parameters(&pci, &arch);
	check_reset_values(&pci, "at boot");
	check_access(&pci, test_regs);
	check_resets(&pci);
	gs_pci_unmap(&pci);
	return tap_done();
}

int main(int argc, char **argv)
{
	struct gs_pci pci;
	uint32_t offset;

	if (argc < 2) {
		fprintf(stderr, "usage: peek ARCH_FILE [NUM_ASIDS [TEST_REGS]]"
				" | read OFFSET | write OFFSET VALUE\n");
		return 2;
	}
	if (strcmp(argv[1], "read") && strcmp(argv[1], "write"))
		return check_all(argc, argv);

	offset = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 0) & ~3u : 0;
	if (gs_pci_find(&pci, GS_PCI_VENDOR_ID, GS_PCI_DEVICE_ID, 0) ||
	    gs_pci_map(&pci) || offset >= pci.bar_bytes) {
		fprintf(stderr, "peek: no such device or register\n");
		return 1;
	}
	if (argc > 3)
		gs_pci_poke(&pci, offset, (uint32_t)strtoul(argv[3], NULL, 0));
	else
		printf("0x%08x\n", gs_pci_read(&pci, offset));
	return 0;
}
