/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "compiler/ir/op_rules.h"
#include "compiler/passes/eval.h"
#include "compiler/passes/eval_memory.h"
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/eval_place.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

struct gs_eval {
	const struct gs_graph *graph;
	float **data; /* of every tensor by id; views share their root's */
	float **slot; /* where tensors with layouts stand, by id; else NULL */
	float *memory, *slots, *scratch;
	size_t num_ops;
	bool quantized, lowered;
	struct step {
		struct gs_eval_op op;
		gs_eval_fn run;
		size_t activated; /* leading results that what is fused is applied to */
		bool moves; /* from memory to memory: no operator */
	} * step;
};

/* Constants of float32 are read where they are, unless integers stand for them. */
static bool has_memory(const struct gs_eval *eval, const struct gs_tensor *t)
{
	return !t->view_of && (!t->data || t->type != GS_DT_F32 ||
			       (eval->quantized && t->qdata));
}

static void fill_constant(const struct gs_eval *eval, const struct gs_tensor *t,
			  float *to, int64_t elems)
{
	int64_t k;

	if (eval->quantized && t->qdata)
		gs_eval_integers(t, to);
	else
		for (k = 0; k < elems; k++)
			to[k] = (float)gs_const_int(t, k);
}

static int place(struct gs_eval *eval, bool sparing)
{
	const struct gs_graph *graph = eval->graph;
	struct gs_eval_place *at = calloc(graph->num_tensors + 1, sizeof(*at));
	size_t total = 0;
	unsigned i;
	int ret = -ENOMEM;

	eval->data = calloc(graph->num_tensors + 1, sizeof(*eval->data));
	for (i = 0; at && i < graph->num_tensors; i++) {
		const struct gs_tensor *t = graph->tensor[i];
		int64_t elems = gs_shape_elems(&t->shape);

		if (has_memory(eval, t) && elems > 0)
			at[i].elems = (size_t)elems;
	}
	if (at && eval->data)
		ret = gs_eval_place(graph, at, sparing, &total);
	if (!ret)
		eval->memory = calloc(total + 1, sizeof(float));
	for (i = 0; eval->memory && i < graph->num_tensors; i++) {
		const struct gs_tensor *t = graph->tensor[i];

		if (!has_memory(eval, t))
			continue;
		eval->data[i] = eval->memory + at[i].offset;
		if (t->data)
			fill_constant(eval, t, eval->data[i],
				      (int64_t)at[i].elems);
	}
	free(at);
	return eval->memory ? 0 : -ENOMEM;
}

/* Tensors with layouts have memory besides what operators take, when layouts are looked at. */
static int place_slots(struct gs_eval *eval)
{
	const struct gs_graph *graph = eval->graph;
	int64_t elems, total = 0;
	float *at;
	unsigned i;

	eval->slot = calloc(graph->num_tensors + 1, sizeof(*eval->slot));
	for (i = 0; eval->lowered && i < graph->num_tensors; i++) {
		if (!gs_eval_has_slot(graph->tensor[i]))
			continue;
		elems = gs_eval_slot_elems(graph->tensor[i]);
		if (elems < 0 || __builtin_add_overflow(total, elems, &total))
			return -ENOMEM;
	}
	eval->slots = calloc((size_t)total + 1, sizeof(float));
	if (!eval->slot || !eval->slots)
		return -ENOMEM;
	at = eval->slots;
	for (i = 0; eval->lowered && i < graph->num_tensors; i++) {
		if (!gs_eval_has_slot(graph->tensor[i]))
			continue;
		eval->slot[i] = at;
		at += gs_eval_slot_elems(graph->tensor[i]);
	}
	return 0;
}

float *gs_eval_memory_of(const struct gs_eval *eval, struct gs_tensor *t)
{
	const unsigned id = gs_tensor_owner(t)->id;

	return eval->slot[id] ? eval->slot[id] : eval->data[id];
}

float *gs_eval_data(const struct gs_eval *eval, const struct gs_tensor *tensor)
{
	while (tensor->view_of)
		tensor = tensor->view_of;
	return eval->data[tensor->id];
}

const float *gs_eval_values(const struct gs_eval *eval,
			    const struct gs_tensor *tensor)
{
	while (tensor->view_of)
		tensor = tensor->view_of;
	return eval->data[tensor->id] ? eval->data[tensor->id] : tensor->data;
}

