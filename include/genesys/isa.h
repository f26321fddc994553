/* SPDX-License-Identifier: MIT */
/*
 * The GeneSys instruction set, in one table.
 *
 * GS_ISA_TABLE lists every instruction, GS_ISA_LAYOUTS every operand layout
 * and GS_ISA_ENUMS every named operand value. Encoder, decoder, assembler,
 * disassembler and the reference table of docs/isa.md are made from these
 * three lists; no other file spells an opcode, a bit position or a mnemonic.
 * The meaning of the instructions is specified in docs/isa.md.
 */
#ifndef GENESYS_ISA_H
#define GENESYS_ISA_H

#include <stddef.h>
#include <stdint.h>

/** Version of the instruction set; recorded in architecture and model files. */
#define GS_ISA_VERSION 1

#define GS_ISA_MAX_OPERANDS 6
#define GS_ISA_SA_OUTER_LOOPS 7 /**< systolic loop ids 0..6 */
#define GS_ISA_SA_INNER_LOOPS 7 /**< systolic loop ids 7..13 */
#define GS_ISA_SA_LOOPS 64 /**< ids 14..63 are DMA loops */
#define GS_ISA_SIMD_LOOPS 8 /**< nest levels of SET_ITER */
#define GS_ISA_DMA_LOOPS \
	32 /**< ids of BASE and TILE loops, and of PERM loops */
#define GS_ISA_ITERATORS 32 /**< iterators a namespace */
#define GS_ISA_IMM_SLOTS 32 /**< addressable immediates */

/** The two published layouts of opcode 10. */
enum gs_isa_encoding {
	GS_ENC_SYNC_INST = 1, /**< the current one */
	GS_ENC_INST_GROUP_2021 = 2, /**< the assembler of December 2021 */
};

/* clang-format off */

/*
 * Named operand values: E(enum suffix, value, text).
 * A layout field of kind X accepts only the values its list names.
 */
#define GS_ISA_ENUM_HALF(E)  E(LSB, 0, "LSB") E(MSB, 1, "MSB")
#define GS_ISA_ENUM_LOHI(E)  E(LOW, 0, "LOW") E(HIGH, 1, "HIGH")
#define GS_ISA_ENUM_NS(E) \
	E(OBUF, 0, "OBUF") E(IBUF, 1, "IBUF") E(VMEM1, 2, "VMEM1") \
	E(VMEM2, 3, "VMEM2") E(IMM, 4, "IMM")
#define GS_ISA_ENUM_VNS(E)   E(VMEM1, 2, "VMEM1") E(VMEM2, 3, "VMEM2")
#define GS_ISA_ENUM_IMMNS(E) E(IMM, 4, "IMM")
#define GS_ISA_ENUM_BUF(E) \
	E(WBUF, 0, "WBUF") E(IBUF, 1, "IBUF") E(OBUF, 2, "OBUF") E(BBUF, 3, "BBUF")
#define GS_ISA_ENUM_ACC(E) \
	E(LD, 0, "LD") E(ST, 1, "ST") E(RD, 2, "RD") E(WR, 3, "WR")
#define GS_ISA_ENUM_LDST(E)  E(LD, 0, "LD") E(ST, 1, "ST")
#define GS_ISA_ENUM_MEM(E)   E(BUFFER, 0, "BUFFER") E(IMEM, 1, "IMEM")
#define GS_ISA_ENUM_TGT(E)   E(SA, 0, "SYSTOLIC_ARRAY") E(SIMD, 1, "SIMD")
#define GS_ISA_ENUM_SE(E)    E(START, 0, "START") E(END, 1, "END")
#define GS_ISA_ENUM_EB(E)    E(EXEC, 0, "EXEC") E(BUF, 1, "BUF")
#define GS_ISA_ENUM_DTYPE(E) \
	E(32FXP, 0, "32FXP") E(16FXP, 1, "16FXP") E(8FXP, 2, "8FXP") \
	E(32FP, 3, "32FP") E(16FP, 4, "16FP")
#define GS_ISA_ENUM_RW(E)    E(RD, 0, "RD") E(WR, 1, "WR")
#define GS_ISA_ENUM_RED(E)   E(INNER, 0, "INNER") E(OUTER, 1, "OUTER")
#define GS_ISA_ENUM_DIM(E)   E(IC, 0, "IC") E(KW, 1, "KW") E(KH, 2, "KH")

