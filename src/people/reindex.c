/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The index as a whole.  Records are the truth; everything in POST can be made
 * from them.  Rebuilding scans the records in id order, lets user_index say
 * what each stands in, sorts that outside memory and appends it.  Checking
 * makes the same sorted list and walks it beside what is stored: each pair
 * that is only on one side, or differs, is one sentence.
 *
 * While an index is being rebuilt a mark stands in the store, so that no
 * worker answers from half of it.
 */
#include "room.h"

#include <pthread.h>
#include <stdlib.h>

#define SCAN_USERS 4096u  /* of one snapshot */
#define CLEAR_KEYS 20000u /* of one transaction */

struct scan {
	struct people *people;
	struct loader *loader;
	struct arena arena;
	uint32_t first;      /* of all */
	uint32_t next, end;  /* first id not seen yet, first not wanted */
	struct bits *in_any; /* who is in a segment */
	uint64_t seen, total;
	unsigned share; /* how many scanners there are */
	progress_fn *progress;
	void *arg;
	bool more;
	enum err err;
	struct fault *fault;
	/* clearing */
	struct buf keys;
};

static void
load_posting(void *arg, struct posting at, uint32_t id, bool add)
{
	struct scan *s = arg;

	if (add && s->err == OK)
		s->err = loader_add(s->loader, at, id, s->fault);
}

static enum err
scan_record(struct scan *s, struct kv_txn *txn, const struct catalog *c,
	    uint32_t id, struct str record)
{
	struct user nobody = {.id = id}, now;

	arena_reset(&s->arena);
	if (!user_decode(&s->arena, id, record, &now))
		return kv_fail(txn, ERR_CORRUPT, "user",
			       "the record of user %u is damaged", id);
	user_index(c, txn, &nobody, &now, &s->arena, load_posting, s);
	s->seen++;
	return s->err;
}

/* The records from s->next on, up to `max` of them. */
static enum err
scan_records(struct scan *s, struct kv_txn *txn, const struct catalog *c,
	     size_t max)
{
	struct kv_cursor *cursor = kv_cursor(txn, SP_USER, STR_NONE);
	uint8_t key[4];
	size_t n = 0;
	bool more = kv_seek(cursor, user_key(s->next, key));
	enum err e = OK;

	for (; more && n < max && e == OK; more = kv_next(cursor), n++) {
		struct rd r = rd_of(kv_key(cursor));
		uint32_t id = rd_be32(&r);
		struct str record = kv_value(cursor);

		if (id >= s->end) {
			more = false;
			break;
		}
		e = kv_error(txn);
		if (e == OK)
			e = scan_record(s, txn, c, id, record);
		s->next = id + 1;
	}
	s->more = more;
	kv_cursor_close(cursor);
	return e != OK ? e : kv_error(txn);
}

static enum err
scan_slice(struct kv_txn *txn, void *arg)
{
	struct scan *s = arg;
	struct counters counters;
	struct catalog *c;
	enum err e;

	counters_get(txn, &counters);
	s->total = counters.next_user - 1;
	c = catalog_load(txn, counters.epoch);
	e = scan_records(s, txn, c, SCAN_USERS);
	catalog_free(c);
	return e;
}

/* Memberships of the range: each segment, and who is in any. */
static enum err
scan_member(void *arg, uint32_t segment, uint32_t user)
{
	struct scan *s = arg;
	uint8_t key[4];

	bits_add(s->in_any, user);
	return loader_add(
	    s->loader, (struct posting){A_SEGMENT, 0, user_key(segment, key)},
	    user, s->fault);
}

static enum err
scan_members(struct scan *s, struct kv_txn *txn, uint32_t first)
{
	struct posting any = {A_SEGMENT, LEVEL_SET, S("")};
	uint32_t ids[SCAN_USERS], from = 0;
	enum err e;
	size_t n;

	s->in_any = bits_new();
	e = members_each(txn, first, s->end, scan_member, s);
	do {
		n = bits_page(s->in_any, from, from == 0, false, ids,
			      COUNT(ids));
		for (size_t i = 0; i < n && e == OK; i++)
			e = loader_add(s->loader, any, ids[i], s->fault);
		from = n > 0 ? ids[n - 1] : 0;
	} while (e == OK && n == COUNT(ids));
	bits_free(s->in_any);
	s->in_any = NULL;
	return e;
}

