/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bookmarks: one record each, with its place in the order.  They are few, so
 * that whoever moves one reads them all and writes those whose place becomes
 * another: places are always 0, 1, 2 … without a gap.
 *
 * Everybody who sees analytics follows these links, hence what is kept is an
 * address of the web and nothing a browser would run, without a name or
 * password in it.  Audit rows name the fields that changed; an address may
 * hold a key and is not repeated there.
 */
#include "layout.h"

#include <stdlib.h>

/* Records ------------------------------------------------------------------ */

static bool
bookmark_read(struct kv_txn *txn, struct str value, struct bookmark *out)
{
	struct rd r = value_rd(txn, value);

	out->position = rd_be32(&r);
	out->created = (int64_t)rd_be64(&r);
	out->changed = (int64_t)rd_be64(&r);
	out->name = rd_str(&r);
	out->url = rd_str(&r);
	return value_done(txn, &r, "bookmark");
}

static void
bookmark_put(struct kv_txn *txn, const struct bookmark *m)
{
	struct key key;
	struct buf b;

	buf_init(&b);
	buf_c(&b, LAYOUT_VERSION);
	buf_be32(&b, m->position);
	buf_be64(&b, (uint64_t)m->created);
	buf_be64(&b, (uint64_t)m->changed);
	buf_lstr(&b, m->name);
	buf_lstr(&b, m->url);
	kv_put(txn, SP_META, key_of_u32(&key, 'b', m->id), buf_str(&b));
	buf_fini(&b);
}

static int
place_cmp(const void *a, const void *b)
{
	const struct bookmark *x = a, *y = b;

	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

size_t
bookmarks_get(struct kv_txn *txn, struct arena *a, struct bookmark **out)
{
	struct kv_cursor *c = kv_cursor(txn, SP_META, S("b"));
	struct bookmark *at = arena_get(a, (BOOKMARKS_MAX + 1) * sizeof(*at));
	size_t n = 0;

	for (bool more = kv_seek(c, STR_NONE); more && n < BOOKMARKS_MAX;
	     more = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));

		at[n].id = rd_be32(&r);
		if (!bookmark_read(txn, kv_value(c), &at[n]))
			break;
		at[n].name = arena_str(a, at[n].name);
		at[n].url = arena_str(a, at[n].url);
		n++;
	}
	kv_cursor_close(c);
	qsort(at, n, sizeof(*at), place_cmp);
	*out = at;
	return n;
}

bool
bookmark_get(struct kv_txn *txn, struct arena *a, uint32_t id,
	     struct bookmark *out)
{
	struct key key;
	struct str value;

	*out = (struct bookmark){.id = id};
	if (!kv_get(txn, SP_META, key_of_u32(&key, 'b', id), &value) ||
	    !bookmark_read(txn, value, out))
		return false;
	out->name = arena_str(a, out->name);
	out->url = arena_str(a, out->url);
	return true;
}

struct str
bookmark_version(struct arena *a, const struct bookmark *b)
{
	return arena_printf(a, "%u %lld", b->id, (long long)b->changed);
}

void
bookmark_json(struct json_out *j, const struct bookmark *b)
{
	json_ki(j, "id", b->id);
	json_kt(j, "name", b->name);
	json_kt(j, "url", b->url);
	json_ki(j, "position", b->position);
	json_kat(j, "createdAt", b->created);
	json_kat(j, "changedAt", b->changed);
}

/* What may be kept ----------------------------------------------------------
 */

static bool
starts_folded(struct str s, const char *lower)
{
	for (size_t i = 0; lower[i] != '\0'; i++) {
		char c = i < s.n ? s.p[i] : '\0';

		if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != lower[i])
			return false;
	}
	return true;
}

/* What stands between "//" and the path: a host, nobody's name before it. */
static bool
host_ok(struct str rest)
{
	size_t n = 0;

	while (n < rest.n && strchr("/?#", rest.p[n]) == NULL)
		n++;
	rest = str_cut(rest, 0, n);
	return n > 0 && rest.p[0] != ':' && memchr(rest.p, '@', n) == NULL;
}

static bool
address_ok(struct str v)
{
	size_t head = starts_folded(v, "https://")  ? 8
		      : starts_folded(v, "http://") ? 7
						    : 0;

	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] <= ' ' ||
		    (unsigned char)v.p[i] >= 0x7f ||
		    strchr("\"<>\\`", v.p[i]) != NULL)
			return false;
	return head > 0 && v.n <= BOOKMARK_URL_MAX &&
	       host_ok(str_cut(v, head, v.n));
}

static enum err
edit_check(const struct by *by, const struct bookmark_edit *e, struct fault *f)
{
	if (!who_may(by->who, MAY_SETTINGS))
		return fail(f, ERR_DENIED, NULL,
			    "needs the permission settings");
	if (e == NULL)
		return OK;
	if (e->name != NULL) {
		struct str name = str_trim(*e->name);

		if (name.n == 0 || name.n > BOOKMARK_NAME_MAX ||
		    !text_valid(name))
			return fail(f, ERR_INVALID, "name",
				    "a name has 1 to %u bytes",
				    BOOKMARK_NAME_MAX);
	}
	if (e->url != NULL && !address_ok(str_trim(*e->url)))
		return fail(f, ERR_INVALID, "url",
			    "expected an address like https://example.org/x of "
			    "at most %u bytes, without user name, what is not "
			    "ASCII percent-encoded",
			    BOOKMARK_URL_MAX);
	return OK;
}

