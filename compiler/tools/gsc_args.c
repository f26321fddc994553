/* SPDX-License-Identifier: MIT */
#include "compiler/tools/gsc_args.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage_text[] =
	"usage: gsc MODEL.onnx [-o MODEL.gsm] [options]\n"
	"       gsc --emit=acg|acg-dot|acg-svg [-a FILE.json] [-o FILE]\n"
	"\n"
	"Compiles an ONNX model, or a graph written as text, for a GeneSys machine.\n"
	"\n"
	"  -o, --output FILE            the model file (default: MODEL.gsm)\n"
	"  -a, --arch FILE.json         the machine (default: built-in genesys_16x16)\n"
	"  -c, --calibrate [NAME=]FILE  samples for input NAME: a picture (.png, .jpg), or\n"
	"                               an .npy file with samples along the first axis;\n"
	"                               may be given several times. Pictures and uint8\n"
	"                               samples are scaled as the model's metadata says, int8\n"
	"                               are steps of an input that has a scale\n"
	"  -m, --meta FILE              metadata: lines KEY = VALUE, which count before\n"
	"                               those of the model\n"
	"      --calibration METHOD     ranges of activations: minmax (default), all values\n"
	"                               seen; percentile[:P], P (99.99) percent of them; mse\n"
	"                               (default with data of 4 bits), the range of the least\n"
	"                               squared error\n"
	"      --quant-report FILE      what quantization costs each layer, against float; a\n"
	"                               table, or CSV where FILE ends so; -: standard output\n"
	"      --plain-quantization     channels are not equalized, biases not corrected\n"
	"  -s, --shape NAME=1x3x32x32   shape of an input the model leaves open\n"
	"  -e, --emit KIND              gsm (default); qdq-onnx: the quantized model as\n"
	"                               standard ONNX; layers [DIR]: a folder for each layer\n"
	"                               with its assembly, words, operands and pseudo-code;\n"
	"                               fdfg: the graph as text, which gsc reads again;\n"
	"                               dot, svg: a drawing of the graph;\n"
	"                               schedule: what was decided about each layer, as JSON;\n"
	"                               acg, acg-dot, acg-svg: what the machine has, without\n"
	"                               a model, to standard output or FILE; acg draws\n"
	"                               where FILE ends in .svg or .dot\n"
	"      --after PASS             the graph after this pass (default: lower; of a\n"
	"                               drawing quantize)\n"
	"      --open GRAIN[:LAYER]     with fdfg: what nodes open into, as remarks: maps (and\n"
	"                               reductions) or scalars (operations)\n"
	"      --list-passes            what the passes do\n"
	"      --disable-pass PASS      leave out one that may be; again for more\n"
	"      --verify                 evaluate a sample after each pass, compare layer by\n"
	"                               layer, name the pass that changes a result\n"
	"      --effort N               how much is searched: 0, 1 (default), 2 or 3\n"
	"      --schedule FILE.json     decide so; what the file leaves out is searched\n"
	"      --tile LAYER:oh=4,oc=2   tiles of some loops of a layer; LAYER may have * and ?\n"
	"      --order LAYER:oc,n,oh    order of some loops around a tile, outermost first\n"
	"      --no-fuse LAYER          leave out what would be fused with it; \"all\": of all\n"
	"      --report FILE.html       a page about layers, decisions, cycles and energy\n"
	"      --arch-set FIELD=NUMBER  change the machine: IBUF_DEPTH=2048 and the like\n"
	"      --dump-after PASS        print the graph after a pass; \"list\" names them\n"
	"      --keep-intermediates     write the graph after every pass, and what each\n"
	"                               layer became, to OUTPUT.d/\n"
	"      --codelets DIR           the operators (default: those installed)\n"
	"  -v, --verbose                print the layers and their tiles\n"
	"  -h, --help\n"
	"      --version\n";

static int usage_error(const char *what, const char *arg)
{
	fprintf(stderr, "gsc: %s%s%s\nTry 'gsc --help'.\n", what,
		arg ? ": " : "", arg ? arg : "");
	return 2;
}