/* K(kind): the operand kinds that have a list of names. */
#define GS_ISA_ENUMS(K) \
	K(HALF) K(LOHI) K(NS) K(VNS) K(IMMNS) K(BUF) K(ACC) K(LDST) K(MEM) \
	K(TGT) K(SE) K(EB) K(DTYPE) K(RW) K(RED) K(DIM)

/*
 * Operand layouts: L(layout, fields), a field is
 * F(name, kind, lowest bit, width). Order is the order of the text form.
 *   UINT   unsigned number
 *   IMM16  16 bits; the assembler accepts -32768..65535
 *   ZERO   no bits or bits that must be 0; prints 0
 *   C32    six bits holding 32; prints 32
 *   other  a name of GS_ISA_ENUM_<kind>
 */
#define GS_ISA_LAYOUTS(L, F) \
L(3ADDR,    F("dst_ns", NS, 21, 3)   F("dst_idx", UINT, 16, 5)  F("src1_ns", NS, 13, 3) \
	    F("src1_idx", UINT, 8, 5) F("src2_ns", NS, 5, 3)    F("src2_idx", UINT, 0, 5)) \
L(NOP,      F("0", ZERO, 0, 0)       F("0", ZERO, 0, 0)         F("0", ZERO, 0, 0) \
	    F("0", ZERO, 0, 0)       F("0", ZERO, 0, 0)         F("0", ZERO, 0, 0)) \
L(DTYPE,    F("dtype", DTYPE, 24, 4) F("dst_int", UINT, 16, 8)  F("src1_int", UINT, 8, 8) \
	    F("src2_int", UINT, 0, 8)) \
L(DMA_ADDR, F("half", HALF, 23, 1)   F("ns", VNS, 21, 2)        F("0", ZERO, 16, 5) \
	    F("imm", IMM16, 0, 16)) \
L(DMA_ITER, F("0", ZERO, 23, 1)      F("ns", VNS, 21, 2)        F("loop", UINT, 16, 5) \
	    F("n", UINT, 0, 16)) \
L(DMA_STRIDE, F("half", HALF, 23, 1) F("ns", VNS, 21, 2)        F("loop", UINT, 16, 5) \
	    F("imm", IMM16, 0, 16)) \
L(DMA_START, F("0", ZERO, 23, 1)     F("ns", VNS, 21, 2)        F("width", UINT, 16, 5) \
	    F("req", UINT, 0, 16)) \
L(ITERATOR, F("ns", NS, 21, 3)       F("idx", UINT, 16, 5)      F("imm", IMM16, 0, 16)) \
L(IMM,      F("ns", IMMNS, 21, 3)    F("slot", UINT, 16, 5)     F("imm", IMM16, 0, 16)) \
L(SET_ITER, F("loop", UINT, 21, 3)   F("0", ZERO, 16, 5)        F("n", UINT, 0, 16)) \
L(SET_INST, F("nested", UINT, 21, 1) F("0", ZERO, 16, 5)        F("n", UINT, 0, 16)) \
L(PERM_BASE, F("rw", RW, 21, 3)      F("0", ZERO, 16, 5)        F("addr", UINT, 0, 16)) \
L(PERM_ITER, F("rw", RW, 21, 3)      F("loop", UINT, 16, 5)     F("n", UINT, 0, 16)) \
L(PERM_STRIDE, F("rw", RW, 21, 3)    F("loop", UINT, 16, 5)     F("stride", IMM16, 0, 16)) \
L(PERM_START, F("dst_ns", NS, 21, 3) F("0", ZERO, 16, 5)        F("src_ns", NS, 13, 3) \
	    F("0", ZERO, 8, 5)       F("shuffle", UINT, 0, 1)) \
L(SA_LOOP,  F("0", ZERO, 22, 6)      F("loop", UINT, 16, 6)     F("n", UINT, 0, 16)) \
L(SA_RED,   F("32", C32, 22, 6)      F("loop", UINT, 16, 6)     F("type", RED, 2, 14) \
	    F("dim", DIM, 0, 2)) \
L(SYNC,     F("target", TGT, 27, 1)  F("start_end", SE, 26, 1)  F("exec_buf", EB, 25, 1) \
	    F("0", ZERO, 22, 3)      F("group", UINT, 16, 6)    F("num", UINT, 0, 16)) \
