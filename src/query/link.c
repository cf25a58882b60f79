/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Share links: made, listed, revoked.  The text of a link is shown once; the
 * store keeps its hash and finds the link by that.  Which columns a link has
 * is written out when it is made, so that a view which gets more columns later
 * does not give them away.
 */
#include "desk.h"

#include <stdio.h>

bool
link_load(struct kv_txn *txn, struct arena *a, uint32_t view, uint32_t link,
	  struct link_record *out)
{
	struct str value, hash;
	struct key key;
	struct rd r;

	*out = (struct link_record){.link = {.id = link, .view = view}};
	if (!kv_get(txn, SP_VIEW, key_of_two(&key, 'l', view, link), &value))
		return false;
	r = record_rd(txn, arena_str(a, value));
	out->link.by = rd_actor(&r);
	out->link.created = rd_moment(&r);
	out->link.expires = rd_moment(&r);
	out->link.revoked = rd_moment(&r);
	out->link.openings = rd_be64(&r);
	out->link.opened = rd_moment(&r);
	hash = rd_bytes(&r, sizeof(out->hash.b));
	if (hash.n == sizeof(out->hash.b))
		memcpy(out->hash.b, hash.p, hash.n);
	out->link.columns = rd_str(&r);
	out->phc = rd_str(&r);
	out->link.password = out->phc.n > 0;
	return record_done(txn, &r, "share link");
}

void
link_store(struct kv_txn *txn, const struct link_record *l)
{
	struct key key;
	struct buf b;

	record_start(&b);
	buf_actor(&b, l->link.by);
	buf_moment(&b, l->link.created);
	buf_moment(&b, l->link.expires);
	buf_moment(&b, l->link.revoked);
	buf_be64(&b, l->link.openings);
	buf_moment(&b, l->link.opened);
	buf_bytes(&b, l->hash.b, sizeof(l->hash.b));
	buf_lstr(&b, l->link.columns);
	buf_lstr(&b, l->phc);
	record_put(txn, SP_VIEW,
		   key_of_two(&key, 'l', l->link.view, l->link.id), &b);
	buf_fini(&b);
}

bool
link_alive(struct kv_txn *txn, const struct link *l, int64_t now)
{
	return l->revoked == INSTANT_NONE && l->expires > now &&
	       actor_may(txn, l->by, MAY_SHARE, now);
}

/* The links of a view, as they are kept; false stops. */
typedef bool record_fn(void *arg, const struct link_record *l);

static void
links_walk(struct kv_txn *txn, struct arena *a, uint32_t view, record_fn *fn,
	   void *arg)
{
	struct key key;
	struct kv_cursor *c =
	    kv_cursor(txn, SP_VIEW, key_of_id(&key, 'l', view));
	bool on = true;

	for (bool more = kv_seek(c, STR_NONE); more && on; more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 5, SIZE_MAX));
		struct link_record l;

		on = link_load(txn, a, view, rd_be32(&r), &l) && fn(arg, &l);
	}
	kv_cursor_close(c);
}

struct search {
	struct kv_txn *txn;
	int64_t now;
	bool found;
};

static bool
search_alive(void *arg, const struct link_record *l)
{
	struct search *s = arg;

	s->found = link_alive(s->txn, &l->link, s->now);
	return !s->found;
}

bool
view_shared_now(struct kv_txn *txn, struct arena *a, uint32_t view, int64_t now)
{
	struct search s = {.txn = txn, .now = now};

	links_walk(txn, a, view, search_alive, &s);
	return s.found;
}

static struct str
hash_key(struct key *key, const struct sha256 *h)
{
	return key_of(key, 't',
		      (struct str){(const char *)h->b, sizeof(h->b)});
}

static bool
link_clear(void *arg, const struct link_record *l)
{
	struct kv_txn *txn = arg;
	struct key key;

	kv_del(txn, SP_VIEW, hash_key(&key, &l->hash));
	record_clear(txn, SP_VIEW, key_of_id(&key, 'o', l->link.id));
	return true;
}

void
links_clear(struct kv_txn *txn, uint32_t view)
{
	struct arena a;
	struct key key;

	arena_init(&a);
	links_walk(txn, &a, view, link_clear, txn);
	arena_fini(&a);
	record_clear(txn, SP_VIEW, key_of_id(&key, 'l', view));
}

/* Making ------------------------------------------------------------------- */