/* NAME=1x3x32x32; cuts a valid argument after the name */
static int parse_shape(char *arg, struct gs_shape_override *out)
{
	char *eq = strrchr(arg, '=');
	char *p = eq ? eq + 1 : NULL;

	if (!eq || eq == arg || !*p)
		return -EINVAL;
	*out = (struct gs_shape_override){ .input = arg };
	for (;;) {
		char *end;
		long long dim;

		errno = 0;
		dim = strtoll(p, &end, 10);
		if (end == p || errno || dim < 1 || dim > 1 << 24 ||
		    out->shape.rank == GS_MAX_RANK)
			return -EINVAL;
		out->shape.dim[out->shape.rank++] = dim;
		if (!*end) {
			*eq = '\0';
			return 0;
		}
		if (*end != 'x')
			return -EINVAL;
		p = end + 1;
	}
}

static void parse_calib(char *arg, struct gsc_calib_arg *out)
{
	char *eq = strchr(arg, '=');

	*out = (struct gsc_calib_arg){ .path = arg };
	if (!eq)
		return;
	*eq = '\0';
	out->name = arg;
	out->path = eq + 1;
}

/* Beside the program: bin/gsc and share/genesys/codelets, in the build tree as installed. */
static void default_codelets(struct gsc_args *args)
{
	static const char below[] = "/../share/genesys/codelets";
	const size_t room = sizeof(args->codelets_buf) - sizeof(below);
	const ssize_t len =
		readlink("/proc/self/exe", args->codelets_buf, room);
	char *slash;

	args->codelets = "codelets";
	if (len <= 0 || (size_t)len == room)
		return;
	args->codelets_buf[len] = '\0';
	slash = strrchr(args->codelets_buf, '/');
	if (!slash)
		return;
	memcpy(slash, below, sizeof(below));
	args->codelets = args->codelets_buf;
}

/** What can be written instead of a model file; ends of names given by default, NULL: of no model. */
static const struct {
	const char *name, *suffix;
	enum gs_compile_goal goal;
} emits[] = {
	[GSC_EMIT_GSM] = { "gsm", ".gsm", GS_GOAL_MODEL },
	[GSC_EMIT_QDQ] = { "qdq-onnx", ".qdq.onnx", GS_GOAL_QDQ },
	[GSC_EMIT_LAYERS] = { "layers", ".layers", GS_GOAL_MODEL },
	[GSC_EMIT_FDFG] = { "fdfg", ".fdfg", GS_GOAL_FDFG },
	[GSC_EMIT_DOT] = { "dot", ".dot", GS_GOAL_DOT },
	[GSC_EMIT_SVG] = { "svg", ".svg", GS_GOAL_SVG },
	[GSC_EMIT_ACG] = { "acg", NULL, GS_GOAL_MODEL },
	[GSC_EMIT_ACG_DOT] = { "acg-dot", NULL, GS_GOAL_MODEL },
	[GSC_EMIT_ACG_SVG] = { "acg-svg", NULL, GS_GOAL_MODEL },
	[GSC_EMIT_SCHEDULE] = { "schedule", ".schedule.json", GS_GOAL_MODEL },
};

/* MODEL.onnx or MODEL.fdfg: the length of MODEL; else 0 */
static size_t model_stem(const char *path)
{
	const size_t len = strlen(path);

	return len > 5 && (!strcmp(path + len - 5, ".onnx") ||
			   !strcmp(path + len - 5, ".fdfg")) ?
		       len - 5 :
		       0;
}

/* MODEL.onnx becomes MODEL.gsm */
static int default_output(struct gsc_args *args)
{
	size_t len = model_stem(args->model);

	len = len ? len : strlen(args->model);
	if (!strcmp(args->model, "-"))
		return usage_error(
			"--output is needed for a model on standard input",
			NULL);
	if (len + 16 > sizeof(args->output_buf))
		return usage_error("path too long", args->model);
	snprintf(args->output_buf, sizeof(args->output_buf), "%.*s%s", (int)len,
		 args->model, emits[args->emit].suffix);
	args->output = args->output_buf;
	if (!strcmp(args->output, args->model))
		return usage_error("--output is needed, else it is the model",
				   args->model);
	return -1;
}

