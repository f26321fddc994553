/* SPDX-License-Identifier: MIT */
#include "runtime/tools/run_opts.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "genesys/genesys.h"
#include "hw-model/isa/file.h"
#include "runtime/tools/run_input.h"

static const char usage[] =
	"Usage: gs-run MODEL.gsm --input [NAME=]FILE... [OPTION]...\n"
	"       gs-run --check [--device drm:N]\n"
	"Run a compiled model on arrays (.npy) or images (.png, .jpg).\n"
	"\n"
	"  -i, --input [NAME=]FILE...   data of an input; a stack of samples along\n"
	"                               the first dimension, and several files, are\n"
	"                               run one after the other\n"
	"  -o, --output [NAME=]FILE     write an output, stacked, as .npy\n"
	"  -d, --device SPEC            drm, drm:N, drm:/dev/accel/accelN, sim,\n"
	"                               sim:ARCHITECTURE.json (default:\n"
	"                               $GENESYS_DEVICE, else a device of the\n"
	"                               driver, else sim)\n"
	"      --check                  say whether a device of the driver can be\n"
	"                               used, or why not\n"
	"  -t, --top N                  print the N largest elements of each output\n"
	"                               (default: 5 when nothing is written and the\n"
	"                               model has no head, which lists what it finds)\n"
	"      --draw FILE.png          draw what the model finds onto the picture: boxes,\n"
	"                               mask or lines, as the metadata says\n"
	"  -q, --quantized              outputs as the int8 values of the device\n"
	"  -s, --stats                  print what the machine did\n"
	"      --profile                print what each layer takes: cycles, how long\n"
	"                               array and Tandem work, bytes, what bounds it\n"
	"      --dump-tensors DIR       write every tensor as int8 .npy into DIR\n"
	"      --scale S, --mean M      pixels become (pixel - M) * S; numbers or\n"
	"                               fractions, or one per channel with commas\n"
	"                               (default: input.scale, input.mean of the\n"
	"                               model)\n"
	"      --color ORDER            channels of images: gray, rgb or bgr\n"
	"                               (default: input.color of the model)\n"
	"      --fit HOW                images of other proportions: stretch or letterbox\n"
	"                               (default: input.fit of the model, else stretch)\n"
	"      --executor NAME          of the simulator: fast (default) or reference;\n"
	"                               their results are the same\n"
	"      --threads N              of the simulator: threads for one sample\n"
	"                               (default: 1)\n"
	"  -j, --jobs N                 samples to run at once (default: processors)\n"
	"      --batch-progress         show progress at once, terminal or not\n"
	"      --help, --version\n"
	"\n"
	"Arrays: float32, float64, int32 and int64 are values; int8 are quantized\n"
	"values of the device; uint8 are pixels, scaled as images are.\n"
	"Exit status: 0 success, 1 failure, 2 wrong usage.\n";

enum {
	OPT_DUMP = 256,
	OPT_PROFILE,
	OPT_SCALE,
	OPT_MEAN,
	OPT_COLOR,
	OPT_FIT,
	OPT_DRAW,
	OPT_PROGRESS,
	OPT_CHECK,
	OPT_EXECUTOR,
	OPT_THREADS,
	OPT_HELP,
	OPT_VERSION
};

static const struct option longopts[] = {
	{ "input", required_argument, NULL, 'i' },
	{ "output", required_argument, NULL, 'o' },
	{ "device", required_argument, NULL, 'd' },
	{ "top", required_argument, NULL, 't' },
	{ "quantized", no_argument, NULL, 'q' },
	{ "stats", no_argument, NULL, 's' },
	{ "profile", no_argument, NULL, OPT_PROFILE },
	{ "jobs", required_argument, NULL, 'j' },
	{ "dump-tensors", required_argument, NULL, OPT_DUMP },
	{ "scale", required_argument, NULL, OPT_SCALE },
	{ "mean", required_argument, NULL, OPT_MEAN },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "fit", required_argument, NULL, OPT_FIT },
	{ "draw", required_argument, NULL, OPT_DRAW },
	{ "batch-progress", no_argument, NULL, OPT_PROGRESS },
	{ "executor", required_argument, NULL, OPT_EXECUTOR },
	{ "threads", required_argument, NULL, OPT_THREADS },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int bad_usage(const char *what, const char *value)
{
	fprintf(stderr, "gs-run: %s%s, see gs-run --help\n", what, value);
	return RUN_USAGE;
}

static int out_of_memory(void)
{
	fputs("gs-run: out of memory\n", stderr);
	return RUN_FAILED;
}

static int add_file(struct run_file *list, size_t *num, const char *text)
{
	const size_t len = strlen(text);
	int ret;

	if (!len || text[len - 1] == '=')
		return bad_usage("a file is missing: ", text);
	ret = run_file_add(list, num, text);
	if (ret == -E2BIG)
		return bad_usage("too many files at ", text);
	return ret ? out_of_memory() : -1;
}

static int parse_number(const char *text, unsigned *out)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end || *text == '-' || value > 1u << 20)
		return bad_usage("not a number: ", text);
	*out = (unsigned)value;
	return -1;
}

static bool is_model(const char *text)
{
	size_t len = strlen(text);

	return len > 4 && !strcmp(text + len - 4, ".gsm");
}

