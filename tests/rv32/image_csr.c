/* SPDX-License-Identifier: MIT */
/*
 * Which of the 4096 registers can be read and written, what sticks in those
 * both have, and the rest of the SYSTEM opcode. Lines of text.
 */
#include "image.h"

#define CSRRW 1u
#define CSRRS 2u
#define CSRRC 3u
#define SYSTEM 0x73u
#define MRET 0x302u
#define WFI 0x105u

static uint16_t code[8] __attribute__((aligned(16)));

static uint32_t system_insn(uint32_t imm, uint32_t rs1, uint32_t funct3,
			    uint32_t rd)
{
	return imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | SYSTEM;
}

/* Run one instruction; whether it went through. */
static int works(struct frame *f, uint32_t bits)
{
	code[0] = (uint16_t)bits;
	code[1] = (uint16_t)(bits >> 16);
	code[2] = C_EBREAK;
	__asm__ volatile("fence.i" ::: "memory");
	run_case(f, code, MSTATUS_MPP);
	__asm__ volatile("" ::: "memory");
	return f->mcause == 3 && f->mepc == (uint32_t)&code[2];
}

static void report_illegal(const struct frame *f, uint32_t bits)
{
	if (f->mcause == 2 && f->mtval == bits && f->mepc == (uint32_t)code)
		return;
	put_hex("# not an illegal instruction: ", bits);
	put_hex(" cause ", f->mcause);
	put_hex(" tval ", f->mtval);
	put_char('\n');
}

/*
 * r: csrrs with x0 reads it; w: csrrw of what it holds; s: csrrs of no bit but
 * from a register; i: csrrsi of 0
 */
static void probe(struct frame *f, uint32_t num)
{
	static const struct {
		char name;
		uint8_t rs1;
		uint8_t funct3;
		uint8_t rd;
	} ways[] = { { 'r', 0, CSRRS, 10 },
		     { 'w', 10, CSRRW, 11 },
		     { 's', 11, CSRRS, 12 },
		     { 'i', 0, CSRRS + 4, 12 } };

	put_hex("csr ", num);
	put_char('=');
	for (uint32_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const uint32_t bits = system_insn(num, ways[i].rs1,
						  ways[i].funct3, ways[i].rd);

		f->x[11] = i == 2 ? 0 : f->x[11];
		if (works(f, bits))
			put_char(ways[i].name);
		else
			report_illegal(f, bits);
	}
	put_char('\n');
}

static const uint32_t patterns[] = {
	0,	    0xffffffff, 0x55555555, 0xaaaaaaaa, 0x12345678, 0x80000007,
	0x80001000, 0x80001001, 0x80001002, 0x80001003, 0x8000000b, 0x888,
	0x80,	    0x800,	0x1888,	    0x1880,	0x1808,	    1,
};
#define NUM_PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

/*
 * All six instructions on one register, bits of @mask; @keep is always
 * written as ones.
 */
