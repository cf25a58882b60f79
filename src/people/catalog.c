/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Attributes: the built-in table and those typed at first sight.  A catalog is
 * all of them at one epoch, immutable; the process keeps the newest and makes
 * another when the epoch in the store has moved.  A catalog that was replaced
 * is kept for an hour, longer than anything that could still be reading it.
 */
#include "layout.h"

#include <pthread.h>
#include <stdlib.h>

#define KEEP_REPLACED (INT64_C(3600) * SECOND_US)

/* clang-format off */
const struct attr builtin_attrs[] = {
#define ATTRIBUTE(CODE, id, wire, input, label, type, flags) \
	{id, TYPE_##type, flags, {wire, sizeof(wire) - 1}, {label, sizeof(label) - 1}},
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
	const struct attr **by_name, **by_id; /* sorted */
	struct owned_catalog *older;
	int64_t replaced_at;
};

struct people {
	struct kv *kv;
	pthread_mutex_t lock;
	struct owned_catalog *newest;
};

struct people *
people_open(struct kv *kv)
{
	struct people *p = mem_new(sizeof(*p));

	p->kv = kv;
	pthread_mutex_init(&p->lock, NULL);
	return p;
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

/* Counters ------------------------------------------------------------------- */

void
counters_get(struct kv_txn *txn, struct counters *out)
{
	struct str value;
	struct rd r;

	*out = (struct counters){1, 1, A_CUSTOM_FIRST, 1, 0, false};
	if (!kv_get(txn, SP_META, S("people"), &value))
		return;
	r = rd_of(value);
	r.bad |= rd_u8(&r) != PEOPLE_VERSION;
	out->next_user = rd_be32(&r);
	out->next_attr = rd_be16(&r);
	out->next_segment = rd_be32(&r);
	out->next_trail = rd_be64(&r);
	out->epoch = rd_be64(&r);
	out->building = rd_u8(&r) != 0;
	if (!rd_done(&r))
		kv_fail(txn, ERR_CORRUPT, "meta", "the counters are damaged");
}

void
counters_put(struct kv_txn *txn, const struct counters *in)
{
	uint8_t bytes[32];
	struct wr w = wr_of(bytes, sizeof(bytes));

	wr_u8(&w, PEOPLE_VERSION);
	wr_be32(&w, in->next_user);
	wr_be16(&w, in->next_attr);
	wr_be32(&w, in->next_segment);
	wr_be64(&w, in->next_trail);
	wr_be64(&w, in->epoch);
	wr_u8(&w, in->building);
	kv_put(txn, SP_META, S("people"), wr_out(&w));
}

/* Definitions -------------------------------------------------------------------- */

void
attr_put(struct kv_txn *txn, const struct attr *a)
{
	uint8_t key[2];
	struct wr w = wr_of(key, 2);
	struct buf value;

	wr_be16(&w, a->id);
	buf_init(&value);
	buf_c(&value, PEOPLE_VERSION);
	buf_c(&value, (char)a->type);
	buf_varint(&value, a->flags);
	buf_lstr(&value, a->name);
	buf_lstr(&value, a->label);
	kv_put(txn, SP_ATTR, wr_out(&w), buf_str(&value));
	buf_fini(&value);
}

bool
attr_decode(struct str value, struct arena *a, struct attr *out)
{
	struct rd r = rd_of(value);
	uint8_t version = rd_u8(&r), type = rd_u8(&r);

	out->type = (enum attr_type)type;
	out->flags = (unsigned)rd_varint(&r);
	out->name = arena_str(a, rd_str(&r));
	out->label = arena_str(a, rd_str(&r));
	return rd_done(&r) && version == PEOPLE_VERSION && type < TYPE_COUNT;
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

static int
custom_order(const void *a, const void *b)
{
	const struct attr *x = a, *y = b;
	bool sx = (x->flags & ATTR_SESSION) != 0;
	bool sy = (y->flags & ATTR_SESSION) != 0;

	return sx != sy ? sx - sy : str_cmp(x->name, y->name);
}

static size_t
read_customs(struct kv_txn *txn, struct arena *arena, struct attr *out)
{
	struct kv_cursor *c = kv_cursor(txn, SP_ATTR, STR_NONE);
	size_t n = 0;

	for (bool more = kv_seek(c, STR_NONE); more && n < ATTR_COUNT_MAX;
	     more = kv_next(c)) {
		struct rd r = rd_of(kv_key(c));

		out[n].id = rd_be16(&r);
		if (!attr_decode(kv_value(c), arena, &out[n])) {
			kv_fail(txn, ERR_CORRUPT, "attr",
				"attribute %u is damaged", out[n].id);
			break;
		}
		n++;
	}
	kv_cursor_close(c);
	return n;
}

struct catalog *
catalog_load(struct kv_txn *txn, uint64_t epoch)
{
	struct owned_catalog *o = mem_new(sizeof(*o));
	struct attr *customs, *all;
	size_t n;

	arena_init(&o->arena);
	customs = mem_new((ATTR_COUNT_MAX + 1) * sizeof(*customs));
	n = read_customs(txn, &o->arena, customs);
	if (n > 1)
		qsort(customs, n, sizeof(*customs), custom_order);
	all = arena_get(&o->arena, (n_builtin_attrs + n) * sizeof(*all));
	memcpy(all, builtin_attrs, sizeof(builtin_attrs));
	memcpy(all + n_builtin_attrs, customs, n * sizeof(*customs));
	free(customs);
	o->view = (struct catalog){epoch, n_builtin_attrs + n, all};
	o->by_name = mem_new(o->view.n * sizeof(*o->by_name));
	o->by_id = mem_new(o->view.n * sizeof(*o->by_id));
	for (size_t i = 0; i < o->view.n; i++)
		o->by_name[i] = o->by_id[i] = &all[i];
	qsort(o->by_name, o->view.n, sizeof(*o->by_name), by_name);
	qsort(o->by_id, o->view.n, sizeof(*o->by_id), by_id);
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
	if (c.building)
		kv_fail(txn, ERR_CORRUPT, "index",
			"the index is not whole: an import or repair is under "
			"way or was cut off; run rapport check --repair");
	pthread_mutex_lock(&p->lock);
	for (o = p->newest; o != NULL && o->view.epoch != c.epoch;)
		o = o->older;
	if (o == NULL) {
		o = (struct owned_catalog *)catalog_load(txn, c.epoch);
		if (p->newest != NULL)
			p->newest->replaced_at = clock_now();
		o->older = p->newest;
		p->newest = o;
		drop_replaced(p);
	}
	pthread_mutex_unlock(&p->lock);
	return &o->view;
}

/* Finding ------------------------------------------------------------------------------ */

const struct attr *
catalog_find(const struct catalog *c, struct str name)
{
	const struct owned_catalog *o = (const struct owned_catalog *)c;
	const struct attr wanted = {.name = name}, *key = &wanted;
	const struct attr **hit = bsearch(&key, o->by_name, c->n,
					  sizeof(*o->by_name), by_name);

	return hit == NULL ? NULL : *hit;
}

const struct attr *
catalog_input(const struct catalog *c, struct str name)
{
	for (size_t i = 0; i < COUNT(input_names); i++)
		if (name.n > 0 && str_eq(name, input_names[i].name))
			return builtin_attr(input_names[i].id);
	return catalog_find(c, name);
}

const struct attr *
catalog_by_id(const struct catalog *c, uint16_t id)
{
	const struct owned_catalog *o = (const struct owned_catalog *)c;
	const struct attr wanted = {.id = id}, *key = &wanted;
	const struct attr **hit =
	    bsearch(&key, o->by_id, c->n, sizeof(*o->by_id), by_id);

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
