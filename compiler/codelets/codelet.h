/* SPDX-License-Identifier: MIT */
/*
 * Codelets: operators as data. A .cdlt file is parsed into struct gs_codelet;
 * docs/codelets.md describes the language. Everything symbolic (extents,
 * attributes, scales) is resolved when a codelet is bound to a node (bind.h).
 */
#ifndef GS_CODELET_H
#define GS_CODELET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/acg/acg.h"
#include "compiler/ir/diag.h"
#include "compiler/ir/op_rules.h"

#define GS_CL_MAX_DIMS 6
#define GS_CL_MAX_LOOPS 10
#define GS_CL_MAX_ARGS 3
#define GS_CL_MAX_OPERANDS 24
#define GS_CL_MAX_STATEMENTS 64
#define GS_CL_MAX_DEFS 64
#define GS_CL_MAX_ATTRS 12
#define GS_CL_MAX_OPERATORS 4
#define GS_CL_MAX_EXPR_ARGS 6
#define GS_CL_MAX_CHOICES 8
#define GS_CL_MAX_FLOATS 8
#define GS_CL_MAX_PATTERNS 4
#define GS_CL_MAX_SPANS 4
#define GS_CL_MAX_WITH 4

/** Expression over numbers, attributes, extents, definitions, rows and operand properties. */
enum gs_expr_kind {
	GS_EX_NUMBER,
	GS_EX_NAME,
	GS_EX_INDEX, /**< name[arg0] */
	GS_EX_CALL, /**< name(arg0, ...) */
	GS_EX_NEG,
	GS_EX_NOT,
	GS_EX_ADD,
	GS_EX_SUB,
	GS_EX_MUL,
	GS_EX_DIV,
	GS_EX_POW,
	GS_EX_LT,
	GS_EX_LE,
	GS_EX_GT,
	GS_EX_GE,
	GS_EX_EQ,
	GS_EX_NE,
	GS_EX_AND,
	GS_EX_OR,
	GS_EX_COND, /**< arg0 ? arg1 : arg2 */
	GS_EX_REDUCE, /**< name(loops : arg0), in rules for floats */
};

/**
 * There are some thousand of them. Behind its argument a reduction has @num_loops
 * expressions name < extent, or, if these are none, the axis along which it goes.
 */
struct gs_expr {
	union {
		double number; /**< GS_EX_NUMBER */
		const char *name; /**< GS_EX_NAME, INDEX, CALL, REDUCE */
	};
	const struct gs_expr **arg; /**< at most GS_CL_MAX_EXPR_ARGS */
	enum gs_expr_kind kind;
	unsigned line, column;
	uint8_t num_args, num_loops;
};

enum gs_cl_operand_kind {
	GS_CL_INPUT, /**< activation the node reads */
	GS_CL_OUTPUT, /**< activation the node writes */
	GS_CL_WEIGHT, /**< constant the array reads */
	GS_CL_CONST, /**< constant that expressions read */
	GS_CL_ROW, /**< vector of 32-bit integers computed by an expression */
	GS_CL_TEMP, /**< values that live in one tile */
};

enum gs_cl_border { GS_CL_BORDER_ZERO, GS_CL_BORDER_MIN };

/**
 * "@": the lane dimension of a temporary that has one row for every index; of a
 * weight, the input channels in the row of lanes that the output channels have
 */
#define GS_CL_LANE "@"

struct gs_cl_operand {
	enum gs_cl_operand_kind kind;
	const char *name;
	const char *dim[GS_CL_MAX_DIMS]; /**< extent symbols, "1" or GS_CL_LANE */
	unsigned num_dims;
	bool many; /**< input, output: all that are left of the node */
	bool optional;
	bool broadcast; /**< input, const: spreads to the result as in ONNX */
	bool truth; /**< input, output: of type bool in ONNX, here 1 and 0 */
	bool integers; /**< const: of an integer type, read by data() */
	const char *
		like; /**< output: the input whose quantization it has, or NULL */
	enum gs_cl_border border; /**< of an input */
	const struct gs_expr *
		value; /**< row; weight: of all elements, or NULL: an input of the node */
	const struct gs_expr *
		groups; /**< weight: groups of channels, zeros between them; NULL: one */
	const struct gs_expr *pad; /**< row: value of padding channels; NULL: 0 */
	enum gs_acg_mem
		mem; /**< where a tile of it lives on chip; GS_ACG_DRAM: nowhere */
	unsigned line, column;
};

