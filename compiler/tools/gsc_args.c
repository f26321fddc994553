/* SPDX-License-Identifier: MIT */
#include "compiler/tools/gsc_args.h"

#include <errno.h>
#include <getopt.h>
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
	"                               a model, to standard output or FILE\n"
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

enum {
	OPT_AFTER = 256,
	OPT_LIST,
	OPT_OPEN,
	OPT_VERIFY,
	OPT_DISABLE,
	OPT_DUMP,
	OPT_EFFORT,
	OPT_KEEP,
	OPT_CODELETS,
	OPT_PLAIN,
	OPT_METHOD,
	OPT_QUANT_REPORT,
	OPT_VERSION,
	OPT_SCHEDULE,
	OPT_TILE,
	OPT_ORDER,
	OPT_NO_FUSE,
	OPT_ARCH_SET,
	OPT_REPORT,
};

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "arch", required_argument, NULL, 'a' },
	{ "calibrate", required_argument, NULL, 'c' },
	{ "meta", required_argument, NULL, 'm' },
	{ "shape", required_argument, NULL, 's' },
	{ "emit", required_argument, NULL, 'e' },
	{ "list-passes", no_argument, NULL, OPT_LIST },
	{ "disable-pass", required_argument, NULL, OPT_DISABLE },
	{ "open", required_argument, NULL, OPT_OPEN },
	{ "verify", no_argument, NULL, OPT_VERIFY },
	{ "after", required_argument, NULL, OPT_AFTER },
	{ "effort", required_argument, NULL, OPT_EFFORT },
	{ "dump-after", required_argument, NULL, OPT_DUMP },
	{ "keep-intermediates", no_argument, NULL, OPT_KEEP },
	{ "codelets", required_argument, NULL, OPT_CODELETS },
	{ "plain-quantization", no_argument, NULL, OPT_PLAIN },
	{ "calibration", required_argument, NULL, OPT_METHOD },
	{ "quant-report", required_argument, NULL, OPT_QUANT_REPORT },
	{ "schedule", required_argument, NULL, OPT_SCHEDULE },
	{ "tile", required_argument, NULL, OPT_TILE },
	{ "order", required_argument, NULL, OPT_ORDER },
	{ "no-fuse", required_argument, NULL, OPT_NO_FUSE },
	{ "report", required_argument, NULL, OPT_REPORT },
	{ "arch-set", required_argument, NULL, OPT_ARCH_SET },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

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

static int parse_pass(const char **pass)
{
	if (!is_pass(optarg))
		return usage_error("no such pass (--list-passes has them)",
				   optarg);
	*pass = optarg;
	return -1;
}

static int add_knob(struct gsc_args *args, const char *option)
{
	struct gsc_knobs *k = &args->knobs;

	if (k->num == GSC_MAX_KNOBS)
		return usage_error("too many decisions", option);
	k->knob[k->num++] = (struct gsc_knob){ option, optarg };
	return -1;
}

static int parse_option(int opt, struct gsc_args *args, int argc, char **argv)
{
	switch (opt) {
	case 'o':
		args->output = optarg;
		return -1;
	case 'a':
		args->arch = optarg;
		return -1;
	case 'c':
		if (args->num_calib == GSC_MAX_CALIB)
			return usage_error("too many --calibrate", optarg);
		parse_calib(optarg, &args->calib[args->num_calib++]);
		return -1;
	case 'm':
		args->meta = optarg;
		return -1;
	case 's':
		if (args->num_shapes == GS_MAX_IO)
			return usage_error("too many --shape", optarg);
		if (parse_shape(optarg, &args->shape[args->num_shapes++]))
			return usage_error("--shape takes NAME=1x3x32x32, not",
					   optarg);
		return -1;
	case 'e':
		return parse_emit(args, optarg, argc, argv);
	case OPT_OPEN:
		return parse_open(args, optarg);
	case OPT_VERIFY:
		args->verify = true;
		return -1;
	case OPT_LIST:
		return list_passes(true);
	case OPT_DISABLE:
		if (args->num_disabled == GSC_MAX_DISABLED)
			return usage_error("too many --disable-pass", optarg);
		return parse_pass(&args->disabled[args->num_disabled++]);
	case OPT_AFTER:
		return parse_pass(&args->after);
	case OPT_EFFORT:
		if (optarg[0] < '0' || optarg[0] > '0' + GS_MAX_EFFORT ||
		    optarg[1])
			return usage_error("--effort takes 0, 1, 2 or 3, not",
					   optarg);
		args->effort = optarg[0] - '0';
		return -1;
	case OPT_DUMP:
		if (!strcmp(optarg, "list"))
			return list_passes(false);
		return parse_pass(&args->dump_after);
	case OPT_KEEP:
		args->keep = true;
		return -1;
	case OPT_CODELETS:
		args->codelets = optarg;
		return -1;
	case OPT_METHOD:
		return parse_method(args, optarg);
	case OPT_QUANT_REPORT:
		args->quant_report = optarg;
		return -1;
	case OPT_PLAIN:
		args->plain = true;
		return -1;
	case OPT_SCHEDULE:
		args->knobs.file = optarg;
		return -1;
	case OPT_REPORT:
		args->report = optarg;
		return -1;
	case OPT_TILE:
		return add_knob(args, "--tile");
	case OPT_ORDER:
		return add_knob(args, "--order");
	case OPT_NO_FUSE:
		return add_knob(args, "--no-fuse");
	case OPT_ARCH_SET:
		return add_knob(args, "--arch-set");
	case 'v':
		args->verbose = true;
		return -1;
	case 'h':
		fputs(usage_text, stdout);
		return 0;
	case OPT_VERSION:
		printf("gsc %s, ISA version %d\n", GS_VERSION, GS_ISA_VERSION);
		return 0;
	default:
		fputs("Try 'gsc --help'.\n", stderr);
		return 2;
	}
}

int gsc_parse_args(int argc, char **argv, struct gsc_args *args)
{
	int opt, ret;

	*args = (struct gsc_args){ .effort = -1 };
	default_codelets(args);
	while ((opt = getopt_long(argc, argv, "o:a:c:m:s:e:vh", options,
				  NULL)) != -1) {
		ret = parse_option(opt, args, argc, argv);
		if (ret >= 0)
			return ret;
	}
	if (!emits[args->emit].suffix)
		return optind == argc ? -1 :
					usage_error("--emit=acg takes no model",
						    argv[optind]);
	if (optind + 1 != argc)
		return usage_error(optind == argc ? "no model given" :
						    "one model at a time",
				   NULL);
	args->model = argv[optind];
	if (args->open && args->emit != GSC_EMIT_FDFG)
		return usage_error("--open is for --emit=fdfg", NULL);
	if (args->after && !gs_compile_emitted(args->goal))
		return usage_error("--after is for --emit=fdfg, dot and svg",
				   NULL);
	if (args->report && args->goal != GS_GOAL_MODEL)
		return usage_error("--report is about programs, not --emit",
				   emits[args->emit].name);
	return args->output ? -1 : default_output(args);
}
