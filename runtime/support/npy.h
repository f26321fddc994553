/* SPDX-License-Identifier: MIT */
/*
 * Arrays in NumPy's .npy files: versions 1 to 3, little-endian, C order.
 *
 * Files are input from outside: every count is checked before it is used and
 * a bad file is one sentence in @err, never more memory than the file's size.
 */
#ifndef GS_NPY_H
#define GS_NPY_H

#include <stddef.h>
#include <stdint.h>

#define GS_NPY_MAX_RANK 8

enum gs_npy_type {
	GS_NPY_U8, /**< also read from '|b1' */
	GS_NPY_I8,
	GS_NPY_I32,
	GS_NPY_I64,
	GS_NPY_F32,
	GS_NPY_F64,
	GS_NPY_TYPE_COUNT
};

/** A dense array, last dimension innermost. */
struct gs_npy {
	enum gs_npy_type type;
	unsigned rank; /**< 0: one element */
	int64_t dim[GS_NPY_MAX_RANK];
	size_t elems; /**< product of dim */
	size_t bytes; /**< elems * element size */
	void *data; /**< aligned for any element; gs_npy_free() frees it */
};

/** gs_npy_type_name() - "float32"; "?" for a value outside the enum */
const char *gs_npy_type_name(enum gs_npy_type type);

/**
 * gs_npy_alloc() - an array of zeros
 * Fills *out; 0, -EINVAL (type, rank, a negative dimension, product too large) or -ENOMEM.
 */
int gs_npy_alloc(enum gs_npy_type type, unsigned rank, const int64_t *dim,
		 struct gs_npy *out);

/**
 * gs_npy_read() - read a file
 * Returns 0 (free *out with gs_npy_free()), -errno of the file, -EINVAL or
 * -ENOMEM, with a sentence that starts with the path in @err.
 */
int gs_npy_read(const char *path, struct gs_npy *out, char *err,
		size_t errsize);

/**
 * gs_npy_read_head() - all of a file but its data
 * @fd: a regular file at its beginning
 * @offset: of the data, which are as many as shape and type need
 * @out: without data. Errors are those of gs_npy_read(), the sentence starts with @name.
 */
int gs_npy_read_head(int fd, const char *name, struct gs_npy *out,
		     size_t *offset, char *err, size_t errsize);

/** gs_npy_read_mem() - the same from memory; the sentence starts with @name */
int gs_npy_read_mem(const void *buf, size_t size, const char *name,
		    struct gs_npy *out, char *err, size_t errsize);

/**
 * gs_npy_write() - write type, shape and data of @npy (version 1.0 header)
 * @npy: rank, dim, type and data count; elems and bytes are computed
 * Returns 0, or -errno with a sentence in @err. Equal arrays give equal bytes.
 */
int gs_npy_write(const char *path, const struct gs_npy *npy, char *err,
		 size_t errsize);

/** gs_npy_get() - element @i, converted to double */
double gs_npy_get(const struct gs_npy *npy, size_t i);

/** gs_npy_free() - free the data; *npy may be zero, and is afterwards */
void gs_npy_free(struct gs_npy *npy);

#endif /* GS_NPY_H */
