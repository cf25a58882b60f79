/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Opening a share link.  Whatever keeps a link from opening, the answer is the
 * same and no work is done that would tell by time; only a link that opens asks
 * for its password.  Tries are counted before the hash is worked out, and a
 * right password gives a grant, so that the next page does not cost a hash.
 * An opening is written down, in the link and in the audit chain, before
 * anything is shown.
 */
#include "desk.h"
#include "filter.h"
#include "list.h"

#include <stdio.h>

#define SWEEP_MAX 1000u

struct opening_try {
	struct staff *staff;
	const struct link_try *t;
	struct arena *arena;
	struct shared *out;
	struct link_record link;
	bool granted; /* no password, or one given before */
	struct guess guess;
	bool tried;
	struct sha256 grant; /* a new one */
};

static enum err
closed(struct fault *f)
{
	return fail(f, ERR_NOT_FOUND, "", "%s", err_sentence(ERR_NOT_FOUND));
}

static struct str
hash_str(const struct sha256 *h)
{
	return (struct str){(const char *)h->b, sizeof(h->b)};
}

static bool
link_find(struct kv_txn *txn, struct opening_try *o)
{
	struct sha256 hash = sha256_of(o->t->text);
	uint32_t view, link;
	struct str value;
	struct key key;
	struct rd r;

	if (o->t->text.n != LINK_TEXT - 1 ||
	    !kv_get(txn, SP_VIEW, key_of(&key, 't', hash_str(&hash)), &value))
		return false;
	r = record_rd(txn, value);
	view = rd_be32(&r);
	link = rd_be32(&r);
	return record_done(txn, &r, "share link") &&
	       link_load(txn, o->arena, view, link, &o->link) &&
	       link_alive(txn, &o->link.link, o->t->at);
}

static bool
grant_good(struct kv_txn *txn, const struct opening_try *o)
{
	struct sha256 hash = sha256_of(o->t->grant);
	struct str value;
	struct key key;
	struct rd r;
	uint32_t link;
	int64_t end;

	if (o->t->grant.n != SECRET_TEXT - 1 ||
	    !kv_get(txn, SP_VIEW, key_of(&key, 'g', hash_str(&hash)), &value))
		return false;
	r = record_rd(txn, value);
	link = rd_be32(&r);
	end = rd_moment(&r);
	return record_done(txn, &r, "grant") && link == o->link.link.id &&
	       end > o->t->at;
}

static enum err
open_look(struct kv_txn *txn, void *arg)
{
	struct opening_try *o = arg;
	struct shared *s = o->out;
	struct view v;

	*s = (struct shared){0};
	if (!link_find(txn, o) ||
	    !view_load(txn, o->arena, o->link.link.view, &v))
		return kv_error(txn) != OK ? kv_error(txn)
					   : closed(kv_fault(txn));
	o->granted = !o->link.link.password || grant_good(txn, o);
	s->view = v.id;
	s->link = o->link.link.id;
	s->by = o->link.link.by;
	s->expires = o->link.link.expires;
	s->name = v.name;
	s->filter = v.filter;
	s->columns = o->link.link.columns;
	s->view_columns = v.columns;
	s->sort = v.sort;
	return OK;
}

static enum err
try_write(struct kv_txn *txn, void *arg)
{
	struct opening_try *o = arg;

	kv_vital(txn);
	o->out->retry_after =
	    guess_reserve(txn, &o->guess, false, o->t->at);
	return OK;
}

static enum err
forget_write(struct kv_txn *txn, void *arg)
{
	struct opening_try *o = arg;

	guess_forget(txn, &o->guess);
	return OK;
}

