/* SPDX-License-Identifier: MIT */
/* gs-sim: run programs on the functional machine. The command line. */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hw-model/tools/sim.h"
#include "hw-model/tools/sim_timing.h"

#define USAGE_ERROR 2

static const char help[] =
	"usage: gs-sim [OPTION]... --vector DIR...\n"
	"       gs-sim --timing-only [--preset NAME] [--csv FILE] [--arch FIELD=VALUE]... MODEL.gsm\n"
	"\n"
	"Run the program of each folder on the functional GeneSys machine and compare\n"
	"memory, faults and counters with what the folder's vector.json expects. Prints\n"
	"PASS or FAIL and the first difference, a line each.\n"
	"\n"
	"  --vector DIR          a folder of the vectors format; names after the options\n"
	"                        are folders, too\n"
	"  --executor NAME       fast (default): vector units where they can be used;\n"
	"                        reference: the plain interpreter; same results\n"
	"  --max-work N          work limit of a job, in the units of docs/isa.md\n"
	"  --arch FIELD=VALUE    change the machine the vector asks for\n"
	"  --noise SEED          fill the scratchpads with noise before the run\n"
	"  --counters            print what was counted\n"
	"\n"
	"Cycles of a model file, without running it on data (docs/timing.md):\n"
	"  --timing-only         print cycles, what array and Tandem wait for, bytes that\n"
	"                        move, and the layers that take longest\n"
	"  --preset NAME         hardware (default), or ideal-channels: full width in every\n"
	"                        cycle, no latency, no instructions\n"
	"  --csv FILE            write all that is known of each layer\n"
	"  --arch FIELD=VALUE    another cost, channel width or clock\n"
	"\n"
	"Debugging:\n"
	"  --trace-exec          print every word: those that configure when their block\n"
	"                        starts, SIMD words before they run, bodies of nests once\n"
	"                        a nest, and each tile of the array\n"
	"  --break BLOCK[:TILE]  stop before a block, or before a tile of it, and print what\n"
	"                        --print names; then go on\n"
	"  --step                from there (or from the start) print each word that ran,\n"
	"                        and what --print names after it\n"
	"  --print BUF[ROW]      or BUF[FIRST:END], may be repeated; BUF is OBUF, IBUF,\n"
	"                        WBUF, BBUF, VMEM1, VMEM2 or IMM, END is not included\n"
	"  --interactive         read commands at a break (\"help\" lists them); the default\n"
	"                        when standard input is a terminal\n"
	"  --help, --version\n"
	"\n"
	"Exit status: 0 when all passed, 1 when one failed, 2 for a wrong command line.\n"
	"\n"
	"  gs-sim --vector tests/vectors/*/\n"
	"  gs-sim --break 0:1 --print OBUF[0:4] --step --vector tests/vectors/fused_reduce\n";