L(GROUP21,  F("target", TGT, 27, 1)  F("start_end", SE, 26, 1)  F("group", UINT, 18, 8) \
	    F("loop", UINT, 16, 2)   F("num", UINT, 0, 16)) \
L(BLOCK_END, F("last", UINT, 0, 1)) \
L(SA_STRIDE, F("half", LOHI, 27, 1)  F("acc", ACC, 24, 3)       F("buf", BUF, 22, 2) \
	    F("loop", UINT, 16, 6)   F("stride", IMM16, 0, 16)) \
L(SA_BASE,  F("half", LOHI, 27, 1)   F("mem", MEM, 26, 1)       F("buf", BUF, 22, 4) \
	    F("0", ZERO, 16, 6)      F("addr", IMM16, 0, 16)) \
L(SA_LDST,  F("acc", LDST, 27, 1)    F("mem", MEM, 26, 1)       F("buf", BUF, 22, 4) \
	    F("loop", UINT, 16, 6)   F("req", UINT, 0, 16))

/*
 * X(id, mnemonic, opcode, function code or GS_ISA_NO_FN, layout, encodings)
 * Opcode is bits [31:28], the function code bits [27:24].
 * SA_LOOP_CFG and SA_REDUCTION_LOOP share opcode 9 and are told apart by
 * their constant field.
 */
#define GS_ISA_NO_FN (-1)
#define GS_ENC_ANY (GS_ENC_SYNC_INST | GS_ENC_INST_GROUP_2021)

