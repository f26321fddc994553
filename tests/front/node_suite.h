/* SPDX-License-Identifier: MIT */
/*
 * ONNX's tests of its operators, as Debian's libonnx-testdata has them in
 * /usr/share, or the directory $ONNX_TESTDATA. A suite selects tests, runs their
 * data sets and says what is wrong; what is here walks, keeps the list of tests
 * that cannot pass, and prints TAP.
 */
#ifndef GS_NODE_SUITE_H
#define GS_NODE_SUITE_H

#include "tests/front/node_data.h"

struct node_test {
	const char *name;
	Onnx__ModelProto *model;
	/** Of the data set; NULL: a parameter, which is an initializer of the model now */
	Onnx__TensorProto *input[GS_MAX_IO];
	char why[1024]; /**< of the first failure, or "" */
	const char *
		skip; /**< the reason why it is not expected to pass, or NULL */
};

struct node_suite {
	/** Is it one of this suite? May change the model. */
	bool (*select)(void *ctx, struct node_test *t);
	/** Is the input a parameter? -1: as usual; NULL: always so */
	int (*is_parameter)(const Onnx__GraphProto *graph, size_t index);
	/** One data set, with the model as it stands; failures go to node_why(). */
	void (*run)(void *ctx, struct node_test *t, unsigned set);
	void *ctx;
	size_t max_skips; /**< lines that the list may have */
	const char *others; /**< a list of tests that may pass or not, or NULL */
	unsigned num; /**< lines of TAP so far */
	unsigned bad; /**< of these, failed ones */
	unsigned skipped, excused; /**< tests that failed as the lists say */
};

/** Keep the first failure of a test */
void node_why(struct node_test *t, const char *fmt, ...) GS_PRINTF(2, 3);

/** For struct gs_diag, with the test as its context: errors are failures */
void node_report(void *ctx, enum gs_severity severity, const char *text);

/** Tensor @index of the data set, @kind "input" or "output"; NULL: there is none */
Onnx__TensorProto *node_data_file(const struct node_test *t, unsigned set,
				  const char *kind, size_t index);

/** TensorProto.DataType an input or output of a model is declared with, 0: none */
int32_t node_elem_type(const Onnx__ValueInfoProto *info);

/** The model as bytes, to be freed; NULL: out of memory */
uint8_t *node_pack(const struct node_test *t, size_t *size);

/** A line of TAP; @why is NULL or "" when it is ok */
void node_tap(struct node_suite *suite, const char *name, const char *why);

/**
 * node_suite_run() - all tests, or those named
 * @skips: file of lines "NAME: reason" of tests that do not pass; one that
 *         passes all the same fails
 * Returns 0, 2 after a "Bail out!", 77 where there are no tests. The plan is
 * left to the caller.
 */
int node_suite_run(struct node_suite *suite, const char *skips, char **names,
		   size_t num_names);

#endif /* GS_NODE_SUITE_H */