struct making {
	const struct desk *desk;
	uint32_t view;
	const struct link_in *in;
	struct arena arena;   /* of the snapshot */
	struct arena scratch; /* of the write */
	struct link_record link;
};

static enum err
no_view(struct kv_txn *txn, uint32_t id)
{
	if (kv_error(txn) != OK)
		return kv_error(txn);
	return fail(kv_fault(txn), ERR_NOT_FOUND, "", "there is no view %u",
		    id);
}

static bool
among(const struct attr *a, const struct attr *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i]->id == a->id)
			return true;
	}
	return false;
}

/* The columns, as their giver may see them: some of the view's. */
static enum err
create_look(struct kv_txn *txn, void *arg)
{
	struct making *m = arg;
	struct fault *f = kv_fault(txn);
	const struct attr **all, **some;
	struct query q;
	struct view v;
	size_t n_all, n;

	arena_reset(&m->arena);
	q = desk_query(m->desk, txn, &m->arena);
	TRY(desk_limited(m->desk, &q, f));
	if (!view_get(&q, m->desk->by->who, m->view, &v))
		return no_view(txn, m->view);
	TRY(columns_parse(q.catalog, v.columns, q.arena, &all, &n_all, f));
	some = all;
	n = n_all;
	if (m->in->columns.n)
		TRY(columns_parse(q.catalog, m->in->columns, q.arena, &some, &n,
				  f));
	for (size_t i = 0; i < n; i++) {
		if (!among(some[i], all, n_all))
			return fail(f, ERR_INVALID, "columns",
				    "expected columns of the view; it has no "
				    "\"%.*s\"",
				    STR_ARG(text_prefix(some[i]->name, 64)));
	}
	m->link.link.columns = columns_text(&m->arena, some, n);
	return OK;
}

static enum err
create_write(struct kv_txn *txn, void *arg)
{
	struct making *m = arg;
	struct link_record *l = &m->link;
	struct view v;
	struct key key;
	struct buf b;
	char what[48];

	arena_reset(&m->scratch);
	if (!view_load(txn, &m->scratch, m->view, &v) ||
	    !view_seen(m->desk->by->who, &v))
		return no_view(txn, m->view);
	l->link.id = number_next(txn, SP_VIEW, 1, 2);
	link_store(txn, l);
	record_start(&b);
	buf_be32(&b, m->view);
	buf_be32(&b, l->link.id);
	record_put(txn, SP_VIEW, hash_key(&key, &l->hash), &b);
	buf_fini(&b);
	snprintf(what, sizeof(what), "link %u of view %u", l->link.id, m->view);
	audit_put(m->desk->staff, txn, m->desk->by, "link.create", str_of(what),
		  STR_NONE, STR_NONE);
	return OK;
}

static enum err
link_check(const struct desk *d, const struct link_in *in, struct fault *f)
{
	const char *why = NULL;

	if (!who_may(d->by->who, MAY_SHARE))
		return fail(f, ERR_DENIED, "", "you may not share views");
	if (in->expires != INSTANT_NONE &&
	    (in->expires <= d->by->at ||
	     in->expires > d->by->at + LINK_LIFE_MAX))
		return fail(f, ERR_INVALID, "expiresAt",
			    "expected a time to come, within a year");
	if (in->password.n)
		why = password_refusal(in->password, LINK_PASSWORD_MIN);
	return why ? fail(f, ERR_INVALID, "password", "%s", why) : OK;
}

enum err
link_create(const struct desk *d, uint32_t view, const struct link_in *in,
	    char text[LINK_TEXT], uint32_t *id, struct fault *f)
{
	struct kv *kv = staff_kv(d->staff);
	struct making m = {.desk = d, .view = view, .in = in};
	struct link *l = &m.link.link;
	uint8_t secret[16];
	char phc[128] = "";
	enum err e = OK;

	TRY(link_check(d, in, f));
	*l = (struct link){.view = view,
			   .by = actor_of(d->by->who),
			   .created = d->by->at,
			   .expires = in->expires,
			   .revoked = INSTANT_NONE,
			   .opened = INSTANT_NONE};
	if (l->expires == INSTANT_NONE)
		l->expires = d->by->at + LINK_LIFE_DEFAULT;
	random_bytes(secret, sizeof(secret));
	base64url_encode((struct str){(char *)secret, sizeof(secret)}, text);
	wipe(secret, sizeof(secret));
	m.link.hash = sha256_of(str_of(text));
	arena_init(&m.arena);
	arena_init(&m.scratch);
	e = kv_read(kv, create_look, &m, f);
	if (e == OK && in->password.n)
		e = password_hash(in->password, staff_gate(d->staff), phc, f);
	m.link.phc = str_of(phc);
	if (e == OK)
		e = kv_write(kv, create_write, &m, f);
	arena_fini(&m.scratch);
	arena_fini(&m.arena);
	*id = l->id;
	if (e != OK)
		wipe(text, LINK_TEXT);
	return e;
}

