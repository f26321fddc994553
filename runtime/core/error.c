/* SPDX-License-Identifier: MIT */
#include "runtime/core/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "genesys/genesys.h"

static _Thread_local char last_error[GS_RT_ERROR_BYTES];

int gs_rt_fail(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last_error, sizeof(last_error), fmt, ap);
	va_end(ap);
	return err;
}

int gs_rt_rename(int err, const char *from, const char *to)
{
	size_t from_len = strlen(from), to_len = strlen(to);
	size_t rest = strlen(last_error);

	if (!err || strncmp(last_error, from, from_len) != 0)
		return err;
	rest -= from_len;
	if (to_len + rest >= sizeof(last_error))
		rest = sizeof(last_error) - 1 - to_len;
	memmove(last_error + to_len, last_error + from_len, rest);
	memcpy(last_error, to, to_len);
	last_error[to_len + rest] = 0;
	return err;
}

void gs_rt_error_save(struct gs_rt_error *error)
{
	memcpy(error->text, last_error, sizeof(error->text));
}

void gs_rt_error_restore(const struct gs_rt_error *error)
{
	memcpy(last_error, error->text, sizeof(last_error));
}

const char *gs_last_error(void)
{
	return last_error;
}

const char *gs_version(void)
{
	return GS_VERSION;
}

/* strerror() may write to memory that threads share. */
static const struct {
	int num;
	const char *text;
} texts[] = {
	{ 0, "success" },
	{ EINVAL, "invalid argument" },
	{ ENOMEM, "out of memory" },
	{ ENOENT, "no such file or object" },
	{ EACCES, "permission denied" },
	{ EPERM, "operation not permitted" },
	{ EISDIR, "is a directory" },
	{ EFBIG, "file too large" },
	{ EIO, "input/output error or machine fault" },
	{ ENOEXEC, "not a model file of this version" },
	{ EBADMSG, "model file is damaged" },
	{ ENOTSUP, "not supported by this device" },
	{ E2BIG, "too large" },
	{ ENODEV, "no such device" },
	{ ECANCELED, "canceled" },
	{ EBUSY, "busy" },
	{ ENOSPC, "no space left on the device" },
	{ ETIME, "a job ran for too long" },
	{ ETIMEDOUT, "not finished yet" },
	{ EPROTO, "driver and library do not match" },
};

const char *gs_strerror(int err)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (err == -texts[i].num)
			return texts[i].text;
	return "unknown error";
}
