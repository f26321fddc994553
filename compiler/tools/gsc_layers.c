/* SPDX-License-Identifier: MIT */
#include "compiler/tools/gsc_layers.h"

#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/emit/layer_json.h"
#include "compiler/emit/layer_pseudo.h"
#include "compiler/emit/layer_text.h"
#include "hw-model/isa/file.h"
#include "hw-model/isa/words.h"
#include "runtime/support/column.h"

#define PATH_SIZE 4400
#define FOLDER_SIZE 128

struct writer {
	const struct gs_compiled *c;
	const char *dir;
	uint32_t *code; /* with addresses */
	char *index; /* text of layers.txt */
	size_t index_len;
	FILE *list;
	int width, ops; /* of the columns of names and operators in it */
	const char *name; /* of the layer, conv3 */
	char folder[FOLDER_SIZE]; /* layer7_conv3 */
};

static int fail(const char *path, int ret)
{
	fprintf(stderr, "gsc: error: %s: %s\n", path, strerror(-ret));
	return ret;
}

static int make_folder(const char *path)
{
	struct stat st;

	if (!mkdir(path, 0777))
		return 0;
	if (errno != EEXIST)
		return fail(path, -errno);
	if (stat(path, &st))
		return fail(path, -errno);
	return S_ISDIR(st.st_mode) ? 0 : fail(path, -ENOTDIR);
}

/* @suffix: "" or the end of a layer's file */
static int write_file(const struct writer *w, const char *suffix,
		      const char *text, size_t len)
{
	char path[PATH_SIZE];
	int ret;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s/%s%s", w->dir,
			     w->folder, w->name, suffix) >= sizeof(path))
		return fail(w->dir, -ENAMETOOLONG);
	ret = gs_file_write(path, text, len);
	return ret ? fail(path, ret) : 0;
}

/* What @print writes becomes the file. */
static int write_printed(const struct writer *w, const char *suffix, uint32_t i,
			 int (*print)(const struct writer *w, uint32_t i,
				      FILE *out))
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int ret = out ? print(w, i, out) : -ENOMEM;

	if (out && fclose(out) && !ret)
		ret = -ENOMEM;
	ret = ret ? fail(w->folder, ret) : write_file(w, suffix, text, len);
	free(text);
	return ret;
}

static const struct gs_planned *planned(const struct writer *w, uint32_t i)
{
	return i < w->c->num_layers ? &w->c->plan[i] : NULL;
}

static int print_assembly(const struct writer *w, uint32_t i, FILE *out)
{
	const struct gs_layer *l = &w->c->program.layer[i];

	gs_layer_assembly(w->code + l->first_word, l->num_words, out);
	return 0;
}

static int print_pseudo(const struct writer *w, uint32_t i, FILE *out)
{
	const struct gs_planned *layer = planned(w, i);

	if (layer)
		return gs_layer_pseudo(layer, w->name, out);
	fprintf(out, "%s: computes nothing\n", w->name);
	return 0;
}

static int print_json(const struct writer *w, uint32_t i, FILE *out)
{
	struct json_object *o =
		gs_layer_json(&w->c->program, i, planned(w, i), w->name);
	const char *text =
		o ? json_object_to_json_string_ext(
			    o, JSON_C_TO_STRING_PRETTY |
				       JSON_C_TO_STRING_NOSLASHESCAPE) :
		    NULL;

	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(o);
	return text ? 0 : -ENOMEM;
}

static int write_words(const struct writer *w, uint32_t i,
		       enum gs_word_format format, const char *suffix)
{
	const struct gs_layer *l = &w->c->program.layer[i];
	const struct gs_words words = { .word = w->code + l->first_word,
					.count = l->num_words };
	char *text = NULL;
	size_t len;
	int ret = gs_words_print(&words, format, &text, &len);

	ret = ret ? fail(w->folder, ret) : write_file(w, suffix, text, len);
	free(text);
	return ret;
}

static int write_layer(struct writer *w, uint32_t i)
{
	char path[PATH_SIZE];
	int ret;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", w->dir, w->folder) >=
	    sizeof(path))
		return fail(w->dir, -ENAMETOOLONG);
	ret = make_folder(path);
	ret = ret ? ret :
		    write_printed(w, "_string_final.txt", i, print_assembly);
	ret = ret ? ret : write_words(w, i, GS_WORDS_BINARY, "_binary.txt");
	ret = ret ? ret : write_words(w, i, GS_WORDS_DECIMAL, "_decimal.txt");
	ret = ret ? ret : write_printed(w, "_json.json", i, print_json);
	return ret ? ret :
		     write_printed(w, "_operations_idx.txt", i, print_pseudo);
}

