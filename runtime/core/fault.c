/* SPDX-License-Identifier: MIT */
/*
 * What a fault record means: layer, word, tensor.
 */
#include <errno.h>
#include <stdio.h>

#include "runtime/core/error.h"
#include "runtime/core/run.h"

/* The layer of the @block-th block of the model, and that block's first word. */
static uint32_t find_block(const struct gs_gsm *gsm, uint32_t block,
			   uint32_t *word)
{
	for (uint32_t i = 0; i < gsm->num_layers; i++) {
		const struct gs_elf_layer *rec = gsm->layer[i].rec;

		if (block >= rec->num_blocks) {
			block -= rec->num_blocks;
			continue;
		}
		*word = rec->first_word;
		while (block--)
			*word += gs_gsm_block_words(gsm, *word);
		return i;
	}
	return GS_ELF_NONE;
}

static void name_place(const struct gs_run *run, const struct gs_fault *fault,
		       uint32_t layer, uint32_t word, char *buf, size_t size)
{
	if (layer == GS_ELF_NONE)
		snprintf(buf, size, "outside of every layer");
	else
		snprintf(buf, size,
			 "in layer %.200s (%.40s), word %u of the code",
			 run->gsm->layer[layer].name, run->gsm->layer[layer].op,
			 word + fault->word);
}

/* Offset in .bss.act of an address in activation memory or in a buffer. */
static bool locate(const struct gs_run *run, uint64_t address, uint64_t *memory)
{
	return run->ctx->model->dev->backend->locate(run->ctx, address, memory);
}

static void name_tensor(const struct gs_run *run, const struct gs_fault *fault,
			uint32_t layer, char *buf, size_t size)
{
	const struct gs_gsm_tensor *t = NULL;
	uint64_t at = 0;

	buf[0] = 0;
	if (fault->code != GS_FAULT_MEMORY && fault->code != GS_FAULT_HAZARD)
		return;
	if (!locate(run, fault->address, &at))
		return;
	if (at >= run->gsm->act_offset)
		t = gs_gsm_tensor_at(run->gsm, at - run->gsm->act_offset,
				     layer);
	if (t)
		snprintf(buf, size,
			 "; the address is in tensor %.200s, byte %llu",
			 t->name,
			 (unsigned long long)(at - run->gsm->act_offset -
					      t->rec->offset));
	else
		snprintf(buf, size,
			 "; the address is byte %llu of %llu of activation "
			 "memory, in no tensor",
			 (unsigned long long)at,
			 (unsigned long long)run->gsm->memory_bytes);
}

int gs_run_fault(struct gs_run *run, const struct gs_outcome *out)
{
	const struct gs_fault *fault = &out->fault;
	char text[256], place[320], tensor[320];
	uint32_t block = run->blocks + fault->block, word = 0, layer;

	/* Without a dump, pieces are the segments. */
	for (uint32_t i = 0; i < out->piece; i++)
		block += gs_run_num_blocks(run->gsm,
					   run->gsm->segment[i].first_layer,
					   run->gsm->segment[i].num_layers);
	layer = find_block(run->gsm, block, &word);
	run->stats.faults = 1;
	run->stats.fault_code = (uint32_t)fault->code;
	run->stats.fault_block = block;
	run->stats.fault_word = fault->word;
	run->stats.fault_address = fault->address;
	run->stats.fault_layer = layer;
	gs_fault_format(fault, text, sizeof(text));
	name_place(run, fault, layer, word, place, sizeof(place));
	name_tensor(run, fault, layer, tensor, sizeof(tensor));
	return gs_rt_fail(-EIO, "gs_infer: the machine faulted %s: %s%s", place,
			  text, tensor);
}
