/* SPDX-License-Identifier: MIT */
/*
 * gs-objdump: disassemble programs, print the instruction table.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/tools/objdump.h"
#include "hw-model/isa/file.h"

#define MAX_PROGRAM_BYTES (1u << 30)

static const char usage[] =
	"Usage: gs-objdump -d|-h|-l|-t [OPTION]... FILE\n"
	"       gs-objdump --isa-table\n"
	"Print a model file, or a list of words as instructions; '-' is standard\n"
	"input.\n"
	"\n"
	"  -d, --disassemble    print instructions\n"
	"  -h, --header         of a model: machine, sizes, metadata\n"
	"  -l, --layers         of a model: its layers\n"
	"  -t, --tensors        of a model: its tensors\n"
	"      --no-addresses   print only what gs-as reads back\n"
	"      --encoding=ENC   of opcode 10: sync_inst (default) or\n"
	"                       inst_group_2021\n"
	"      --format=FORMAT  of FILE: decimal (default), a number a line;\n"
	"                       binary, 32 characters of 0 and 1 a line; raw,\n"
	"                       little-endian words\n"
	"      --isa-table      print the instruction table of docs/isa.md\n"
	"      --help           print this text\n"
	"      --version        print the version\n";

static int bad_usage(const char *what, const char *value)
{
	fprintf(stderr, "gs-objdump: %s%s, see gs-objdump --help\n", what,
		value);
	return EXIT_FAILURE;
}

static int fail(const char *path, int error)
{
	fprintf(stderr, "gs-objdump: %s: %s\n", path, strerror(-error));
	return error;
}

/* Words. */

static void print_words(const uint32_t *words, size_t count,
			const struct gs_objdump_opts *opts)
{
	char text[80];

	for (size_t i = 0; i < count; i++) {
		gs_disasm_word(words[i], opts->encoding, text, sizeof(text));
		if (opts->addresses)
			printf("%6zu:  %08x  %s\n", i, words[i], text);
		else
			puts(text);
	}
}

static void report(void *ctx, unsigned int line, unsigned int column,
		   const char *message)
{
	(void)column;
	fprintf(stderr, "%s:%u: %s\n", (const char *)ctx, line, message);
}

static int dump_words(const char *path, const char *data, size_t len,
		      const struct gs_objdump_opts *opts)
{
	struct gs_text_errors errors = { report, (void *)path, 0 };
	struct gs_words words = { 0 };
	int ret = gs_words_read(&words, opts->format, data, len, &errors);

	if (!ret)
		print_words(words.word, words.count, opts);
	else if (!errors.count)
		fail(path, ret);
	gs_words_fini(&words);
	return ret;
}

/* Files. */

static bool is_elf(const char *data, size_t len)
{
	return len >= 4 && !memcmp(data, "\177ELF", 4);
}

/* What is no model file has words and nothing else. */
static int dump_other(const char *path, const char *data, size_t len,
		      const struct gs_objdump_opts *opts)
{
	if (!opts->header && !opts->layers && !opts->tensors)
		return dump_words(path, data, len, opts);
	fprintf(stderr,
		"gs-objdump: %s: no model file; -h, -l and -t are for these, -d for words\n",
		path);
	return -EINVAL;
}

static int dump_file(const char *path, const struct gs_objdump_opts *opts)
{
	char *data;
	size_t len;
	int ret;

	ret = gs_file_read(path, MAX_PROGRAM_BYTES, &data, &len);
	if (ret)
		return fail(path, ret);
	if (is_elf(data, len))
		ret = gs_objdump_elf(path, opts);
	else
		ret = dump_other(path, data, len, opts);
	free(data);
	return ret;
}

static int close_stdout(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "gs-objdump: cannot write: %s\n",
			strerror(errno));
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

/* Options. */

enum {
	OPT_ENCODING = 256,
	OPT_FORMAT,
	OPT_NO_ADDRESSES,
	OPT_ISA_TABLE,
	OPT_HELP,
	OPT_VERSION
};

/* Returns -1 to go on, else the exit status. */
static int handle_option(int opt, struct gs_objdump_opts *o)
{
	switch (opt) {
	case 'd':
		o->disassemble = true;
		return -1;
	case 'h':
		o->header = true;
		return -1;
	case 'l':
		o->layers = true;
		return -1;
	case 't':
		o->tensors = true;
		return -1;
	case OPT_ENCODING:
		if (gs_isa_encoding_parse(optarg, &o->encoding))
			return bad_usage("unknown encoding ", optarg);
		return -1;
	case OPT_FORMAT:
		if (gs_word_format_parse(optarg, &o->format))
			return bad_usage("unknown format ", optarg);
		return -1;
	case OPT_NO_ADDRESSES:
		o->addresses = false;
		return -1;
	case OPT_ISA_TABLE:
		gs_isa_print_table(stdout);
		return close_stdout();
	case OPT_HELP:
		fputs(usage, stdout);
		return close_stdout();
	case OPT_VERSION:
		printf("gs-objdump (GeneSys) %s, ISA version %d\n", GS_VERSION,
		       GS_ISA_VERSION);
		return close_stdout();
	default:
		return EXIT_FAILURE;
	}
}

static int parse_options(int argc, char **argv, struct gs_objdump_opts *o)
{
	static const struct option longopts[] = {
		{ "disassemble", no_argument, NULL, 'd' },
		{ "header", no_argument, NULL, 'h' },
		{ "layers", no_argument, NULL, 'l' },
		{ "tensors", no_argument, NULL, 't' },
		{ "encoding", required_argument, NULL, OPT_ENCODING },
		{ "format", required_argument, NULL, OPT_FORMAT },
		{ "no-addresses", no_argument, NULL, OPT_NO_ADDRESSES },
		{ "isa-table", no_argument, NULL, OPT_ISA_TABLE },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "dhlt", longopts, NULL)) != -1) {
		int status = handle_option(opt, o);

		if (status >= 0)
			return status;
	}
	if (!o->disassemble && !o->header && !o->layers && !o->tensors)
		return bad_usage("nothing to do without -d, -h, -l or -t", "");
	if (argc - optind != 1)
		return bad_usage("needs one file", "");
	return -1;
}

int main(int argc, char **argv)
{
	struct gs_objdump_opts o = {
		.encoding = GS_ENC_SYNC_INST,
		.format = GS_WORDS_DECIMAL,
		.addresses = true,
	};
	int status = parse_options(argc, argv, &o);

	if (status >= 0)
		return status;
	if (dump_file(argv[optind], &o))
		return EXIT_FAILURE;
	return close_stdout();
}
