/* SPDX-License-Identifier: MIT */
/*
 * Entry and traps. The device loads the image to its address, so .data needs
 * no copy; the rest of the TCM has any contents.
 */
#define MIE_TIMER_EXTERNAL 0x880

	.section .text.start, "ax"
	.globl	gs_start
gs_start:
	.option	push
	.option	norelax
	la	gp, __global_pointer$
	.option	pop
	la	sp, gs_stack_top
	la	t0, gs_trap_entry
	csrw	mtvec, t0
	/* mstatus.MIE stays 0: interrupts end a wfi and nothing else. */
	li	t0, MIE_TIMER_EXTERNAL
	csrw	mie, t0
	la	t0, gs_bss_start
	la	t1, gs_bss_end
1:	bgeu	t0, t1, 2f
	sw	zero, 0(t0)
	addi	t0, t0, 4
	j	1b
2:	j	gs_main

/*
 * No trap is expected. Report it, then let the instruction trap again: without
 * a vector, which halts the processor with this cause at this address.
 */
	.text
	.balign	4
gs_trap_entry:
	csrw	mtvec, zero
	csrw	mscratch, sp
	la	sp, gs_trap_stack_top
	addi	sp, sp, -64
	sw	ra, 0(sp)
	sw	t0, 4(sp)
	sw	t1, 8(sp)
	sw	t2, 12(sp)
	sw	t3, 16(sp)
	sw	t4, 20(sp)
	sw	t5, 24(sp)
	sw	t6, 28(sp)
	sw	a0, 32(sp)
	sw	a1, 36(sp)
	sw	a2, 40(sp)
	sw	a3, 44(sp)
	sw	a4, 48(sp)
	sw	a5, 52(sp)
	sw	a6, 56(sp)
	sw	a7, 60(sp)
	csrr	a0, mcause
	csrr	a1, mepc
	csrr	a2, mtval
	call	gs_trap
	lw	ra, 0(sp)
	lw	t0, 4(sp)
	lw	t1, 8(sp)
	lw	t2, 12(sp)
	lw	t3, 16(sp)
	lw	t4, 20(sp)
	lw	t5, 24(sp)
	lw	t6, 28(sp)
	lw	a0, 32(sp)
	lw	a1, 36(sp)
	lw	a2, 40(sp)
	lw	a3, 44(sp)
	lw	a4, 48(sp)
	lw	a5, 52(sp)
	lw	a6, 56(sp)
	lw	a7, 60(sp)
	csrr	sp, mscratch
	mret