/* Names alone, or with what they do; a star: may be left out */
static int list_passes(bool about)
{
	const struct gs_pass_info *p;
	unsigned i;

	if (about)
		puts("  import       reads the model");
	else
		puts("import");
	for (i = 0; (p = gs_compile_pass(i)); i++)
		if (about)
			printf("%c %-11s  %s\n", p->optional ? '*' : ' ',
			       p->name, p->about);
		else
			puts(p->name);
	if (about)
		puts("* may be left out: --disable-pass");
	return 0;
}

static bool is_pass(const char *want)
{
	const struct gs_pass_info *p;
	unsigned i;

	for (i = 0; (p = gs_compile_pass(i)); i++)
		if (!strcmp(p->name, want))
			return true;
	return !strcmp(want, "import");
}

/* --emit=layers DIR: unless that is the model, or an option */
static void take_folder(struct gsc_args *args, int argc, char **argv)
{
	const char *next = optind < argc ? argv[optind] : "-";

	if (next[0] == '-' || model_stem(next))
		return;
	args->output = next;
	optind++;
}

/* minmax, percentile[:P], mse */
static int parse_method(struct gsc_args *args, const char *text)
{
	static const char percentile[] = "percentile";
	const size_t len = sizeof(percentile) - 1;
	char *end;

	args->method = (struct gs_calib_method){ .kind = GS_CALIB_MINMAX };
	if (!strcmp(text, "minmax"))
		return -1;
	args->method.kind = GS_CALIB_MSE;
	if (!strcmp(text, "mse"))
		return -1;
	if (strncmp(text, percentile, len) || (text[len] && text[len] != ':'))
		return usage_error(
			"--calibration takes minmax, percentile, percentile:P or mse, not",
			text);
	args->method.kind = GS_CALIB_PERCENTILE;
	if (!text[len])
		return -1;
	args->method.percent = strtod(text + len + 1, &end);
	if (!text[len + 1] || *end ||
	    !(args->method.percent >= 50 && args->method.percent <= 100))
		return usage_error(
			"--calibration percentile:P takes a P from 50 to 100, not",
			text + len + 1);
	return -1;
}

static int parse_emit(struct gsc_args *args, const char *kind, int argc,
		      char **argv)
{
	unsigned i;

	for (i = 0; i < sizeof(emits) / sizeof(emits[0]); i++) {
		if (strcmp(emits[i].name, kind))
			continue;
		args->emit = (enum gsc_emit)i;
		args->goal = emits[i].goal;
		if (args->emit == GSC_EMIT_LAYERS)
			take_folder(args, argc, argv);
		return -1;
	}
	return usage_error(
		"--emit takes gsm, qdq-onnx, layers, fdfg, dot, svg, schedule, acg, acg-dot or acg-svg, not",
		kind);
}

/* maps[:LAYER], scalars[:LAYER] */
static int parse_open(struct gsc_args *args, const char *text)
{
	static const char *const grain[] = {
		[GS_OPEN_MAPS] = "maps", [GS_OPEN_SCALARS] = "scalars"
	};
	unsigned i;

	for (i = GS_OPEN_MAPS; i <= GS_OPEN_SCALARS; i++) {
		const size_t len = strlen(grain[i]);

		if (strncmp(text, grain[i], len) ||
		    (text[len] && text[len] != ':'))
			continue;
		args->open = (enum gs_open)i;
		args->open_layer = text[len] ? text + len + 1 : NULL;
		return -1;
	}
	return usage_error(
		"--open takes maps or scalars, or one of them with :LAYER, not",
		text);
}

/* ---- options -------------------------------------------------------------- */