/* What the front end has no operator for may have a meaning in a codelet. */
static int prepare_rule(struct gs_eval *eval, const struct gs_node *node,
			struct step *step, struct gs_diag *diag)
{
	const struct gs_op_rules *rules = eval->graph->rules;
	const int ret = rules ? rules->prepare(rules->ctx, eval->graph, node,
					       &step->op.rule, diag) :
				0;

	if (ret < 0 || step->op.rule)
		return ret;
	return gs_node_error(
		diag, -ENOTSUP, node,
		"the float evaluator does not know the operator%s",
		rules ? ", and no codelet has a rule 'float' for it" : "");
}

/* A step gets the elements of its node's tensors. */
static void connect(struct gs_eval *eval, struct step *step)
{
	const struct gs_node *node = step->op.node;
	unsigned i;

	for (i = 0; i < node->num_outputs; i++)
		if (node->output[i])
			step->op.out[i] = gs_eval_data(eval, node->output[i]);
	for (i = 0; i < node->num_inputs; i++)
		if (node->input[i])
			step->op.in[i] = gs_eval_values(eval, node->input[i]);
	if (!step->moves)
		return;
	step->op.in[0] = gs_eval_memory_of(eval, node->input[0]);
	step->op.out[0] = gs_eval_memory_of(eval, node->output[0]);
}

static int prepare_step(struct gs_eval *eval, const struct gs_node *node,
			struct step *step, size_t *scratch,
			struct gs_diag *diag)
{
	const struct gs_eval_kind *kind =
		eval->lowered ? gs_eval_find_lowered(node) : gs_eval_find(node);
	size_t need;
	int ret = kind ? 0 : prepare_rule(eval, node, step, diag);

	if (ret < 0)
		return ret;
	step->run = kind ? kind->run : NULL;
	need = kind ? gs_eval_scratch(node) : 0;
	*scratch = need > *scratch ? need : *scratch;
	step->op.node = node;
	step->op.type = GS_DT_F32;
	step->moves = eval->lowered && node->move;
	if ((node->activation != GS_ACT_NONE || node->residual) &&
	    !gs_eval_is_conv_pool(node))
		step->activated =
			(size_t)gs_shape_elems(&node->output[0]->shape);
	connect(eval, step);
	return 0;
}

/* @order: nodes; NULL: those of the graph's list */
static int prepare(struct gs_eval *eval, bool sparing,
		   const struct gs_node *const *order, struct gs_diag *diag)
{
	const struct gs_node *node;
	size_t num = 0, scratch = 0, i;
	int ret;

	for (node = eval->graph->node; node; node = node->next)
		num++;
	eval->step = calloc(num + 1, sizeof(*eval->step));
	if (!eval->step || place(eval, sparing) < 0 || place_slots(eval) < 0)
		return gs_nomem(diag);
	node = eval->graph->node;
	for (i = 0; i < num; i++, node = node->next) {
		ret = prepare_step(eval, order ? order[i] : node,
				   &eval->step[eval->num_ops++], &scratch,
				   diag);
		if (ret < 0)
			return ret;
	}
	eval->scratch = calloc(scratch + 1, sizeof(float));
	if (!eval->scratch)
		return gs_nomem(diag);
	for (i = 0; i < eval->num_ops; i++)
		eval->step[i].op.scratch = eval->scratch;
	return 0;
}

static struct gs_eval *create(const struct gs_graph *graph, bool quantized,
			      bool lowered, bool sparing,
			      const struct gs_node *const *order,
			      struct gs_diag *diag)
{
	struct gs_eval *eval = calloc(1, sizeof(*eval));

	if (!eval) {
		gs_nomem(diag);
		return NULL;
	}
	eval->graph = graph;
	eval->quantized = quantized;
	eval->lowered = lowered;
	if (prepare(eval, sparing, order, diag) < 0) {
		gs_eval_destroy(eval);
		return NULL;
	}
	return eval;
}

struct gs_eval *gs_eval_create(const struct gs_graph *graph,
			       struct gs_diag *diag)
{
	return create(graph, false, false, false, NULL, diag);
}

struct gs_eval *gs_eval_create_sparing(const struct gs_graph *graph,
				       struct gs_diag *diag)
{
	return create(graph, false, false, true, NULL, diag);
}

struct gs_eval *gs_eval_create_quantized(const struct gs_graph *graph,
					 struct gs_diag *diag)
{
	return create(graph, true, false, false, NULL, diag);
}