static enum err
members_slice(struct kv_txn *txn, void *arg)
{
	struct scan *s = arg;

	return scan_members(s, txn, s->first);
}

/* All records of a range of ids, a snapshot a slice. */
static enum err
scan_range(struct scan *s)
{
	s->err = OK;
	s->first = s->next;
	do {
		enum err e =
		    kv_read(people_kv(s->people), scan_slice, s, s->fault);

		if (e != OK)
			return e;
		if (s->progress != NULL)
			s->progress(s->arg, s->seen * s->share, s->total);
	} while (s->more);
	TRY(kv_read(people_kv(s->people), members_slice, s, s->fault));
	loader_sort(s->loader);
	return OK;
}

static void *
scan_thread(void *arg)
{
	struct scan *s = arg;

	s->err = scan_range(s);
	return NULL;
}

static enum err
mark_building(struct kv_txn *txn, void *arg)
{
	struct counters c;

	counters_get(txn, &c);
	if (c.old && kv_error(txn) == OK)
		upgrade_store(txn, &c);
	c.building = *(bool *)arg;
	counters_put(txn, &c);
	return kv_error(txn);
}

static enum err
clear_slice(struct kv_txn *txn, void *arg)
{
	struct scan *s = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_POST, STR_NONE);
	size_t n = 0;
	struct rd r;

	buf_reset(&s->keys);
	for (bool more = kv_seek(c, STR_NONE); more && n < CLEAR_KEYS;
	     more = kv_next(c), n++)
		buf_lstr(&s->keys, kv_key(c));
	kv_cursor_close(c);
	r = rd_of(buf_str(&s->keys));
	while (rd_left(&r) > 0)
		kv_del(txn, SP_POST, rd_str(&r));
	s->more = n == CLEAR_KEYS;
	return kv_error(txn);
}

static struct scan
scan_begin(struct people *p, size_t memory, const char *dir, struct fault *f)
{
	struct scan s = {
	    .people = p, .next = 1, .end = UINT32_MAX, .share = 1, .fault = f};

	s.loader = loader_new(memory, dir);
	arena_init(&s.arena);
	buf_init(&s.keys);
	return s;
}

static void
scan_end(struct scan *s)
{
	loader_free(s->loader);
	arena_fini(&s->arena);
	buf_fini(&s->keys);
}

static enum err
last_user(struct kv_txn *txn, void *arg)
{
	struct counters c;

	counters_get(txn, &c);
	*(uint32_t *)arg = c.next_user;
	return kv_error(txn);
}

/* Two halves of the people at once: reading and sorting are most of the work,
 * and each half's ids are all below or above the other's. */
static enum err
load_halves(struct scan *low, struct scan *high, struct fault *f)
{
	struct fault high_fault = {0};
	pthread_t thread;
	uint32_t next;
	enum err e;

	TRY(kv_read(people_kv(low->people), last_user, &next, f));
	low->share = high->share = 2;
	low->end = high->next = next / 2 + 1;
	high->fault = &high_fault;
	if (pthread_create(&thread, NULL, scan_thread, high) != 0)
		return fail(f, ERR_BUSY, "", "no thread could be started");
	e = scan_range(low);
	pthread_join(thread, NULL);
	if (e == OK && high->err != OK)
		e = fail(f, high->err, high_fault.path, "%s", high_fault.text);
	return e != OK ? e : loader_join(low->loader, high->loader, f);
}

static enum err
rebuild(struct scan *low, struct scan *high, struct fault *f)
{
	struct kv *kv = people_kv(low->people);
	bool building = true;

	TRY(kv_write(kv, mark_building, &building, f));
	do
		TRY(kv_write(kv, clear_slice, low, f));
	while (low->more);
	TRY(load_halves(low, high, f));
	TRY(loader_drain(low->loader, kv, f));
	building = false;
	return kv_write(kv, mark_building, &building, f);
}