/* Acts ----------------------------------------------------------------------
 */

struct act {
	struct staff *staff;
	const struct by *by;
	const struct bookmark_edit *edit;
	bool fresh, gone;
	uint32_t id;
};

/* The order as an act makes it: all that there are, and room for one. */
struct order {
	struct bookmark *at;
	size_t n;
};

static size_t
order_find(const struct order *o, uint32_t id)
{
	size_t i = 0;

	while (i < o->n && o->at[i].id != id)
		i++;
	return i;
}

static void
order_take(struct order *o, size_t i)
{
	o->n--;
	memmove(&o->at[i], &o->at[i + 1], (o->n - i) * sizeof(*o->at));
}

static void
order_give(struct order *o, size_t i, const struct bookmark *b)
{
	if (i > o->n)
		i = o->n;
	memmove(&o->at[i + 1], &o->at[i], (o->n - i) * sizeof(*o->at));
	o->at[i] = *b;
	o->n++;
}

/* Write those that stand elsewhere than their record says. */
static void
order_put(struct kv_txn *txn, struct order *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->at[i].position != i) {
			o->at[i].position = (uint32_t)i;
			bookmark_put(txn, &o->at[i]);
		}
}

static void
edit_apply(const struct act *c, struct bookmark *b)
{
	const struct bookmark_edit *e = c->edit;

	if (e->name == NULL && e->url == NULL)
		return;
	if (e->name != NULL)
		b->name = str_trim(*e->name);
	if (e->url != NULL)
		b->url = str_trim(*e->url);
	b->changed = c->by->at > b->changed ? c->by->at : b->changed + 1;
}

static void
act_audit(struct kv_txn *txn, const struct act *c)
{
	const struct bookmark_edit *e = c->edit;
	const char *act = c->gone    ? "bookmark.remove"
			  : c->fresh ? "bookmark.add"
				     : "bookmark.change";
	struct label l;
	struct buf b;

	buf_init(&b);
	if (!c->gone && !c->fresh)
		buf_printf(&b, "%s%s%s", e->name ? "name " : "",
			   e->url ? "url " : "",
			   e->position ? "position " : "");
	audit_put(c->staff, txn, c->by, act, label_of(&l, "bookmark", c->id),
		  STR_NONE, str_trim(buf_str(&b)));
	buf_fini(&b);
}

static enum err
order_apply(struct kv_txn *txn, struct act *c, struct arena *a, struct order *o)
{
	const struct bookmark_edit *e = c->edit;
	struct bookmark b = {.created = c->by->at, .changed = c->by->at - 1};
	size_t i = order_find(o, c->id);

	if (!c->fresh && i == o->n)
		return fail(kv_fault(txn), ERR_NOT_FOUND, "id",
			    "there is no bookmark %u", c->id);
	if (c->fresh && o->n >= BOOKMARKS_MAX)
		return fail(kv_fault(txn), ERR_LIMIT, NULL,
			    "there are %u bookmarks already", BOOKMARKS_MAX);
	if (!c->fresh) {
		b = o->at[i];
		if (e != NULL && e->same != NULL)
			TRY(e->same(e->arg, bookmark_version(a, &b)));
		order_take(o, i);
	} else {
		b.id = c->id = (uint32_t)counter_next(txn, "bookmark");
	}
	if (c->gone) {
		struct key key;

		kv_del(txn, SP_META, key_of_u32(&key, 'b', c->id));
	} else {
		edit_apply(c, &b);
		if (e->position != NULL)
			i = *e->position;
		order_give(o, i, &b);
		b.position = (uint32_t)order_find(o, c->id);
		o->at[b.position].position = b.position;
		bookmark_put(txn, &b);
	}
	order_put(txn, o);
	act_audit(txn, c);
	return kv_error(txn);
}

static enum err
act_apply(struct kv_txn *txn, void *arg)
{
	struct order o;
	struct arena a;
	enum err e;

	arena_init(&a);
	o.n = bookmarks_get(txn, &a, &o.at);
	e = kv_error(txn);
	if (e == OK)
		e = order_apply(txn, arg, &a, &o);
	arena_fini(&a);
	return e;
}

enum err
bookmark_add(struct staff *s, const struct by *by,
	     const struct bookmark_edit *e, uint32_t *id, struct fault *f)
{
	struct act c = {.staff = s, .by = by, .edit = e, .fresh = true};

	TRY(edit_check(by, e, f));
	if (e->name == NULL || e->url == NULL)
		return fail(f, ERR_INVALID, e->name ? "url" : "name",
			    "a bookmark has a name and a url");
	TRY(kv_write(s->kv, act_apply, &c, f));
	*id = c.id;
	return OK;
}

enum err
bookmark_change(struct staff *s, const struct by *by, uint32_t id,
		const struct bookmark_edit *e, struct fault *f)
{
	struct act c = {.staff = s, .by = by, .edit = e, .id = id};

	TRY(edit_check(by, e, f));
	if (!e->name && !e->url && !e->position)
		return fail(f, ERR_INVALID, NULL,
			    "expected name, url or position");
	return kv_write(s->kv, act_apply, &c, f);
}

enum err
bookmark_remove(struct staff *s, const struct by *by, uint32_t id,
		const struct bookmark_edit *e, struct fault *f)
{
	struct act c = {
	    .staff = s, .by = by, .edit = e, .id = id, .gone = true};

	TRY(edit_check(by, NULL, f));
	return kv_write(s->kv, act_apply, &c, f);
}
