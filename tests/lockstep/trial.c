/* SPDX-License-Identifier: MIT */
#include "tests/lockstep/trial.h"

#include <dirent.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned results;
static bool failed;

/* ---- command line --------------------------------------------------------------- */

bool trial_options(struct trial_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "programs", required_argument, NULL, 'p' },
		{ "threads", no_argument, NULL, 't' },
		{ 0 },
	};
	int option;

	o->seed = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			o->seed = (uint32_t)strtoul(optarg, NULL, 0) | 1;
		else if (option == 'p')
			o->programs = (uint32_t)strtoul(optarg, NULL, 0);
		else if (option == 't')
			o->threads = true;
		else
			return false;
	}
	if (optind + 1 < argc) {
		fprintf(stderr,
			"usage: %s [--seed N] [--programs N] [--threads] [VECTORS]\n",
			argv[0]);
		return false;
	}
	o->vectors = optind < argc ? argv[optind] : NULL;
	return true;
}

void tap(bool ok, const char *format, ...)
{
	va_list args;

	failed |= !ok;
	printf("%s %u - ", ok ? "ok" : "not ok", ++results);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

unsigned tap_count(void)
{
	return results;
}

int tap_end(void)
{
	printf("1..%u\n", results);
	return failed;
}

/* ---- machines and memory -------------------------------------------------------- */

void trial_arch(struct gs_arch *arch)
{
	arch->ibuf_depth = 1024;
	arch->wbuf_depth = 256;
	arch->obuf_depth = 1024;
	arch->bbuf_depth = 64;
	arch->vmem_depth = 256;
}

struct gs_job trial_job(const struct sim_vector *v)
{
	struct gs_job job = {
		.encoding = v->encoding,
		.entry = v->entry,
		.entry_words = v->chain ? v->entry_words :
					  (uint32_t)sim_vector_block(v, 0),
		.max_work = v->has_max_work && v->max_work ? v->max_work :
							     TRIAL_MAX_WORK,
	};

	memcpy(job.window_base, v->window_base, sizeof(v->window_base));
	return job;
}

int trial_fill(const struct sim_vector *v, struct sim_mem *mem)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < v->num_loads; i++)
		ret = sim_mem_put(mem,
				  v->window_base[v->loads[i].win] +
					  v->loads[i].offset,
				  v->loads[i].bytes, v->loads[i].size);
	for (size_t i = 0; !ret && i < v->num_ranges; i++)
		ret = sim_mem_allow(mem, v->ranges[i].base, v->ranges[i].size,
				    v->ranges[i].writable);
	return ret;
}

/* ---- vectors -------------------------------------------------------------------- */

static int run_one(const char *dir,
		   int (*run)(void *ctx, const struct sim_vector *vector),
		   void *ctx)
{
	static const char *const none[] = { NULL };
	char err[SIM_ERR_SIZE];
	struct sim_vector v;
	int ret = -1;

	if (sim_vector_load(dir, none, &v, err))
		ret = v.num_words ? run(ctx, &v) : 0;
	else
		printf("# %s\n", err);
	sim_vector_free(&v);
	return ret;
}

int trial_vectors(const char *dir,
		  int (*run)(void *ctx, const struct sim_vector *vector),
		  void *ctx)
{
	struct dirent **entries;
	const int num = scandir(dir, &entries, NULL, alphasort);
	int good = num > 0 ? 0 : -1;
	char path[512];

	for (int i = 0; i < num; i++) {
		snprintf(path, sizeof(path), "%s/%.200s/vector.json", dir,
			 entries[i]->d_name);
		if (good >= 0 && !access(path, R_OK)) {
			int ret;

			*strrchr(path, '/') = 0;
			ret = run_one(path, run, ctx);
			good = ret < 0 ? -1 : good + ret;
		}
		free(entries[i]);
	}
	if (num > 0)
		free(entries);
	return good;
}
