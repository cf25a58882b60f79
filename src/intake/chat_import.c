/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Chat data in.  A first walk through the whole file finds whether every row is
 * sound and stands beside the one that it is about; only then a second one
 * applies them, slice by slice, each slice one transaction.  The closure of a
 * transaction may run again, so what it leaves is written over by the next run
 * and counted when it was kept.
 */
#include "restore.h"
#include "slice.h"

#include <rapport/staff.h>

#include <stdlib.h>

#define SLICE_ROWS 5000u
#define SLICE_BYTES (4u << 20)

struct row_item {
	struct walked row;
	enum restored outcome;
	struct fault *fault; /* NULL: it was applied */
};

struct import {
	struct people *people;
	struct kv *kv;
	struct arena *arena; /* of the result */
	const struct chats_import_options *options;
	struct chats_import_result *out;
	struct chatfile file;
	struct walk walk;
	/* one slice */
	struct arena rows, work;
	struct row_item *items;
	size_t n, most, bytes;
	struct restoring after; /* as the slice leaves it */
	bool notes, chat_refused;
	struct alike alike; /* where the last slice ended */
	uint64_t read_before; /* by the first walk */
};

static enum err
going(struct import *im, uint64_t bytes, struct fault *f)
{
	const struct chats_import_options *o = im->options;

	return o->go == NULL || o->go(o->arg, bytes)
		   ? OK
		   : fail(f, ERR_CANCELLED, "", "it was stopped");
}

/* Operating hours ---------------------------------------------------------- */

struct hours_look {
	const struct json *there;
	bool differ;
};

static enum err
hours_compare(struct kv_txn *txn, void *arg)
{
	struct hours_look *look = arg;
	struct json_out here, there;
	struct buf a, b;
	struct arena arena;
	struct hours hours;

	arena_init(&arena);
	buf_init(&a);
	buf_init(&b);
	hours_get(txn, &arena, &hours);
	json_out_init(&here, &a);
	json_array(&here);
	for (size_t i = 0; i < hours.n; i++)
		hours_json(&here, &hours.at[i]);
	json_array_end(&here);
	json_out_init(&there, &b);
	json_value(&there, look->there);
	look->differ = !str_eq(buf_str(&a), buf_str(&b));
	buf_fini(&a);
	buf_fini(&b);
	arena_fini(&arena);
	return kv_error(txn);
}

/* Settings are not changed; that they are others is told. */
static enum err
head_look(struct import *im, const struct walked *row, struct fault *f)
{
	struct hours_look look = {json_member(row->said, S("hours")), false};

	im->notes = im->out->notes = im->walk.notes;
	if (look.there == NULL || look.there->kind != JSON_ARRAY)
		return OK;
	TRY(kv_read(im->kv, hours_compare, &look, f));
	im->out->hours_differ = look.differ;
	return OK;
}

/* The first walk ----------------------------------------------------------- */

static enum err
rows_look(struct import *im, struct fault *f)
{
	struct walked row;
	uint64_t n = 0;
	bool more = true;

	while (more) {
		arena_reset(&im->rows);
		TRY(walk_next(&im->walk, &im->rows, &row, &more));
		if (more && row.kind == ROW_HEAD)
			TRY(head_look(im, &row, f));
		if (++n % 1000 == 0)
			TRY(going(im, walk_done(&im->walk), f));
	}
	return OK;
}

static enum err
file_look(struct import *im, const struct chats_source *source, struct fault *f)
{
	enum err e;

	TRY(chatfile_look(&im->file, source, f));
	walk_open(&im->walk, &im->file, f);
	e = rows_look(im, f);
	im->read_before = walk_done(&im->walk);
	walk_close(&im->walk);
	return e;
}

/* Slices ------------------------------------------------------------------- */

typedef enum err restore_fn(struct restoring *r, const struct walked *row,
			    enum restored *out, struct fault *f);
static restore_fn *const handlers[IMPORT_ROWS] = {
    [ROW_ATTRIBUTE] = restore_attribute, [ROW_USER] = restore_user,
    [ROW_REFERENCE] = restore_reference, [ROW_CHAT] = restore_chat,
    [ROW_MESSAGE] = restore_message,     [ROW_NOTE] = restore_message,
};

static void
item_apply(struct import *im, struct restoring *r, struct row_item *item)
{
	struct fault fault = {0};
	enum err e;

	arena_reset(r->taker.arena);
	e = handlers[item->row.kind](r, &item->row, &item->outcome, &fault);
	if (item->row.kind == ROW_CHAT)
		r->chat_refused = e != OK;
	item->fault = NULL;
	if (e == OK)
		return;
	item->fault = arena_get(&im->work, sizeof(fault));
	*item->fault = fault;
}

