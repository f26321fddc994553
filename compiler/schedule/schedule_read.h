/* SPDX-License-Identifier: MIT */
/* Schedule files: what is decided about the layers of a model, as JSON (docs/scheduling.md). */
#ifndef GS_SCHEDULE_READ_H
#define GS_SCHEDULE_READ_H

#include "compiler/schedule/decision.h"

/** Version of the format, in the field "version". */
#define GS_SCHEDULE_VERSION 1

struct json_object;

/** A schedule and the memory its strings stand in. */
struct gs_schedule_file {
	struct gs_schedule schedule;
	struct gs_decision *decision; /**< of schedule.decision */
	struct json_object *root;
	char *from; /**< places of the decisions, one after the other */
	char *name; /**< of the file, schedule.from */
	const char *machine; /**< name of the one it was made for, or NULL */
	struct gs_arch *arch; /**< that machine; NULL: only its name is known */
};

/**
 * gs_schedule_read() - read the text of a schedule file
 * @name: of the file, for messages
 * @file: gs_schedule_free() it, also after an error
 * Layers, loops and operands are looked for when a model is compiled. Returns
 * 0, -EINVAL (reported, with file and path of the field), or -ENOMEM.
 */
int gs_schedule_read(const char *text, size_t len, const char *name,
		     struct gs_schedule_file *file, struct gs_diag *diag);

/**
 * gs_schedule_check_machine() - warn where a schedule was made for another machine
 * @name: of the file
 * What fits is used all the same. Clock and names of machines do not count,
 * names do where the file has nothing else.
 */
void gs_schedule_check_machine(const struct gs_schedule_file *file,
			       const char *name, const struct gs_arch *arch,
			       struct gs_diag *diag);

void gs_schedule_free(struct gs_schedule_file *file);

#endif /* GS_SCHEDULE_READ_H */
