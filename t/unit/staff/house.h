/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A house for a test: a store in memory, a folder for the audit key and the
 * password gate, and a first Owner.  Time is what the test says it is.
 */
#ifndef UNIT_STAFF_HOUSE_H
#define UNIT_STAFF_HOUSE_H

#include "../../tap.h"
#include "../../../src/staff/layout.h"

#include <unistd.h>

#define NOW (INT64_C(1767000000) * SECOND_US) /* some moment */
#define HOME "192.0.2.1"

struct house {
	struct kv *kv;
	struct staff *staff;
	char dir[64];
	char password[32];
	uint32_t owner;
	struct who who; /* the command line */
	struct by by;
	struct fault fault;
};

static inline void
house_open(struct house *h)
{
	struct kv_options options = {.create = true};
	struct manager_in owner = {.name = S("Ada"),
				   .email = S("Ada@Example.org")};

	memset(h, 0, sizeof(*h));
	snprintf(h->dir, sizeof(h->dir), "/tmp/rapport-unit-XXXXXX");
	if (mkdtemp(h->dir) == NULL)
		abort();
	h->who = who_command();
	h->by = (struct by){.who = &h->who, .from = S(HOME), .at = NOW};
	ok(kv_open(&h->kv, &options, &h->fault) == OK, "a store in memory");
	ok(staff_init(h->kv, h->dir, &owner, NOW, h->password, &h->owner,
		      &h->fault) == OK,
	   "the first Owner: %s", h->fault.text);
	ok(staff_open(&h->staff, h->kv, h->dir, &h->fault) == OK,
	   "the house opens: %s", h->fault.text);
}

static inline void
house_close(struct house *h)
{
	char path[96];

	staff_close(h->staff);
	kv_close(h->kv);
	snprintf(path, sizeof(path), "rm -rf %s", h->dir);
	if (system(path) != 0)
		abort();
}

/* Run a closure that only looks. */
static inline void
look(struct house *h, kv_fn *fn, void *arg)
{
	struct fault f = {OK, "", ""};
	enum err e = kv_read(h->kv, fn, arg, &f);

	if (e != OK)
		printf("# %s: %s\n", err_word(e), f.text);
}

struct raw {
	enum kv_space space;
	struct str key, value;
};

static inline enum err
raw_write(struct kv_txn *txn, void *arg)
{
	struct raw *r = arg;

	if (r->value.p == NULL)
		kv_del(txn, r->space, r->key);
	else
		kv_put(txn, r->space, r->key, r->value);
	return OK;
}

/* Change the store behind the room's back; value.p NULL deletes. */
static inline enum err
raw_put(struct house *h, enum kv_space space, struct str key, struct str value)
{
	struct raw r = {space, key, value};

	return kv_write(h->kv, raw_write, &r, NULL);
}

struct raw_found {
	struct raw raw;
	struct buf *out;
	bool there;
};

static inline enum err
raw_read(struct kv_txn *txn, void *arg)
{
	struct raw_found *r = arg;
	struct str value;

	r->there = kv_get(txn, r->raw.space, r->raw.key, &value);
	buf_reset(r->out);
	if (r->there)
		buf_put(r->out, value);
	return OK;
}

/* The bytes stored at a key, into `out`; false: nothing. */
static inline bool
raw_get(struct house *h, enum kv_space space, struct str key, struct buf *out)
{
	struct raw_found r = {{space, key, STR_NONE}, out, false};

	look(h, raw_read, &r);
	return r.there;
}

#endif
