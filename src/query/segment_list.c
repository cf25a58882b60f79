/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Segments as somebody may see them: a list by name, and one.  Sizes are
 * counted from the index at the moment they are asked for, static or dynamic,
 * within the scope of who asks.
 */
#include "filter.h"

#include <stdlib.h>

/* What the list is made from: cheap to have of all segments. */
struct head {
	uint32_t id, by;
	enum segment_kind kind;
	struct str name, folded;
	const uint32_t *refs;
	size_t n_refs;
};

struct heads {
	struct query *q;
	struct head *all;
	size_t n, cap;
};

static bool
head_take(void *arg, const struct segment *s)
{
	struct heads *h = arg;
	struct arena *a = h->q->arena;
	uint32_t *refs = arena_get(a, (s->n_refs + 1) * sizeof(*refs));
	struct str name = arena_str(a, s->name);

	if (s->n_refs > 0)
		memcpy(refs, s->refs, s->n_refs * sizeof(*refs));
	if (h->n == h->cap) {
		h->cap = h->cap == 0 ? 64 : 2 * h->cap;
		h->all = mem_grow(h->all, h->cap * sizeof(*h->all));
	}
	h->all[h->n++] = (struct head){.id = s->id,
				       .by = s->created_by,
				       .kind = s->kind,
				       .name = name,
				       .folded = text_folded(a, name),
				       .refs = refs,
				       .n_refs = s->n_refs};
	return true;
}

static struct heads
heads_load(struct query *q)
{
	struct heads h = {.q = q};

	segments_each(q->txn, head_take, &h);
	return h;
}

/* Whether there is somebody of the scope in it, or who asks made it. */
static bool
head_seen(struct query *q, const struct who *who, const struct head *h)
{
	struct fault ignored = {0};
	struct bits *members;
	enum err e;

	if (!q->limited || (who->kind == WHO_MANAGER && who->id == h->by))
		return true;
	e = query_segment(q, h->id, &members, &ignored);
	bits_free(members);
	return e == OK;
}

/* One ---------------------------------------------------------------------- */

static enum err
put_size(struct query *q, struct segment_view *v)
{
	struct fault why = {0};
	struct bits *members;
	enum err e = query_segment(q, v->segment.id, &members, &why);

	v->runs = e == OK || e == ERR_NOT_FOUND;
	if (e == OK)
		v->size = bits_count(members);
	bits_free(members);
	TRY(kv_error(q->txn));
	/* the words may name what is masked */
	v->reason = q->whole ? S("its filter cannot run")
			     : arena_str(q->arena, str_of(why.text));
	return e == OK || e == ERR_NOT_FOUND || e == ERR_INVALID ? OK : e;
}

/* The filter in the reader's own words, or not at all. */
static void
put_rule(struct query *q, struct segment_view *v)
{
	struct fault ignored = {0};
	struct filter *filter;
	struct buf b;
	enum err e;

	if (v->segment.kind != SEGMENT_DYNAMIC)
		return;
	e = filter_parse(q, v->segment.filter, &filter, &ignored);
	if (e != OK) {
		v->segment.filter = STR_NONE;
		return;
	}
	buf_init(&b);
	filter_json(filter, &b);
	v->segment.filter = arena_str(q->arena, buf_str(&b));
	buf_reset(&b);
	filter_sentence(filter, &b);
	v->sentence = arena_str(q->arena, buf_str(&b));
	buf_fini(&b);
}

static bool
names(const struct head *h, uint32_t id)
{
	for (size_t i = 0; i < h->n_refs; i++)
		if (h->refs[i] == id)
			return h->id != id;
	return false;
}

static void
put_needers(struct query *q, const struct who *who, const struct heads *h,
	    struct segment_view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++)
		n += names(&h->all[i], v->segment.id);
	v->needed_by = arena_get(q->arena, (n + 1) * sizeof(*v->needed_by));
	for (size_t i = 0; i < h->n; i++)
		if (names(&h->all[i], v->segment.id) &&
		    head_seen(q, who, &h->all[i]))
			v->needed_by[v->n_needed_by++] = (struct segment_ref){
			    h->all[i].id, h->all[i].name};
}

static enum err
view_put(struct query *q, const struct who *who, const struct heads *all,
	 const struct head *h, struct segment_view *v)
{
	struct manager m;

	*v = (struct segment_view){.runs = true};
	if (!segment_get(q->txn, q->arena, h->id, &v->segment))
		return kv_error(q->txn) != OK ? kv_error(q->txn) : ERR_BUG;
	if (v->segment.created_by != 0 &&
	    manager_get(q->txn, v->segment.created_by, &m))
		v->by_name = arena_str(q->arena, m.name);
	TRY(put_size(q, v));
	put_rule(q, v);
	put_needers(q, who, all, v);
	v->segment.refs = NULL;
	v->segment.n_refs = 0;
	return kv_error(q->txn);
}

static enum err
missing(struct query *q, uint32_t id, struct fault *f)
{
	TRY(kv_error(q->txn));
	return fail(f, ERR_NOT_FOUND, "", "there is no segment %u", id);
}