enum err
people_reindex(struct people *p, size_t memory, const char *tmp_dir,
	       progress_fn *progress, void *arg, struct fault *f)
{
	struct scan low = scan_begin(p, memory / 2, tmp_dir, f);
	struct scan high = scan_begin(p, memory / 2, tmp_dir, f);
	enum err e;

	low.progress = progress;
	low.arg = arg;
	e = rebuild(&low, &high, f);
	scan_end(&low);
	scan_end(&high);
	return e;
}

/* Checking
 * ----------------------------------------------------------------------- */

struct compare {
	struct scan scan;
	struct kv_txn *txn;
	struct kv_cursor *stored;
	bool more;
	report_fn *report;
	void *arg;
	uint64_t n;
};

static void
tell(void *arg, struct str sentence)
{
	struct compare *c = arg;

	c->n++;
	if (c->report != NULL)
		c->report(c->arg, sentence);
}

static void
differs(struct compare *c, struct str key, const char *how)
{
	struct buf b;
	struct rd r = rd_of(key);
	unsigned attr = rd_be16(&r), level = rd_u8(&r);

	buf_init(&b);
	buf_printf(&b, "attribute %u, level %u, value ", attr, level);
	for (size_t i = 3; i + 2 < key.n && i < 67; i++) {
		unsigned char byte = (unsigned char)key.p[i];

		if (byte >= 0x20 && byte < 0x7f)
			buf_c(&b, (char)byte);
		else
			buf_printf(&b, "\\x%02x", byte);
	}
	buf_printf(&b, ": %s", how);
	tell(c, buf_str(&b));
	buf_fini(&b);
}

/* Kinds of activity are behind the attributes, and not of this room. */
static void
stored_at(struct compare *c, bool more)
{
	struct rd r = rd_of(more ? kv_key(c->stored) : STR_NONE);

	c->more = more && rd_be16(&r) < A_ACTIVITY;
}

static enum err
compare_pair(void *arg, struct str key, struct str value)
{
	struct compare *c = arg;

	while (c->more && str_cmp(kv_key(c->stored), key) < 0) {
		differs(c, kv_key(c->stored),
			"no record asks for this posting");
		stored_at(c, kv_next(c->stored));
	}
	if (!c->more || !str_eq(kv_key(c->stored), key)) {
		differs(c, key, "the posting is missing");
	} else {
		if (!str_eq(kv_value(c->stored), value))
			differs(c, key,
				"the posting names other users than "
				"the records do");
		stored_at(c, kv_next(c->stored));
	}
	return kv_error(c->txn);
}

static enum err
compare_all(struct kv_txn *txn, void *arg)
{
	struct compare *c = arg;
	struct counters counters;
	struct catalog *catalog;
	enum err e;

	counters_get(txn, &counters);
	catalog = catalog_load(txn, counters.epoch);
	e = scan_records(&c->scan, txn, catalog, SIZE_MAX);
	catalog_free(catalog);
	if (e == OK)
		e = scan_members(&c->scan, txn, 0);
	if (e != OK)
		return e;
	c->txn = txn;
	c->stored = kv_cursor(txn, SP_POST, STR_NONE);
	stored_at(c, kv_seek(c->stored, STR_NONE));
	e = loader_each(c->scan.loader, compare_pair, c, c->scan.fault);
	for (; e == OK && c->more; stored_at(c, kv_next(c->stored)))
		differs(c, kv_key(c->stored),
			"no record asks for this posting");
	kv_cursor_close(c->stored);
	parts_tell(txn, tell, c);
	if (counters.building)
		tell(c, S("the index was left half built"));
	if (e == OK)
		e = records_check(c->scan.people, txn, tell, c);
	return e != OK ? e : kv_error(txn);
}

enum err
people_check(struct people *p, size_t memory, const char *tmp_dir,
	     report_fn *report, void *arg, uint64_t *n, struct fault *f)
{
	struct compare c = {.report = report, .arg = arg};
	enum err e;

	c.scan = scan_begin(p, memory, tmp_dir, f);
	e = kv_read(people_kv(p), compare_all, &c, f);
	scan_end(&c.scan);
	*n = c.n;
	return e;
}