/* Revoking and looking ----------------------------------------------------- */

static enum err
revoke_look(struct kv_txn *txn, void *arg)
{
	struct making *m = arg;
	struct query q;
	struct view v;

	arena_reset(&m->arena);
	q = desk_query(m->desk, txn, &m->arena);
	TRY(desk_limited(m->desk, &q, kv_fault(txn)));
	return view_get(&q, m->desk->by->who, m->view, &v)
		   ? OK
		   : no_view(txn, m->view);
}

static enum err
revoke_write(struct kv_txn *txn, void *arg)
{
	struct making *m = arg;
	struct link_record l;
	uint32_t id = m->link.link.id;
	char what[48];

	kv_vital(txn);
	arena_reset(&m->scratch);
	if (!link_load(txn, &m->scratch, m->view, id, &l)) {
		if (kv_error(txn) != OK)
			return kv_error(txn);
		return fail(kv_fault(txn), ERR_NOT_FOUND, "",
			    "view %u has no link %u", m->view, id);
	}
	if (l.link.revoked != INSTANT_NONE)
		return OK;
	l.link.revoked = m->desk->by->at;
	link_store(txn, &l);
	snprintf(what, sizeof(what), "link %u of view %u", id, m->view);
	audit_put(m->desk->staff, txn, m->desk->by, "link.revoke", str_of(what),
		  STR_NONE, STR_NONE);
	return OK;
}

enum err
link_revoke(const struct desk *d, uint32_t view, uint32_t link, struct fault *f)
{
	struct kv *kv = staff_kv(d->staff);
	struct making m = {.desk = d, .view = view};
	enum err e;

	m.link.link.id = link;
	arena_init(&m.arena);
	arena_init(&m.scratch);
	e = kv_read(kv, revoke_look, &m, f);
	if (e == OK)
		e = kv_write(kv, revoke_write, &m, f);
	arena_fini(&m.scratch);
	arena_fini(&m.arena);
	return e;
}

struct telling {
	struct query *q;
	link_fn *fn;
	void *arg;
};

/* As its reader may see it: columns that are hidden are left out. */
static bool
tell(void *arg, const struct link_record *l)
{
	struct telling *t = arg;
	struct link shown = l->link;
	struct str rest = l->link.columns, name;
	struct buf b;
	bool on;

	buf_init(&b);
	while (str_split(&rest, ',', &name)) {
		if (!catalog_find(t->q->catalog, name))
			continue;
		if (b.n)
			buf_c(&b, ',');
		buf_put(&b, name);
	}
	shown.columns = buf_str(&b);
	on = t->fn(t->arg, &shown);
	buf_fini(&b);
	return on;
}

bool
links_each(struct query *q, const struct who *who, uint32_t view, link_fn *fn,
	   void *arg)
{
	struct telling t = {q, fn, arg};
	struct view v;

	if (!view_get(q, who, view, &v))
		return false;
	links_walk(q->txn, q->arena, view, tell, &t);
	return true;
}

void
link_openings(struct kv_txn *txn, uint32_t link, uint64_t before,
	      opening_fn *fn, void *arg)
{
	struct key key;
	struct kv_cursor *c =
	    kv_cursor(txn, SP_VIEW, key_of_id(&key, 'o', link));
	bool more, on = true;

	wr_be64(&key.w, before - 1); /* of 0: the last there can be */
	more = kv_seek_last(c, wr_out(&key.w));
	for (; more && on; more = kv_prev(c)) {
		struct rd k = rd_of(str_cut(kv_key(c), 5, SIZE_MAX));
		struct rd r = record_rd(txn, kv_value(c));
		struct opening o = {.number = rd_be64(&k)};

		o.at = rd_moment(&r);
		o.from = rd_str(&r);
		on = record_done(txn, &r, "opening") && fn(arg, &o);
	}
	kv_cursor_close(c);
}
