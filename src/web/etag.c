/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Versions of what people edit (RFC 9110 section 13).  A GET names the version
 * it shows in ETag; a change that carries If-Match is made only while that is
 * the version, asked inside the transaction that makes it.  A version is a
 * hash of whatever bytes the resource says it consists of, so nothing has to
 * be counted or kept.
 *
 * nginx weakens the tag of an answer it compresses, and what was weakened
 * comes back so; it still names one version of ours, hence "W/" is passed over.
 */
#include "request.h"

#define TAG_BYTES 16u

struct str
req_tag(struct req *q, struct str version)
{
	struct sha256 hash = sha256_of(version);
	char hex[2 * TAG_BYTES + 1];

	hex_encode((struct str){(const char *)hash.b, TAG_BYTES}, hex);
	return arena_printf(q->arena, "\"%.*s\"", (int)(2 * TAG_BYTES), hex);
}

void
res_etag(struct res *r, struct str version)
{
	res_header(r, "ETag", req_tag(r->q, version));
}

/* The next of `"a", W/"b"`: with its quotes, without W/. False: that is none,
 * or the end with *rest empty. */
static bool
tag_next(struct str *rest, struct str *tag)
{
	size_t end;

	*rest = str_trim(*rest);
	if (rest->n == 0)
		return false;
	if (str_starts(*rest, S("W/")))
		*rest = str_cut(*rest, 2, rest->n);
	if (!str_starts(*rest, S("\"")) ||
	    !str_find(str_cut(*rest, 1, rest->n), S("\""), &end))
		return false;
	*tag = str_cut(*rest, 0, end + 2);
	*rest = str_trim(str_cut(*rest, end + 2, rest->n));
	if (rest->n == 0)
		return true;
	if (!str_starts(*rest, S(",")))
		return false;
	*rest = str_cut(*rest, 1, rest->n);
	return true;
}

enum err
req_if_match(struct req *q, struct str version)
{
	struct str rest = str_of(q->wire->param(q->wire->arg, "HTTP_IF_MATCH"));
	struct str tag, want = req_tag(q, version);
	bool hit = false;

	if (rest.n == 0 || str_eq(str_trim(rest), S("*")))
		return OK;
	while (tag_next(&rest, &tag))
		hit = hit || str_eq(tag, want);
	if (rest.n > 0)
		return fail(q->fault, ERR_INPUT, "If-Match",
			    "expected the ETag of an answer");
	return hit ? OK
		   : fail(q->fault, ERR_STALE, "If-Match",
			  "it was changed since it was read");
}

/* Inside an act ------------------------------------------------------------ */

struct stood {
	struct req *q;
	version_fn_at *fn;
	struct guard guard;
};

static enum err
stood_ask(struct kv_txn *txn, void *arg)
{
	struct stood *s = arg;
	struct buf version;
	enum err e;

	buf_init(&version);
	e = s->fn(s->q, txn, &version);
	if (e == OK)
		e = req_if_match(s->q, buf_str(&version));
	buf_fini(&version);
	return e;
}

void
req_guard(struct req *q, version_fn_at *fn)
{
	struct stood *s = arena_get(q->arena, sizeof(*s));

	if (q->wire->param(q->wire->arg, "HTTP_IF_MATCH") == NULL)
		return;
	*s = (struct stood){q, fn, {stood_ask, s}};
	q->by.guard = &s->guard;
}

enum err
res_etag_at(struct res *r, struct kv_txn *txn, version_fn_at *fn)
{
	struct buf version;
	enum err e;

	buf_init(&version);
	e = fn(r->q, txn, &version);
	if (e == OK)
		res_etag(r, buf_str(&version));
	buf_fini(&version);
	return e;
}