enum err
segment_view_get(struct query *q, const struct who *who, uint32_t id,
		 struct segment_view *out, struct fault *f)
{
	struct heads h = heads_load(q);
	size_t i = 0;
	enum err e;

	while (i < h.n && h.all[i].id != id)
		i++;
	if (i < h.n && head_seen(q, who, &h.all[i]))
		e = view_put(q, who, &h, &h.all[i], out);
	else
		e = missing(q, id, f);
	free(h.all);
	return e;
}

/* Many --------------------------------------------------------------------- */

static int
head_cmp(const void *a, const void *b)
{
	const struct head *x = a, *y = b;
	int c = str_cmp(x->folded, y->folded);

	return c != 0 ? c : str_cmp(x->name, y->name);
}

/* Those that are asked for stay, in order. */
static void
heads_pick(struct heads *h, const struct who *who, const struct segments_in *in,
	   struct heads *out)
{
	struct str text = text_folded(h->q->arena, in->text);

	out->all = mem_new((h->n + 1) * sizeof(*out->all));
	for (size_t i = 0; i < h->n; i++) {
		const struct head *one = &h->all[i];

		if ((in->of_kind && one->kind != in->kind) ||
		    !str_find(one->folded, text, NULL) ||
		    !head_seen(h->q, who, one))
			continue;
		out->all[out->n++] = *one;
	}
	qsort(out->all, out->n, sizeof(*out->all), head_cmp);
}

/* A cursor is the name of the last one in base64url; it holds when that one is
 * not there any more. */
static enum err
page_start(struct query *q, const struct heads *h, struct str after, size_t *at,
	   struct fault *f)
{
	struct head last = {0};
	struct buf b;

	*at = 0;
	if (after.n == 0)
		return OK;
	buf_init(&b);
	if (base64url_decode(after, &b) && text_valid(buf_str(&b)) && b.n > 0)
		last.name = arena_str(q->arena, buf_str(&b));
	buf_fini(&b);
	if (last.name.n == 0)
		return fail(f, ERR_INVALID, "after",
			    "expected the `next` of the page before");
	last.folded = text_folded(q->arena, last.name);
	while (*at < h->n && head_cmp(&h->all[*at], &last) <= 0)
		++*at;
	return OK;
}

static struct str
page_next(struct query *q, struct str name)
{
	char *room = arena_get(q->arena, 4 * (name.n / 3 + 2));

	return (struct str){room, base64url_encode(name, room)};
}

enum err
segments_page(struct query *q, const struct who *who,
	      const struct segments_in *in, struct segments_out *out,
	      struct fault *f)
{
	struct heads all = heads_load(q), h = {.q = q};
	size_t at;
	enum err e;

	*out = (struct segments_out){0};
	heads_pick(&all, who, in, &h);
	e = page_start(q, &h, in->after, &at, f);
	out->total = h.n;
	out->rows = arena_get(q->arena, (in->limit + 1) * sizeof(*out->rows));
	for (; e == OK && at < h.n && out->n < in->limit; at++)
		e = view_put(q, who, &all, &h.all[at], &out->rows[out->n++]);
	if (e == OK && at < h.n)
		out->next = page_next(q, h.all[at - 1].name);
	free(h.all);
	free(all.all);
	return e != OK ? e : kv_error(q->txn);
}

/* The wire form ------------------------------------------------------------ */

static void
rule_json(const struct segment_view *v, struct json_out *j)
{
	if (v->segment.kind != SEGMENT_DYNAMIC)
		return;
	json_key(j, S("filter"));
	if (v->segment.filter.p != NULL)
		json_raw(j, v->segment.filter);
	else
		json_null(j);
	json_key(j, S("sentence"));
	if (v->segment.filter.p != NULL)
		json_text(j, v->sentence);
	else
		json_null(j);
	if (!v->runs)
		json_kt(j, "error", v->reason);
}

static void
refs_json(const struct segment_view *v, struct json_out *j)
{
	json_key(j, S("neededBy"));
	json_array(j);
	for (size_t i = 0; i < v->n_needed_by; i++) {
		json_object(j);
		json_ki(j, "id", v->needed_by[i].id);
		json_kt(j, "name", v->needed_by[i].name);
		json_object_end(j);
	}
	json_array_end(j);
}

void
segment_view_json(const struct segment_view *v, struct json_out *j)
{
	const struct segment *s = &v->segment;

	json_object(j);
	json_ki(j, "id", s->id);
	json_kt(j, "name", s->name);
	json_kt(j, "description", s->description);
	json_kt(j, "kind",
		s->kind == SEGMENT_STATIC ? S("static") : S("dynamic"));
	json_key(j, S("size"));
	if (v->runs)
		json_int(j, (int64_t)v->size);
	else
		json_null(j);
	json_key(j, S("createdBy"));
	if (s->created_by != 0) {
		json_object(j);
		json_ki(j, "id", s->created_by);
		json_kt(j, "name", v->by_name);
		json_object_end(j);
	} else {
		json_null(j);
	}
	json_kat(j, "createdAt", s->created);
	json_kat(j, "updatedAt", s->updated);
	rule_json(v, j);
	refs_json(v, j);
	json_object_end(j);
}