/* Where an option is read, and what there is to know of it. */
struct reader {
	struct gsc_args *args;
	int argc;
	char **argv;
	const char *option; /* "--tile" */
};

/* Returns -1 to go on, or the exit status. */
typedef int read_option(struct reader *r, char *value);

static int read_calib(struct reader *r, char *value)
{
	struct gsc_args *args = r->args;

	if (args->num_calib == GSC_MAX_CALIB)
		return usage_error("too many --calibrate", value);
	if (*value == '=' || value[strlen(value) - 1] == '=')
		return usage_error("--calibrate takes FILE or NAME=FILE, not",
				   value);
	parse_calib(value, &args->calib[args->num_calib++]);
	return -1;
}

static int read_shape(struct reader *r, char *value)
{
	struct gsc_args *args = r->args;
	struct gs_shape_override *shape = &args->shape[args->num_shapes];
	unsigned i;

	if (args->num_shapes == GS_MAX_IO)
		return usage_error("too many --shape", value);
	if (parse_shape(value, shape))
		return usage_error("--shape takes NAME=1x3x32x32, not", value);
	for (i = 0; i < args->num_shapes; i++)
		if (!strcmp(args->shape[i].input, shape->input))
			return usage_error("an input has two --shape",
					   shape->input);
	args->num_shapes++;
	return -1;
}

static int read_emit(struct reader *r, char *value)
{
	return parse_emit(r->args, value, r->argc, r->argv);
}

static int read_open(struct reader *r, char *value)
{
	return parse_open(r->args, value);
}

static int read_method(struct reader *r, char *value)
{
	return parse_method(r->args, value);
}

static int read_list(struct reader *r, char *value)
{
	(void)r;
	(void)value;
	return list_passes(true);
}

static int take_pass(const char **pass, const char *value)
{
	if (!is_pass(value))
		return usage_error("no such pass (--list-passes has them)",
				   value);
	*pass = value;
	return -1;
}

static int read_disable(struct reader *r, char *value)
{
	struct gsc_args *args = r->args;

	if (args->num_disabled == GSC_MAX_DISABLED)
		return usage_error("too many --disable-pass", value);
	return take_pass(&args->disabled[args->num_disabled++], value);
}

static int read_after(struct reader *r, char *value)
{
	return take_pass(&r->args->after, value);
}

static int read_dump(struct reader *r, char *value)
{
	if (!strcmp(value, "list"))
		return list_passes(false);
	return take_pass(&r->args->dump_after, value);
}

static int read_effort(struct reader *r, char *value)
{
	if (value[0] < '0' || value[0] > '0' + GS_MAX_EFFORT || value[1])
		return usage_error("--effort takes 0, 1, 2 or 3, not", value);
	r->args->effort = value[0] - '0';
	return -1;
}

static int read_knob(struct reader *r, char *value)
{
	struct gsc_knobs *k = &r->args->knobs;

	if (k->num == GSC_MAX_KNOBS)
		return usage_error("too many decisions", r->option);
	k->knob[k->num++] = (struct gsc_knob){ r->option, value };
	return -1;
}

static int read_help(struct reader *r, char *value)
{
	(void)r;
	(void)value;
	fputs(usage_text, stdout);
	return 0;
}

static int read_version(struct reader *r, char *value)
{
	(void)r;
	(void)value;
	printf("gsc %s, ISA version %d\n", GS_VERSION, GS_ISA_VERSION);
	return 0;
}

/* What stands behind an option */
enum value {
	NONE,
	ONE, /* once */
	MANY, /* as often as one likes */
};

#define ARG(field) offsetof(struct gsc_args, field)

#define BIT(kind) (1u << GSC_EMIT_##kind)
#define PROGRAMS (BIT(GSM) | BIT(LAYERS) | BIT(SCHEDULE))
#define GRAPHS (BIT(FDFG) | BIT(DOT) | BIT(SVG))
#define MODELS (PROGRAMS | GRAPHS | BIT(QDQ))
#define ALL (MODELS | BIT(ACG) | BIT(ACG_DOT) | BIT(ACG_SVG))