static enum err
slice_run(struct kv_txn *txn, void *arg)
{
	struct import *im = arg;
	struct arena arena;
	struct buf scratch;
	struct restoring r = {.taker = {.txn = txn,
					.arena = &arena,
					.scratch = &scratch,
					.source = FROM_IMPORT,
					.rows = true,
					.now = clock_now()},
			      .notes = im->notes,
			      .chat_refused = im->chat_refused,
			      .alike.at = im->alike.at};

	arena_reset(&im->work);
	buf_init(&r.alike.hashes);
	buf_put(&r.alike.hashes, buf_str(&im->alike.hashes));
	arena_init(&arena);
	buf_init(&scratch);
	r.taker.people = batch_begin(im->people, txn, 0);
	r.taker.chats = chat_batch_begin(r.taker.people);
	for (size_t i = 0; i < im->n && kv_error(txn) == OK; i++)
		item_apply(im, &r, &im->items[i]);
	chat_batch_end(r.taker.chats);
	batch_end(r.taker.people);
	chat_batch_free(r.taker.chats);
	batch_free(r.taker.people);
	buf_fini(&scratch);
	arena_fini(&arena);
	buf_fini(&im->after.alike.hashes);
	im->after = r;
	if (kv_error(txn) != OK)
		return kv_error(txn);
	return im->options->dry_run ? ERR_CANCELLED : OK;
}

static void
refusal_keep(struct import *im, const struct row_item *item)
{
	const struct chats_import_options *o = im->options;
	struct chats_import_result *out = im->out;
	size_t most = o->refusals_max ? o->refusals_max : 1000;
	struct chats_refusal r = {item->row.part, item->row.row, *item->fault};

	if (o->refused != NULL)
		o->refused(o->arg, &r, item->row.text);
	if (out->n_refusals == most)
		return;
	if (out->refusals == NULL)
		out->refusals =
		    arena_get(im->arena, most * sizeof(*out->refusals));
	out->refusals[out->n_refusals++] = r;
}

static void
slice_tally(struct import *im)
{
	im->chat_refused = im->after.chat_refused;
	im->alike.at = im->after.alike.at;
	buf_reset(&im->alike.hashes);
	buf_put(&im->alike.hashes, buf_str(&im->after.alike.hashes));
	im->out->shown_differ += im->after.shown_differ;
	im->out->note_first += im->after.note_first;
	for (size_t i = 0; i < im->n; i++) {
		const struct row_item *item = &im->items[i];
		struct chats_count *c = &im->out->counts[item->row.part];

		c->rows++;
		if (item->fault != NULL) {
			c->refused++;
			refusal_keep(im, item);
			continue;
		}
		c->made += item->outcome == RESTORED_NEW;
		c->changed += item->outcome == RESTORED_CHANGED;
		c->known += item->outcome == RESTORED_KNOWN;
	}
}

static enum err
slice_end(struct import *im, struct fault *f)
{
	if (im->n == 0)
		return OK;
	TRY(slice_write(im->people, im->kv, slice_run, im,
			im->options->dry_run, f));
	slice_tally(im);
	im->n = im->bytes = 0;
	arena_reset(&im->rows);
	return going(im, im->read_before + walk_done(&im->walk), f);
}

static enum err
rows_apply(struct import *im, struct fault *f)
{
	bool more = true;

	arena_reset(&im->rows);
	for (;;) {
		struct row_item *item = &im->items[im->n];

		TRY(walk_next(&im->walk, &im->rows, &item->row, &more));
		if (!more)
			return slice_end(im, f);
		if (item->row.kind == ROW_HEAD)
			continue;
		im->bytes += item->row.text.n;
		if (++im->n == im->most || im->bytes >= SLICE_BYTES)
			TRY(slice_end(im, f));
	}
}

enum err
chats_import(struct people *p, struct kv *kv, struct arena *a,
	     const struct chats_source *source,
	     const struct chats_import_options *options,
	     struct chats_import_result *out, struct fault *f)
{
	struct import im = {.people = p,
			    .kv = kv,
			    .arena = a,
			    .options = options,
			    .out = out,
			    .most = options->slice ? options->slice
						   : SLICE_ROWS};
	enum err e;

	*out = (struct chats_import_result){0};
	arena_init(&im.rows);
	arena_init(&im.work);
	buf_init(&im.alike.hashes);
	buf_init(&im.after.alike.hashes);
	im.items = mem_new(im.most * sizeof(*im.items));
	e = people_refresh(p, f);
	if (e == OK)
		e = file_look(&im, source, f);
	if (e == OK) {
		walk_open(&im.walk, &im.file, f);
		e = rows_apply(&im, f);
		walk_close(&im.walk);
	}
	free(im.items);
	buf_fini(&im.alike.hashes);
	buf_fini(&im.after.alike.hashes);
	arena_fini(&im.rows);
	arena_fini(&im.work);
	return e;
}