static enum err
password_try(struct opening_try *o, struct fault *f)
{
	struct kv *kv = staff_kv(o->staff);
	char account[32];
	char *phc;
	enum err e;

	if (o->t->password.n == 0)
		return fail(f, ERR_AUTH, "password", "a password is needed");
	snprintf(account, sizeof(account), "link %u", o->link.link.id);
	o->guess = guess_of(str_of(account), o->t->from);
	TRY(kv_write(kv, try_write, o, f));
	if (o->out->retry_after > 0)
		return fail(f, ERR_BUSY, "password", "try again in %u s",
			    o->out->retry_after);
	phc = arena_z(o->arena, o->link.phc);
	e = password_check(o->t->password, phc, staff_gate(o->staff), NULL,
			   NULL);
	if (e == ERR_AUTH)
		return fail(f, ERR_AUTH, "password",
			    "the password is not right");
	if (e != OK) {
		o->out->retry_after = 1;
		TRY(kv_write(kv, forget_write, o, f)); /* it was never made */
		return fail(f, e, "password", "%s", err_sentence(e));
	}
	o->tried = true;
	return OK;
}

static void
grant_put(struct kv_txn *txn, struct opening_try *o)
{
	struct key key;
	struct buf b;

	record_start(&b);
	buf_be32(&b, o->link.link.id);
	buf_moment(&b, o->t->at + GRANT_LIFE);
	record_put(txn, SP_VIEW, key_of(&key, 'g', hash_str(&o->grant)), &b);
	buf_fini(&b);
}

static void
opening_put(struct kv_txn *txn, struct opening_try *o)
{
	const struct who nobody = {.kind = WHO_NOBODY};
	const struct by by = {
	    .who = &nobody, .from = o->t->from, .at = o->t->at};
	struct link *l = &o->link.link;
	struct key key;
	struct buf b;
	char what[48];

	l->openings++;
	l->opened = o->t->at;
	link_store(txn, &o->link);
	record_start(&b);
	buf_moment(&b, o->t->at);
	buf_lstr(&b, text_prefix(o->t->from, 64));
	key_of_id(&key, 'o', l->id);
	wr_be64(&key.w, l->openings);
	record_put(txn, SP_VIEW, wr_out(&key.w), &b);
	buf_fini(&b);
	snprintf(what, sizeof(what), "link %u of view %u", l->id, l->view);
	audit_put(o->staff, txn, &by, "link.open", str_of(what), STR_NONE,
		  STR_NONE);
}

/* The link is read again: it may have been revoked while a hash was made. */
static enum err
open_write(struct kv_txn *txn, void *arg)
{
	struct opening_try *o = arg;

	if (!link_find(txn, o))
		return kv_error(txn) != OK ? kv_error(txn)
					   : closed(kv_fault(txn));
	if (o->tried) {
		guess_forget(txn, &o->guess);
		grant_put(txn, o);
	}
	if (o->t->opening || o->tried)
		opening_put(txn, o);
	return OK;
}

static void
grant_new(struct opening_try *o)
{
	uint8_t secret[32];

	random_bytes(secret, sizeof(secret));
	base64url_encode((struct str){(char *)secret, sizeof(secret)},
			 o->out->grant);
	wipe(secret, sizeof(secret));
	o->grant = sha256_of(str_of(o->out->grant));
}

enum err
link_open(struct staff *s, const struct link_try *t, struct arena *arena,
	  struct shared *out, struct fault *f)
{
	struct opening_try o = {
	    .staff = s, .t = t, .arena = arena, .out = out};

	TRY(kv_read(staff_kv(s), open_look, &o, f));
	if (!o.granted)
		TRY(password_try(&o, f));
	if (o.tried)
		grant_new(&o);
	if (!t->opening && !o.tried)
		return OK;
	return kv_write(staff_kv(s), open_write, &o, f);
}

/* What is shown ------------------------------------------------------------ */

static bool
in_list(const struct attr *const *list, size_t n, const struct attr *a)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i]->id == a->id)
			return true;
	}
	return false;
}

struct narrow {
	const struct attr **list;
	size_t n;
};

static bool
narrow_keep(void *arg, const struct attr *a)
{
	const struct narrow *n = arg;

	return in_list(n->list, n->n, a);
}