/*
 * What is not read by a function is put where @at says: a text, or that it is
 * there. @emits are the kinds of output an option is for, @pass the passes of
 * which one has to run for it to have an effect, none: any.
 */
static const struct option_info {
	const char *option;
	char letter; /* 0: none */
	enum value value;
	read_option *read;
	size_t at;
	unsigned emits;
	const char *pass[2];
} options[] = {
	/* clang-format off */
	{ "--output", 'o', ONE, NULL, ARG(output), ALL, { 0 } },
	{ "--arch", 'a', ONE, NULL, ARG(arch), ALL, { 0 } },
	{ "--calibrate", 'c', MANY, read_calib, 0, MODELS, { 0 } },
	{ "--meta", 'm', ONE, NULL, ARG(meta), MODELS, { 0 } },
	{ "--shape", 's', MANY, read_shape, 0, MODELS, { 0 } },
	{ "--emit", 'e', ONE, read_emit, 0, ALL, { 0 } },
	{ "--list-passes", 0, NONE, read_list, 0, ALL, { 0 } },
	{ "--disable-pass", 0, MANY, read_disable, 0, MODELS, { 0 } },
	{ "--open", 0, ONE, read_open, 0, BIT(FDFG), { 0 } },
	{ "--verify", 0, NONE, NULL, ARG(verify), MODELS, { 0 } },
	{ "--after", 0, ONE, read_after, 0, GRAPHS, { 0 } },
	{ "--effort", 0, ONE, read_effort, 0, PROGRAMS, { 0 } },
	{ "--dump-after", 0, ONE, read_dump, 0, MODELS, { 0 } },
	{ "--keep-intermediates", 0, NONE, NULL, ARG(keep), MODELS, { 0 } },
	{ "--codelets", 0, ONE, NULL, ARG(codelets), MODELS, { 0 } },
	{ "--plain-quantization", 0, NONE, NULL, ARG(plain), MODELS, { "calibrate", "equalize" } },
	{ "--calibration", 0, ONE, read_method, 0, MODELS, { "ranges" } },
	{ "--quant-report", 0, ONE, NULL, ARG(quant_report), MODELS, { 0 } },
	{ "--schedule", 0, ONE, NULL, ARG(knobs.file), MODELS, { "fuse", "bind" } },
	{ "--tile", 0, MANY, read_knob, 0, PROGRAMS, { 0 } },
	{ "--order", 0, MANY, read_knob, 0, PROGRAMS, { 0 } },
	{ "--no-fuse", 0, MANY, read_knob, 0, MODELS, { "fuse", "fuse-pool" } },
	{ "--report", 0, ONE, NULL, ARG(report), PROGRAMS, { 0 } },
	{ "--arch-set", 0, MANY, read_knob, 0, ALL, { 0 } },
	{ "--verbose", 'v', NONE, NULL, ARG(verbose), PROGRAMS, { 0 } },
	{ "--help", 'h', NONE, read_help, 0, ALL, { 0 } },
	{ "--version", 0, NONE, read_version, 0, ALL, { 0 } },
	/* clang-format on */
};

#define NUM_OPTIONS (sizeof(options) / sizeof(options[0]))
static_assert(NUM_OPTIONS <= 32, "a bit for each in struct gsc_args");
#define FIRST_LONG \
	256 /* what getopt_long() returns for options without a letter */

static int getopt_value(unsigned i)
{
	return options[i].letter ? options[i].letter : FIRST_LONG + (int)i;
}

/* The table as getopt_long() takes it */
static void list_options(struct option list[NUM_OPTIONS + 1],
			 char letters[2 * NUM_OPTIONS + 1])
{
	unsigned i;

	for (i = 0; i < NUM_OPTIONS; i++) {
		const struct option_info *o = &options[i];

		list[i] = (struct option){ .name = o->option + 2,
					   .has_arg = o->value != NONE,
					   .val = getopt_value(i) };
		if (o->letter)
			*letters++ = o->letter;
		if (o->letter && o->value != NONE)
			*letters++ = ':';
	}
	list[i] = (struct option){ 0 };
	*letters = '\0';
}