#define STICKS(csr, mask, keep)                                   \
	static void sticks_##csr(void)                            \
	{                                                         \
		for (uint32_t i = 0; i < NUM_PATTERNS; i++) {     \
			uint32_t p = patterns[i] | (keep);        \
			uint32_t old;                             \
                                                                  \
			__asm__ volatile("csrrw %0, " #csr ", %1" \
					 : "=r"(old)              \
					 : "r"(p)                 \
					 : "memory");             \
			put_hex(#csr " rw ", old &(mask));        \
			put_hex(" ", csr_read(csr) & (mask));     \
			__asm__ volatile("csrrs %0, " #csr ", %1" \
					 : "=r"(old)              \
					 : "r"(p << 3 | p >> 29)  \
					 : "memory");             \
			put_hex(" rs ", old &(mask));             \
			put_hex(" ", csr_read(csr) & (mask));     \
			p = (p << 7 | p >> 25) & ~(keep);         \
			__asm__ volatile("csrrc %0, " #csr ", %1" \
					 : "=r"(old)              \
					 : "r"(p)                 \
					 : "memory");             \
			put_hex(" rc ", old &(mask));             \
			put_hex(" ", csr_read(csr) & (mask));     \
			put_char('\n');                           \
		}                                                 \
		sticks_imm_##csr();                               \
	}

#define STICKS_IMM(csr, mask)                                             \
	static void sticks_imm_##csr(void)                                \
	{                                                                 \
		uint32_t a;                                               \
		uint32_t b;                                               \
		uint32_t c;                                               \
		uint32_t d;                                               \
                                                                          \
		__asm__ volatile("csrrwi %0, " #csr ", 12\n\t"            \
				 "csrrsi %1, " #csr ", 17\n\t"            \
				 "csrrci %2, " #csr ", 8\n\t"             \
				 "csrrci %3, " #csr ", 0"                 \
				 : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d) \
				 :                                        \
				 : "memory");                             \
		put_hex(#csr " imm ", a &(mask));                         \
		put_hex(" ", b &(mask));                                  \
		put_hex(" ", c &(mask));                                  \
		put_hex(" ", d &(mask));                                  \
		put_char('\n');                                           \
	}

STICKS_IMM(mscratch, ~0u)
STICKS(mscratch, ~0u, 0u)
/* Bit 0 of mepc is 0; QEMU 7.2 keeps it. */
STICKS_IMM(mepc, ~1u)
STICKS(mepc, ~1u, 0u)
STICKS_IMM(mcause, ~0u)
STICKS(mcause, ~0u, 0u)
STICKS_IMM(mtval, ~0u)
STICKS(mtval, ~0u, 0u)
STICKS_IMM(mtvec, ~0u)
STICKS(mtvec, ~0u, 0u)
/* Without U mode MPP is M; QEMU takes other values. */
STICKS_IMM(mstatus, MSTATUS_MIE | MSTATUS_MPIE)
STICKS(mstatus, MSTATUS_BITS, MSTATUS_MPP)
/* QEMU has more interrupts; of ours no line is up. */
STICKS_IMM(mie, IRQ_TIMER | IRQ_EXTERNAL)
STICKS(mie, IRQ_TIMER | IRQ_EXTERNAL, 0u)
STICKS_IMM(mip, IRQ_TIMER | IRQ_EXTERNAL)
STICKS(mip, IRQ_TIMER | IRQ_EXTERNAL, 0u)
STICKS_IMM(misa, ~0u)
STICKS(misa, ~0u, 0u)
/* QEMU keeps bits of the hypervisor extension. */
STICKS_IMM(mstatush, ~0xc0u)
STICKS(mstatush, ~0xc0u, 0u)

static void sticks(void)
{
	/* Interrupts could be enabled, so none may be. */
	csr_write(mie, 0);
	sticks_mstatus();
	csr_write(mstatus, MSTATUS_MPP);
	sticks_mie();
	csr_write(mie, 0);
	sticks_mip();
	sticks_mscratch();
	sticks_mepc();
	sticks_mcause();
	sticks_mtval();
	sticks_misa();
	sticks_mstatush();
	sticks_mtvec();
	csr_write(mtvec, vectors);
	put_hex("mhartid ", csr_read(mhartid));
	put_hex(" mvendorid ", csr_read(mvendorid));
	put_char('\n');
}

/* A write to a half of a counter is what the next instruction reads. */
static void counters(void)
{
	put_text("counters");
	csr_write(minstreth, 0x1234);
	put_hex(" ", csr_read(minstreth));
	csr_write(mcycleh, 0x4321);
	put_hex(" ", csr_read(mcycleh));
	put_text(csr_read(minstret) != csr_read(minstret) ? " counts" : " no");
	put_text(csr_read(mcycle) != csr_read(mcycle) ? " counts" : " no");
	put_char('\n');
}

/* Everything under SYSTEM that is no CSR instruction. */
static void others(struct frame *f)
{
	uint32_t seed = 123456789u;

	for (uint32_t i = 0; i < 4096 + 4000; i++) {
		uint32_t bits = i << 20 | SYSTEM;

		if (i >= 4096)
			bits = (next_random(&seed) & ~0x307fu) | SYSTEM;
		if (bits == system_insn(MRET, 0, 0, 0) ||
		    bits == system_insn(WFI, 0, 0, 0))
			continue;
		works(f, bits);
		if (f->mcause != 2 || f->mtval != bits ||
		    f->mepc != (uint32_t)code) {
			put_hex("legal ", bits);
			put_hex(" cause ", f->mcause);
			put_char('\n');
		}
	}
}

int main(void)
{
	static struct frame f;

	for (uint32_t num = 0; num < 4096; num++)
		probe(&f, num);
	csr_write(mtvec, vectors);
	csr_write(mie, 0);
	sticks();
	counters();
	others(&f);
	return 0;
}
