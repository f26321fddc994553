/* SPDX-License-Identifier: MIT */
/*
 * Layout of model files (.gsm): the one definition that the compiler's writer,
 * the runtime's loader and the tools share.
 *
 * A model is an ELF64 little-endian object (ET_REL):
 *
 *   section            content
 *   .text              code, 32-bit words; the first block stands at word 0
 *   .rodata.param      weights and biases
 *   .rodata.simd       constants of the SIMD unit
 *   .bss.act           activations, without bytes in the file
 *   .rela.text         addresses the code holds, see below
 *   .symtab .strtab    STT_FUNC per layer, STT_OBJECT per tensor, sections
 *   .genesys.tensors   struct gs_elf_tensor[]
 *   .genesys.channels  uint32_t[]: physical channels, used by tensors
 *   .genesys.layers    struct gs_elf_layer[], in order of execution
 *   .genesys.segments  struct gs_elf_segment[], what the scheduler walks
 *   .genesys.names     strings of the records; offset 0 is the empty string
 *   .note.genesys.arch the machine the code was made for
 *   .genesys.meta      key, 0, value, 0, ... both UTF-8
 *   .genesys.macs      uint64_t[]: work of the layers, may be missing
 *   .genesys.check     CRC-32 of the file
 *
 * Addresses. A program sees windows (docs/isa.md section 2). .text is placed
 * at offset 0 of the IMEM window, .rodata.param at offset 0 of the PARAM
 * window. IBUF, OBUF and SIMD window all show one activation memory, which
 * holds .rodata.simd at offset 0 and .bss.act at the next multiple of its
 * alignment; each inference context has its own. Bytes of activation memory
 * that belong to no constant and no border start as 0.
 *
 * Relocations R_GENESYS_LO16 and R_GENESYS_HI16 replace bits [15:0] of a word
 * by the low or high half of S + A, where S is the window offset of the
 * symbol. The word is SET_BASE_ADDR, LD_CONFIG_BASE_ADDR or
 * ST_CONFIG_BASE_ADDR of the same half, with a field of 0 in the file.
 *
 * Work. A number for each layer, in their order: the multiply-accumulates its
 * operator needs by the shapes of the ONNX model; padding to whole rows and
 * columns of the array does not count, and biases and fused operators do not.
 * Conv: elements of the result times weights of an output channel, products
 * with the zeros of pads included. ConvMaxPool, ConvAveragePool: those of its
 * Conv, whose result the pool reads. ConvTranspose: elements of the input times weights of an
 * input channel, products that pads cut off included; a layer for each phase
 * has those of its weights. Gemm, MatMul: elements of the result times columns of the left side.
 * Other operators: 0. The sum is at most GS_ELF_MAX_MACS. Readers that know no
 * such section leave it out, files without one do not tell.
 *
 * Check. CRC-32 (that of zlib) over all bytes of the file, the four bytes of
 * .genesys.check taken as 0. A file that was cut or changed is refused.
 */
#ifndef GENESYS_MODEL_FILE_H
#define GENESYS_MODEL_FILE_H

#include <assert.h>
#include <stdint.h>

/** "GS"; not assigned by the gABI registry (below 0x200) nor used by binutils. */
#define GS_ELF_MACHINE 0x4753

/** Version of this layout, in e_flags. Another one is refused. */
#define GS_ELF_VERSION 1

#define GS_ELF_TEXT ".text"
#define GS_ELF_PARAM ".rodata.param"
#define GS_ELF_SIMD ".rodata.simd"
#define GS_ELF_ACT ".bss.act"
#define GS_ELF_RELA ".rela.text"
#define GS_ELF_SYMTAB ".symtab"
#define GS_ELF_STRTAB ".strtab"
#define GS_ELF_SHSTRTAB ".shstrtab"
#define GS_ELF_TENSORS ".genesys.tensors"
#define GS_ELF_CHANNELS ".genesys.channels"
#define GS_ELF_LAYERS ".genesys.layers"
#define GS_ELF_SEGMENTS ".genesys.segments"
#define GS_ELF_NAMES ".genesys.names"
#define GS_ELF_ARCH ".note.genesys.arch"
#define GS_ELF_META ".genesys.meta"
#define GS_ELF_MACS ".genesys.macs"
#define GS_ELF_CHECK ".genesys.check"

/** Alignment of .bss.act in activation memory: two rows of the widest machine. */
#define GS_ELF_ACT_ALIGN 256
/** Alignment of sections with content in the file. */
#define GS_ELF_ALIGN 64

/** Most multiply-accumulates of all layers together. */
#define GS_ELF_MAX_MACS (1ull << 62)

/** Offsets a window can hold. */
#define GS_ELF_WINDOW_BYTES (1ull << 32)

enum gs_elf_reloc {
	R_GENESYS_NONE = 0,
	R_GENESYS_LO16 = 1,
	R_GENESYS_HI16 = 2,
};

