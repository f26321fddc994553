/* SPDX-License-Identifier: MIT */
/* gs-sim: a table of options, and what to do. */

#include "hw-model/tools/sim_options.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hw-model/tools/sim_files.h"
#include "hw-model/tools/sweep_jobs.h"

#define USAGE_ERROR 2

/* ---- values --------------------------------------------------------------------- */

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

static bool parse_vector(struct sim_command *command, const char *text)
{
	command->names[command->num_names++] = text;
	return true;
}

static bool parse_executor(struct sim_command *command, const char *text)
{
	if (!strcmp(text, "reference"))
		command->run.executor = GS_EXEC_REFERENCE;
	else if (!strcmp(text, "fast"))
		command->run.executor = GS_EXEC_FAST;
	else
		return false;
	return true;
}

static bool parse_input(struct sim_command *command, const char *text)
{
	return !run_file_add(command->data.input, &command->data.num_inputs,
			     text);
}

static bool parse_output(struct sim_command *command, const char *text)
{
	return !run_file_add(command->data.output, &command->data.num_outputs,
			     text);
}

static bool parse_max_work(struct sim_command *command, const char *text)
{
	return parse_number(text, &command->run.max_work);
}

static bool parse_arch(struct sim_command *command, const char *text)
{
	struct sim_options *options = &command->run;

	if (options->num_arch == SIM_MAX_ARCH || !strchr(text, '='))
		return false;
	options->arch[options->num_arch++] = text;
	return true;
}

static bool parse_side_arch(struct sim_compare_side *side, const char *text)
{
	if (side->num_arch == SIM_MAX_ARCH || !strchr(text, '='))
		return false;
	side->arch[side->num_arch++] = text;
	return true;
}

static bool parse_arch_a(struct sim_command *command, const char *text)
{
	return parse_side_arch(&command->compare.side[0], text);
}

static bool parse_arch_b(struct sim_command *command, const char *text)
{
	return parse_side_arch(&command->compare.side[1], text);
}

static bool parse_noise(struct sim_command *command, const char *text)
{
	uint64_t seed;

	if (!parse_number(text, &seed) || seed > UINT32_MAX)
		return false;
	command->run.has_noise = true;
	command->run.noise = (uint32_t)seed;
	return true;
}

