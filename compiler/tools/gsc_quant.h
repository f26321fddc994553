/* SPDX-License-Identifier: MIT */
/* What quantization costs each layer, as text. */
#ifndef GSC_QUANT_H
#define GSC_QUANT_H

#include <stdbool.h>
#include <stdio.h>

struct gs_quant_report;

/** gsc_quant_print() - a table to read; with @csv one for programs */
void gsc_quant_print(const struct gs_quant_report *report, bool csv, FILE *out);

#endif /* GSC_QUANT_H */