#define GS_ELF_NONE UINT32_MAX /**< no layer, no input, no output */
#define GS_ELF_MAX_RANK 6

enum gs_elf_type {
	GS_ELF_I8 = 1, /**< a byte each, -128 to 127 */
	GS_ELF_I4 = 2, /**< -8 to 7, two in a byte, the first in its low half */
	GS_ELF_I4_WIDE = 3, /**< -8 to 7, a byte each */
};

/** Smallest and largest value of an element of an enum gs_elf_type */
static inline int32_t gs_elf_low(uint8_t type)
{
	return type == GS_ELF_I8 ? -128 : -8;
}

static inline int32_t gs_elf_high(uint8_t type)
{
	return type == GS_ELF_I8 ? 127 : 7;
}

enum gs_elf_order {
	GS_ELF_NCHW = 0, /**< logical order of elements is n, c, h, w */
	GS_ELF_NHWC = 1, /**< n, h, w, c */
};

/**
 * A tensor in activation memory: n x (top + h + bottom) x (left + w + right) x
 * c_phys elements, channels innermost. real = scale * (q - zero_point).
 * With row_block, so many rows, borders counted, take the place of one: pixels
 * of a column stand side by side in c_phys, those of the upper row first.
 */
struct gs_elf_tensor {
	uint32_t name; /**< in .genesys.names; unique, not empty */
	uint8_t type; /**< enum gs_elf_type */
	uint8_t rank; /**< 0 to GS_ELF_MAX_RANK */
	uint8_t order; /**< enum gs_elf_order */
	uint8_t row_block; /**< rows that stand together, see above; 0 is 1 */
	uint32_t input,
		output; /**< position among the model's, or GS_ELF_NONE */
	uint32_t root; /**< tensor whose memory this is; itself unless a view */
	uint32_t first_layer; /**< it is complete after; GS_ELF_NONE: an input */
	uint32_t last_layer; /**< that reads it; GS_ELF_NONE: none, or unknown */
	uint32_t c_phys; /**< channels in memory, of all rows of a block; each has >= c */
	int64_t dim[GS_ELF_MAX_RANK]; /**< logical shape; 0 beyond rank */
	uint32_t n, h, w, c; /**< the same elements; product as that of dim */
	uint32_t top, left, bottom, right; /**< border, rows and columns */
	int32_t border_value; /**< quantized */
	uint32_t channel_first; /**< in .genesys.channels */
	uint32_t channel_count; /**< c, or 0: physical channel = channel */
	int32_t zero_point;
	float scale; /**< finite, > 0 */
	uint32_t reserved2; /**< 0 */
	uint64_t offset; /**< in .bss.act */
	uint64_t bytes; /**< of the slot, borders included */
};

/** Consecutive blocks of code that compute one node of the graph. */
struct gs_elf_layer {
	uint32_t name; /**< in .genesys.names; unique, not empty */
	uint32_t op; /**< in .genesys.names: operator type */
	uint32_t note; /**< in .genesys.names: tile sizes, for people; may be "" */
	uint32_t first_word,
		num_words; /**< in .text; the last is a BLOCK_END */
	uint32_t num_blocks; /**< BLOCK_END words in it */
};

enum gs_elf_segment_kind {
	GS_ELF_SEGMENT_DEVICE = 0, /**< code, runs as one job */
	GS_ELF_SEGMENT_HOST = 1, /**< reserved for host operators: refused */
};

/** Layers that run as one piece. Segments run in order. */
struct gs_elf_segment {
	uint32_t kind; /**< enum gs_elf_segment_kind */
	uint32_t first_word, num_words; /**< in .text */
	uint32_t entry_words; /**< words of the first block */
	uint32_t first_layer, num_layers;
	uint32_t reserved[4]; /**< 0 */
};

#define GS_ELF_NOTE_OWNER "GeneSys"
#define GS_ELF_NOTE_ARCH 0x4753 /**< "GS"; of no note the gABI and GNU define */

/** Descriptor of the architecture note; canonical JSON (gs_arch_format()) follows. */
struct gs_elf_arch {
	uint32_t isa_version;
	uint32_t extensions;
	uint64_t hash; /**< gs_arch_hash() */
	uint32_t json_bytes; /**< without padding */
	uint32_t reserved; /**< 0 */
};

#ifndef __cplusplus
_Static_assert(sizeof(struct gs_elf_tensor) == 152, "model file layout");
_Static_assert(sizeof(struct gs_elf_layer) == 24, "model file layout");
_Static_assert(sizeof(struct gs_elf_segment) == 40, "model file layout");
_Static_assert(sizeof(struct gs_elf_arch) == 24, "model file layout");
#endif

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "records are read and written as they stand in memory: little-endian"
#endif

#endif /* GENESYS_MODEL_FILE_H */
