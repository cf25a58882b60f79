/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Saved views.  What somebody wants to keep is checked in a snapshot, as they
 * may see it, and made into the form for records; then one transaction puts it
 * with its version and the audit row.  Every version stays.
 *
 * A reader from whom an attribute is kept must not learn of it by a view of
 * somebody else: a filter that names it hides the view, columns are left out.
 */
#include "desk.h"
#include "filter.h"
#include "filter.h"

#include <stdio.h>

#define SLUG_BITS 5

bool
visibility_find(struct str name, enum visibility *out)
{
	*out = str_eq(name, S("team")) ? VIEW_TEAM : VIEW_PRIVATE;
	return *out == VIEW_TEAM || str_eq(name, S("private"));
}

const char *
visibility_name(enum visibility v)
{
	return v == VIEW_TEAM ? "team" : "private";
}

/* Records ------------------------------------------------------------------ */

static bool
view_read(struct kv_txn *txn, struct arena *a, uint32_t id, struct str value,
	  struct view *out)
{
	struct rd r = record_rd(txn, arena_str(a, value));

	*out = (struct view){.id = id};
	out->version = rd_be32(&r);
	out->owner = rd_actor(&r);
	out->by = rd_actor(&r);
	out->visibility = rd_u8(&r) == VIEW_TEAM ? VIEW_TEAM : VIEW_PRIVATE;
	out->created = rd_moment(&r);
	out->updated = rd_moment(&r);
	out->slug = rd_str(&r);
	out->name = rd_str(&r);
	out->filter = rd_str(&r);
	out->columns = rd_str(&r);
	out->sort = rd_str(&r);
	return record_done(txn, &r, "view");
}

bool
view_load(struct kv_txn *txn, struct arena *a, uint32_t id, struct view *out)
{
	struct str value;
	struct key key;

	return kv_get(txn, SP_VIEW, key_of_id(&key, 'v', id), &value) &&
	       view_read(txn, a, id, value, out);
}

/* The view and its version; nothing of `v` may be a slice of the store. */
static void
view_store(struct kv_txn *txn, const struct view *v)
{
	struct key key;
	struct buf b;

	record_start(&b);
	buf_be32(&b, v->version);
	buf_actor(&b, v->owner);
	buf_actor(&b, v->by);
	buf_c(&b, (char)v->visibility);
	buf_moment(&b, v->created);
	buf_moment(&b, v->updated);
	buf_lstr(&b, v->slug);
	buf_lstr(&b, v->name);
	buf_lstr(&b, v->filter);
	buf_lstr(&b, v->columns);
	buf_lstr(&b, v->sort);
	record_put(txn, SP_VIEW, key_of_id(&key, 'v', v->id), &b);
	record_put(txn, SP_VIEW, key_of_two(&key, 'h', v->id, v->version), &b);
	buf_fini(&b);
}

/* Ten letters and digits that are not mistaken for each other: 50 bits. */
static struct str
slug_new(struct kv_txn *txn, struct arena *a)
{
	static const char digits[] = "23456789abcdefghjkmnpqrstuvwxyz2";
	char text[VIEW_SLUG + 1] = {0};
	struct str value;
	struct key key;

	do {
		uint64_t random = random_u64();

		for (size_t i = 0; i < VIEW_SLUG; i++, random >>= SLUG_BITS)
			text[i] = digits[random & 31];
	} while (kv_get(txn, SP_VIEW, key_of(&key, 's', str_of(text)), &value));
	return arena_str(a, str_of(text));
}

/* Who sees what ------------------------------------------------------------ */

bool
view_seen(const struct who *w, const struct view *v)
{
	if (w->kind == WHO_COMMAND)
		return true;
	if (v->visibility == VIEW_TEAM)
		return w->kind != WHO_NOBODY;
	return w->kind == v->owner.kind && w->id == v->owner.id;
}

static bool
view_owned(const struct who *w, const struct view *v)
{
	return w->kind == WHO_COMMAND || w->role == ROLE_OWNER ||
	       (w->kind == v->owner.kind && w->id == v->owner.id);
}

static bool
hidden(const struct query *q, struct str name)
{
	return q->whole && catalog_find(q->whole, name) &&
	       !catalog_find(q->catalog, name);
}

