/* SPDX-License-Identifier: MIT */
/* Start, trap table and run_case() of the images. */
	.section .text.start, "ax"
	.globl	_start
_start:
	lla	sp, stack_end
	lla	t0, vectors
	csrw	mtvec, t0
	csrw	mie, zero
	/* mtimecmp: QEMU's is 0 at reset, and the interrupt pending. */
	li	t0, 0x02004000
	li	t1, -1
	sw	t1, 0(t0)
	sw	t1, 4(t0)
	call	main
	li	t0, 0x00100000
	li	t1, 0x5555
	sw	t1, 0(t0)
1:	j	1b

	.text
	.option	norvc
	.balign	64
	.globl	vectors
vectors:
	.irp	k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	j	entry\k
	.endr

	/* mscratch holds the frame, as run_case() left it. */
	.irp	k, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
entry\k:
	csrrw	x31, mscratch, x31
	sw	x30, 120(x31)
	li	x30, \k
	j	trapped
	.endr

trapped:
	sw	x30, 144(x31)
	.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, \
		19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
	sw	x\r, (4 * \r)(x31)
	.endr
	sw	x0, 0(x31)
	csrr	x30, mscratch
	sw	x30, 124(x31)
	csrr	x30, mcause
	sw	x30, 128(x31)
	csrr	x30, mepc
	sw	x30, 132(x31)
	csrr	x30, mtval
	sw	x30, 136(x31)
	csrr	x30, mstatus
	sw	x30, 140(x31)
	lla	sp, case_sp
	lw	sp, 0(sp)
	.irp	r, 1, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	lw	x\r, (4 * \r)(sp)
	.endr
	addi	sp, sp, 128
	ret

	.globl	run_case
run_case:
	addi	sp, sp, -128
	.irp	r, 1, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	sw	x\r, (4 * \r)(sp)
	.endr
	lla	t0, case_sp
	sw	sp, 0(t0)
	csrw	mscratch, a0
	csrw	mepc, a1
	csrw	mstatus, a2
	mv	x31, a0
	.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, \
		19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	lw	x\r, (4 * \r)(x31)
	.endr
	mret

	.bss
	.balign	16
case_sp:
	.space	16
	.space	16384
stack_end:
