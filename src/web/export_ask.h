/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is asked to be taken out, of a body: fields that a preview and an export
 * share, and the request they make.
 */
#ifndef WEB_EXPORT_ASK_H
#define WEB_EXPORT_ASK_H

#include "request.h"

#include <rapport/export.h>

#define EXPORT_IDS_MAX 100000

enum export_input {
	IN_WHAT,
	IN_F,
	IN_IDS,
	IN_SEGMENT,
	IN_COLUMNS,
	IN_SORT,
	IN_Q,
	IN_TAGS,
	IN_TAGS_MATCH,
	IN_STATE,
	IN_ASSIGNEE,
	IN_ASSIGNED,
	IN_SOURCE,
	IN_CHAT_ID,
	IN_FROM,
	IN_TO,
	IN_SHEETS,
	IN_MESSAGES,
	IN_FORMAT,
	IN_TZ,
	IN_SHARED, /* how many of them there are */
	IN_BOM = IN_SHARED,
	IN_PASSWORD,
	IN_PURPOSE,
	IN_NOTES
};
extern const struct field export_preview_in[], export_begin_in[];

enum { PERSON_PASSWORD, PERSON_PURPOSE, PERSON_NOTES };
extern const struct field export_person_in[];

/* Who asks may have what is asked for, and how; without password, purpose and
 * what the workspace wants. ERR_DENIED, ERR_INVALID. */
enum err export_ask(struct req *q, struct export_request *out) MUST_USE;
/* The same of one person; `user` lives as long as `out`. */
void export_ask_person(struct req *q, uint32_t *user,
		       struct export_request *out);

#endif
