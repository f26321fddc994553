/* SPDX-License-Identifier: MIT */
/*
 * Writer of model files (include/genesys/model_file.h).
 */
#ifndef GS_EMIT_MODEL_FILE_H
#define GS_EMIT_MODEL_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "compiler/emit/program.h"
#include "compiler/ir/diag.h"

/**
 * gs_emit_model() - make the bytes of a model file
 * @program: layers cover all code in ascending order, words of relocations
 *           have 0 in bits [15:0], every input and output of the graph has a
 *           place, and so has the root of every view that has one
 * @buf: malloc()ed, free() it
 * @diag: gets one sentence when the program breaks one of these rules
 * Returns 0, -EINVAL, -ENOMEM or -EIO. Equal programs give equal bytes.
 */
int gs_emit_model(const struct gs_program *program, uint8_t **buf, size_t *size,
		  struct gs_diag *diag);

#endif /* GS_EMIT_MODEL_FILE_H */
