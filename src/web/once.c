/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Idempotency-Key: a request that is sent again, because its answer was lost,
 * is not done again.  A route says ONCE in its row; this file looks whether the
 * key was used, hands the key to the act in q->by, and keeps the answer.
 *
 *   nothing done under the key    do it
 *   done, answer kept             the same answer, with Idempotency-Replayed
 *   done, answer not kept         409 that names what was done: the worker
 *                                 ended in between, or the answer is a SECRET,
 *                                 shown once and stored nowhere
 *   another request               422
 *   another one is under way      409: its act makes ours impossible
 *
 * An answer that is an error is not kept: nothing was done, so it may be asked
 * again under the same key.
 */
#include "request.h"

#define MOMENT (5 * SECOND_US) /* an answer may still be on its way */

static enum err
key_check(struct req *q, struct str key)
{
	bool good = key.n <= ONCE_KEY_MAX;

	for (size_t i = 0; i < key.n && good; i++)
		good = key.p[i] > ' ' && key.p[i] <= '~';
	if (!good)
		return fail(q->fault, ERR_INVALID, "Idempotency-Key",
			    "expected 1 to %u visible ASCII characters",
			    ONCE_KEY_MAX);
	if (!(q->route->flags & ONCE))
		return fail(q->fault, ERR_INVALID, "Idempotency-Key",
			    "this address does not take one");
	return OK;
}

/* Method, address and body, as they were sent. */
static struct str
request_bytes(struct req *q)
{
	struct str query = str_of(q->wire->param(q->wire->arg, "QUERY_STRING"));
	struct sha256 body = sha256_of(q->body_bytes);
	char hex[2 * sizeof(body.b) + 1];

	hex_encode((struct str){(const char *)body.b, sizeof(body.b)}, hex);
	return arena_printf(q->arena, "%.*s %.*s?%.*s %s",
			    STR_ARG(q->method_name), STR_ARG(q->path),
			    STR_ARG(query), hex);
}

static enum err
done_before(struct req *q, struct res *r, const struct once_kept *k)
{
	const char *why = "the worker ended before it could keep the answer";

	if (q->route->flags & SECRET) {
		why = "its answer holds a secret that is shown once";
	} else if (q->now < k->at + MOMENT) {
		why = "its answer is not kept yet; ask again";
		r->retry_after = 1;
	}
	return fail(q->fault, ERR_CONFLICT, "Idempotency-Key",
		    "it was done (%.*s): %s",
		    STR_ARG(text_prefix(k->object, 100)), why);
}

static enum err
answer_again(struct res *r, const struct once_kept *k)
{
	if (k->body.n > 0)
		res_json(r, k->status);
	else
		res_empty(r, k->status);
	buf_put(r->out, k->body);
	res_headers_again(r, k->head);
	res_header(r, "Idempotency-Replayed", S("true"));
	return OK;
}

static enum err
answer_kept(struct req *q, struct res *r, const struct once_kept *k)
{
	switch (k->state) {
	case ONCE_OTHER:
		return fail(q->fault, ERR_INVALID, "Idempotency-Key",
			    "another request was made under this key (%.*s)",
			    STR_ARG(text_prefix(k->object, 100)));
	case ONCE_DONE:
		return done_before(q, r, k);
	case ONCE_ANSWERED:
		return answer_again(r, k);
	case ONCE_FREE:
		break;
	}
	return ERR_BUG;
}

static void
answer_keep(struct req *q, const struct res *r, const struct once *o)
{
	struct once_kept answer = {.status = r->status,
				   .head = {r->headers, r->headers_n},
				   .body = buf_str(r->out)};
	struct fault f = {0};

	if (once_keep(q->app->staff, o, &answer, &f) != OK)
		log_line(LOG_WARN, "web", "%s answer not kept: %s", q->id,
			 f.text);
}

/* When it fails, perhaps because the same was done since we looked, that is
 * what is to be heard of, and not that a name is taken. */
static enum err
act(struct req *q, struct res *r, const struct once *o)
{
	struct once_kept k = {.state = ONCE_FREE};
	enum err e;

	q->by.once = o;
	e = q->route->handler(q, r);
	q->by.once = NULL;
	if (e == OK && q->fault->code == OK) {
		if (!(q->route->flags & SECRET))
			answer_keep(q, r, o);
		return OK;
	}
	if (once_look(q->app->staff, o, q->now, q->arena, &k, NULL) != OK ||
	    k.state == ONCE_FREE || k.act == o->act)
		return e;
	memset(q->fault, 0, sizeof(*q->fault));
	r->headers_n = 0;
	return answer_kept(q, r, &k);
}

enum err
once_serve(struct req *q, struct res *r)
{
	struct str key =
	    str_of(q->wire->param(q->wire->arg, "HTTP_IDEMPOTENCY_KEY"));
	struct once_kept k;
	struct once o;

	if (key.n == 0 || q->method != POST)
		return q->route->handler(q, r);
	TRY(key_check(q, key));
	o = once_of(q->app->staff, &q->who, key, request_bytes(q));
	TRY(once_look(q->app->staff, &o, q->now, q->arena, &k, q->fault));
	return k.state == ONCE_FREE ? act(q, r, &o) : answer_kept(q, r, &k);
}