struct gs_eval *gs_eval_create_lowered(const struct gs_graph *graph,
				       const struct gs_node *const *order,
				       struct gs_diag *diag)
{
	return create(graph, true, true, false, order, diag);
}

void gs_eval_destroy(struct gs_eval *eval)
{
	size_t i;

	if (!eval)
		return;
	for (i = 0; i < eval->num_ops; i++)
		if (eval->step[i].op.rule)
			eval->graph->rules->release(eval->step[i].op.rule);
	free(eval->data);
	free(eval->memory);
	free(eval->slot);
	free(eval->slots);
	free(eval->scratch);
	free(eval->step);
	free(eval);
}

const struct gs_node *gs_eval_node(const struct gs_eval *eval, size_t index)
{
	return index < eval->num_ops ? eval->step[index].op.node : NULL;
}

/* Windows, and what has a slot, stand elsewhere than operators take them. */
static void transfer(struct gs_eval *eval, struct gs_tensor *t, bool store)
{
	t = t ? gs_tensor_root(t) : NULL;
	if (eval->lowered && t && (t->part.of || eval->slot[t->id]))
		gs_eval_transfer(t, gs_eval_data(eval, t),
				 gs_eval_memory_of(eval, t), store);
}

void gs_eval_fetch(struct gs_eval *eval, struct gs_tensor *tensor)
{
	transfer(eval, tensor, false);
}

void gs_eval_put(struct gs_eval *eval, struct gs_tensor *tensor)
{
	transfer(eval, tensor, true);
}

void gs_eval_load(struct gs_eval *eval, size_t index)
{
	const struct gs_node *node = eval->step[index].op.node;
	unsigned i;

	for (i = 0; i < node->num_inputs; i++)
		transfer(eval, node->input[i], false);
}

void gs_eval_sum(struct gs_eval *eval, size_t index)
{
	const struct step *step = &eval->step[index];

	gs_eval_load(eval, index);
	if (step->op.rule)
		eval->graph->rules->run(step->op.rule, step->op.in,
					step->op.out, GS_DT_F32);
	else
		step->run(&step->op);
	if (step->op.node->residual && step->activated)
		gs_eval_add_residual(&step->op, step->op.out[0],
				     step->activated);
}

void gs_eval_finish(struct gs_eval *eval, size_t index)
{
	const struct step *step = &eval->step[index];
	const struct gs_node *node = step->op.node;
	unsigned i;

	if (step->moves)
		return;
	gs_eval_activate(node, step->op.out[0], step->activated);
	for (i = 0; eval->quantized && i < node->num_outputs; i++)
		if (node->output[i])
			gs_eval_round(node->output[i], step->op.out[i]);
	for (i = 0; i < node->num_outputs; i++)
		transfer(eval, node->output[i], true);
}

void gs_eval_step(struct gs_eval *eval, size_t index)
{
	gs_eval_sum(eval, index);
	gs_eval_finish(eval, index);
}

void gs_eval_begin(struct gs_eval *eval)
{
	const struct gs_graph *graph = eval->graph;
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++)
		if (eval->slot[i])
			gs_eval_slot_clear(graph->tensor[i], eval->slot[i]);
	for (i = 0; i < graph->num_inputs; i++) {
		struct gs_tensor *t = graph->input[i];

		if (eval->quantized)
			gs_eval_round(t, gs_eval_data(eval, t));
		gs_eval_put(eval, t);
	}
}

void gs_eval_run(struct gs_eval *eval)
{
	size_t i;

	gs_eval_begin(eval);
	for (i = 0; i < eval->num_ops; i++)
		gs_eval_step(eval, i);
}

static void copy(float *to, const float *from, const struct gs_tensor *t)
{
	memcpy(to, from, (size_t)gs_shape_elems(&t->shape) * sizeof(float));
}

int gs_float_eval(const struct gs_graph *graph, const float *const *inputs,
		  float *const *outputs, struct gs_diag *diag)
{
	struct gs_eval *eval = gs_eval_create(graph, diag);
	unsigned i;

	if (!eval)
		return -EINVAL;
	for (i = 0; i < graph->num_inputs; i++)
		copy(gs_eval_data(eval, graph->input[i]), inputs[i],
		     graph->input[i]);
	gs_eval_run(eval);
	for (i = 0; i < graph->num_outputs; i++)
		copy(outputs[i], gs_eval_values(eval, graph->output[i]),
		     graph->output[i]);
	gs_eval_destroy(eval);
	return 0;
}
