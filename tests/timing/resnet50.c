/* SPDX-License-Identifier: MIT */
#include "tests/timing/resnet50.h"

#include "tests/unit/onnx_builder.h"

const struct resnet50_conv resnet50_convs[RESNET50_CONVS] = {
	{ "conv1 7x7/2", 3, 64, 7, 2, 224, 1, false, true },
	{ "conv2 1x1", 64, 64, 1, 1, 56, 1, false, true },
	{ "conv2 3x3", 64, 64, 3, 1, 56, 3, false, true },
	{ "conv2 1x1 up", 64, 256, 1, 1, 56, 3, true, true },
	{ "conv2 shortcut", 64, 256, 1, 1, 56, 1, false, false },
	{ "conv2 1x1 down", 256, 64, 1, 1, 56, 2, false, true },
	{ "conv3 1x1", 256, 128, 1, 1, 56, 1, false, true },
	{ "conv3 3x3/2", 128, 128, 3, 2, 56, 1, false, true },
	{ "conv3 3x3", 128, 128, 3, 1, 28, 3, false, true },
	{ "conv3 1x1 up", 128, 512, 1, 1, 28, 4, true, true },
	{ "conv3 1x1 down", 512, 128, 1, 1, 28, 3, false, true },
	{ "conv3 shortcut", 256, 512, 1, 2, 56, 1, false, false },
	{ "conv4 1x1", 512, 256, 1, 1, 28, 1, false, true },
	{ "conv4 3x3/2", 256, 256, 3, 2, 28, 1, false, true },
	{ "conv4 3x3", 256, 256, 3, 1, 14, 5, false, true },
	{ "conv4 1x1 up", 256, 1024, 1, 1, 14, 6, true, true },
	{ "conv4 1x1 down", 1024, 256, 1, 1, 14, 5, false, true },
	{ "conv4 shortcut", 512, 1024, 1, 2, 28, 1, false, false },
	{ "conv5 1x1", 1024, 512, 1, 1, 14, 1, false, true },
	{ "conv5 3x3/2", 512, 512, 3, 2, 14, 1, false, true },
	{ "conv5 3x3", 512, 512, 3, 1, 7, 2, false, true },
	{ "conv5 1x1 up", 512, 2048, 1, 1, 7, 3, true, true },
	{ "conv5 1x1 down", 2048, 512, 1, 1, 7, 2, false, true },
	{ "conv5 shortcut", 1024, 2048, 1, 2, 14, 1, false, false },
};

int64_t resnet50_height(const struct resnet50_conv *c)
{
	return (c->height - 1) / c->stride + 1;
}

double resnet50_macs(const struct resnet50_conv *c)
{
	return (double)(c->ic * c->oc * c->kernel * c->kernel *
			resnet50_height(c) * resnet50_height(c));
}

static void ints(struct builder *b, Onnx__NodeProto *node, const char *name,
		 size_t num, int64_t value)
{
	int64_t values[4] = { value, value, value, value };

	b_attr_ints(b, node, name, num, values);
}

uint8_t *resnet50_build(const struct resnet50_conv *c, bool tail, size_t *size)
{
	const int64_t in[] = { 1, c->ic, c->height, c->height };
	const int64_t w[] = { c->oc, c->ic, c->kernel, c->kernel };
	const int64_t out[] = { 1, c->oc, resnet50_height(c),
				resnet50_height(c) };
	const bool add = tail && c->add, relu = tail && c->relu;
	static struct builder b;
	Onnx__NodeProto *node;
	uint8_t *data;

	b_init(&b, 13);
	b_input(&b, "x", 4, in);
	b_weights(&b, "w", 4, w);
	node = b_node(&b, "Conv", "x w", add || relu ? "c" : "y");
	ints(&b, node, "strides", 2, c->stride);
	ints(&b, node, "pads", 4, c->kernel / 2);
	if (add) {
		b_input(&b, "r", 4, out);
		b_node(&b, "Add", "c r", "a");
	}
	if (relu)
		b_node(&b, "Relu", add ? "a" : "c", "y");
	b_output(&b, "y", 4, out);
	data = b_pack(&b, size);
	b_fini(&b);
	return data;
}