static const char *codelet_of(const struct gs_compiled *c, uint32_t i)
{
	return i < c->num_layers ? c->plan[i].binding->cl->name : "nothing";
}

/* layer7_conv3: the eighth layer, and the fourth with this codelet */
static int name_layer(const struct gs_compiled *c, uint32_t index,
		      char name[FOLDER_SIZE])
{
	unsigned id = 0;
	uint32_t k;

	for (k = 0; k < index; k++)
		id += !strcmp(codelet_of(c, k), codelet_of(c, index));
	if (snprintf(name, FOLDER_SIZE, "layer%u_%s%u", index,
		     codelet_of(c, index), id) >= FOLDER_SIZE)
		return fail(codelet_of(c, index), -ENAMETOOLONG);
	return 0;
}

/* Does a folder here belong to another model? Layers of two would be taken for those of one. */
static int check_folder(const struct gs_compiled *c, const char *dir,
			const char *found)
{
	char name[FOLDER_SIZE] = "";
	unsigned index;
	int used = 0;

	if (sscanf(found, "layer%u_%n", &index, &used) != 1 || !used)
		return 0;
	if (index < c->program.num_layers && name_layer(c, index, name))
		return -ENAMETOOLONG;
	if (!strcmp(name, found))
		return 0;
	fprintf(stderr,
		"gsc: error: %s: %s there is of another model, whose layers must go first\n",
		dir, found);
	return -EEXIST;
}

static int check_folders(const struct gs_compiled *c, const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int ret = 0;

	if (!dir)
		return fail(path, -errno);
	while (!ret && (entry = readdir(dir)))
		ret = check_folder(c, path, entry->d_name);
	closedir(dir);
	return ret;
}

/* Names in full: they are for programs, too. */
static void begin_list(struct writer *w)
{
	const struct gs_program *p = &w->c->program;
	uint32_t i;

	w->width = 28;
	w->ops = 14;
	for (i = 0; i < p->num_layers; i++) {
		w->width = gs_column_fit(w->width, p->layer[i].name, INT_MAX);
		w->ops = gs_column_fit(w->ops, p->layer[i].op, INT_MAX);
	}
	fprintf(w->list, "%-28s %-*s %-*s %6s  %s\n", "folder", w->width,
		"layer", w->ops, "operator", "words", "codelet: tiles");
}

static int write_layers(struct writer *w)
{
	const struct gs_program *p = &w->c->program;
	uint32_t i;
	int ret = 0;

	for (i = 0; i < p->num_layers && !ret; i++) {
		ret = name_layer(w->c, i, w->folder);
		if (ret)
			return ret;
		w->name = strchr(w->folder, '_') + 1;
		ret = write_layer(w, i);
		fprintf(w->list, "%-28s ", w->folder);
		gs_column_print(w->list, p->layer[i].name, w->width);
		putc(' ', w->list);
		gs_column_print(w->list, p->layer[i].op, w->ops);
		fprintf(w->list, " %6u  %s\n", p->layer[i].num_words,
			p->layer[i].note ? p->layer[i].note : "");
	}
	return ret;
}

/* Files that are not of one layer */
static int write_common(struct writer *w)
{
	char json[8192];
	const int len = gs_arch_format(&w->c->program.arch, json, sizeof(json));
	int ret;

	w->folder[0] = '.';
	w->folder[1] = '\0';
	w->name = "layers.txt";
	ret = write_file(w, "", w->index, w->index_len);
	w->name = "arch_cfg.json";
	return ret ? ret : write_file(w, "", json, (size_t)len);
}

int gsc_layers_write(const struct gs_compiled *c, const char *dir)
{
	struct writer w = { .c = c,
			    .dir = dir,
			    .code = gs_program_link(&c->program) };
	int ret = make_folder(dir);

	ret = ret ? ret : check_folders(c, dir);
	w.list = open_memstream(&w.index, &w.index_len);
	if (!ret && (!w.code || !w.list))
		ret = fail(dir, -ENOMEM);
	if (!ret)
		begin_list(&w);
	ret = ret ? ret : write_layers(&w);
	if (w.list && fclose(w.list) && !ret)
		ret = fail(dir, -ENOMEM);
	ret = ret ? ret : write_common(&w);
	free(w.code);
	free(w.index);
	return ret;
}