/* A word that is no option: the model, or one more file after --input. */
static int positional(struct run_opts *o, const char *text, int last)
{
	if (!o->model && (last != 'i' || is_model(text))) {
		o->model = text;
		return -1;
	}
	if (last == 'i')
		return add_file(o->input, &o->num_inputs, text);
	return bad_usage("unexpected argument ", text);
}

static int parse_executor(struct run_opts *o, const char *text)
{
	if (!strcmp(text, "fast"))
		o->executor = GS_EXECUTOR_FAST;
	else if (!strcmp(text, "reference"))
		o->executor = GS_EXECUTOR_REFERENCE;
	else
		return bad_usage("executor is not fast or reference: ", text);
	return -1;
}

static int parse_draw(struct run_opts *o, const char *text)
{
	size_t len = strlen(text);

	o->draw = text;
	return len > 4 && !strcasecmp(text + len - 4, ".png") ?
		       -1 :
		       bad_usage("--draw writes a .png file: ", text);
}

/* One of two values would not count, and an empty one says nothing. */
static int check_value(struct run_opts *o, int opt)
{
	const struct option *l = longopts;

	while (l->name && l->val != opt)
		l++;
	if (!l->name || !l->has_arg)
		return -1;
	if (!*optarg)
		return bad_usage("an empty value of --", l->name);
	if (o->given >> (l - longopts) & 1 && opt != 'i' && opt != 'o')
		return bad_usage("given twice: --", l->name);
	o->given |= 1u << (l - longopts);
	return -1;
}

/* Nothing is written onto what is read, nor two things into one file. */
static int check_files(const struct run_opts *o)
{
	const char *path;
	size_t i, k;

	for (i = 0; i < o->num_outputs + (o->draw != NULL); i++) {
		path = i < o->num_outputs ? o->output[i].path : o->draw;
		if (gs_file_same(path, o->model))
			return bad_usage("the model would be replaced by ",
					 path);
		for (k = 0; k < o->num_inputs; k++)
			if (gs_file_same(path, o->input[k].path))
				return bad_usage(
					"an input would be replaced by ", path);
		for (k = 0; k < i; k++)
			if (gs_file_same(path, o->output[k].path))
				return bad_usage("two outputs are one file, ",
						 path);
	}
	return -1;
}

static int said(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return RUN_OK;
	fprintf(stderr, "gs-run: cannot write: %s\n", strerror(errno));
	return RUN_FAILED;
}

static int set(bool *flag)
{
	*flag = true;
	return -1;
}

static int handle(struct run_opts *o, int opt, int last)
{
	switch (opt) {
	case 1:
		return positional(o, optarg, last);
	case 'i':
		return add_file(o->input, &o->num_inputs, optarg);
	case 'o':
		return add_file(o->output, &o->num_outputs, optarg);
	case 'd':
		o->device = optarg;
		return -1;
	case 't':
		o->top_given = true;
		return parse_number(optarg, &o->top);
	case 'j':
		return parse_number(optarg, &o->jobs);
	case 'q':
		return set(&o->quantized);
	case 's':
		return set(&o->stats);
	case OPT_PROFILE:
		return set(&o->profile);
	case OPT_DUMP:
		o->dump = optarg;
		return -1;
	case OPT_SCALE:
		o->scale = optarg;
		return -1;
	case OPT_MEAN:
		o->mean = optarg;
		return -1;
	case OPT_COLOR:
		o->color = optarg;
		return -1;
	case OPT_FIT:
		o->fit = optarg;
		return -1;
	case OPT_DRAW:
		return parse_draw(o, optarg);
	case OPT_PROGRESS:
		return set(&o->progress);
	case OPT_EXECUTOR:
		return parse_executor(o, optarg);
	case OPT_THREADS:
		return parse_number(optarg, &o->threads);
	case OPT_CHECK:
		return set(&o->check);
	case OPT_HELP:
		fputs(usage, stdout);
		return said();
	case OPT_VERSION:
		printf("gs-run (GeneSys) %s\n", gs_version());
		return said();
	default:
		return RUN_USAGE;
	}
}

int run_opts_parse(struct run_opts *o, int argc, char **argv)
{
	int opt, last = 0, status = -1;

	memset(o, 0, sizeof(*o));
	o->input = calloc(RUN_MAX_FILES, sizeof(*o->input));
	o->output = calloc(RUN_MAX_FILES, sizeof(*o->output));
	if (!o->input || !o->output)
		return out_of_memory();
	/* "-": words come in their order, as code 1. */
	while (status < 0 && (opt = getopt_long(argc, argv, "-i:o:d:t:j:qs",
						longopts, NULL)) != -1) {
		status = check_value(o, opt);
		status = status < 0 ? handle(o, opt, last) : status;
		last = opt == 1 ? last : opt;
	}
	while (status < 0 && optind < argc)
		status = positional(o, argv[optind++], last);
	if (status >= 0)
		return status;
	if (o->check)
		return o->model || o->num_inputs ?
			       bad_usage("--check takes no model", "") :
			       -1;
	if (!o->model || !*o->model)
		return bad_usage("no model", "");
	if (!o->num_inputs)
		return bad_usage("no --input", "");
	if (o->draw && o->quantized)
		return bad_usage("--draw needs real values, not --quantized",
				 "");
	status = check_files(o);
	o->top_default = !o->top_given && !o->num_outputs && !o->dump;
	if (o->top_default)
		o->top = 5;
	return status;
}

void run_opts_free(struct run_opts *o)
{
	run_files_free(o->input, o->num_inputs);
	run_files_free(o->output, o->num_outputs);
}
