/* SPDX-License-Identifier: MIT */
#include "tests/unit/tiny_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/emit/model_file.h"
#include "genesys/isa.h"

enum { A, B, T, Y, FLAT };

#define PIXEL TINY_C
#define A_ROW ((TINY_H + 2) * PIXEL) /* border 1, 1 */
#define B_ROW (TINY_H * PIXEL)
#define Y_ROW ((TINY_H + 2) * PIXEL) /* border left 2 */

/* ---- code ---------------------------------------------------------------- */

static void emit(struct tiny_model *m, enum gs_insn_id id, ...)
{
	struct gs_insn insn = { .id = id };
	unsigned num = gs_isa_desc(id)->num_fields;
	uint32_t *word = &m->code[m->program.num_words++];
	va_list ap;

	va_start(ap, id);
	for (unsigned i = 0; i < num; i++)
		insn.val[i] = (uint32_t)va_arg(ap, int);
	va_end(ap);
	if (gs_isa_encode(&insn, GS_ENC_SYNC_INST, word, NULL))
		abort();
}

static void reloc(struct tiny_model *m, bool high, enum gs_part part,
		  uint64_t addend)
{
	m->reloc[m->program.num_relocs++] = (struct gs_reloc){
		.word = m->program.num_words - 1,
		.high = high,
		.part = part,
		.addend = addend,
	};
}

static void base(struct tiny_model *m, enum gs_insn_id id, int ns,
		 enum gs_part part, uint64_t addend)
{
	emit(m, id, GS_HALF_LSB, ns, 0, 0);
	reloc(m, false, part, addend);
	emit(m, id, GS_HALF_MSB, ns, 0, 0);
	reloc(m, true, part, addend);
}

/* Rows of 8-bit pixels between memory and VMEM rows 0 and up. */
static void load(struct tiny_model *m, int ns, int rows, int stride, int req)
{
	emit(m, GS_INSN_LD_TILE_ADDR, GS_HALF_LSB, ns, 0, 0);
	emit(m, GS_INSN_LD_TILE_ITER, 0, ns, 0, rows - 1);
	emit(m, GS_INSN_LD_TILE_STRIDE, GS_HALF_LSB, ns, 0, stride);
	emit(m, GS_INSN_LD_START, 0, ns, 7, req);
}

static void store(struct tiny_model *m, int ns, int rows, int stride, int req)
{
	emit(m, GS_INSN_ST_TILE_ADDR, GS_HALF_LSB, ns, 0, 0);
	emit(m, GS_INSN_ST_TILE_ITER, 0, ns, 0, rows - 1);
	emit(m, GS_INSN_ST_TILE_STRIDE, GS_HALF_LSB, ns, 0, stride);
	emit(m, GS_INSN_ST_START, 0, ns, 7, req);
}

/* VMEM1 = saturate(VMEM1 + VMEM2); VMEM2 steps by @step rows. */
static void add_nest(struct tiny_model *m, int step)
{
	emit(m, GS_INSN_DTYPE_CFG, GS_DTYPE_8FXP, 8, 32, 32);
	emit(m, GS_INSN_BASE_SIGN_EXT, GS_NS_VMEM1, 0, 0);
	emit(m, GS_INSN_STRIDE_SIGN_EXT, GS_NS_VMEM1, 0, 1);
	emit(m, GS_INSN_BASE_SIGN_EXT, GS_NS_VMEM2, 0, 0);
	emit(m, GS_INSN_STRIDE_SIGN_EXT, GS_NS_VMEM2, 0, step);
	emit(m, GS_INSN_SET_ITER, 0, 0, TINY_H * TINY_H);
	emit(m, GS_INSN_SET_INDEX, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0, GS_NS_VMEM2,
	     0);
	emit(m, GS_INSN_SET_INST, 0, 0, 2);
	emit(m, GS_INSN_ADD, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0, GS_NS_VMEM2, 0);
	emit(m, GS_INSN_CAST_32FXP_8FXP, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0,
	     GS_NS_VMEM2, 0);
}

static void sync(struct tiny_model *m, enum gs_start_end se)
{
	emit(m, GS_INSN_SYNC_INST, GS_TGT_SIMD, se, GS_EB_EXEC, 0, 0, 0);
}

