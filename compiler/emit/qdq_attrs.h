/* SPDX-License-Identifier: MIT */
/* Attributes of the nodes that the quantized ONNX model has. */
#ifndef GS_QDQ_ATTRS_H
#define GS_QDQ_ATTRS_H

#include "compiler/ir/arena.h"
#include "compiler/ir/ir.h"
#include "onnx/onnx.pb-c.h"

/** gs_qdq_add_attr() - a copy of @attr in @arena, with its values; 0 or -ENOMEM */
int gs_qdq_add_attr(struct gs_arena *arena, Onnx__NodeProto *proto,
		    const struct gs_attr *attr);

/** gs_qdq_copy_attrs() - those that the operator has in the sets that are written; 0 or -ENOMEM */
int gs_qdq_copy_attrs(struct gs_arena *arena, const struct gs_graph *graph,
		      const struct gs_node *node, Onnx__NodeProto *proto);

#endif /* GS_QDQ_ATTRS_H */
