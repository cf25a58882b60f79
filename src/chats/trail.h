/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside the room: entries of timelines, read.
 */
#ifndef CHATS_TRAIL_H
#define CHATS_TRAIL_H

#include "layout.h"

enum trail_member {
	TRAIL_TYPE,
	TRAIL_EVENT,
	TRAIL_FLOW,
	TRAIL_RUN,
	TRAIL_CAUSE,
	TRAIL_NAME,
	TRAIL_STATE,
	TRAIL_VALID,
	TRAIL_MEMBERS
};
struct trail_words {
	struct str v[TRAIL_MEMBERS]; /* p NULL: not said */
	unsigned texts; /* 1 << member: a text; else as JSON writes it */
};
/* Slices of `json` or in the arena. False: it is no JSON. */
bool trail_words(struct arena *a, struct str json, struct trail_words *out);
/* p NULL: no text. */
static inline struct str
trail_text(const struct trail_words *w, enum trail_member m)
{
	return w->texts >> m & 1 ? w->v[m] : STR_NONE;
}
/* In any case, as intake reads words of its own. */
bool trail_is(const struct trail_words *w, enum trail_member m,
	      const char *word);

#endif
