/* SPDX-License-Identifier: MIT */
/* Shared by the files of the ONNX reader. */
#ifndef GS_ONNX_PRIV_H
#define GS_ONNX_PRIV_H

#include "onnx/onnx.pb-c.h"

#include "compiler/import/onnx.h"
#include "compiler/import/slim.h"

struct gs_onnx {
	const struct gs_import_opts *opts;
	struct gs_graph *graph;
	struct gs_diag *diag;
};

int gs_onnx_nomem(const struct gs_onnx *ctx);

/** GS_DT_NONE when the element type has no counterpart */
enum gs_dtype gs_onnx_dtype(int32_t type);
const char *gs_onnx_dtype_name(int32_t type);

/**
 * gs_onnx_tensor() - shape, type and elements of a TensorProto
 * @proto: large raw data become the graph's
 * @raw: raw_data that are in the graph's memory already; or NULL, or its data NULL
 * @what: who it belongs to, for errors: "initializer 'w'"
 */
int gs_onnx_tensor(const struct gs_onnx *ctx, Onnx__TensorProto *proto,
		   const struct gs_slim_raw *raw, const char *what,
		   struct gs_tensor *out);

/** Attributes of @proto into @node. */
int gs_onnx_attrs(const struct gs_onnx *ctx, const Onnx__NodeProto *proto,
		  struct gs_node *node);

/** Graph inputs, and shapes declared for outputs and others. */
int gs_onnx_inputs(const struct gs_onnx *ctx, const Onnx__GraphProto *proto);
int gs_onnx_declared(const struct gs_onnx *ctx,
		     Onnx__ValueInfoProto *const *info, size_t num);

#endif /* GS_ONNX_PRIV_H */