/* The link's columns that the view has still and its maker may see. */
static enum err
shared_columns(struct query *q, const struct shared *s, struct narrow *out)
{
	const struct attr **view;
	struct str rest = s->columns, name, have = s->view_columns;
	size_t n_view = 0;
	struct buf b;
	enum err e;

	/* columns of the view that are gone are no reason to stop */
	buf_init(&b);
	while (str_split(&have, ',', &name)) {
		if (!catalog_find(q->catalog, name))
			continue;
		if (b.n)
			buf_c(&b, ',');
		buf_put(&b, name);
	}
	out->list = arena_get(q->arena, LIST_COLUMNS_MAX * sizeof(*view));
	if (s->view_columns.n && !b.n) {
		buf_fini(&b);
		return OK;
	}
	e = columns_parse(q->catalog, arena_str(q->arena, buf_str(&b)),
			  q->arena, &view, &n_view, NULL);
	buf_fini(&b);
	TRY(e);
	while (str_split(&rest, ',', &name) && out->n < LIST_COLUMNS_MAX) {
		const struct attr *a = catalog_find(q->catalog, name);

		if (a && in_list(view, n_view, a))
			out->list[out->n++] = a;
	}
	return OK;
}

/* The view's filter is its maker's: it may name what nobody sees here. */
static enum err
shared_filter(struct query *q, const struct shared *s)
{
	struct query sub = *q;
	struct filter *filter;

	sub.catalog = q->whole ? q->whole : q->catalog;
	sub.scope = NULL;
	sub.limited = false;
	sub.masked = STR_NONE;
	sub.no_behaviour = sub.no_speech = sub.no_numbers = false;
	TRY(filter_parse(&sub, s->filter, &filter, NULL));
	scope_add(q, filter);
	return OK;
}

enum err
shared_limit(struct query *q, struct shared *s, const struct limits *maker,
	     struct fault *f)
{
	struct narrow columns = {0};
	const struct attr *sort;
	bool down;

	TRY(kv_error(q->txn));
	if (query_limit(q, maker, NULL) != OK || shared_filter(q, s) != OK ||
	    shared_columns(q, s, &columns) != OK || columns.n == 0)
		return kv_error(q->txn) != OK ? kv_error(q->txn) : closed(f);
	s->columns = columns_text(q->arena, columns.list, columns.n);
	catalog_narrow(q, narrow_keep, &columns);
	q->nameless = true;
	q->no_behaviour = q->no_speech = q->no_numbers = true;
	if (s->sort.n == 0 ||
	    sort_parse(q->catalog, s->sort, &sort, &down, NULL) != OK) {
		sort = sort_default(q->catalog);
		s->sort = arena_printf(q->arena, "%s%.*s",
				       sort->id == A_LAST_SEEN ? "-" : "",
				       STR_ARG(sort->name));
	}
	return OK;
}

/* Sweeping ----------------------------------------------------------------- */

struct sweep {
	int64_t now;
};

static enum err
sweep_write(struct kv_txn *txn, void *arg)
{
	struct sweep *s = arg;
	struct kv_cursor *c = kv_cursor(txn, SP_VIEW, S("g"));
	size_t n = 0;

	for (bool more = kv_seek(c, STR_NONE); more && n < SWEEP_MAX;
	     more = kv_next(c)) {
		struct rd r = record_rd(txn, kv_value(c));
		struct key key;
		int64_t end;

		rd_be32(&r);
		end = rd_moment(&r);
		if (!record_done(txn, &r, "grant") || end > s->now)
			continue;
		key.w = wr_of(key.room, sizeof(key.room));
		wr_bytes(&key.w, kv_key(c));
		kv_del(txn, SP_VIEW, wr_out(&key.w));
		n++;
	}
	kv_cursor_close(c);
	return OK;
}

enum err
links_sweep(struct staff *s, int64_t now, struct fault *f)
{
	struct sweep sweep = {now};

	return kv_write(staff_kv(s), sweep_write, &sweep, f);
}