static void code_first(struct tiny_model *m)
{
	emit(m, GS_INSN_SET_BASE_ADDR, 0, GS_MEM_IMEM, 0, 0, 0);
	reloc(m, false, GS_PART_CODE, 0); /* addend below */
	emit(m, GS_INSN_SET_BASE_ADDR, 1, GS_MEM_IMEM, 0, 0, 0);
	reloc(m, true, GS_PART_CODE, 0);
	/* code_second() sets REQ. */
	emit(m, GS_INSN_LD_ST, GS_ACC_LD, GS_MEM_IMEM, 0, 0, 0);
	sync(m, GS_SE_START);
	base(m, GS_INSN_LD_BASE_ADDR, GS_NS_VMEM1, GS_PART_ACT,
	     m->place[A].offset + A_ROW + PIXEL);
	load(m, GS_NS_VMEM1, TINY_H, A_ROW, TINY_H);
	base(m, GS_INSN_LD_BASE_ADDR, GS_NS_VMEM2, GS_PART_ACT,
	     m->place[B].offset);
	load(m, GS_NS_VMEM2, TINY_H, B_ROW, TINY_H);
	add_nest(m, 1);
	base(m, GS_INSN_ST_BASE_ADDR, GS_NS_VMEM1, GS_PART_ACT,
	     m->place[T].offset);
	store(m, GS_NS_VMEM1, TINY_H, B_ROW, TINY_H);
	sync(m, GS_SE_END);
	emit(m, GS_INSN_BLOCK_END, 0);
	m->reloc[0].addend = m->reloc[1].addend = 4ull * m->program.num_words;
}

static void code_second(struct tiny_model *m)
{
	uint32_t first = m->program.num_words;

	sync(m, GS_SE_START);
	base(m, GS_INSN_LD_BASE_ADDR, GS_NS_VMEM1, GS_PART_ACT,
	     m->place[T].offset);
	load(m, GS_NS_VMEM1, TINY_H, B_ROW, TINY_H);
	base(m, GS_INSN_LD_BASE_ADDR, GS_NS_VMEM2, GS_PART_CONST, 0);
	load(m, GS_NS_VMEM2, 1, 0, 1);
	add_nest(m, 0);
	base(m, GS_INSN_ST_BASE_ADDR, GS_NS_VMEM1, GS_PART_ACT,
	     m->place[Y].offset + Y_ROW + 2 * PIXEL);
	store(m, GS_NS_VMEM1, TINY_H, Y_ROW, TINY_H);
	sync(m, GS_SE_END);
	emit(m, GS_INSN_BLOCK_END, 1);
	/* LD_ST IMEM of the first block: REQ is its number of words. */
	m->code[2] |= m->program.num_words - first;
}

/* ---- graph ---------------------------------------------------------------- */

static void tensor(struct tiny_model *m, int i, const char *name, int zero)
{
	struct gs_tensor *t = &m->tensor[i];

	t->id = (unsigned)i;
	t->name = name;
	t->type = GS_DT_F32;
	t->shape = (struct gs_shape){ 4, { 1, TINY_C, TINY_H, TINY_H } };
	t->quant = (struct gs_quant){ .valid = true,
				      .type = GS_DT_I8,
				      .num_scales = 1,
				      .scale = &m->scale,
				      .zero_point = zero };
	t->layout = (struct gs_layout){ .valid = true,
					.order = GS_ORDER_NCHW,
					.n = 1,
					.h = TINY_H,
					.w = TINY_H,
					.c = TINY_C,
					.c_phys = TINY_C,
					.bits = 8,
					.bytes = TINY_ELEMS };
	m->place[i].tensor = t;
}

static void tensors(struct tiny_model *m)
{
	tensor(m, A, "a", 2);
	tensor(m, B, "b", -2);
	tensor(m, T, "block/t:0", 0);
	tensor(m, Y, "y", 0);
	tensor(m, FLAT, "flat", 0);
	m->tensor[A].layout.top = m->tensor[A].layout.bottom = 1;
	m->tensor[A].layout.left = m->tensor[A].layout.right = 1;
	m->tensor[A].layout.border_value = TINY_A_BORDER;
	m->tensor[A].layout.bytes = A_ROW * (TINY_H + 2);
	m->tensor[Y].layout.top = 1;
	m->tensor[Y].layout.left = 2;
	m->tensor[Y].layout.border_value = TINY_Y_BORDER;
	m->tensor[Y].layout.bytes = Y_ROW * (TINY_H + 1);
	m->tensor[Y].layout.channel_map = m->channel_map;
	for (uint32_t c = 0; c < TINY_C; c++)
		m->channel_map[c] = TINY_C - 1 - c;
	m->tensor[FLAT].view_of = &m->tensor[Y];
	m->tensor[FLAT].shape = (struct gs_shape){ 2, { 1, TINY_ELEMS } };
	m->tensor[FLAT].layout = m->tensor[Y].layout;
	m->place[B].offset = 1024;
	m->place[T].offset = 2048;
	m->place[Y].offset = 4096;
	m->place[FLAT].offset = 4096;
}

