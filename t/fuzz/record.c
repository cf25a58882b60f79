/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The record of a user as a damaged or forged store might hold it, checksum
 * right.  Reading it gives an error or values that can be written, the same
 * one by one as all at once; changing it gives an error or a record that
 * reads; and the check of the store reports, and does not fall.
 */
#include "people.h"

#include <rapport/people/edit.h>

#include "../../src/people/layout.h"

static enum err
put(struct kv_txn *txn, void *arg)
{
	uint8_t key[4];

	kv_put(txn, SP_USER, user_key(1, key), *(struct str *)arg);
	return OK;
}

static void
value_written(const struct value *v)
{
	struct json_out out;
	struct buf b;

	buf_init(&b);
	json_out_init(&out, &b);
	value_json(&out, v);
	value_text(&b, v);
	buf_fini(&b);
}

static enum err
read_all(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	const struct catalog *c = people_catalog(w->people, txn);
	const struct attr **columns =
	    arena_get(&w->arena, c->n * sizeof(void *));
	struct value *values = arena_get(&w->arena, c->n * sizeof(*values)),
		     one;
	bool *has = arena_get(&w->arena, c->n * sizeof(*has));
	struct user_detail detail;
	struct stamp stamp;
	struct user_view u;

	for (size_t i = 0; i < c->n; i++)
		columns[i] = &c->attrs[i];
	if (!user_view(txn, c, 1, &u))
		return kv_error(txn);
	user_values(&u, &w->arena, txn, columns, c->n, values, has);
	for (size_t i = 0; i < c->n; i++) {
		bool alone = user_value(&u, &w->arena, txn, columns[i], &one);

		MUST(alone == has[i] || kv_error(txn) != OK);
		if (alone)
			value_written(&one);
		if (has[i])
			value_written(&values[i]);
		user_stamp(&u, columns[i], &stamp);
	}
	user_detail(txn, c, 1, &w->arena, &detail);
	return kv_error(txn);
}

static enum err
change(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	struct stamp from = {w->at, FROM_EVENT};
	struct value v = {.type = TYPE_TEXT, .text = S("new")};
	uint32_t id;

	if (batch_user(b, S("u1"), &id, kv_fault(txn)) == OK) {
		batch_set(b, id, builtin_attr(A_NAME), &v, from);
		batch_seen(b, id, w->at, w->at);
	}
	batch_end(b);
	batch_free(b);
	return kv_error(txn);
}

static void
report(void *arg, struct str sentence)
{
	MUST(sentence.n > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str record = fuzz_text(data, n);
	struct fault f = {0};
	struct world w;
	uint64_t faults;
	enum err e;

	if (n == 0 || n > RECORD_MAX)
		return 0;
	fuzz_people(&w, 1);
	MUST(kv_write(w.kv, put, &record, &f) == OK);
	e = kv_read(w.kv, read_all, &w, &f);
	MUST(e == OK || e == ERR_CORRUPT);
	f = (struct fault){0};
	e = people_check(w.people, 1 << 20, "/tmp", report, NULL, &faults, &f);
	MUST(e == OK || e == ERR_CORRUPT);
	f = (struct fault){0};
	if (kv_write(w.kv, change, &w, &f) == OK) {
		f = (struct fault){0};
		e = kv_read(w.kv, read_all, &w, &f);
		MUST(e == OK || e == ERR_CORRUPT);
	}
	world_close(&w);
	return 0;
}