enum {
	OPT_VECTOR = 256,
	OPT_EXECUTOR,
	OPT_MAX_WORK,
	OPT_COUNTERS,
	OPT_ARCH,
	OPT_NOISE,
	OPT_TRACE_EXEC,
	OPT_BREAK,
	OPT_STEP,
	OPT_PRINT,
	OPT_INTERACTIVE,
	OPT_TIMING_ONLY,
	OPT_PRESET,
	OPT_CSV,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option long_options[] = {
	{ "vector", required_argument, NULL, OPT_VECTOR },
	{ "executor", required_argument, NULL, OPT_EXECUTOR },
	{ "max-work", required_argument, NULL, OPT_MAX_WORK },
	{ "counters", no_argument, NULL, OPT_COUNTERS },
	{ "arch", required_argument, NULL, OPT_ARCH },
	{ "noise", required_argument, NULL, OPT_NOISE },
	{ "trace-exec", no_argument, NULL, OPT_TRACE_EXEC },
	{ "break", required_argument, NULL, OPT_BREAK },
	{ "step", no_argument, NULL, OPT_STEP },
	{ "print", required_argument, NULL, OPT_PRINT },
	{ "interactive", no_argument, NULL, OPT_INTERACTIVE },
	{ "timing-only", no_argument, NULL, OPT_TIMING_ONLY },
	{ "preset", required_argument, NULL, OPT_PRESET },
	{ "csv", required_argument, NULL, OPT_CSV },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

struct command_line {
	struct sim_options options;
	const char **vectors; /* of the arguments, num_vectors of them */
	int num_vectors;
	bool timing_only;
	struct sim_timing_options timing;
};

static bool parse_u64(const char *text, char **end, uint64_t *value)
{
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, end, 0);
	return !errno;
}

static bool parse_number(const char *text, uint64_t *value)
{
	char *end;

	return parse_u64(text, &end, value) && !*end && *value;
}

static bool parse_break(const char *text, struct sim_options *options)
{
	uint64_t block;
	char *end;

	if (!parse_u64(text, &end, &block) || block > UINT32_MAX)
		return false;
	options->has_break = true;
	options->break_block = (uint32_t)block;
	if (*end == ':') {
		options->has_break_tile = true;
		if (!parse_u64(end + 1, &end, &options->break_tile))
			return false;
	}
	return !*end;
}

static bool parse_print(const char *text, struct sim_options *options)
{
	return options->num_prints < SIM_MAX_PRINTS &&
	       !sim_print_parse(text, &options->prints[options->num_prints++]);
}

static bool parse_arch(const char *text, struct sim_options *options)
{
	if (options->num_arch == SIM_MAX_ARCH || !strchr(text, '='))
		return false;
	options->arch[options->num_arch++] = text;
	return true;
}

static bool parse_noise(const char *text, struct sim_options *options)
{
	uint64_t seed;

	if (!parse_number(text, &seed) || seed > UINT32_MAX)
		return false;
	options->has_noise = true;
	options->noise = (uint32_t)seed;
	return true;
}

static bool parse_executor(const char *text, struct sim_options *options)
{
	if (!strcmp(text, "reference"))
		options->executor = GS_EXEC_REFERENCE;
	else if (!strcmp(text, "fast"))
		options->executor = GS_EXEC_FAST;
	else
		return false;
	return true;
}

static bool parse_option(int option, const char *arg, struct command_line *line)
{
	struct sim_options *options = &line->options;

	switch (option) {
	case OPT_VECTOR:
		line->vectors[line->num_vectors++] = arg;
		return true;
	case OPT_EXECUTOR:
		return parse_executor(arg, options);
	case OPT_MAX_WORK:
		return parse_number(arg, &options->max_work);
	case OPT_COUNTERS:
		options->counters = true;
		return true;
	case OPT_ARCH:
		return parse_arch(arg, options);
	case OPT_NOISE:
		return parse_noise(arg, options);
	case OPT_TRACE_EXEC:
		options->trace_exec = true;
		return true;
	case OPT_BREAK:
		return parse_break(arg, options);
	case OPT_STEP:
		options->step = true;
		return true;
	case OPT_PRINT:
		return parse_print(arg, options);
	case OPT_INTERACTIVE:
		options->interactive = true;
		return true;
	case OPT_TIMING_ONLY:
		line->timing_only = true;
		return true;
	case OPT_PRESET:
		return !gs_timing_preset_find(arg, &line->timing.preset);
	case OPT_CSV:
		line->timing.csv = arg;
		return true;
	default:
		return false;
	}
}

/* What is left behind the options. */
static int parse_names(int argc, char **argv, struct command_line *line)
{
	if (line->timing_only && (line->num_vectors || optind + 1 != argc)) {
		fprintf(stderr, "gs-sim: --timing-only: one model file is to "
				"be named, and no vectors\n");
		return USAGE_ERROR;
	}
	if (!line->timing_only && optind < argc && !line->num_vectors) {
		fprintf(stderr,
			"gs-sim: \"%s\": folders are named with --vector\n",
			argv[optind]);
		return USAGE_ERROR;
	}
	while (optind < argc)
		line->vectors[line->num_vectors++] = argv[optind++];
	if (line->num_vectors)
		return -1;
	fprintf(stderr, "gs-sim: nothing to run, see --help\n");
	return USAGE_ERROR;
}

/* Returns an exit status, or -1 to go on. */
static int parse(int argc, char **argv, struct command_line *line)
{
	int option, index = 0;

	while ((option = getopt_long(argc, argv, "h", long_options, &index)) !=
	       -1) {
		if (option == OPT_HELP || option == 'h') {
			fputs(help, stdout);
			return 0;
		}
		if (option == OPT_VERSION) {
			printf("gs-sim %s, ISA version %d\n", GS_VERSION,
			       GS_ISA_VERSION);
			return 0;
		}
		if (option == '?')
			return USAGE_ERROR;
		if (!parse_option(option, optarg, line)) {
			fprintf(stderr,
				"gs-sim: --%s: \"%s\" is not valid, see --help\n",
				long_options[index].name, optarg);
			return USAGE_ERROR;
		}
	}
	return parse_names(argc, argv, line);
}

static int run(struct command_line *line)
{
	int status = 0;

	if (line->timing_only) {
		line->timing.arch = line->options.arch;
		return !sim_time_model(line->vectors[0], &line->timing);
	}
	for (int i = 0; i < line->num_vectors; i++)
		if (!sim_run_vector(line->vectors[i], &line->options))
			status = 1;
	return status;
}

int main(int argc, char **argv)
{
	struct command_line line = { .options.executor = GS_EXEC_FAST,
				     .options.interactive =
					     isatty(STDIN_FILENO) };
	int status;

	line.vectors = calloc((size_t)argc + 1, sizeof(*line.vectors));
	if (!line.vectors)
		return 1;
	status = parse(argc, argv, &line);
	if (status < 0)
		status = run(&line);
	free(line.vectors);
	return status;
}