static int take_option(struct reader *r, int opt, char *value)
{
	unsigned i;

	for (i = 0; i < NUM_OPTIONS && getopt_value(i) != opt; i++)
		;
	if (i == NUM_OPTIONS) {
		fputs("Try 'gsc --help'.\n", stderr);
		return 2;
	}
	r->option = options[i].option;
	if (options[i].value && !*value)
		return usage_error("an option has an empty value", r->option);
	if (options[i].value == ONE && r->args->given >> i & 1)
		return usage_error("an option is given twice", r->option);
	r->args->given |= 1u << i;
	if (options[i].read)
		return options[i].read(r, value);
	if (options[i].value)
		*(const char **)((char *)r->args + options[i].at) = value;
	else
		*(bool *)((char *)r->args + options[i].at) = true;
	return -1;
}

/* What has no effect is a mistake: say what it is for. */
static int check_effect(const struct gsc_args *args)
{
	char kinds[160] = "";
	size_t len = 0;
	unsigned i, k;

	for (i = 0; i < NUM_OPTIONS; i++)
		if (args->given >> i & 1 &&
		    !(options[i].emits >> args->emit & 1))
			break;
	if (i == NUM_OPTIONS)
		return -1;
	for (k = 0; k < sizeof(emits) / sizeof(emits[0]); k++)
		if (options[i].emits >> k & 1)
			len += (size_t)snprintf(kinds + len,
						sizeof(kinds) - len, "%s%s",
						len ? ", " : "", emits[k].name);
	fprintf(stderr,
		"gsc: %s has no effect with --emit=%s, but with %s\nTry 'gsc --help'.\n",
		options[i].option, emits[args->emit].name, kinds);
	return 2;
}

static int check_args(struct gsc_args *args, int argc, char **argv)
{
	const int ret = check_effect(args);

	if (ret >= 0)
		return ret;
	if (!emits[args->emit].suffix)
		return optind == argc ?
			       -1 :
			       usage_error(
				       "--emit=acg, acg-dot and acg-svg take no model",
				       argv[optind]);
	if (optind + 1 != argc)
		return usage_error(optind == argc ? "no model given" :
						    "one model at a time",
				   NULL);
	args->model = argv[optind];
	if (!*args->model)
		return usage_error("the model's name is empty", NULL);
	return args->output ? -1 : default_output(args);
}

static bool has_run(const char *pass, uint64_t ran)
{
	const struct gs_pass_info *p;
	unsigned i;

	for (i = 0; (p = gs_compile_pass(i)); i++)
		if (!strcmp(p->name, pass))
			return ran >> i & 1;
	return false;
}

const char *gsc_args_idle(const struct gsc_args *args, uint64_t ran,
			  const char **pass)
{
	unsigned i;

	for (i = 0; i < NUM_OPTIONS; i++) {
		const char *const *p = options[i].pass;

		*pass = p[0];
		if (args->given >> i & 1 && p[0] && !has_run(p[0], ran) &&
		    !(p[1] && has_run(p[1], ran)))
			return options[i].option;
	}
	return NULL;
}

int gsc_parse_args(int argc, char **argv, struct gsc_args *args)
{
	struct reader r = { .args = args, .argc = argc, .argv = argv };
	char letters[2 * NUM_OPTIONS + 1];
	struct option list[NUM_OPTIONS + 1];
	int opt, ret;

	*args = (struct gsc_args){ .effort = -1 };
	default_codelets(args);
	list_options(list, letters);
	while ((opt = getopt_long(argc, argv, letters, list, NULL)) != -1) {
		ret = take_option(&r, opt, optarg);
		if (ret >= 0)
			return ret;
	}
	return check_args(args, argc, argv);
}
