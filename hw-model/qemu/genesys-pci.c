/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GeneSys NPU as a PCI Express function: one BAR of registers that also holds
 * the MSI-X table and PBA, in 4 KiB pages of their own.
 *
 *   -device genesys[,arch=FILE][,x-num-asids=N][,x-test-regs=on][,x-slow=US]
 *
 * arch is an architecture file; without it the device is the built-in 16x16
 * machine. x-test-regs adds the fault-injection page, x-slow delays each block
 * of a program.
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci_device.h"
#include "hw/pci/pcie.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"
#include "trace.h"
#include "genesys.h"
#include "genesys/hw_abi.h"

#define TYPE_GENESYS_PCI "genesys"
OBJECT_DECLARE_SIMPLE_TYPE(GenesysPciState, GENESYS_PCI)

struct GenesysPciState {
    PCIDevice parent_obj;
    GenesysState npu;
};

/* Messages only: the function has no interrupt pin. */
static void genesys_pci_set_irq(GenesysState *npu, bool level, bool rise)
{
    GenesysPciState *s = container_of(npu, GenesysPciState, npu);
    PCIDevice *pci = PCI_DEVICE(s);

    trace_genesys_pci_irq(level, rise, msix_enabled(pci));
    if (rise && msix_enabled(pci)) {
        msix_notify(pci, 0);
    }
}

static bool genesys_pci_message(GenesysState *npu, uint32_t vector)
{
    PCIDevice *pci = PCI_DEVICE(container_of(npu, GenesysPciState, npu));
    bool enabled = msix_enabled(pci);

    trace_genesys_pci_message(vector, enabled);
    if (enabled) {
        msix_notify(pci, vector);
    }
    return enabled;
}

static bool genesys_pci_add_capabilities(GenesysPciState *s, Error **errp)
{
    PCIDevice *pci = PCI_DEVICE(s);
    MemoryRegion *bar = &s->npu.regs;

    if (pcie_endpoint_cap_init(pci, 0) < 0) {
        error_setg(errp, "no place for the PCI Express capability");
        return false;
    }
    pcie_cap_flr_init(pci);
    if (pci_pm_init(pci, 0, errp) < 0) {
        goto err_pcie_cap;
    }
    if (msix_init(pci, GS_NUM_VECTORS, bar, GS_PCI_REGISTER_BAR,
                  GS_BAR_MSIX_TABLE, bar, GS_PCI_REGISTER_BAR,
                  GS_BAR_MSIX_PBA, 0, errp) < 0) {
        goto err_pcie_cap;
    }
    for (unsigned i = 0; i < GS_NUM_VECTORS; i++) {
        msix_vector_use(pci, i);
    }
    return true;

err_pcie_cap:
    pcie_cap_exit(pci);
    return false;
}

static void genesys_pci_realize(PCIDevice *pci, Error **errp)
{
    GenesysPciState *s = GENESYS_PCI(pci);

    s->npu.set_irq = genesys_pci_set_irq;
    s->npu.message = genesys_pci_message;
    if (!genesys_realize(&s->npu, DEVICE(pci), pci_get_address_space(pci),
                         errp)) {
        return;
    }
    pci_register_bar(pci, GS_PCI_REGISTER_BAR,
                     PCI_BASE_ADDRESS_SPACE_MEMORY |
                     PCI_BASE_ADDRESS_MEM_TYPE_32, &s->npu.regs);
    if (!genesys_pci_add_capabilities(s, errp)) {
        genesys_unrealize(&s->npu);
    }
}

static void genesys_pci_exit(PCIDevice *pci)
{
    GenesysPciState *s = GENESYS_PCI(pci);

    msix_uninit(pci, &s->npu.regs, &s->npu.regs);
    pcie_cap_exit(pci);
    genesys_unrealize(&s->npu);
}

static bool genesys_pci_is_master(PCIDevice *pci)
{
    return pci_get_word(pci->config + PCI_COMMAND) & PCI_COMMAND_MASTER;
}

static void genesys_pci_config_write(PCIDevice *pci, uint32_t addr,
                                     uint32_t val, int len)
{
    GenesysPciState *s = GENESYS_PCI(pci);
    bool was_master = genesys_pci_is_master(pci);
    bool is_master;

    pci_default_write_config(pci, addr, val, len);
    pcie_cap_flr_write_config(pci, addr, val, len);

    is_master = genesys_pci_is_master(pci);
    if (is_master != was_master) {
        trace_genesys_pci_master(is_master);
    }
    if (was_master && !is_master) {
        genesys_unmap_all(&s->npu);
    }
}

static void genesys_pci_reset_hold(Object *obj, ResetType type)
{
    genesys_reset(&GENESYS_PCI(obj)->npu);
}

static const VMStateDescription genesys_pci_vmstate = {
    .name = "genesys",
    .unmigratable = 1,
};

static const Property genesys_pci_properties[] = {
    DEFINE_PROP_STRING("arch", GenesysPciState, npu.arch_path),
    DEFINE_PROP_UINT32("x-num-asids", GenesysPciState, npu.num_asids, 64),
    DEFINE_PROP_UINT32("x-slow", GenesysPciState, npu.slow_us, 0),
    DEFINE_PROP_BOOL("x-test-regs", GenesysPciState, npu.test_regs, false),
};

static void genesys_pci_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);
    ResettableClass *rc = RESETTABLE_CLASS(klass);

    k->realize = genesys_pci_realize;
    k->exit = genesys_pci_exit;
    k->config_write = genesys_pci_config_write;
    k->vendor_id = GS_PCI_VENDOR_ID;
    k->device_id = GS_PCI_DEVICE_ID;
    k->subsystem_vendor_id = GS_PCI_VENDOR_ID;
    k->subsystem_id = GS_PCI_DEVICE_ID;
    k->revision = 1;
    k->class_id = GS_PCI_CLASS >> 8;
    rc->phases.hold = genesys_pci_reset_hold;
    dc->desc = "GeneSys neural processing unit";
    dc->vmsd = &genesys_pci_vmstate;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props(dc, genesys_pci_properties);
}

static const TypeInfo genesys_pci_types[] = {
    {
        .name = TYPE_GENESYS_PCI,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(GenesysPciState),
        .class_init = genesys_pci_class_init,
        .interfaces = (InterfaceInfo[]) {
            { INTERFACE_PCIE_DEVICE },
            { },
        },
    },
};

DEFINE_TYPES(genesys_pci_types)
