/* SPDX-License-Identifier: MIT */
/*
 * The sentence behind gs_last_error().
 */
#ifndef GS_RT_ERROR_H
#define GS_RT_ERROR_H

#define GS_RT_ERROR_BYTES 1024

/** gs_rt_fail() - store a sentence for this thread; returns @err */
int gs_rt_fail(int err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * gs_rt_rename() - after a failure, let a sentence that starts with @from start
 * with @to; returns @err
 */
int gs_rt_rename(int err, const char *from, const char *to);

struct gs_rt_error {
	char text[GS_RT_ERROR_BYTES];
};

/**
 * gs_rt_error_save(), gs_rt_error_restore() - around what may fail in a call
 * that succeeds
 */
void gs_rt_error_save(struct gs_rt_error *error);
void gs_rt_error_restore(const struct gs_rt_error *error);

#endif /* GS_RT_ERROR_H */
