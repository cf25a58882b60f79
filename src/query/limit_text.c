/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Limits as people write and read them.  Segments are given by name or id and
 * kept by id; attributes are named, and must be there: a mask over a name that
 * was mistyped would hide nothing.
 */
#include "filter.h"

#include <stdio.h>

/* "limits/segments/3" */
static enum err
bad_one(struct fault *f, const char *field, const char *member, size_t i,
	const char *expected, const struct json *v)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%s/%zu", field, member, i);
	if (v->kind != JSON_STRING && v->kind != JSON_NUMBER)
		return fail(f, ERR_INVALID, path, "expected %s", expected);
	return fail(f, ERR_INVALID, path,
		    "expected %s: there is no \"%.*s\"", expected,
		    STR_ARG(text_prefix(v->text, 80)));
}

static enum err
bad_list(struct fault *f, const char *field, const char *member,
	 const char *expected)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", field, member);
	return fail(f, ERR_INVALID, path, "expected %s", expected);
}

static bool
segment_given(struct query *q, const struct json *v, uint32_t *id)
{
	uint64_t n;

	if (v->kind == JSON_STRING)
		return segment_find(q->txn, v->text, id);
	if (v->kind != JSON_NUMBER || !str_to_u64(v->text, &n) ||
	    n > UINT32_MAX || segment_name(q->txn, (uint32_t)n).n == 0)
		return false;
	*id = (uint32_t)n;
	return true;
}

static enum err
segments_read(struct query *q, const char *field, const struct json *v,
	      struct limits *out, struct fault *f)
{
	uint32_t *ids;
	size_t n = 0;

	if (v->kind == JSON_NULL)
		return OK;
	if (v->kind != JSON_ARRAY || v->count > LIMIT_SEGMENTS_MAX)
		return bad_list(f, field, "segments",
				"null or an array of at most 100 segments");
	ids = arena_get(q->arena, (v->count + 1) * sizeof(*ids));
	for (v = v->first; v != NULL; v = v->next, n++)
		if (!segment_given(q, v, &ids[n]))
			return bad_one(f, field, "segments", n,
				       "the name or id of a segment", v);
	out->rows = true;
	out->segments = ids;
	out->n_segments = n;
	return kv_error(q->txn);
}

static enum err
masked_read(struct query *q, const char *field, const struct json *v,
	    struct limits *out, struct fault *f)
{
	const struct catalog *c = q->whole ? q->whole : q->catalog;
	struct buf b;
	size_t i = 0;
	enum err e = OK;

	if (v->kind != JSON_ARRAY || v->count >= c->n)
		return bad_list(f, field, "masked",
				"an array of attributes, not of all of them");
	buf_init(&b);
	for (v = v->first; v != NULL && e == OK; v = v->next, i++) {
		if (v->kind != JSON_STRING || !catalog_find(c, v->text))
			e = bad_one(f, field, "masked", i,
				    "the name of an attribute", v);
		if (i > 0)
			buf_c(&b, ',');
		buf_put(&b, v->text);
	}
	out->masked = arena_str(q->arena, buf_str(&b));
	buf_fini(&b);
	return e;
}

enum err
limits_read(struct query *q, const char *field, const struct json *v,
	    struct limits *out, struct fault *f)
{
	*out = (struct limits){0};
	if (v->kind == JSON_NULL)
		return OK;
	if (v->kind != JSON_OBJECT)
		return fail(f, ERR_INVALID, field,
			    "expected null or {\"segments\", \"masked\"}");
	for (v = v->first; v != NULL; v = v->next) {
		if (str_eq(v->key, S("segments")))
			TRY(segments_read(q, field, v, out, f));
		else if (str_eq(v->key, S("masked")))
			TRY(masked_read(q, field, v, out, f));
		else
			return fail(f, ERR_INVALID, field,
				    "expected the members segments and masked "
				    "alone");
	}
	return OK;
}

static void
segments_json(struct kv_txn *txn, const struct limits *l, struct json_out *j)
{
	json_key(j, S("segments"));
	if (!l->rows) {
		json_null(j);
		return;
	}
	json_array(j);
	for (size_t i = 0; i < l->n_segments; i++) {
		struct str name = segment_name(txn, l->segments[i]);

		json_object(j);
		json_ki(j, "id", l->segments[i]);
		json_key(j, S("name"));
		if (name.n > 0)
			json_text(j, name);
		else
			json_null(j); /* it is gone: nobody is in it */
		json_object_end(j);
	}
	json_array_end(j);
}

static void
masked_json(const struct limits *l, enum limits_form form, struct json_out *j)
{
	struct str rest = l->masked, one;
	int64_t n = 0;

	if (form == LIMITS_WHOLE) {
		json_key(j, S("masked"));
		json_array(j);
	}
	for (; rest.n > 0 && str_split(&rest, ',', &one); n++)
		if (form == LIMITS_WHOLE)
			json_text(j, one);
	if (form == LIMITS_WHOLE)
		json_array_end(j);
	else
		json_ki(j, "maskedCount", n);
}

void
limits_json(struct kv_txn *txn, const struct limits *l, enum limits_form form,
	    struct json_out *j)
{
	if (l == NULL) {
		json_null(j);
		return;
	}
	json_object(j);
	segments_json(txn, l, j);
	masked_json(l, form, j);
	json_object_end(j);
}