enum gs_cl_def_kind {
	GS_CL_LET,
	GS_CL_REQUIRE,
	GS_CL_ROW_VALUE,
	GS_CL_SET, /**< the node's attribute from here on */
	GS_CL_DROP, /**< an attribute that the node needs no more */
};

/** let, require, row, set and drop, in the order of the file: each may use those before. */
struct gs_cl_def {
	enum gs_cl_def_kind kind;
	const char *name; /**< of all but require */
	const struct gs_expr *expr; /**< NULL: drop */
	const char *text; /**< require: what to say when it fails */
	const struct gs_expr **arg; /**< require: values for each % of the text */
	unsigned num_args;
	unsigned line;
	unsigned operand; /**< row: index of the operand */
};

enum gs_cl_attr_kind {
	GS_CL_ATTR_ANY, /**< one integer or real number, or a list of integers */
	GS_CL_ATTR_INT,
	GS_CL_ATTR_FLOAT,
	GS_CL_ATTR_STRING, /**< one of @choice; its value is the index */
};

struct gs_cl_attr {
	const char *name;
	enum gs_cl_attr_kind kind;
	unsigned num; /**< elements; 0: a scalar */
	bool any_length; /**< a list of as many values as the node has */
	const char *choice[GS_CL_MAX_CHOICES];
	unsigned num_choices;
	double fallback;
	bool has_fallback;
	const struct gs_expr *
		list; /**< of a list of any length: its value when there is none */
	unsigned input; /**< of the node, a constant that may stand for it; 0: none */
};

/**
 * span v = expr over a < A, k < K [within low, high]: a loop variable that takes, in
 * each tile, every value from the smallest to the largest the expression has there.
 */
struct gs_cl_span {
	const char *name;
	const struct gs_expr *expr; /**< affine in @var */
	const char *
		var[2]; /**< that is cut into tiles; the kernel's, which is not */
	const char *extent[2];
	const struct gs_expr
		*within[2]; /**< the values that count, or NULL: all */
	unsigned line;
};

struct gs_cl_loop {
	const char *var;
	const char *extent; /**< symbol, or "LANES"; of a span its own name */
	bool reduce; /**< of the array's loops: summed over */
};

/** An argument: an operand with subscripts, or an expression (an immediate). */
struct gs_cl_ref {
	int operand; /**< index, or -1 for an immediate */
	unsigned num_subs; /**< 0: the loop variables of the operand's extents */
	const struct gs_expr **sub; /**< NULL: 0 */
	const struct gs_expr *imm;
};

/** loop ... { dst = function(args); } */
struct gs_cl_statement {
	const struct gs_expr *cond; /**< NULL: always; decided at compile time */
	const struct gs_cl_loop *
		loop; /**< at most GS_CL_MAX_LOOPS; those of a nest share them */
	unsigned num_loops;
	struct gs_cl_ref dst;
	const struct gs_acg_function *fn;
	struct gs_cl_ref arg[GS_CL_MAX_ARGS];
	unsigned num_args;
	const struct gs_expr *shift; /**< casts: bits to shift right */
	unsigned line, column;
};

enum gs_cl_shape_rule {
	GS_CL_SHAPE_NONE,
	GS_CL_SHAPE_LIKE, /**< that of an input */
	GS_CL_SHAPE_BROADCAST, /**< what all inputs broadcast to */
	GS_CL_SHAPE_DIMS, /**< made of the dimensions of inputs */
};

/** x[N, C, H, W]: names for the dimensions of an input, in the model's order */
struct gs_cl_pattern {
	const char *operand;
	const char *dim[GS_CL_MAX_DIMS]; /**< names, or "1" */
	unsigned num_dims;
	unsigned line, column;
};

enum gs_cl_quant_rule {
	GS_CL_QUANT_NONE,
	GS_CL_QUANT_OBSERVED,
	GS_CL_QUANT_LIKE, /**< scale and zero point of an input */
	GS_CL_QUANT_FIXED, /**< scale expr[0], zero point expr[1] */
	GS_CL_QUANT_RANGE, /**< from expr[0] to expr[1] */
	GS_CL_QUANT_WITHIN, /**< what was observed, within these bounds */
};

/** name[index, ...] = value: the result, or values the next statements read */
struct gs_cl_float {
	const char *name;
	const char *index[GS_CL_MAX_DIMS];
	const struct gs_expr *extent[GS_CL_MAX_DIMS]; /**< NULL: of the result */
	unsigned num_dims; /**< 0: element by element, with broadcast */
	const struct gs_expr *value;
	unsigned line, column;
};

