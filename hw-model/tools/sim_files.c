/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sim_files.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hw-model/isa/file.h"

struct file {
	const char *option; /* that names it */
	const char *path; /* NULL: not asked for */
};

static bool is_std(const char *path)
{
	return !strcmp(path, "-");
}

bool sim_is_stdout(const char *path)
{
	struct stat file, out;

	if (!path || is_std(path))
		return path;
	return !stat(path, &file) && !fstat(STDOUT_FILENO, &out) &&
	       file.st_dev == out.st_dev && file.st_ino == out.st_ino;
}

const char *sim_file_name(const char *path)
{
	return is_std(path) ? "standard output" : path;
}

static bool check_pair(const struct file *a, const struct file *b)
{
	if (!b->path || !gs_file_same(a->path, b->path))
		return true;
	fprintf(stderr, "gs-sim: --%s and --%s name one file, %s\n", a->option,
		b->option, sim_file_name(a->path));
	return false;
}

/* Standard input is another one than standard output. */
static bool check_read(const struct file *written, const char *path)
{
	if (!path || is_std(path) || !gs_file_same(written->path, path))
		return true;
	fprintf(stderr, "gs-sim: --%s names a file that is read, %s\n",
		written->option, path);
	return false;
}

static bool check_inputs(const struct sim_command *command,
			 const struct file *written)
{
	bool ok = check_read(written, command->timing.energy) &&
		  check_read(written, command->sweep.arch_file);

	for (int i = 0; ok && i < command->num_names; i++)
		ok = check_read(written, command->names[i]);
	for (size_t i = 0; ok && i < command->data.num_inputs; i++)
		ok = check_read(written, command->data.input[i].path);
	return ok;
}

/* A file for each output of the model */
static bool check_tensors(const struct sim_data_options *data)
{
	bool ok = true;

	for (size_t i = 0; ok && i < data->num_outputs; i++)
		for (size_t k = 0; ok && k < i; k++)
			ok = check_pair(&(struct file){ "output",
							data->output[k].path },
					&(struct file){ "output",
							data->output[i].path });
	return ok;
}

static bool check_outputs(const struct sim_command *command,
			  const struct file *written)
{
	bool ok = check_inputs(command, written);

	for (size_t i = 0; ok && i < command->data.num_outputs; i++)
		ok = check_pair(written,
				&(struct file){ "output",
						command->data.output[i].path });
	return ok;
}

bool sim_files_check(const struct sim_command *command)
{
	const struct sim_timing_options *o = &command->timing;
	const struct file files[] = { { "csv", o->csv },
				      { "json", o->json },
				      { "trace", o->trace },
				      { "blocks", o->blocks } };
	const size_t num = sizeof(files) / sizeof(files[0]);
	bool ok = true;

	for (size_t i = 0; ok && i < num; i++) {
		if (!files[i].path)
			continue;
		ok = check_outputs(command, &files[i]);
		for (size_t k = i + 1; ok && k < num; k++)
			ok = check_pair(&files[i], &files[k]);
	}
	for (size_t i = 0; ok && i < command->data.num_outputs; i++)
		ok = check_inputs(
			command,
			&(struct file){ "output",
					command->data.output[i].path });
	return ok && check_tensors(&command->data);
}