/* Is a segment among these that has nobody of the scope in it? */
static bool
segments_hidden(struct query *q, const struct json *v)
{
	struct rules_held held = rules_begin(q);
	struct operand o;
	bool found = false;

	for (; v && !found; v = v->next)
		found = segment_read(q, v, &o, NULL) != OK;
	rules_end(q, held);
	return found;
}

/* Does some leaf name what may not be seen? A kept filter is well formed and
 * no deeper than FILTER_DEPTH_MAX. */
static bool
names_hidden(struct query *q, const struct json *v)
{
	if (v->kind == JSON_ARRAY && v->first &&
	    v->first->kind == JSON_STRING)
		return hidden(q, v->first->text) ||
		       (q->limited && v->first->next &&
			str_eq(v->first->text, S("segment")) &&
			segments_hidden(q, v->first->next->next));
	for (const struct json *c = v->first; c; c = c->next) {
		if (names_hidden(q, c))
			return true;
	}
	return false;
}

static void
columns_cut(struct query *q, struct view *v)
{
	struct str rest = v->columns, name;
	struct buf b;

	buf_init(&b);
	while (str_split(&rest, ',', &name)) {
		if (hidden(q, name))
			continue;
		if (b.n)
			buf_c(&b, ',');
		buf_put(&b, name);
	}
	v->columns = arena_str(q->arena, buf_str(&b));
	buf_fini(&b);
	if (hidden(q, str_cut(v->sort, str_starts(v->sort, S("-")), v->sort.n)))
		v->sort = STR_NONE;
}

/* As its reader may see it; false: not at all. */
static bool
view_show(struct query *q, struct view *v)
{
	struct json *filter;

	if (!q->whole && !q->limited)
		return true;
	if (v->filter.n && (json_parse(q->arena, v->filter, &filter, NULL) ||
			    names_hidden(q, filter)))
		return false;
	columns_cut(q, v);
	return true;
}

bool
view_get(struct query *q, const struct who *who, uint32_t id, struct view *out)
{
	return view_load(q->txn, q->arena, id, out) && view_seen(who, out) &&
	       view_show(q, out);
}

bool
view_find(struct query *q, const struct who *who, struct str slug,
	  struct view *out)
{
	struct str value;
	struct key key;
	struct rd r;
	uint32_t id;

	if (slug.n != VIEW_SLUG ||
	    !kv_get(q->txn, SP_VIEW, key_of(&key, 's', slug), &value))
		return false;
	r = record_rd(q->txn, value);
	id = rd_be32(&r);
	return record_done(q->txn, &r, "view's address") &&
	       view_get(q, who, id, out);
}

void
views_each(struct query *q, const struct who *who, view_fn *fn, void *arg)
{
	struct kv_cursor *c = kv_cursor(q->txn, SP_VIEW, S("v"));
	bool more = kv_seek(c, STR_NONE), on = true;

	for (; more && on; more = kv_next(c)) {
		struct rd key = rd_of(str_cut(kv_key(c), 1, SIZE_MAX));
		struct view v;

		if (view_read(q->txn, q->arena, rd_be32(&key), kv_value(c),
			      &v) &&
		    view_seen(who, &v) && view_show(q, &v))
			on = fn(arg, &v);
	}
	kv_cursor_close(c);
}

bool
view_versions(struct query *q, const struct who *who, uint32_t id, view_fn *fn,
	      void *arg)
{
	struct kv_cursor *c;
	struct view v;
	struct key key;
	bool more, on = true;

	if (!view_get(q, who, id, &v))
		return false;
	c = kv_cursor(q->txn, SP_VIEW, key_of_id(&key, 'h', id));
	for (more = kv_seek_last(c, STR_NONE); more && on; more = kv_prev(c)) {
		if (!view_read(q->txn, q->arena, id, kv_value(c), &v))
			break;
		if (!view_show(q, &v))
			v.filter = v.columns = v.sort = STR_NONE;
		on = fn(arg, &v);
	}
	kv_cursor_close(c);
	return true;
}

/* Changes ------------------------------------------------------------------ */

/* What somebody wants kept: NULL members stay as they are. */
struct draft {
	const struct desk *desk;
	struct arena arena;  /* of the snapshot */
	struct arena scratch; /* of the write */
	uint32_t id, version; /* id 0: a new one */
	const struct str *name, *filter, *columns, *sort;
	const enum visibility *visibility;
	struct str kept; /* the filter, for records */
	uint32_t version_out;
};

