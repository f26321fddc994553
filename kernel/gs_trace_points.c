// SPDX-License-Identifier: GPL-2.0-or-later
/* The one file the tracepoints are compiled in. */
#define CREATE_TRACE_POINTS
#include "gs_trace.h"
