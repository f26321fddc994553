/* SPDX-License-Identifier: MIT */
/*
 * Bare-metal images for QEMU's virt machine, which rv32-run imitates where they
 * use it. They are linked to the start of its memory and print what happened.
 */
#ifndef GS_TESTS_RV32_IMAGE_H
#define GS_TESTS_RV32_IMAGE_H

#include <stdint.h>

#define MEMORY_END 0x80800000u /* qemu -m 8M, rv32-run */

#define MSTATUS_MIE (1u << 3)
#define MSTATUS_MPIE (1u << 7)
#define MSTATUS_MPP (3u << 11)
#define MSTATUS_BITS (MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP)
#define IRQ_TIMER (1u << 7)
#define IRQ_EXTERNAL (1u << 11)

#define C_EBREAK 0x9002u

/* Offsets are known to start.S. */
struct frame {
	uint32_t x[32];
	uint32_t mcause;
	uint32_t mepc;
	uint32_t mtval;
	uint32_t mstatus;
	uint32_t vector; /* entry of the table that was taken */
};

#define csr_read(csr)                                                    \
	({                                                               \
		uint32_t v_;                                             \
		__asm__ volatile("csrr %0, " #csr : "=r"(v_)::"memory"); \
		v_;                                                      \
	})
#define csr_write(csr, val) \
	__asm__ volatile("csrw " #csr ", %0" ::"r"((uint32_t)(val)) : "memory")

extern const char vectors[];

/*
 * Load x[1] to x[31], go to @pc by mret with @mstatus, come back from the next
 * trap with all that is in *f.
 */
void run_case(struct frame *f, const void *pc, uint32_t mstatus);

static inline void device_write(uint32_t addr, uint32_t val)
{
	*(volatile uint32_t *)(uintptr_t)addr = val;
}

static inline uint32_t device_read(uint32_t addr)
{
	return *(volatile uint32_t *)(uintptr_t)addr;
}

static inline void put_char(char c)
{
	device_write(0x10000000u, (uint8_t)c);
}

static inline void put_word(uint32_t w)
{
	for (int i = 0; i < 4; i++)
		put_char((char)(w >> 8 * i));
}

static inline void put_text(const char *s)
{
	while (*s)
		put_char(*s++);
}

static inline void put_hex(const char *name, uint32_t w)
{
	put_text(name);
	for (int i = 28; i >= 0; i -= 4)
		put_char("0123456789abcdef"[w >> i & 15]);
}

/* xorshift32 */
static inline uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static inline uint32_t fold(uint32_t hash, uint32_t w)
{
	hash = (hash ^ w) * 0x9e3779b1u;
	return hash ^ hash >> 15;
}

#endif