enum gs_cl_order_rule {
	GS_CL_ORDER_ANY,
	GS_CL_ORDER_NCHW,
	GS_CL_ORDER_NHWC,
	GS_CL_ORDER_CHANNEL, /**< the axis of the expression is innermost */
};

/** A value that depends on indices */
struct gs_cl_with {
	const char *name;
	const struct gs_expr *value;
};

/**
 * name[index, ...] = source[sub, ...] else other: each element of the result is
 * one of the input; "between" instead of "=": or between two; name = source
 * [along axis [into sizes]]: in their order. Without a source there is no such
 * rule.
 */
struct gs_cl_move {
	const char *name, *source;
	enum gs_move_kind kind;
	const struct gs_expr *along; /**< joins, splits: the axis */
	const struct gs_expr *into; /**< splits: extents of the parts */
	bool all; /**< index[0] is the vector of all indices, sub[0] of all subscripts */
	const char *index[GS_CL_MAX_DIMS];
	const struct gs_expr *extent[GS_CL_MAX_DIMS]; /**< NULL: of the result */
	unsigned num_dims;
	const struct gs_expr *sub[GS_CL_MAX_DIMS];
	unsigned num_subs;
	const struct gs_expr
		*other; /**< what is not of the input, or NULL: all is */
	struct gs_cl_with with[GS_CL_MAX_WITH]; /**< each may use those before */
	unsigned num_with;
	unsigned line, column;
};

/** What the front end has to know of an operator that it has no rules for. */
struct gs_cl_rules {
	enum gs_cl_shape_rule shape;
	const char *shape_like;
	struct gs_cl_pattern *pattern; /**< at most GS_CL_MAX_PATTERNS */
	unsigned num_patterns;
	const struct gs_expr *dim[GS_CL_MAX_DIMS];
	unsigned num_dims;
	bool all_dims; /**< dim[0] is the vector of all */
	struct gs_cl_move move;
	enum gs_cl_quant_rule quant;
	const char *quant_like;
	const struct gs_expr *quant_expr[2];
	struct gs_cl_float *fl; /**< at most GS_CL_MAX_FLOATS */
	unsigned num_floats;
	enum gs_cl_order_rule order;
	const struct gs_expr *axis; /**< GS_CL_ORDER_CHANNEL */
	unsigned line, column; /**< of the first; 0: there is none */
};

struct gs_codelet {
	const char *name;
	const char *file;
	const char *domain; /**< of the operators; "": those of ONNX */
	const char *op[GS_CL_MAX_OPERATORS];
	unsigned num_ops;
	int64_t opset; /**< first operator set that has them; 0: any */
	struct gs_cl_rules rules;
	struct gs_cl_attr *attr; /**< at most GS_CL_MAX_ATTRS */
	unsigned num_attrs;
	struct gs_cl_operand *operand; /**< at most GS_CL_MAX_OPERANDS */
	unsigned num_operands;
	struct gs_cl_def *def; /**< at most GS_CL_MAX_DEFS */
	unsigned num_defs;
	struct gs_cl_span *span; /**< at most GS_CL_MAX_SPANS */
	unsigned num_spans;
	struct gs_cl_statement *stmt; /**< at most GS_CL_MAX_STATEMENTS */
	unsigned num_stmts;
	struct gs_codelet *next;
	struct gs_arena *memory; /**< everything the parser allocated */
};

struct gs_node;

/** Codelets in the order they are tried. */
struct gs_codelet_lib {
	struct gs_codelet *first;
};

/** gs_codelet_computes() - whether a codelet is one of this node's operator */
bool gs_codelet_computes(const struct gs_codelet *codelet,
			 const struct gs_node *node);

/**
 * gs_codelet_parse() - parse one file's text
 * Errors name file, line and column. Returns 0, -EINVAL or -ENOMEM.
 */
int gs_codelet_parse(const char *file, const char *text, size_t len,
		     struct gs_codelet **out, struct gs_diag *diag);
void gs_codelet_free(struct gs_codelet *codelet);

/**
 * gs_codelet_load_dir() - parse every *.cdlt of a directory, in name order
 * @diag: says which file could not be read or parsed, or that two files have
 *        rules for one operator
 */
int gs_codelet_load_dir(const char *dir, struct gs_codelet_lib *lib,
			struct gs_diag *diag);
void gs_codelet_lib_free(struct gs_codelet_lib *lib);

/** gs_codelet_knows() - whether a codelet implements this operator of ONNX; @ctx is the library */
bool gs_codelet_knows(void *ctx, const char *op);

#endif /* GS_CODELET_H */
