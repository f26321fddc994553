/* SPDX-License-Identifier: MIT */
/*
 * gs-as: assemble the published text form.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/asm.h"
#include "hw-model/isa/file.h"

#define MAX_SOURCE_BYTES (1u << 30)

static const char usage[] =
	"Usage: gs-as [OPTION]... FILE.s -o OUT\n"
	"Assemble FILE.s; '-' is standard input or output.\n"
	"\n"
	"  -o, --output=OUT     where the words go\n"
	"      --encoding=ENC   of opcode 10: sync_inst (default) or\n"
	"                       inst_group_2021\n"
	"      --format=FORMAT  decimal (default), a number a line; binary, 32\n"
	"                       characters of 0 and 1 a line; raw, little-endian\n"
	"                       words\n"
	"      --help           print this text\n"
	"      --version        print the version\n";

struct options {
	enum gs_isa_encoding encoding;
	enum gs_word_format format;
	const char *input;
	const char *output;
};

static int bad_usage(const char *what, const char *value)
{
	fprintf(stderr, "gs-as: %s%s, see gs-as --help\n", what, value);
	return EXIT_FAILURE;
}

enum { OPT_ENCODING = 256, OPT_FORMAT, OPT_HELP, OPT_VERSION };

/* Returns -1 to go on, else the exit status. */
static int handle_option(int opt, struct options *o)
{
	switch (opt) {
	case 'o':
		o->output = optarg;
		return -1;
	case OPT_ENCODING:
		if (gs_isa_encoding_parse(optarg, &o->encoding))
			return bad_usage("unknown encoding ", optarg);
		return -1;
	case OPT_FORMAT:
		if (gs_word_format_parse(optarg, &o->format))
			return bad_usage("unknown format ", optarg);
		return -1;
	case OPT_HELP:
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	case OPT_VERSION:
		printf("gs-as (GeneSys) %s, ISA version %d\n", GS_VERSION,
		       GS_ISA_VERSION);
		return EXIT_SUCCESS;
	default:
		return EXIT_FAILURE;
	}
}

static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longopts[] = {
		{ "encoding", required_argument, NULL, OPT_ENCODING },
		{ "format", required_argument, NULL, OPT_FORMAT },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "o:", longopts, NULL)) != -1) {
		int status = handle_option(opt, o);

		if (status >= 0)
			return status;
	}
	if (argc - optind != 1)
		return bad_usage("needs one source file", "");
	if (!o->output)
		return bad_usage("needs -o OUT", "");
	o->input = argv[optind];
	if (strcmp(o->input, "-") && gs_file_same(o->input, o->output))
		return bad_usage("the source would be replaced by ", o->output);
	return -1;
}

/* Of --help and --version */
static int flush(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "gs-as: cannot write: %s\n", strerror(errno));
	return EXIT_FAILURE;
}

static void report(void *ctx, unsigned int line, unsigned int column,
		   const char *message)
{
	(void)column;
	fprintf(stderr, "%s:%u: %s\n", (const char *)ctx, line, message);
}

static int write_words(const struct options *o, const struct gs_words *words)
{
	char *text;
	size_t len;
	int ret;

	ret = gs_words_print(words, o->format, &text, &len);
	if (!ret) {
		ret = gs_file_write(o->output, text, len);
		free(text);
	}
	if (ret)
		fprintf(stderr, "gs-as: cannot write %s: %s\n", o->output,
			strerror(-ret));
	return ret;
}

static int assemble(const struct options *o, const char *text, size_t len)
{
	char name[] = "<stdin>";
	struct gs_asm_result result = {
		.errors.report = report,
		.errors.ctx = strcmp(o->input, "-") ? (void *)o->input : name,
	};
	int ret = gs_asm_text(text, len, o->encoding, &result);

	if (!ret)
		ret = write_words(o, &result.words);
	else if (!result.errors.count)
		fprintf(stderr, "gs-as: %s\n", strerror(-ret));
	else
		fprintf(stderr, "gs-as: %u error%s%s, nothing was written\n",
			result.errors.count,
			result.errors.count == 1 ? "" : "s",
			result.errors.count >= GS_TEXT_MAX_ERRORS ?
				", stopped there" :
				"");
	gs_asm_result_fini(&result);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options o = {
		.encoding = GS_ENC_SYNC_INST,
		.format = GS_WORDS_DECIMAL,
	};
	int status = parse_options(argc, argv, &o);
	char *text;
	size_t len;
	int ret;

	if (status >= 0)
		return flush(status);
	ret = gs_file_read(o.input, MAX_SOURCE_BYTES, &text, &len);
	if (ret) {
		fprintf(stderr, "gs-as: cannot read %s: %s\n", o.input,
			strerror(-ret));
		return EXIT_FAILURE;
	}
	status = assemble(&o, text, len);
	free(text);
	return status;
}
