/* SPDX-License-Identifier: MIT */
/*
 * Exceptions, interrupts, wfi and mret: a line of text for each trap. Both
 * memory maps are the same, so addresses need no care.
 */
#include "image.h"

#define MTIME 0x0200bff8u
#define MTIMECMP 0x02004000u
#define RTC 0x00101000u
#define PLIC 0x0c000000u
#define RTC_IRQ 11u

#define OFF MSTATUS_MPP
#define ON (MSTATUS_MPP | MSTATUS_MPIE) /* mret enables interrupts */

/* Code of a case, not compressed unless it says so. */
#define CODE(name, text)                                                       \
	__asm__(".pushsection .text\n.balign 4\n.option push\n.option norvc\n" \
		".option norelax\n.globl code_" #name "\ncode_" #name          \
		":\n" text "\nebreak\n.option pop\n.popsection\n");            \
	extern const char code_##name[]

static struct frame f;

/* One trap; x10 and x11 are what the code has to say. */
static void show(const char *name, const void *pc, uint32_t mstatus)
{
	run_case(&f, pc, mstatus);
	__asm__ volatile("" ::: "memory");
	if (f.mcause == 3)
		f.mtval = 0;
	put_text(name);
	put_hex(": mcause ", f.mcause);
	put_hex(" mepc +", f.mepc - (uint32_t)pc);
	put_hex(" mtval ", f.mtval);
	put_hex(" mstatus ", f.mstatus & MSTATUS_BITS);
	put_hex(" entry ", f.vector);
	put_hex(" x10 ", f.x[10]);
	put_hex(" x11 ", f.x[11]);
	put_char('\n');
	csr_write(mie, 0);
	f.x[10] = f.x[11] = 0;
}

#define SHOW(name, mstatus) show(#name, code_##name, mstatus)

static void timer_off(void)
{
	device_write(MTIMECMP, ~0u);
	device_write(MTIMECMP + 4, ~0u);
}

/* In @ticks of 100 ns on QEMU, 0: has been. */
static void timer_in(uint32_t ticks)
{
	const uint32_t now = device_read(MTIME);
	const uint32_t high = device_read(MTIME + 4);

	device_write(MTIMECMP + 4, ticks ? high : 0);
	device_write(MTIMECMP, ticks ? now + ticks : 0);
}

/* The real-time clock's alarm, long ago, by way of the PLIC. */
static void external_on(void)
{
	device_write(PLIC + 4 * RTC_IRQ, 1);
	device_write(PLIC + 0x200000, 0);
	device_write(PLIC + 0x2000, 1u << RTC_IRQ);
	device_write(RTC + 0x10, 1);
	device_write(RTC + 0x0c, 0);
	device_write(RTC + 0x08, 1);
}

static void external_off(void)
{
	device_write(RTC + 0x1c, 1);
	device_read(PLIC + 0x200004);
	device_write(PLIC + 0x200004, RTC_IRQ);
	device_write(RTC + 0x10, 0);
	device_write(PLIC + 0x2000, 0);
}

CODE(ecall, "nop\necall");
CODE(ebreak, "li x10, 1\nebreak");
CODE(c_ebreak, "li x10, 2\n.2byte 0x9002");
CODE(c_illegal, "nop\n.2byte 0\n.2byte 0");
CODE(c_flw, ".2byte 0x6188\n.2byte 0x9002");
CODE(all_ones, ".4byte 0xffffffff");
CODE(flw, ".4byte 0x00052507");
CODE(amoadd, ".4byte 0x00b5252f");
CODE(slli_32, ".4byte 0x02051513");
CODE(sret, ".4byte 0x10200073");
CODE(uret, ".4byte 0x00200073");
CODE(dret, ".4byte 0x7b200073");
CODE(no_csr, "li x10, 7\n.4byte 0x5c002573");
CODE(ro_csr, "li x11, 7\n.4byte 0xf1459573");
CODE(lw_0, "li x10, 7\nlw x10, 0(x0)");
CODE(lh_0, "lh x10, 2(x0)");
CODE(lbu_top, "lbu x10, -1(x0)");
CODE(sw_0, "sw x10, 4(x0)");
CODE(sb_3, "sb x10, 3(x0)");
CODE(sh_top, "sh x10, -2(x0)");
CODE(lw_last, "li x11, 0x807ffffc\nsw x11, 0(x11)\nlw x10, 0(x11)");
CODE(lw_end, "li x11, 0x80800000\nlw x10, 0(x11)");
CODE(lw_across, "li x11, 0x807ffffd\nlw x10, 0(x11)");
CODE(sw_across, "li x11, 0x807ffffe\nsw x10, 0(x11)");
CODE(lw_beyond, "li x11, 0x90000000\nlw x10, 4(x11)");
CODE(misaligned, "addi x11, sp, -31\nli x10, 0x12345678\nsw x10, 0(x11)\n"
		 "sh x10, 5(x11)\nlw x10, 2(x11)\nlhu x11, 1(x11)");
CODE(jump_0, "jalr x10, 0(x0)");
CODE(jump_end, "li x11, 0x80800000\njalr x10, 1(x11)");
CODE(jump_top, "jalr x10, -2(x0)");
CODE(fetch_last, "li x11, 0x807ffffe\nli x10, 0x9002\nsh x10, 0(x11)\n"
		 "fence.i\njr x11");
CODE(in_handler,
     "lla x10, 1f\ncsrw mtvec, x10\necall\n.balign 4\n"
     "1: csrr x10, mcause\nlla x11, vectors\ncsrw mtvec, x11\n"
     "csrr x11, mstatus\nli x12, 0x1888\nand x11, x11, x12\nlw x0, 0(x0)");
