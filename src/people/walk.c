/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Records in the order they stand in the store.  A search from the root visits
 * four pages, so the walk takes steps as long as the wanted record is near.
 * Most of the time goes into waiting for memory.  Whoever reads every tenth
 * record or more is at the page behind this one soon, and records that were
 * loaded together lie on pages in a row: that page is asked for early.  Where
 * it is another, nothing is lost but the asking.
 */
#include "room.h"

#include <rapport/people/rows.h>

#include <stdlib.h>

#define STEPS 6u /* ids; beyond it a search is quicker */
#define NEAR 32u /* ids; beyond it the page behind is not wanted */
#define PAGE 4096u
#define LINE 64u

struct user_walk {
	struct kv_txn *txn;
	const struct catalog *catalog;
	struct kv_cursor *cursor;
	uint32_t at; /* id under the cursor */
	bool there;  /* the cursor stands at a record */
	bool begun;
	uintptr_t page; /* of the last record */
};

struct user_walk *
user_walk_open(struct kv_txn *txn, const struct catalog *c)
{
	struct user_walk *w = mem_new(sizeof(*w));

	w->txn = txn;
	w->catalog = c;
	w->cursor = kv_cursor(txn, SP_USER, STR_NONE);
	return w;
}

void
user_walk_close(struct user_walk *w)
{
	if (w == NULL)
		return;
	kv_cursor_close(w->cursor);
	free(w);
}

static void
stand(struct user_walk *w, bool there)
{
	struct rd r = rd_of(kv_key(w->cursor));

	w->there = there;
	w->at = there ? rd_be32(&r) : UINT32_MAX;
}

static void
page_behind(struct user_walk *w, struct str record)
{
	uintptr_t page = (uintptr_t)record.p / PAGE;

	if (page == w->page)
		return;
	w->page = page;
	for (uintptr_t at = 0; at < PAGE; at += LINE)
		__builtin_prefetch((const void *)((page + 1) * PAGE + at));
}

bool
user_walk_to(struct user_walk *w, uint32_t id, struct user_view *out)
{
	uint8_t key[4];
	bool near = w->begun && w->there && id - w->at <= NEAR;

	*out = (struct user_view){.id = id, .catalog = w->catalog};
	if (w->begun && w->there && id >= w->at && id - w->at <= STEPS) {
		while (w->there && w->at < id)
			stand(w, kv_next(w->cursor));
	} else if (!w->begun || w->there) {
		stand(w, kv_seek(w->cursor, user_key(id, key)));
		w->begun = true;
	}
	if (!w->there || w->at != id)
		return false;
	out->record = kv_value(w->cursor);
	if (near)
		page_behind(w, out->record);
	return kv_error(w->txn) == OK;
}