static enum err
name_check(struct str name, struct fault *f)
{
	bool control = false;

	for (size_t i = 0; i < name.n; i++)
		control |= (unsigned char)name.p[i] < 0x20;
	if (str_trim(name).n == 0 || name.n > VIEW_NAME_MAX || control)
		return fail(f, ERR_INVALID, "name",
			    "expected a name of 1 to %u bytes", VIEW_NAME_MAX);
	return OK;
}

/* Everything that is given is something the giver could look at. */
static enum err
draft_look(struct kv_txn *txn, void *arg)
{
	struct draft *d = arg;
	struct fault *f = kv_fault(txn);
	const struct attr **columns, *sort;
	struct filter *filter;
	struct query q;
	struct buf kept;
	bool down;
	size_t n;

	arena_reset(&d->arena);
	q = desk_query(d->desk, txn, &d->arena);
	TRY(desk_limited(d->desk, &q, f));
	if (d->filter) {
		enum err e = filter_parse(&q, *d->filter, &filter, f);

		if (e != OK)
			fault_prefix(f, "filter");
		TRY(e);
		buf_init(&kept);
		filter_keep(filter, &kept);
		d->kept = arena_str(&d->arena, buf_str(&kept));
		buf_fini(&kept);
	}
	if (d->columns)
		TRY(columns_parse(q.catalog, *d->columns, &d->arena, &columns,
				  &n, f));
	if (d->sort)
		TRY(sort_parse(q.catalog, *d->sort, &sort, &down, f));
	if ((d->filter ? d->kept.n : 0) + (d->columns ? d->columns->n : 0) >
	    VIEW_KEPT_MAX)
		return fail(f, ERR_LIMIT, d->filter ? "filter" : "columns",
			    "expected at most %u bytes of filter and columns",
			    VIEW_KEPT_MAX);
	return OK;
}

static void
draft_fill(const struct draft *d, struct view *v)
{
	if (d->name)
		v->name = *d->name;
	if (d->filter)
		v->filter = d->kept;
	if (d->columns)
		v->columns = *d->columns;
	if (d->sort)
		v->sort = *d->sort;
	if (d->visibility)
		v->visibility = *d->visibility;
	v->by = actor_of(d->desk->by->who);
	v->updated = d->desk->by->at;
	v->version++;
}

static void
view_audit(const struct draft *d, struct kv_txn *txn, const char *act)
{
	char what[48];

	snprintf(what, sizeof(what), "view %u, version %u", d->id,
		 d->version_out);
	audit_put(d->desk->staff, txn, d->desk->by, act, str_of(what),
		  STR_NONE, STR_NONE);
}

static enum err
create_write(struct kv_txn *txn, void *arg)
{
	struct draft *d = arg;
	struct view v = {.created = d->desk->by->at};
	struct key key;
	struct buf b;

	arena_reset(&d->scratch);
	v.id = d->id = number_next(txn, SP_VIEW, 0, 2);
	v.owner = actor_of(d->desk->by->who);
	v.slug = slug_new(txn, &d->scratch);
	draft_fill(d, &v);
	d->version_out = v.version;
	view_store(txn, &v);
	record_start(&b);
	buf_be32(&b, v.id);
	record_put(txn, SP_VIEW, key_of(&key, 's', v.slug), &b);
	buf_fini(&b);
	view_audit(d, txn, "view.create");
	return OK;
}

/* Whoever may not share must not change what others were shown. */
static enum err
change_allowed(struct draft *d, struct kv_txn *txn, const struct view *v)
{
	const struct who *who = d->desk->by->who;
	struct fault *f = kv_fault(txn);

	if (d->visibility && *d->visibility != v->visibility &&
	    !view_owned(who, v))
		return fail(f, ERR_DENIED, "visibility",
			    "only its owner may say who sees a view");
	if ((d->filter || d->columns) && !who_may(who, MAY_SHARE) &&
	    view_shared_now(txn, &d->scratch, v->id, d->desk->by->at))
		return fail(f, ERR_DENIED, d->filter ? "filter" : "columns",
			    "the view has share links, and you may not share");
	return OK;
}

