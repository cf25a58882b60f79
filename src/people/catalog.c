/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Attributes: the built-in table and those typed at first sight.  A catalog is
 * all of them at one epoch, immutable; the process keeps the newest and makes
 * another when the epoch in the store has moved.  A catalog that was replaced
 * is kept for an hour, longer than anything that could still be reading it.
 */
#include "room.h"

#include <pthread.h>
#include <stdlib.h>

#define KEEP_REPLACED (INT64_C(3600) * SECOND_US)

/* clang-format off */
const struct attr builtin_attrs[] = {
#define ATTRIBUTE(CODE, id, wire, input, label, type, flags) \
	{id, TYPE_##type, flags, {wire, sizeof(wire) - 1}, {label, sizeof(label) - 1}, id, 0, {NULL, 0}},
#include <tbl/attributes.h>
#undef ATTRIBUTE
};
static const struct {
	struct str name;
	uint16_t id;
} input_names[] = {
#define ATTRIBUTE(CODE, id, wire, input, label, type, flags) \
	{{input, sizeof(input) - 1}, id},
#include <tbl/attributes.h>
#undef ATTRIBUTE
};
/* clang-format on */
const size_t n_builtin_attrs = COUNT(builtin_attrs);

struct owned_catalog {
	struct catalog view; /* first: what callers see */
	struct arena arena;
	const struct attr **by_name; /* sorted; those to be seen */
	const struct attr **by_id;   /* sorted; coming and gone ones, too */
	size_t n_all;
	struct owned_catalog *older;
	int64_t replaced_at;
};

struct people {
	struct kv *kv;
	pthread_mutex_t lock;
	struct owned_catalog *newest;
	const struct numbers *numbers;
};

struct people *
people_open(struct kv *kv)
{
	struct people *p = mem_new(sizeof(*p));

	p->kv = kv;
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void
people_lend(struct people *p, const struct numbers *n)
{
	p->numbers = n;
}

struct kv *
people_kv(struct people *p)
{
	return p->kv;
}

void
catalog_free(struct catalog *c)
{
	struct owned_catalog *o = (struct owned_catalog *)c;

	if (o == NULL)
		return;
	arena_fini(&o->arena);
	free(o->by_name);
	free(o->by_id);
	free(o);
}

void
people_close(struct people *p)
{
	if (p == NULL)
		return;
	while (p->newest != NULL) {
		struct owned_catalog *o = p->newest;

		p->newest = o->older;
		catalog_free(&o->view);
	}
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* Counters -------------------------------------------------------------------
 */

void
counters_get(struct kv_txn *txn, struct counters *out)
{
	struct str value;
	struct rd r;

	uint8_t version;

	*out = (struct counters){.next_user = 1,
				 .next_attr = A_CUSTOM_FIRST,
				 .next_segment = 1,
				 .next_trail = 1,
				 .next_merge = 1};
	if (!kv_get(txn, SP_META, S("people"), &value))
		return;
	r = rd_of(value);
	version = rd_u8(&r);
	r.bad |= version < PEOPLE_VERSION || version > PEOPLE_VERSION_2;
	out->next_user = rd_be32(&r);
	out->next_attr = rd_be16(&r);
	out->next_segment = rd_be32(&r);
	out->next_trail = rd_be64(&r);
	out->epoch = rd_be64(&r);
	out->building = rd_u8(&r) != 0;
	out->old = version == PEOPLE_VERSION;
	if (!out->old)
		out->next_merge = rd_be32(&r);
	if (!rd_done(&r))
		kv_fail(txn, ERR_CORRUPT, "meta", "the counters are damaged");
}

void
counters_put(struct kv_txn *txn, const struct counters *in)
{
	uint8_t bytes[32];
	struct wr w = wr_of(bytes, sizeof(bytes));
	struct str before;

	if (!kv_get(txn, SP_META, S("people"), &before))
		parts_begin(txn);

	wr_u8(&w, PEOPLE_VERSION_2);
	wr_be32(&w, in->next_user);
	wr_be16(&w, in->next_attr);
	wr_be32(&w, in->next_segment);
	wr_be64(&w, in->next_trail);
	wr_be64(&w, in->epoch);
	wr_u8(&w, in->building);
	wr_be32(&w, in->next_merge);
	kv_put(txn, SP_META, S("people"), wr_out(&w));
}

/* Definitions
 * -------------------------------------------------------------------- */

static struct str
attr_key(uint16_t id, uint8_t out[2])
{
	struct wr w = wr_of(out, 2);

	wr_be16(&w, id);
	return wr_out(&w);
}

void
attr_put(struct kv_txn *txn, const struct attr *a, int64_t touched)
{
	uint8_t key[2];
	struct buf value;

	buf_init(&value);
	buf_c(&value, PEOPLE_VERSION_2);
	buf_c(&value, (char)a->type);
	buf_varint(&value, a->flags);
	buf_lstr(&value, a->name);
	buf_lstr(&value, a->kept.n > 0 ? a->kept : a->label);
	buf_be16(&value, a->origin);
	buf_be16(&value, a->twin);
	buf_instant(&value, touched);
	kv_put(txn, SP_ATTR, attr_key(a->id, key), buf_str(&value));
	buf_fini(&value);
}

/* The id is the caller's to set first: the origin of old ones. */
bool
attr_decode(struct str value, struct arena *a, struct attr *out,
	    int64_t *touched)
{
	struct rd r = rd_of(value);
	uint8_t version = rd_u8(&r), type = rd_u8(&r);

	out->type = (enum attr_type)type;
	out->flags = (unsigned)rd_varint(&r);
	out->name = arena_str(a, rd_str(&r));
	out->label = arena_str(a, rd_str(&r));
	out->origin = out->id;
	out->twin = 0;
	*touched = INSTANT_NONE;
	if (version == PEOPLE_VERSION_2) {
		out->origin = rd_be16(&r);
		out->twin = rd_be16(&r);
		*touched = rd_instant(&r);
	}
	return rd_done(&r) && version >= PEOPLE_VERSION &&
	       version <= PEOPLE_VERSION_2 && type < TYPE_COUNT;
}

void
attrs_each(struct kv_txn *txn, attr_fn *fn, void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_ATTR, STR_NONE);
	struct arena arena;

	arena_init(&arena);
	for (bool more = kv_seek(c, STR_NONE); more; more = kv_next(c)) {
		struct rd r = rd_of(kv_key(c));
		struct attr a = {.id = rd_be16(&r)};
		int64_t touched;

		arena_reset(&arena);
		if (!attr_decode(kv_value(c), &arena, &a, &touched)) {
			kv_fail(txn, ERR_CORRUPT, "attr",
				"attribute %u is damaged", a.id);
			break;
		}
		fn(arg, &a, touched);
	}
	arena_fini(&arena);
	kv_cursor_close(c);
}

static int
by_name(const void *a, const void *b)
{
	return str_cmp((*(const struct attr *const *)a)->name,
		       (*(const struct attr *const *)b)->name);
}

static int
by_id(const void *a, const void *b)
{
	return (*(const struct attr *const *)a)->id -
	       (*(const struct attr *const *)b)->id;
}

static bool
attr_unseen(const struct attr *a)
{
	return (a->flags & (ATTR_COMING | ATTR_GONE)) != 0;
}

/* Custom, then session, then what is not to be seen. */
static int
custom_order(const void *a, const void *b)
{
	const struct attr *x = a, *y = b;
	bool sx = (x->flags & ATTR_SESSION) != 0;
	bool sy = (y->flags & ATTR_SESSION) != 0;

	if (attr_unseen(x) != attr_unseen(y))
		return attr_unseen(x) - attr_unseen(y);
	return sx != sy ? sx - sy : str_cmp(x->name, y->name);
}

struct defined {
	struct arena *arena;
	struct attr *builtin; /* their own copies, to be relabelled */
	struct attr *at;
	size_t n, cap;
};

static void
define(void *arg, const struct attr *a, int64_t touched)
{
	struct defined *d = arg;
	struct attr *to = NULL;

	for (size_t i = 0; a->id < A_CUSTOM_FIRST && i < n_builtin_attrs; i++)
		if (d->builtin[i].id == a->id)
			to = &d->builtin[i];
	if (to != NULL) {
		to->label = arena_str(d->arena, a->label);
		to->flags |= a->flags & ATTR_HIDDEN;
		return;
	}
	if (d->n == d->cap) {
		d->cap = d->cap == 0 ? 64 : 2 * d->cap;
		d->at = mem_grow(d->at, d->cap * sizeof(*d->at));
	}
	d->at[d->n] = *a;
	d->at[d->n].name = arena_str(d->arena, a->name);
	d->at[d->n++].label = arena_str(d->arena, a->label);
}

struct catalog *
catalog_load(struct kv_txn *txn, uint64_t epoch)
{
	struct owned_catalog *o = mem_new(sizeof(*o));
	struct defined d = {.arena = &o->arena};
	size_t n = n_builtin_attrs;
	struct attr *all;

	arena_init(&o->arena);
	d.builtin = arena_get(&o->arena, sizeof(builtin_attrs));
	memcpy(d.builtin, builtin_attrs, sizeof(builtin_attrs));
	attrs_each(txn, define, &d);
	if (d.n > 1)
		qsort(d.at, d.n, sizeof(*d.at), custom_order);
	o->n_all = n_builtin_attrs + d.n;
	all = arena_get(&o->arena, o->n_all * sizeof(*all));
	memcpy(all, d.builtin, sizeof(builtin_attrs));
	if (d.n > 0)
		memcpy(all + n, d.at, d.n * sizeof(*d.at));
	free(d.at);
	while (n < o->n_all && !attr_unseen(&all[n]))
		n++;
	labels_apart(all, n, &o->arena);
	o->view = (struct catalog){.epoch = epoch, .n = n, .attrs = all};
	o->by_name = mem_new(n * sizeof(*o->by_name));
	o->by_id = mem_new(o->n_all * sizeof(*o->by_id));
	for (size_t i = 0; i < n; i++)
		o->by_name[i] = &all[i];
	for (size_t i = 0; i < o->n_all; i++)
		o->by_id[i] = &all[i];
	qsort(o->by_name, n, sizeof(*o->by_name), by_name);
	qsort(o->by_id, o->n_all, sizeof(*o->by_id), by_id);
	return &o->view;
}

/* Drop what was replaced long ago. The lock is held. */
static void
drop_replaced(struct people *p)
{
	int64_t now = clock_now();
	struct owned_catalog **at = &p->newest;

	while (*at != NULL) {
		struct owned_catalog *o = *at;

		if (o == p->newest || now - o->replaced_at < KEEP_REPLACED) {
			at = &o->older;
			continue;
		}
		*at = o->older;
		catalog_free(&o->view);
	}
}

const struct catalog *
catalog_cached(struct people *p, uint64_t epoch)
{
	struct owned_catalog *o;

	pthread_mutex_lock(&p->lock);
	for (o = p->newest; o != NULL && o->view.epoch != epoch;)
		o = o->older;
	pthread_mutex_unlock(&p->lock);
	return o == NULL ? NULL : &o->view;
}

const struct catalog *
people_catalog(struct people *p, struct kv_txn *txn)
{
	struct owned_catalog *o;
	struct counters c;

	counters_get(txn, &c);
	if (parts_ready(txn) == OK && c.building)
		kv_fail(txn, ERR_CORRUPT, "index",
			"the index is not whole: an import or repair is under "
			"way or was cut off; run rapport check --repair");
	pthread_mutex_lock(&p->lock);
	for (o = p->newest; o != NULL && o->view.epoch != c.epoch;)
		o = o->older;
	if (o == NULL) {
		o = (struct owned_catalog *)catalog_load(txn, c.epoch);
		o->view.numbers = p->numbers;
		if (p->newest != NULL)
			p->newest->replaced_at = clock_now();
		o->older = p->newest;
		p->newest = o;
		drop_replaced(p);
	}
	pthread_mutex_unlock(&p->lock);
	return &o->view;
}

/* Finding
 * ------------------------------------------------------------------------------
 */

const struct attr *
catalog_find(const struct catalog *c, struct str name)
{
	const struct owned_catalog *o = (const struct owned_catalog *)c;
	const struct attr wanted = {.name = name}, *key = &wanted;
	const struct attr **hit =
	    bsearch(&key, o->by_name, c->n, sizeof(*o->by_name), by_name);

	return hit == NULL ? NULL : *hit;
}

const struct attr *
catalog_input(const struct catalog *c, struct str name)
{
	for (size_t i = 0; i < COUNT(input_names); i++) {
		struct str one = input_names[i].name;

		if (one.n == name.n && name.n > 0 && *one.p == *name.p &&
		    str_eq(name, one))
			return catalog_by_id(c, input_names[i].id);
	}
	return catalog_find(c, name);
}

const struct attr *
catalog_by_id(const struct catalog *c, uint16_t id)
{
	const struct owned_catalog *o = (const struct owned_catalog *)c;
	const struct attr wanted = {.id = id}, *key = &wanted;
	const struct attr **hit =
	    bsearch(&key, o->by_id, o->n_all, sizeof(*o->by_id), by_id);

	return hit == NULL ? NULL : *hit;
}

const struct attr *
builtin_attr(uint16_t id)
{
	for (size_t i = 0; i < n_builtin_attrs; i++)
		if (builtin_attrs[i].id == id)
			return &builtin_attrs[i];
	return NULL;
}

const struct catalog *
catalog_part(const struct catalog *c, struct arena *a, attr_keep_fn *keep,
	     void *arg)
{
	struct owned_catalog *o = arena_get(a, sizeof(*o));
	struct attr *attrs = arena_get(a, (c->n + 1) * sizeof(*attrs));
	bool apart = false;
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		if (keep(arg, &c->attrs[i])) {
			apart = apart || c->attrs[i].kept.n > 0;
			attrs[n++] = c->attrs[i];
		}
	if (apart) /* nothing is told from what is not there */
		labels_apart(attrs, n, a);
	o->view = (struct catalog){c->epoch, n, attrs, c->numbers};
	o->n_all = n;
	o->by_name = arena_get(a, (n + 1) * sizeof(*o->by_name));
	o->by_id = arena_get(a, (n + 1) * sizeof(*o->by_id));
	for (size_t i = 0; i < n; i++)
		o->by_name[i] = o->by_id[i] = &attrs[i];
	qsort(o->by_name, n, sizeof(*o->by_name), by_name);
	qsort(o->by_id, n, sizeof(*o->by_id), by_id);
	return &o->view;
}