static void node(struct tiny_model *m, int i, const char *name, const char *op,
		 int in0, int in1, int out)
{
	struct gs_node *n = &m->node[i];

	n->id = (unsigned)i;
	n->name = name;
	n->op = op;
	n->num_inputs = in1 < 0 ? 1 : 2;
	n->input[0] = &m->tensor[in0];
	n->input[1] = in1 < 0 ? NULL : &m->tensor[in1];
	n->num_outputs = 1;
	n->output[0] = &m->tensor[out];
	n->next = i < 2 ? n + 1 : NULL;
	m->tensor[out].producer = n;
}

static void graph(struct tiny_model *m)
{
	struct gs_graph *g = &m->graph;

	node(m, 0, "block/add", "Add", A, B, T);
	node(m, 1, "add_k", "Add", T, -1, Y);
	node(m, 2, "flatten", "Flatten", Y, -1, FLAT);
	m->meta[0] = (struct gs_meta){ "labels", "zero,one,two" };
	m->meta[1] = (struct gs_meta){ "input.scale", "1/255" };
	g->name = "tiny";
	g->node = m->node;
	g->input[0] = &m->tensor[A];
	g->input[1] = &m->tensor[B];
	g->num_inputs = 2;
	g->output[0] = &m->tensor[Y];
	g->output[1] = &m->tensor[FLAT];
	g->num_outputs = 2;
	g->meta = m->meta;
	g->num_meta = 2;
}

void tiny_model_init(struct tiny_model *m)
{
	struct gs_program *p = &m->program;

	memset(m, 0, sizeof(*m));
	m->scale = TINY_SCALE;
	for (int c = 0; c < TINY_C; c++)
		m->k[c] = (int8_t)(5 * c - 40);
	tensors(m);
	graph(m);
	p->arch = *gs_arch_default();
	p->code = m->code;
	p->reloc = m->reloc;
	code_first(m);
	p->entry_words = p->num_words;
	m->layer[0] = (struct gs_layer){ .node = &m->node[0],
					 .name = "block/add",
					 .op = "Add",
					 .num_words = p->num_words,
					 .num_blocks = 1,
					 .note = "tile 4x4x16",
					 .macs = TINY_MACS };
	code_second(m);
	m->layer[1] =
		(struct gs_layer){ .node = &m->node[1],
				   .name = "add_k",
				   .op = "Add",
				   .first_word = p->entry_words,
				   .num_words = p->num_words - p->entry_words,
				   .num_blocks = 1,
				   .macs = 1 };
	p->layer = m->layer;
	p->num_layers = 2;
	p->simd_const = (uint8_t *)m->k;
	p->const_bytes = sizeof(m->k);
	p->act_bytes = 4096 + Y_ROW * (TINY_H + 1);
	p->place = m->place;
	p->num_places = 5;
	p->graph = &m->graph;
}

static int clamp(int v)
{
	return v < -128 ? -128 : v > 127 ? 127 : v;
}

void tiny_model_expect(const struct tiny_model *m, const int8_t *a,
		       const int8_t *b, int8_t *y)
{
	const int plane = TINY_H * TINY_H;

	for (int i = 0; i < TINY_ELEMS; i++) {
		int c = TINY_C - 1 - i / plane; /* physical */
		int from = c * plane + i % plane;

		y[i] = (int8_t)clamp(clamp(a[from] + b[from]) + m->k[c]);
	}
}

static void print(void *ctx, enum gs_severity severity, const char *text)
{
	(void)ctx;
	fprintf(stderr, "%s%s\n", severity == GS_DIAG_ERROR ? "error: " : "",
		text);
}

uint8_t *tiny_model_file(size_t *size)
{
	struct gs_diag diag = { .report = print };
	struct tiny_model *m = malloc(sizeof(*m));
	uint8_t *buf = NULL;

	if (!m)
		return NULL;
	tiny_model_init(m);
	if (gs_emit_model(&m->program, &buf, size, &diag))
		buf = NULL;
	free(m);
	return buf;
}
