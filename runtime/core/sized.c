/* SPDX-License-Identifier: MIT */
#include "runtime/core/sized.h"

#include <errno.h>
#include <string.h>

#include "runtime/core/error.h"

static int read_size(const void *from, size_t *size, const char *what)
{
	if (!from)
		return gs_rt_fail(-EINVAL, "struct %s: the pointer is NULL",
				  what);
	memcpy(size, from, sizeof(*size));
	if (*size >= 2 * sizeof(*size))
		return 0;
	return gs_rt_fail(-EINVAL,
			  "struct %s: size is %zu; set it to sizeof of the "
			  "structure",
			  what, *size);
}

int gs_sized_in(void *out, size_t out_size, const void *in, const char *what)
{
	const unsigned char *bytes = in;
	size_t size = 0;
	int ret;

	memset(out, 0, out_size);
	memcpy(out, &out_size, sizeof(out_size));
	if (!in)
		return 0;
	ret = read_size(in, &size, what);
	if (ret)
		return ret;
	for (size_t i = out_size; i < size; i++)
		if (bytes[i])
			return gs_rt_fail(-E2BIG,
					  "struct %s: of its %zu bytes this "
					  "library knows %zu, and a later one "
					  "is not 0",
					  what, size, out_size);
	if (size > out_size)
		size = out_size;
	memcpy((char *)out + sizeof(size), bytes + sizeof(size),
	       size - sizeof(size));
	return 0;
}

int gs_sized_out(void *out, const void *in, size_t in_size, const char *what)
{
	size_t size = 0, known;
	int ret = read_size(out, &size, what);

	if (ret)
		return ret;
	known = size < in_size ? size : in_size;
	memcpy((char *)out + sizeof(size), (const char *)in + sizeof(size),
	       known - sizeof(size));
	memset((char *)out + known, 0, size - known);
	return 0;
}

int gs_sized_check(const void *from, const char *what)
{
	size_t size;

	return read_size(from, &size, what);
}
