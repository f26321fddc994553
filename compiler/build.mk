# SPDX-License-Identifier: MIT
#
# Codelets, schedule, code generation, and the compiler's driver.
$(eval $(call gs_lib,gscodelet,compiler/acg/acg.c compiler/acg/acg_draw.c compiler/ir/fdfg.c \
	$(addprefix compiler/codelets/,lex.c parse.c parse_expr.c library.c \
	eval.c eval_affine.c eval_lists.c check.c node_names.c broadcast.c bind.c bind_span.c span.c bind_graph.c rows.c scope.c \
	parse_attr.c parse_rules.c rules.c rule_step.c rule_float.c rule_index.c rule_move.c \
	rule_move_run.c rule_between.c rule_along.c),-lm,gsir \
	gsisa gsarch))
$(eval $(call gs_lib,gscodegen,$(addprefix compiler/passes/,first_layer.c fuse_chain.c fuse_pool.c join.c layer_order.c layout.c users.c) \
	$(addprefix compiler/schedule/,plan.c plan_move.c parts.c cost.c cost_simd.c facts.c choose.c needs.c transfer.c \
	decision.c search.c sequence.c share.c slots.c steps.c wish.c) \
	$(addprefix compiler/codegen/,emit.c dma.c weights.c array.c simd.c \
	memory.c codegen.c fit.c),,gscodelet gstiming gscore gscosts gsir gsisa gsarch))
$(eval $(call gs_lib,gscompiler,compiler/compile.c compiler/compile_graph.c compiler/compile_order.c,,gscodegen gsemit gsqdq \
	gsimport gscodelet gsir gsisa gsarch))
# Schedules as files.
$(eval $(call gs_lib,gsschedule,$(addprefix compiler/schedule/,schedule_machine.c \
	schedule_read.c schedule_write.c),json-c,gscodegen gsir gsisa gsarch))
$(eval $(call gs_bin,gsc,$(addprefix compiler/tools/,gsc.c gsc_args.c gsc_acg.c \
	gsc_calib.c gsc_files.c gsc_knobs.c gsc_layers.c gsc_meta.c gsc_quant.c gsc_report.c \
	gsc_report_graph.c gsc_report_page.c gsc_report_table.c),gscompiler gslayers gsschedule gssim gssvg gsloader gstiming gscore gsheads gssupport gsisa gsarch))
$(eval $(call gs_bench,bench_compile,tests/bench/bench_compile.c,gscompiler \
	gssupport gsisa gsarch))