CODE(mret, "li x10, 0x1888\ncsrc mstatus, x10\nli x10, 0x1880\n"
	   "csrs mstatus, x10\nlla x10, 1f\ncsrw mepc, x10\nmret\nnop\n"
	   "1: csrr x10, mstatus\nandi x10, x10, 0x88");
CODE(mret_off, "li x10, 0x1880\ncsrc mstatus, x10\nli x10, 0x1808\n"
	       "csrs mstatus, x10\nlla x10, 1f\ncsrw mepc, x10\nmret\nnop\n"
	       "1: csrr x10, mstatus\nandi x10, x10, 0x88");
CODE(nothing, "li x10, 1\nli x10, 2");
CODE(wfi, "wfi\nli x10, 1\ncsrr x11, mip\nandi x11, x11, 0x80");
CODE(wfi_twice, "wfi\nwfi\nwfi\nli x10, 5");
CODE(wfi_meip, "wfi\nli x10, 1\ncsrr x11, mip\nsrli x11, x11, 11\n"
	       "andi x11, x11, 1");
CODE(enable_mie, "csrsi mstatus, 8\nli x10, 5");
CODE(enable_timer, "li x11, 0x80\ncsrs mie, x11\nli x10, 5");
CODE(disabled, "csrci mstatus, 8\nli x11, 0x880\ncsrs mie, x11\nli x10, 5");
CODE(spin, "li x10, 0\n1: j 1b");

static void exceptions(void)
{
	SHOW(ecall, OFF);
	SHOW(ecall, ON);
	SHOW(ebreak, OFF);
	SHOW(c_ebreak, ON);
	SHOW(c_illegal, OFF);
	SHOW(c_flw, OFF);
	SHOW(all_ones, OFF);
	SHOW(flw, OFF);
	SHOW(amoadd, OFF);
	SHOW(slli_32, OFF);
	SHOW(sret, OFF);
	SHOW(uret, OFF);
	SHOW(dret, OFF);
	SHOW(no_csr, OFF);
	SHOW(ro_csr, OFF);
	SHOW(in_handler, OFF);
	SHOW(in_handler, ON);
	SHOW(mret, OFF);
	SHOW(mret_off, ON);
	SHOW(nothing, ON);
}

static void memory(void)
{
	static char stack[64] __attribute__((aligned(64)));

	SHOW(lw_0, OFF);
	SHOW(lh_0, ON);
	SHOW(lbu_top, OFF);
	SHOW(sw_0, OFF);
	SHOW(sb_3, OFF);
	SHOW(sh_top, ON);
	SHOW(lw_last, OFF);
	SHOW(lw_end, OFF);
	SHOW(lw_across, OFF);
	SHOW(sw_across, OFF);
	SHOW(lw_beyond, OFF);
	f.x[2] = (uint32_t)stack + 48;
	SHOW(misaligned, OFF);
	SHOW(jump_0, OFF);
	SHOW(jump_end, OFF);
	SHOW(jump_top, OFF);
	SHOW(fetch_last, OFF);
}

static void timer(void)
{
	timer_in(20000);
	csr_write(mie, IRQ_TIMER);
	SHOW(wfi, OFF);
	timer_off();
	timer_in(20000);
	csr_write(mie, IRQ_TIMER);
	SHOW(wfi, ON);
	timer_in(0);
	csr_write(mie, IRQ_TIMER);
	SHOW(wfi_twice, OFF);
	csr_write(mie, IRQ_TIMER);
	SHOW(nothing, ON);
	csr_write(mie, IRQ_EXTERNAL);
	SHOW(nothing, ON);
	csr_write(mie, IRQ_TIMER);
	SHOW(enable_mie, OFF);
	SHOW(enable_timer, ON);
	SHOW(enable_timer, OFF);
	SHOW(disabled, ON);
	csr_write(mie, IRQ_TIMER);
	SHOW(ecall, OFF);
	timer_off();
	timer_in(20000);
	csr_write(mie, IRQ_TIMER);
	/* Where it is interrupted is no business of ours. */
	run_case(&f, code_spin, ON);
	put_hex("spin: mcause ", f.mcause);
	put_hex(" mstatus ", f.mstatus & MSTATUS_BITS);
	put_char('\n');
	timer_off();
}

static void external(void)
{
	external_on();
	csr_write(mie, IRQ_EXTERNAL);
	SHOW(wfi_meip, OFF);
	csr_write(mie, IRQ_EXTERNAL);
	SHOW(wfi_meip, ON);
	csr_write(mie, IRQ_TIMER);
	SHOW(nothing, ON);
	timer_in(0);
	/* Not both at once: QEMU 7.2 takes the timer's first. */
	csr_write(mie, IRQ_EXTERNAL);
	SHOW(nothing, ON);
	csr_write(mie, IRQ_TIMER);
	SHOW(nothing, ON);
	external_off();
	csr_write(mie, IRQ_TIMER | IRQ_EXTERNAL);
	SHOW(nothing, ON);
	timer_off();
	csr_write(mie, IRQ_TIMER | IRQ_EXTERNAL);
	SHOW(nothing, ON);
}

int main(void)
{
	exceptions();
	memory();
	timer();
	external();
	csr_write(mtvec, (uint32_t)vectors | 1);
	put_text("vectored\n");
	exceptions();
	memory();
	timer();
	external();
	return 0;
}