static enum err
change_write(struct kv_txn *txn, void *arg)
{
	struct draft *d = arg;
	struct fault *f = kv_fault(txn);
	struct view v;

	arena_reset(&d->scratch);
	if (!view_load(txn, &d->scratch, d->id, &v) ||
	    !view_seen(d->desk->by->who, &v))
		return fail(f, ERR_NOT_FOUND, "", "there is no view %u", d->id);
	if (v.version != d->version)
		return fail(f, ERR_STALE, "version",
			    "the view is at version %u by now", v.version);
	TRY(change_allowed(d, txn, &v));
	draft_fill(d, &v);
	if (v.filter.n + v.columns.n > VIEW_KEPT_MAX)
		return fail(f, ERR_LIMIT, "filter",
			    "expected at most %u bytes of filter and columns",
			    VIEW_KEPT_MAX);
	d->version_out = v.version;
	view_store(txn, &v);
	view_audit(d, txn, "view.change");
	return OK;
}

/* One that is hidden from who acts cannot be changed by them either. */
static enum err
shown_look(struct kv_txn *txn, void *arg)
{
	struct draft *d = arg;
	struct fault *f = kv_fault(txn);
	struct query q;
	struct view v;

	arena_reset(&d->arena);
	q = desk_query(d->desk, txn, &d->arena);
	TRY(desk_limited(d->desk, &q, f));
	if (view_get(&q, d->desk->by->who, d->id, &v))
		return OK;
	return fail(f, ERR_NOT_FOUND, "", "there is no view %u", d->id);
}

static enum err
draft_run(struct draft *d, kv_fn *write, struct fault *f)
{
	struct kv *kv = staff_kv(d->desk->staff);
	enum err e = OK;

	if (d->name)
		TRY(name_check(*d->name, f));
	arena_init(&d->arena);
	arena_init(&d->scratch);
	if (d->id)
		e = kv_read(kv, shown_look, d, f);
	if (e == OK)
		e = kv_read(kv, draft_look, d, f);
	if (e == OK)
		e = kv_write(kv, write, d, f);
	arena_fini(&d->scratch);
	arena_fini(&d->arena);
	return e;
}

enum err
view_create(const struct desk *d, const struct view_in *in, uint32_t *id,
	    struct fault *f)
{
	struct draft draft = {.desk = d,
			      .name = &in->name,
			      .filter = &in->filter,
			      .columns = &in->columns,
			      .sort = &in->sort,
			      .visibility = &in->visibility};

	TRY(draft_run(&draft, create_write, f));
	*id = draft.id;
	return OK;
}

enum err
view_change(const struct desk *d, uint32_t id, const struct view_change *c,
	    uint32_t *version, struct fault *f)
{
	struct draft draft = {.desk = d,
			      .id = id,
			      .version = c->version,
			      .name = c->name,
			      .filter = c->filter,
			      .columns = c->columns,
			      .sort = c->sort,
			      .visibility = c->visibility};

	if (id == 0)
		return fail(f, ERR_NOT_FOUND, "", "there is no view 0");
	TRY(draft_run(&draft, change_write, f));
	*version = draft.version_out;
	return OK;
}

static enum err
delete_write(struct kv_txn *txn, void *arg)
{
	struct draft *d = arg;
	struct fault *f = kv_fault(txn);
	struct key key;
	struct view v;

	kv_vital(txn);
	arena_reset(&d->scratch);
	if (!view_load(txn, &d->scratch, d->id, &v) ||
	    !view_seen(d->desk->by->who, &v))
		return fail(f, ERR_NOT_FOUND, "", "there is no view %u", d->id);
	if (!view_owned(d->desk->by->who, &v))
		return fail(f, ERR_DENIED, "",
			    "only its owner may delete a view");
	if (d->version && v.version != d->version)
		return fail(f, ERR_STALE, "version",
			    "the view is at version %u by now", v.version);
	links_clear(txn, d->id);
	kv_del(txn, SP_VIEW, key_of(&key, 's', v.slug));
	kv_del(txn, SP_VIEW, key_of_id(&key, 'v', d->id));
	record_clear(txn, SP_VIEW, key_of_id(&key, 'h', d->id));
	d->version_out = v.version;
	view_audit(d, txn, "view.delete");
	return OK;
}

enum err
view_delete(const struct desk *d, uint32_t id, const uint32_t *version,
	    struct fault *f)
{
	struct draft draft = {
	    .desk = d, .id = id, .version = version ? *version : 0};

	if (id == 0)
		return fail(f, ERR_NOT_FOUND, "", "there is no view 0");
	return draft_run(&draft, delete_write, f);
}

struct str
columns_text(struct arena *a, const struct attr *const *list, size_t n)
{
	struct str out;
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_c(&b, ',');
		buf_put(&b, list[i]->name);
	}
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}