static bool parse_break(struct sim_command *command, const char *text)
{
	struct sim_options *options = &command->run;
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

static bool parse_print(struct sim_command *command, const char *text)
{
	struct sim_options *options = &command->run;

	return options->num_prints < SIM_MAX_PRINTS &&
	       !sim_print_parse(text, &options->prints[options->num_prints++]);
}

static bool parse_preset(struct sim_command *command, const char *text)
{
	command->compare.has_preset = true;
	return !gs_timing_preset_find(text, &command->timing.preset);
}

static bool parse_side_preset(struct sim_compare_side *side, const char *text)
{
	side->has_preset = true;
	return !gs_timing_preset_find(text, &side->preset);
}

static bool parse_preset_a(struct sim_command *command, const char *text)
{
	return parse_side_preset(&command->compare.side[0], text);
}

static bool parse_preset_b(struct sim_command *command, const char *text)
{
	return parse_side_preset(&command->compare.side[1], text);
}

static bool parse_sweep(struct sim_command *command, const char *text)
{
	struct sim_sweep_options *options = &command->sweep;

	if (options->num_axes == SWEEP_MAX_AXES)
		return false;
	options->axis[options->num_axes++] = text;
	return true;
}

static bool parse_jobs(struct sim_command *command, const char *text)
{
	uint64_t jobs;

	if (!parse_number(text, &jobs) || jobs > SWEEP_MAX_JOBS)
		return false;
	command->sweep.jobs = (unsigned)jobs;
	return true;
}

static bool add_gsc_option(struct sim_command *command, const char *option,
			   const char *value)
{
	struct sim_sweep_options *options = &command->sweep;

	if (options->num_gsc_args + 2 > SWEEP_MAX_GSC_ARGS)
		return false;
	options->gsc_args[options->num_gsc_args++] = option;
	options->gsc_args[options->num_gsc_args++] = value;
	return true;
}

static bool parse_calibrate(struct sim_command *command, const char *text)
{
	return add_gsc_option(command, "--calibrate", text);
}

static bool parse_meta(struct sim_command *command, const char *text)
{
	return add_gsc_option(command, "--meta", text);
}

static bool parse_shape(struct sim_command *command, const char *text)
{
	return add_gsc_option(command, "--shape", text);
}

/* ---- options -------------------------------------------------------------------- */

#define VECTORS (1u << SIM_MODE_VECTORS)
#define MODEL (1u << SIM_MODE_MODEL)
#define COMPARE (1u << SIM_MODE_COMPARE)
#define SWEEP (1u << SIM_MODE_SWEEP)
#define DATA (1u << SIM_MODES) /* of models, unless --timing-only */

enum kind {
	FLAG, /* sets a bool */
	TEXT, /* keeps its value, a const char * */
	VALUE, /* has a function that reads it; is it valid? */
	LIST, /* the same, as often as one likes */
};

struct option_rule {
	const char *name;
	unsigned modes; /* that have it */
	enum kind kind;
	size_t offset; /* in struct sim_command */
	bool (*parse)(struct sim_command *command, const char *text);
};

#define FLAG_OPTION(name, modes, member)                                      \
	{                                                                     \
		name, modes, FLAG, offsetof(struct sim_command, member), NULL \
	}
#define TEXT_OPTION(name, modes, member)                                      \
	{                                                                     \
		name, modes, TEXT, offsetof(struct sim_command, member), NULL \
	}
#define VALUE_OPTION(name, modes, parse)      \
	{                                     \
		name, modes, VALUE, 0, parse, \
	}
#define LIST_OPTION(name, modes, parse)      \
	{                                    \
		name, modes, LIST, 0, parse, \
	}

static const struct option_rule rules[] = {
	LIST_OPTION("vector", VECTORS, parse_vector),
	VALUE_OPTION("executor", VECTORS | DATA, parse_executor),
	VALUE_OPTION("max-work", VECTORS, parse_max_work),
	LIST_OPTION("arch", VECTORS | MODEL | COMPARE | SWEEP, parse_arch),
	VALUE_OPTION("noise", VECTORS, parse_noise),
	FLAG_OPTION("counters", VECTORS, run.counters),
	FLAG_OPTION("trace-exec", VECTORS, run.trace_exec),
	VALUE_OPTION("break", VECTORS, parse_break),
	FLAG_OPTION("step", VECTORS, run.step),
	LIST_OPTION("print", VECTORS, parse_print),
	FLAG_OPTION("interactive", VECTORS, run.interactive),
	FLAG_OPTION("timing-only", MODEL, timing_only),
	LIST_OPTION("input", DATA, parse_input),
	LIST_OPTION("output", DATA, parse_output),
	FLAG_OPTION("quantized", DATA, data.quantized),
	VALUE_OPTION("preset", MODEL | COMPARE | SWEEP, parse_preset),
	TEXT_OPTION("csv", MODEL | COMPARE | SWEEP, timing.csv),
	TEXT_OPTION("json", MODEL, timing.json),
	TEXT_OPTION("energy", MODEL | COMPARE | SWEEP, timing.energy),
	TEXT_OPTION("trace", MODEL, timing.trace),
	TEXT_OPTION("svg", MODEL, timing.svg),
	TEXT_OPTION("blocks", MODEL, timing.blocks),
	LIST_OPTION("arch-a", COMPARE, parse_arch_a),
	LIST_OPTION("arch-b", COMPARE, parse_arch_b),
	VALUE_OPTION("preset-a", COMPARE, parse_preset_a),
	VALUE_OPTION("preset-b", COMPARE, parse_preset_b),
	LIST_OPTION("sweep", SWEEP, parse_sweep),
	TEXT_OPTION("arch-file", SWEEP, sweep.arch_file),
	VALUE_OPTION("jobs", SWEEP, parse_jobs),
	TEXT_OPTION("out", SWEEP, sweep.out),
	LIST_OPTION("calibrate", SWEEP, parse_calibrate),
	VALUE_OPTION("meta", SWEEP, parse_meta),
	LIST_OPTION("shape", SWEEP, parse_shape),
};

#define NUM_RULES (sizeof(rules) / sizeof(rules[0]))
_Static_assert(NUM_RULES <= 64, "a bit for each");
#define OPT_RULE 256 /* the first; then as in rules[] */
#define OPT_HELP (OPT_RULE + (int)NUM_RULES)
#define OPT_VERSION (OPT_HELP + 1)

static void list_options(struct option *list)
{
	for (size_t i = 0; i < NUM_RULES; i++)
		*list++ = (struct option){ rules[i].name,
					   rules[i].kind == FLAG ?
						   no_argument :
						   required_argument,
					   NULL, OPT_RULE + (int)i };
	*list++ = (struct option){ "help", no_argument, NULL, OPT_HELP };
	*list++ = (struct option){ "version", no_argument, NULL, OPT_VERSION };
	*list = (struct option){ 0 };
}

static bool apply(const struct option_rule *rule, struct sim_command *command,
		  const char *text)
{
	char *member = (char *)command + rule->offset;

	switch (rule->kind) {
	case FLAG:
		*(bool *)member = true;
		return true;
	case TEXT:
		memcpy(member, &text, sizeof(text));
		return true;
	case VALUE:
	case LIST:
		break;
	}
	return rule->parse(command, text);
}

/* One of two values would not count. */
static bool is_again(const struct option_rule *rule, bool used)
{
	const bool again = used && (rule->kind == TEXT || rule->kind == VALUE);

	if (again)
		fprintf(stderr, "gs-sim: --%s is given twice, see --help\n",
			rule->name);
	return again;
}

/* ---- modes ---------------------------------------------------------------------- */

static bool has_data(const struct sim_command *command)
{
	return command->mode == SIM_MODE_MODEL && !command->timing_only;
}

static const char *mode_name(const struct sim_command *command)
{
	static const char *const names[SIM_MODES] = {
		[SIM_MODE_VECTORS] = "--vector",
		[SIM_MODE_MODEL] = "--timing-only",
		[SIM_MODE_COMPARE] = "compare",
		[SIM_MODE_SWEEP] = "--sweep",
	};

	return has_data(command) ? "a model file" : names[command->mode];
}

/* @used: a bit for each rule. */
static int check_used(const struct sim_command *command, uint64_t used)
{
	const unsigned modes = 1u << command->mode |
			       (has_data(command) ? DATA : 0);

	for (size_t i = 0; i < NUM_RULES; i++) {
		if (!(used >> i & 1) || rules[i].modes & modes)
			continue;
		fprintf(stderr,
			"gs-sim: --%s does not go with %s, see --help\n",
			rules[i].name, mode_name(command));
		return USAGE_ERROR;
	}
	return -1;
}

static int check_names(const struct sim_command *command)
{
	static const char *const expected[SIM_MODES] = {
		[SIM_MODE_MODEL] = "one model file is",
		[SIM_MODE_COMPARE] = "compare: two model files or results are",
		[SIM_MODE_SWEEP] = "--sweep: one ONNX model is",
	};
	static const int num[SIM_MODES] = {
		[SIM_MODE_MODEL] = 1, [SIM_MODE_COMPARE] = 2, [SIM_MODE_SWEEP] = 1
	};

	for (int i = 0; i < command->num_names; i++)
		if (!*command->names[i]) {
			fputs("gs-sim: a name is empty, see --help\n", stderr);
			return USAGE_ERROR;
		}
	if (!num[command->mode] ? command->num_names > 0 :
				  command->num_names == num[command->mode])
		return -1;
	if (expected[command->mode])
		fprintf(stderr, "gs-sim: %s to be named\n",
			expected[command->mode]);
	else
		fputs("gs-sim: nothing to run, see --help\n", stderr);
	return USAGE_ERROR;
}

static bool is_folder(const char *name)
{
	struct stat status;

	return !stat(name, &status) && S_ISDIR(status.st_mode);
}

/* What is left behind the options decides, too. */
static int choose_mode(struct sim_command *command, char **names, int num,
		       uint64_t used)
{
	int status;

	if (num && !command->num_names && !strcmp(names[0], "compare")) {
		command->mode = SIM_MODE_COMPARE;
		names++;
		num--;
	} else if (command->sweep.num_axes) {
		command->mode = SIM_MODE_SWEEP;
	} else if (command->timing_only || command->data.num_inputs ||
		   command->data.num_outputs ||
		   (num && !command->num_names && !is_folder(names[0]))) {
		command->mode = SIM_MODE_MODEL;
	} else if (num && !command->num_names) {
		fprintf(stderr,
			"gs-sim: \"%s\": folders are named with --vector\n",
			names[0]);
		return USAGE_ERROR;
	}
	status = check_used(command, used);
	for (int i = 0; i < num; i++)
		command->names[command->num_names++] = names[i];
	command->timing.arch = command->run.arch;
	command->data.executor = command->run.executor;
	command->timing.data = has_data(command) ? &command->data : NULL;
	command->timing.run_data = sim_data_run;
	status = status < 0 ? check_names(command) : status;
	return status < 0 && !sim_files_check(command) ? USAGE_ERROR : status;
}

int sim_command_parse(int argc, char **argv, struct sim_command *command)
{
	struct option list[NUM_RULES + 3];
	uint64_t used = 0;
	int option;

	*command = (struct sim_command){ .run.executor = GS_EXEC_FAST };
	command->run.interactive = isatty(STDIN_FILENO);
	command->names = calloc((size_t)argc + 1, sizeof(*command->names));
	command->data.input =
		calloc(RUN_MAX_FILES, sizeof(*command->data.input));
	command->data.output =
		calloc(RUN_MAX_FILES, sizeof(*command->data.output));
	if (!command->names || !command->data.input || !command->data.output) {
		fputs("gs-sim: out of memory\n", stderr);
		return 1;
	}
	list_options(list);
	while ((option = getopt_long(argc, argv, "h", list, NULL)) != -1) {
		if (option == OPT_HELP || option == 'h')
			return fputs(sim_help, stdout) == EOF;
		if (option == OPT_VERSION)
			return printf("gs-sim %s, ISA version %d\n", GS_VERSION,
				      GS_ISA_VERSION) < 0;
		if (option == '?')
			return USAGE_ERROR;
		option -= OPT_RULE;
		if (is_again(&rules[option], used >> option & 1))
			return USAGE_ERROR;
		used |= UINT64_C(1) << option;
		if ((rules[option].kind == FLAG || *optarg) &&
		    apply(&rules[option], command, optarg))
			continue;
		fprintf(stderr,
			"gs-sim: --%s: \"%s\" is not valid, see --help\n",
			rules[option].name, optarg);
		return USAGE_ERROR;
	}
	return choose_mode(command, argv + optind, argc - optind, used);
}

void sim_command_free(struct sim_command *command)
{
	run_files_free(command->data.input, command->data.num_inputs);
	run_files_free(command->data.output, command->data.num_outputs);
	free(command->names);
}