#define GS_ISA_TABLE(X) \
X(ADD,              "ADD",              0,  0, 3ADDR, GS_ENC_ANY) \
X(SUB,              "SUB",              0,  1, 3ADDR, GS_ENC_ANY) \
X(MUL,              "MUL",              0,  2, 3ADDR, GS_ENC_ANY) \
X(MACC,             "MACC",             0,  3, 3ADDR, GS_ENC_ANY) \
X(DIV,              "DIV",              0,  4, 3ADDR, GS_ENC_ANY) \
X(MAX,              "MAX",              0,  5, 3ADDR, GS_ENC_ANY) \
X(MIN,              "MIN",              0,  6, 3ADDR, GS_ENC_ANY) \
X(RSHIFT,           "RSHIFT",           0,  7, 3ADDR, GS_ENC_ANY) \
X(LSHIFT,           "LSHIFT",           0,  8, 3ADDR, GS_ENC_ANY) \
X(MOVE,             "MOVE",             0,  9, 3ADDR, GS_ENC_ANY) \
X(COND_MOVE_TRUE,   "COND_MOVE_TRUE",   0, 10, 3ADDR, GS_ENC_ANY) \
X(COND_MOVE_FALSE,  "COND_MOVE_FALSE",  0, 11, 3ADDR, GS_ENC_ANY) \
X(NOT,              "NOT",              0, 12, 3ADDR, GS_ENC_ANY) \
X(AND,              "AND",              0, 13, 3ADDR, GS_ENC_ANY) \
X(OR,               "OR",               0, 14, 3ADDR, GS_ENC_ANY) \
X(NOP,              "NOP",              0, 15, NOP,   GS_ENC_ANY) \
X(RELU,             "RELU",             1,  0, 3ADDR, GS_ENC_ANY) \
X(LEAKY_RELU,       "LEAKY_RELU",       1,  1, 3ADDR, GS_ENC_ANY) \
X(ABS,              "ABS",              1,  2, 3ADDR, GS_ENC_ANY) \
X(SIGN,             "SIGN",             1,  3, 3ADDR, GS_ENC_ANY) \
X(SIGMOID,          "SIGMOID",          1,  4, 3ADDR, GS_ENC_ANY) \
X(TANH,             "TANH",             1,  5, 3ADDR, GS_ENC_ANY) \
X(EXP,              "EXP",              1,  6, 3ADDR, GS_ENC_ANY) \
X(LN,               "LN",               1,  7, 3ADDR, GS_ENC_ANY) \
X(SQRT,             "SQRT",             1,  8, 3ADDR, GS_ENC_ANY) \
X(INV_SQRT,         "INV_SQRT",         1,  9, 3ADDR, GS_ENC_ANY) \
X(LOG2,             "LOG2",             1, 10, 3ADDR, GS_ENC_ANY) \
X(EQUAL,            "EQUAL",            2,  0, 3ADDR, GS_ENC_ANY) \
X(NEQ,              "NEQ",              2,  1, 3ADDR, GS_ENC_ANY) \
X(GT,               "GT",               2,  2, 3ADDR, GS_ENC_ANY) \
X(GTE,              "GTE",              2,  3, 3ADDR, GS_ENC_ANY) \
X(LT,               "LT",               2,  4, 3ADDR, GS_ENC_ANY) \
X(LTE,              "LTE",              2,  5, 3ADDR, GS_ENC_ANY) \
X(CAST_32FXP_16FXP, "32FXP_16FXP",      3,  0, 3ADDR, GS_ENC_ANY) \
X(CAST_32FXP_8FXP,  "32FXP_8FXP",       3,  1, 3ADDR, GS_ENC_ANY) \
X(CAST_32FXP_4FXP,  "32FXP_4FXP",       3,  2, 3ADDR, GS_ENC_ANY) \
X(CAST_16FXP_32FXP, "16FXP_32FXP",      3,  3, 3ADDR, GS_ENC_ANY) \
X(CAST_8FXP_32FXP,  "8FXP_32FXP",       3,  4, 3ADDR, GS_ENC_ANY) \
X(CAST_4FXP_32FXP,  "4FXP_32FXP",       3,  5, 3ADDR, GS_ENC_ANY) \
X(CAST_32FP_16FP,   "32FP_16FP",        3,  6, 3ADDR, GS_ENC_ANY) \
X(CAST_16FP_32FP,   "16FP_32FP",        3,  7, 3ADDR, GS_ENC_ANY) \
X(FLOOR,            "FLOOR",            3,  8, 3ADDR, GS_ENC_ANY) \
X(CEIL,             "CEIL",             3,  9, 3ADDR, GS_ENC_ANY) \
X(CAST_32FP_16BFP,  "32FP_16BFP",       3, 10, 3ADDR, GS_ENC_ANY) \
X(CAST_16BFP_32FP,  "16BFP_32FP",       3, 11, 3ADDR, GS_ENC_ANY) \
X(DTYPE_CFG,        "DTYPE_CFG",        4, GS_ISA_NO_FN, DTYPE, GS_ENC_ANY) \
X(LD_BASE_ADDR,     "LD_CONFIG_BASE_ADDR",        5,  0, DMA_ADDR,   GS_ENC_ANY) \
X(LD_BASE_ITER,     "LD_CONFIG_BASE_LOOP_ITER",   5,  1, DMA_ITER,   GS_ENC_ANY) \
X(LD_BASE_STRIDE,   "LD_CONFIG_BASE_LOOP_STRIDE", 5,  2, DMA_STRIDE, GS_ENC_ANY) \
X(LD_TILE_ITER,     "LD_CONFIG_TILE_LOOP_ITER",   5,  3, DMA_ITER,   GS_ENC_ANY) \
X(LD_TILE_STRIDE,   "LD_CONFIG_TILE_LOOP_STRIDE", 5,  4, DMA_STRIDE, GS_ENC_ANY) \
X(LD_START,         "LD_START",                   5,  5, DMA_START,  GS_ENC_ANY) \
X(LD_TILE_ADDR,     "LD_CONFIG_TILE_ADDR",        5,  6, DMA_ADDR,   GS_ENC_ANY) \
X(ST_BASE_ADDR,     "ST_CONFIG_BASE_ADDR",        5,  8, DMA_ADDR,   GS_ENC_ANY) \
X(ST_BASE_ITER,     "ST_CONFIG_BASE_LOOP_ITER",   5,  9, DMA_ITER,   GS_ENC_ANY) \
X(ST_BASE_STRIDE,   "ST_CONFIG_BASE_LOOP_STRIDE", 5, 10, DMA_STRIDE, GS_ENC_ANY) \
X(ST_TILE_ITER,     "ST_CONFIG_TILE_LOOP_ITER",   5, 11, DMA_ITER,   GS_ENC_ANY) \
X(ST_TILE_STRIDE,   "ST_CONFIG_TILE_LOOP_STRIDE", 5, 12, DMA_STRIDE, GS_ENC_ANY) \
X(ST_START,         "ST_START",                   5, 13, DMA_START,  GS_ENC_ANY) \
X(ST_TILE_ADDR,     "ST_CONFIG_TILE_ADDR",        5, 14, DMA_ADDR,   GS_ENC_ANY) \
X(BASE_SIGN_EXT,    "BASE_SIGN_EXT",    6,  0, ITERATOR, GS_ENC_ANY) \
X(BASE_LOW,         "BASE_LOW",         6,  1, ITERATOR, GS_ENC_ANY) \
X(BASE_HIGH,        "BASE_HIGH",        6,  2, ITERATOR, GS_ENC_ANY) \
X(BASE_ZEROFILL,    "BASE_ZEROFILL",    6,  3, ITERATOR, GS_ENC_ANY) \
X(STRIDE_SIGN_EXT,  "STRIDE_SIGN_EXT",  6,  4, ITERATOR, GS_ENC_ANY) \
X(STRIDE_LOW,       "STRIDE_LOW",       6,  5, ITERATOR, GS_ENC_ANY) \
X(STRIDE_HIGH,      "STRIDE_HIGH",      6,  6, ITERATOR, GS_ENC_ANY) \
X(STRIDE_ZEROFILL,  "STRIDE_ZEROFILL",  6,  7, ITERATOR, GS_ENC_ANY) \
X(SET_IMM_LOW,      "SET_IMM_LOW",      6,  8, IMM, GS_ENC_ANY) \
X(SET_IMM_HIGH,     "SET_IMM_HIGH",     6,  9, IMM, GS_ENC_ANY) \
X(IMM_SIGN_EXT,     "IMM_SIGN_EXT",     6, 10, IMM, GS_ENC_ANY) \
X(SET_INDEX,        "SET_INDEX",        7,  0, 3ADDR,    GS_ENC_ANY) \
X(SET_ITER,         "SET_ITER",         7,  1, SET_ITER, GS_ENC_ANY) \
X(SET_INST,         "SET_INST",         7,  2, SET_INST, GS_ENC_ANY) \
X(PERM_SET_BASE_ADDR,   "PERM_SET_BASE_ADDR",   8, 0, PERM_BASE,   GS_ENC_ANY) \
X(PERM_SET_LOOP_ITER,   "PERM_SET_LOOP_ITER",   8, 1, PERM_ITER,   GS_ENC_ANY) \
X(PERM_SET_LOOP_STRIDE, "PERM_SET_LOOP_STRIDE", 8, 2, PERM_STRIDE, GS_ENC_ANY) \
X(PERM_START,           "PERM_START",           8, 3, PERM_START,  GS_ENC_ANY) \
X(SA_LOOP_CFG,       "SA_LOOP_CFG",       9, GS_ISA_NO_FN, SA_LOOP, GS_ENC_ANY) \
X(SA_REDUCTION_LOOP, "SA_REDUCTION_LOOP", 9, GS_ISA_NO_FN, SA_RED,  GS_ENC_ANY) \
X(SYNC_INST,         "SYNC_INST",        10, GS_ISA_NO_FN, SYNC,    GS_ENC_SYNC_INST) \
X(INST_GROUP,        "INST_GROUP",       10, GS_ISA_NO_FN, GROUP21, GS_ENC_INST_GROUP_2021) \
X(BLOCK_END,         "BLOCK_END",        11, GS_ISA_NO_FN, BLOCK_END, GS_ENC_ANY) \
X(SET_LOOP_STRIDE,   "SET_LOOP_STRIDE",  12, GS_ISA_NO_FN, SA_STRIDE, GS_ENC_ANY) \
X(SET_BASE_ADDR,     "SET_BASE_ADDR",    13, GS_ISA_NO_FN, SA_BASE,   GS_ENC_ANY) \
X(LD_ST,             "LD_ST",            14, GS_ISA_NO_FN, SA_LDST,   GS_ENC_ANY)

