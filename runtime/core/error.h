/* SPDX-License-Identifier: MIT */
/*
 * The sentence behind gs_last_error().
 */
#ifndef GS_RT_ERROR_H
#define GS_RT_ERROR_H

/** gs_rt_fail() - store a sentence for this thread; returns @err */
int gs_rt_fail(int err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* GS_RT_ERROR_H */
