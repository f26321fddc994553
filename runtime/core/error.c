/* SPDX-License-Identifier: MIT */
#include "runtime/core/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "genesys/genesys.h"

static _Thread_local char last_error[1024];

int gs_rt_fail(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last_error, sizeof(last_error), fmt, ap);
	va_end(ap);
	return err;
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
};

const char *gs_strerror(int err)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (err == -texts[i].num)
			return texts[i].text;
	return "unknown error";
}