/* clang-format on */

/** Instruction identifiers, in table order. */
enum gs_insn_id {
#define GS_ISA_X(id, mnemonic, op, fn, layout, enc) GS_INSN_##id,
	GS_ISA_TABLE(GS_ISA_X)
#undef GS_ISA_X
		GS_INSN_COUNT
};

/** Operand kinds; those after GS_OPK_C32 have names. */
enum gs_operand_kind {
	GS_OPK_UINT,
	GS_OPK_IMM16,
	GS_OPK_ZERO,
	GS_OPK_C32,
#define GS_ISA_K(kind) GS_OPK_##kind,
	GS_ISA_ENUMS(GS_ISA_K)
#undef GS_ISA_K
		GS_OPK_COUNT
};

/* Named operand values: GS_NS_VMEM1, GS_BUF_IBUF, GS_ACC_LD, ... */
enum gs_half { GS_HALF_LSB = 0, GS_HALF_MSB = 1 };
enum gs_ns {
#define GS_ISA_E(id, value, text) GS_NS_##id = value,
	GS_ISA_ENUM_NS(GS_ISA_E)
#undef GS_ISA_E
		GS_NS_COUNT
};
enum gs_buf {
#define GS_ISA_E(id, value, text) GS_BUF_##id = value,
	GS_ISA_ENUM_BUF(GS_ISA_E)
#undef GS_ISA_E
		GS_BUF_COUNT
};
enum gs_acc {
#define GS_ISA_E(id, value, text) GS_ACC_##id = value,
	GS_ISA_ENUM_ACC(GS_ISA_E)
#undef GS_ISA_E
		GS_ACC_COUNT
};
enum gs_dtype_cfg {
#define GS_ISA_E(id, value, text) GS_DTYPE_##id = value,
	GS_ISA_ENUM_DTYPE(GS_ISA_E)
#undef GS_ISA_E
};
enum gs_mem_space { GS_MEM_BUFFER = 0, GS_MEM_IMEM = 1 };
enum gs_target { GS_TGT_SA = 0, GS_TGT_SIMD = 1 };
enum gs_start_end { GS_SE_START = 0, GS_SE_END = 1 };
enum gs_exec_buf { GS_EB_EXEC = 0, GS_EB_BUF = 1 };
enum gs_reduction { GS_RED_INNER = 0, GS_RED_OUTER = 1 };
enum gs_reduction_dim { GS_DIM_IC = 0, GS_DIM_KW = 1, GS_DIM_KH = 2 };

