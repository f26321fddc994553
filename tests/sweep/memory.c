/* SPDX-License-Identifier: MIT */
/*
 * What an inference needs in memory: models made here are compiled in one fresh
 * process and run in another, whose peak must stay below four times the model
 * file and its activations. Prints TAP.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "genesys/genesys.h"
#include "tests/unit/onnx_builder.h"

#define TIMES 4

/* A chain of blocks: two convolutions of 3 x 3, and what went in is added. */
static const struct chain {
	const char *name;
	int64_t channels, extent;
	unsigned blocks;
} chains[] = {
	{ "weights", 512, 4, 6 }, /* 28 MB of them */
	{ "pictures", 16, 512, 2 }, /* 4 MB each */
};

#define NUM_CHAINS (sizeof(chains) / sizeof(chains[0]))

static int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "memory: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	va_end(args);
	return 1;
}

/* Peak of this process so far, in KiB; that of the program before exec() is not in it. */
static long peak(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kib = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

/* ---- compile ------------------------------------------------------------------- */

/* Weights differ, or quantization would find the same in all layers. */
static void add_weights(struct builder *b, const char *name, int64_t channels,
			unsigned layer)
{
	const int64_t dims[] = { channels, channels, 3, 3 };

	b_noise(b, name, 4, dims, layer + 1, 0.5f / (float)channels);
}

static uint8_t *build(const struct chain *c, size_t *size)
{
	static char name[64][3][16];
	const int64_t dims[] = { 1, c->channels, c->extent, c->extent };
	const int64_t pads[] = { 1, 1, 1, 1 };
	const char *x = "x";
	struct builder b;
	uint8_t *data;
	unsigned i, k;
	char in[48];

	b_init(&b, 13);
	b_input(&b, x, 4, dims);
	for (i = 0; i < c->blocks; i++) {
		const char *from = x;

		for (k = 0; k < 2; k++) {
			snprintf(in, sizeof(in), "w%u", 2 * i + k);
			add_weights(&b, in, c->channels, 2 * i + k);
			snprintf(in, sizeof(in), "%s w%u", from, 2 * i + k);
			snprintf(name[i][k], sizeof(name[i][k]), "c%u",
				 2 * i + k);
			b_attr_ints(&b, b_node(&b, "Conv", in, name[i][k]),
				    "pads", 4, pads);
			from = name[i][k];
		}
		snprintf(in, sizeof(in), "%s %s", from, x);
		snprintf(name[i][2], sizeof(name[i][2]), "s%u", i);
		b_node(&b, "Add", in, name[i][2]);
		x = name[i][2];
	}
	b_output(&b, x, 4, dims);
	data = b_pack(&b, size);
	b_fini(&b);
	return data;
}

static void said(void *ctx, enum gs_severity severity, const char *text)
{
	(void)ctx;
	if (severity == GS_DIAG_ERROR)
		fail("%s", text);
}

static int compile(const struct chain *c, const char *codelets,
		   const char *path)
{
	const struct gs_compile_opts opts = { .codelet_dir = codelets };
	struct gs_diag diag = { .report = said };
	struct gs_compiled out;
	long before;
	size_t size;
	uint8_t *onnx = build(c, &size);
	FILE *f;
	bool ok;

	before = peak();
	if (gs_compile(onnx, size, &opts, GS_GOAL_MODEL, &out, &diag))
		return 1;
	f = fopen(path, "wb");
	ok = f && fwrite(out.model, 1, out.model_bytes, f) == out.model_bytes;
	if (f)
		ok = !fclose(f) && ok;
	printf("# %s: the compiler needs %ld KiB besides the ONNX model of %zu KiB\n",
	       c->name, peak() - before, size >> 10);
	gs_compile_free(&out);
	free(onnx);
	return ok ? 0 : fail("%s cannot be written", path);
}

/* ---- run ------------------------------------------------------------------------- */

/* Bytes of the activation memory: to the end of the last tensor */
static uint64_t activations(const struct gs_model *model)
{
	uint64_t end = 0;
	uint32_t i;

	for (i = 0; i < gs_model_num_tensors(model); i++) {
		struct gs_tensor_info info = { .size = sizeof(info) };

		if (!gs_model_tensor(model, i, &info) &&
		    info.layout.offset + info.layout.bytes > end)
			end = info.layout.offset + info.layout.bytes;
	}
	return end;
}

/* As an application does it: a device, a model from a file, one inference. */
static int run(const char *name, const char *path)
{
	struct gs_tensor_info info = { .size = sizeof(info) };
	const long before = peak();
	struct gs_device *dev;
	struct gs_model *model;
	struct gs_binding in = { .type = GS_INT8 }, out = in;
	uint64_t size, most;
	struct stat st;
	long need;

	if (stat(path, &st) || gs_device_open("sim", &dev) ||
	    gs_load_model(dev, path, NULL, &model) ||
	    gs_model_input(model, 0, &info))
		return fail("%s", gs_last_error());
	in.bytes = out.bytes = info.int8_bytes;
	in.data = calloc(1, in.bytes);
	out.data = calloc(1, out.bytes);
	if (!in.data || !out.data ||
	    gs_infer(model, &in, 1, &out, 1, NULL, NULL))
		return fail("%s", gs_last_error());
	need = peak() - before;
	size = (uint64_t)st.st_size + activations(model);
	most = TIMES * size >> 10;
	printf("%sok %c - %s: %ld KiB for a model of %" PRIu64
	       " KiB and %" PRIu64
	       " KiB of activations, %.2f times that, below %d\n",
	       (uint64_t)need < most ? "" : "not ", *name == 'w' ? '1' : '2',
	       name, need, (uint64_t)st.st_size >> 10, activations(model) >> 10,
	       (double)need * 1024 / (double)size, TIMES);
	free(in.data);
	free(out.data);
	gs_model_free(model);
	gs_device_close(dev);
	return (uint64_t)need >= most;
}

/* ---- processes ------------------------------------------------------------------- */

static int again(const char *what, const char *chain, const char *codelets,
		 const char *path)
{
	pid_t child;
	int status = 1;

	fflush(stdout);
	child = fork();
	if (!child) {
		execl("/proc/self/exe", "memory", what, chain, codelets, path,
		      (char *)NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return fail("no process");
	return status;
}

int main(int argc, char **argv)
{
	char path[] = "/tmp/memory.XXXXXX";
	int fd, status = 0;
	size_t i;

	for (i = 0; i < NUM_CHAINS && argc == 5; i++)
		if (!strcmp(argv[2], chains[i].name))
			return !strcmp(argv[1], "compile") ?
				       compile(&chains[i], argv[3], argv[4]) :
				       run(argv[2], argv[4]);
	if (argc != 2)
		return fail("the directory of codelets is missing");
	fd = mkstemp(path);
	if (fd < 0)
		return fail("no temporary file");
	close(fd);
	for (i = 0; i < NUM_CHAINS; i++)
		status |= again("compile", chains[i].name, argv[1], path) ||
			  again("run", chains[i].name, argv[1], path);
	unlink(path);
	printf("1..%zu\n", NUM_CHAINS);
	return status;
}
