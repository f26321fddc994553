/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sweep_head.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hw-model/isa/file.h"
#include "hw-model/tools/sim_facts.h"
#include "hw-model/tools/sweep_journal.h"

#define SELF "/proc/self/exe"
#define MAX_FILE_BYTES ((size_t)2 << 30)

/* ---- the compiler --------------------------------------------------------------- */

static bool can_run(const char *path)
{
	struct stat st;

	return path && !stat(path, &st) && S_ISREG(st.st_mode) &&
	       !access(path, X_OK);
}

static char *beside_self(void)
{
	char *path = realpath(SELF, NULL), *gsc = NULL, *slash;

	slash = path ? strrchr(path, '/') : NULL;
	if (slash) {
		*slash = '\0';
		if (asprintf(&gsc, "%s/gsc", path) < 0)
			gsc = NULL;
	}
	free(path);
	return gsc;
}

static char *in_path(void)
{
	const char *path = getenv("PATH");
	char *gsc = NULL;

	while (path && *path) {
		const size_t len = strcspn(path, ":");

		if (asprintf(&gsc, "%.*s/gsc", (int)len, path) < 0)
			return NULL;
		if (len && can_run(gsc))
			return gsc;
		free(gsc);
		path += len + (path[len] == ':');
	}
	return NULL;
}

char *sweep_find_gsc(void)
{
	const char *named = getenv("GSC");
	char *gsc;

	if (named && *named) {
		if (can_run(named))
			return strdup(named);
		fprintf(stderr, "gs-sim: GSC: %s: not a program\n", named);
		return NULL;
	}
	gsc = beside_self();
	if (can_run(gsc))
		return gsc;
	free(gsc);
	gsc = in_path();
	if (!gsc)
		fputs("gs-sim: no gsc, neither beside gs-sim nor in $PATH; $GSC can name it\n",
		      stderr);
	return gsc;
}

/* ---- the head ------------------------------------------------------------------- */

/* Hash and size of a file. */
static bool put_file(FILE *out, const char *path)
{
	char *data;
	size_t size;
	int ret = gs_file_read(path, MAX_FILE_BYTES, &data, &size);

	if (ret) {
		fprintf(stderr, "gs-sim: %s: %s\n", path, strerror(-ret));
		return false;
	}
	fprintf(out, " %016" PRIx64 "-%zu", sweep_hash(SWEEP_HASH, data, size),
		size);
	free(data);
	return true;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_codelet(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return end && !strcmp(end, ".cdlt");
}

/* The operators of a gsc that is installed, or in its build tree: they are data. */
static bool put_codelets(FILE *out, const char *gsc)
{
	char *real = realpath(gsc, NULL), *folder = NULL, *path = NULL;
	char *slash = real ? strrchr(real, '/') : NULL;
	struct dirent **entry = NULL;
	bool ok = true;
	int num = 0;

	if (slash)
		*slash = '\0';
	if (slash &&
	    asprintf(&folder, "%s/../share/genesys/codelets", real) >= 0)
		num = scandir(folder, &entry, is_codelet, by_name);
	for (int i = 0; i < num; i++) {
		if (ok &&
		    asprintf(&path, "%s/%s", folder, entry[i]->d_name) >= 0) {
			ok = put_file(out, path);
			free(path);
		}
		free(entry[i]);
	}
	free(entry);
	free(folder);
	free(real);
	return ok;
}

/* An option for gsc; samples and metadata are files. */
static bool put_gsc_option(FILE *out, const char *const option[2])
{
	const char *value = option[1];
	bool ok = true;

	fprintf(out, "option %s %s", option[0], value);
	if (!strcmp(option[0], "--calibrate")) {
		const char *equals = strchr(value, '=');

		ok = put_file(out, equals ? equals + 1 : value);
	} else if (!strcmp(option[0], "--meta")) {
		ok = put_file(out, value);
	}
	putc('\n', out);
	return ok;
}

static void put_number(FILE *out, double value)
{
	char text[SIM_NUMBER_SIZE];

	fprintf(out, " %s", sim_number(value, text));
}

/* The prices themselves: the file they were in may be gone. */
static void put_prices(FILE *out, const struct gs_energy_table *t)
{
	const double prices[] = { t->multiply_8x8,
				  t->multiply_8x4,
				  t->multiply_4x4,
				  t->add_32,
				  t->add_16,
				  t->tandem_simple,
				  t->tandem_multiply,
				  t->tandem_special,
				  t->instruction_word,
				  t->dram_byte,
				  t->leakage_mw_per_kib };

	fprintf(out, "option --energy %s:", t->name);
	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++)
		put_number(out, prices[i]);
	fputs(t->whole_buffers ? " buffer" : " bank", out);
	for (unsigned i = 0; i < t->num_sram; i++) {
		put_number(out, t->sram[i].bytes);
		put_number(out, t->sram[i].pj);
	}
	putc('\n', out);
}

static bool put_head(FILE *out, const char *model, const char *gsc,
		     const struct gs_arch *base,
		     const struct sim_sweep_options *options)
{
	char machine[GS_ARCH_JSON_SIZE];

	gs_arch_format(base, machine, sizeof(machine));
	fputs("gs-sim sweep 1\nmodel", out);
	if (!put_file(out, model))
		return false;
	fputs("\ntools " GS_VERSION, out);
	if (!put_file(out, SELF) || !put_file(out, gsc) ||
	    !put_codelets(out, gsc))
		return false;
	fprintf(out, "\nmachine %s\noption --preset %s\n", machine,
		gs_timing_preset_name(options->preset));
	put_prices(out, options->table);
	for (unsigned i = 0; i < options->num_gsc_args; i += 2)
		if (!put_gsc_option(out, &options->gsc_args[i]))
			return false;
	for (unsigned i = 0; i < options->num_axes; i++)
		fprintf(out, "sweep %s\n", options->axis[i]);
	fputs("points\n", out);
	return true;
}

char *sweep_head(const char *model, const char *gsc, const struct gs_arch *base,
		 const struct sim_sweep_options *options)
{
	char *text = NULL;
	size_t size = 0;
	struct stat st;
	FILE *out;
	bool ok;

	/* It is read for each point; what is no file at all is told later. */
	if (!strcmp(model, "-") || (!stat(model, &st) && !S_ISREG(st.st_mode) &&
				    !S_ISDIR(st.st_mode))) {
		fputs("gs-sim: --sweep: the model is to be a file\n", stderr);
		return NULL;
	}
	out = open_memstream(&text, &size);
	ok = out && put_head(out, model, gsc, base, options);
	if (!out || ferror(out) | fclose(out)) {
		fputs("gs-sim: out of memory\n", stderr);
		ok = false;
	}
	if (ok)
		return text;
	free(text);
	return NULL;
}