/** One operand of an instruction. */
struct gs_isa_field {
	const char *name; /**< lower case, as in docs/isa.md; "0" for constants */
	uint8_t kind; /**< enum gs_operand_kind */
	uint8_t lsb;
	uint8_t width; /**< 0: the operand has no bits (always 0) */
};

/** One row of the instruction table. */
struct gs_isa_desc {
	const char *mnemonic;
	uint8_t opcode;
	int8_t fn; /**< GS_ISA_NO_FN where [27:24] belongs to the operands */
	uint8_t encodings; /**< mask of enum gs_isa_encoding */
	uint8_t num_fields;
	const struct gs_isa_field *field; /**< num_fields of them */
};

/** A decoded instruction: values in the order of the text form. */
struct gs_insn {
	enum gs_insn_id id;
	uint32_t val[GS_ISA_MAX_OPERANDS];
};

/**
 * gs_isa_desc() - the table row of an instruction
 * Returns NULL for an id outside the table.
 */
const struct gs_isa_desc *gs_isa_desc(enum gs_insn_id id);

/**
 * gs_isa_find() - look an instruction up by its mnemonic (exact case)
 * Returns the id, or GS_INSN_COUNT when there is none.
 */
enum gs_insn_id gs_isa_find(const char *mnemonic, size_t len);

/**
 * gs_isa_operand_name() - the text of a named operand value
 * Returns NULL when the kind has no names or none for this value.
 */
const char *gs_isa_operand_name(enum gs_operand_kind kind, uint32_t value);

/**
 * gs_isa_decode() - decode one word
 * Every bit is checked: an unknown opcode or function, a reserved name value
 * or a non-zero bit in a zero field is -EINVAL and *insn is not written.
 */
int gs_isa_decode(uint32_t word, enum gs_isa_encoding enc,
		  struct gs_insn *insn);

/**
 * gs_isa_encode() - encode one instruction
 * @bad_field: when not NULL and -EINVAL is returned, the index of the operand
 *             that is out of range, or -1 when the instruction does not exist
 *             in @enc.
 * IMM16 operands take the 16-bit pattern, or a sign-extended negative value.
 */
int gs_isa_encode(const struct gs_insn *insn, enum gs_isa_encoding enc,
		  uint32_t *word, int *bad_field);

/**
 * gs_isa_format() - the text form of one instruction, without newline
 * Returns the length, as snprintf() does. 80 bytes hold every instruction.
 */
int gs_isa_format(const struct gs_insn *insn, char *buf, size_t size);

#endif /* GENESYS_ISA_H */
