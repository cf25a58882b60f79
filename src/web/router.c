/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The router: everything that can be checked before a handler runs, in one
 * order for every route.
 *
 *   address -> method -> who asks and may they -> parameters -> body ->
 *   CSRF token -> handler -> answer
 *
 * Rights come before the body, so that a stranger cannot make us parse.  A
 * route that only reads runs in the snapshot in which its rights were read;
 * one that writes runs outside, because it makes transactions of its own.  Any
 * error becomes a problem document here and nowhere else.
 */
#include "request.h"

#include <stdio.h>

#define ROOM_KEPT (1u << 20) /* bytes of a buffer kept between requests */

static const struct {
	const char *name;
	enum method method;
	bool head;
} methods[] = {
    {"GET", GET, false}, {"HEAD", GET, true},     {"POST", POST, false},
    {"PUT", PUT, false}, {"PATCH", PATCH, false}, {"DELETE", DELETE, false},
};

bool
method_find(struct str name, enum method *out, bool *head)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		if (str_eq(name, str_of(methods[i].name))) {
			*out = methods[i].method;
			*head = methods[i].head;
			return true;
		}
	return false;
}

const char *
method_name(enum method m)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		if (methods[i].method == m)
			return methods[i].name;
	return "";
}

/* Addresses --------------------------------------------------------------- */

/* The end of what {…} takes of `path`; {name+} takes up to what the rest of
 * the pattern, which then has no other {…}, leaves. */
static size_t
arg_end(struct str path, bool greedy, struct str rest)
{
	size_t n = 0;

	if (greedy)
		return str_ends(path, rest) ? path.n - rest.n : 0;
	while (n < path.n && path.p[n] != '/')
		n++;
	return n;
}

bool
route_match(const char *pattern, struct str path,
	    struct str args[PATH_ARGS_MAX])
{
	struct str p = str_of(pattern);
	size_t open, close, n, i = 0;

	while (str_find(p, S("{"), &open)) {
		if (!str_starts(path, str_cut(p, 0, open)) ||
		    !str_find(p, S("}"), &close) || i == PATH_ARGS_MAX)
			return false;
		path = str_cut(path, open, path.n);
		n = arg_end(path, p.p[close - 1] == '+',
			    str_cut(p, close + 1, p.n));
		if (n == 0)
			return false;
		args[i++] = str_cut(path, 0, n);
		path = str_cut(path, n, path.n);
		p = str_cut(p, close + 1, p.n);
	}
	return str_eq(p, path);
}

const struct route *
route_find(struct str path, enum method m, unsigned *allow,
	   struct str args[PATH_ARGS_MAX], size_t *index)
{
	const struct route *r;

	*allow = 0;
	for (size_t i = 0; (r = route_at(i)) != NULL; i++) {
		if (!route_match(r->path, path, args))
			continue;
		if (r->method == m) {
			*index = i;
			return r;
		}
		*allow |= r->method;
	}
	return NULL;
}

const char *
routes_fault(void)
{
	const struct route *r;
	uint32_t kinds;
	size_t i;

	for (i = 0; (r = route_at(i)) != NULL; i++) {
		kinds = (r->may == PUBLIC) + (r->may == ANYBODY) +
			(r->may == OWNER) + ((r->may & MAY_ALL) == r->may);
		if (r->may == 0 || kinds != 1)
			return "a route without a permission";
		kinds = !!(r->flags & HELD) + !!(r->flags & UNLIMITED) +
			!!(r->flags & NO_PEOPLE);
		if (kinds != (r->may != PUBLIC && r->may != OWNER))
			return "a route that does not say HELD, UNLIMITED or "
			       "NO_PEOPLE, or needs not";
		if (r->handler == NULL || r->about == NULL)
			return "a route without a handler";
		for (size_t n = 0; r->query && r->query[n].name; n++)
			if (n + 1 >= INPUTS_MAX)
				return "too many parameters";
		for (size_t n = 0; r->body && r->body[n].name; n++)
			if (n + 1 >= INPUTS_MAX)
				return "too many members";
	}
	return i > ROUTES_MAX ? "too many routes" : NULL;
}

/* Serving ----------------------------------------------------------------- */

static struct str
param(const struct req *q, const char *name)
{
	return str_of(q->wire->param(q->wire->arg, name));
}

static void
allow_header(struct res *r, unsigned allow)
{
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < COUNT(methods); i++)
		if (allow & methods[i].method)
			buf_printf(&b, "%s, ", methods[i].name);
	buf_put(&b, S("OPTIONS"));
	res_header(r, "Allow", buf_str(&b));
	buf_fini(&b);
}

/* The request's own words, before anything is looked up. */
static void
req_begin(struct req *q)
{
	struct str id = param(q, "REQUEST_ID");
	bool good = id.n > 0 && id.n < sizeof(q->id);

	for (size_t i = 0; i < id.n && good; i++)
		good = strchr("0123456789abcdefABCDEF-", id.p[i]) != NULL;
	if (good)
		memcpy(q->id, id.p, id.n);
	else
		snprintf(q->id, sizeof(q->id), "%016llx",
			 (unsigned long long)random_u64());
	q->now = clock_now();
	q->method_name = param(q, "REQUEST_METHOD");
	q->path = param(q, "DOCUMENT_URI");
	q->from = param(q, "REMOTE_ADDR");
	q->https = str_eq(param(q, "HTTPS"), S("on"));
}

/* What the answer of a route that REPEATS depends on, beside the snapshot. */
static struct str
question_of(struct req *q)
{
	const struct limits *l = q->limits;
	struct buf b;
	struct str out;

	buf_init(&b);
	buf_put(&b, q->path);
	buf_c(&b, '?');
	buf_put(&b, param(q, "QUERY_STRING"));
	buf_c(&b, '\0');
	/* whether a filter may ask what was said */
	buf_c(&b, who_may(&q->who, MAY_CHATS_READ) ? 'c' : ' ');
	for (size_t i = 0; l && l->rows && i < l->n_segments; i++)
		buf_be32(&b, l->segments[i]);
	if (l) {
		buf_c(&b, l->rows ? 'r' : 'a');
		buf_put(&b, l->masked);
	}
	out = arena_str(q->arena, buf_str(&b));
	buf_fini(&b);
	return out;
}

static enum err
answer(struct req *q, struct res *r)
{
	bool repeats = (q->route->flags & REPEATS) && q->app->kept;
	struct str question = repeats ? question_of(q) : STR_NONE;
	uint64_t serial = kv_serial(q->txn);

	q->timely = false;
	if (repeats) {
		res_json(r, 200);
		if (answers_get(q->app->kept, serial, question, r->out))
			return OK;
	}
	TRY(q->route->handler(q, r));
	if (repeats && r->status == 200 && !q->timely)
		answers_put(q->app->kept, serial, question, buf_str(r->out));
	return OK;
}

struct serving {
	struct req *q;
	struct res *r;
	bool rights; /* check them and the parameters */
	bool handle; /* run the handler */
};

static enum err
serve_inside(struct kv_txn *txn, void *arg)
{
	struct serving *s = arg;
	struct req *q = s->q;
	enum err e;

	/* a closure may be run again: nothing of the first time stays */
	memset(q->fault, 0, sizeof(*q->fault));
	s->r->headers_n = 0;
	if (s->rights) {
		memset(q->query, 0, sizeof(q->query));
		TRY(rights_check(q, txn));
		TRY(input_query(q, param(q, "QUERY_STRING")));
	}
	if (!s->handle)
		return OK;
	q->txn = txn;
	e = answer(q, s->r);
	q->txn = NULL;
	return e;
}

static enum err
serve(struct req *q, struct res *r)
{
	struct serving s = {.q = q, .r = r, .rights = true};
	unsigned allow = 0;
	bool known = method_find(q->method_name, &q->method, &q->head);

	if (!text_valid(q->path))
		return fail(q->fault, ERR_INPUT, NULL,
			    "the address is not UTF-8");
	q->route = route_find(q->path, known ? q->method : 0, &allow,
			      q->path_args, &q->route_index);
	if (q->route == NULL) {
		if (allow == 0)
			return ERR_NOT_FOUND;
		allow_header(r, allow);
		if (!str_eq(q->method_name, S("OPTIONS")))
			return ERR_METHOD;
		res_empty(r, 204);
		return OK;
	}
	s.handle = (q->route->flags & READS) && q->method == GET;
	TRY(kv_read(q->app->kv, serve_inside, &s, q->fault));
	if (s.handle)
		return OK;
	TRY(input_body(q));
	TRY(csrf_token_check(q));
	if (!(q->route->flags & READS))
		return once_serve(q, r);
	s.rights = false;
	s.handle = true;
	return kv_read(q->app->kv, serve_inside, &s, q->fault);
}

static void
count(struct app *app, const struct req *q, const struct res *r)
{
	size_t i = q->route ? q->route_index : ROUTES_MAX;
	size_t class = (size_t)r->status / 100;

	if (class >= STATUS_CLASSES)
		class = STATUS_CLASSES - 1;
	atomic_fetch_add_explicit(&app->answers[i * STATUS_CLASSES + class], 1,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&app->micros[i],
				  (uint64_t)(clock_now() - q->now),
				  memory_order_relaxed);
}

bool
web_serve(struct app *app, const struct wire *wire, struct room *room,
	  struct who *after)
{
	struct req *q = arena_get(&room->arena, sizeof(*q));
	struct fault fault = {OK, "", ""};
	struct res r;
	enum err e;

	q->app = app;
	q->wire = wire;
	q->arena = &room->arena;
	q->fault = &fault;
	q->body_room = &room->body;
	req_begin(q);
	res_init(&r, q, &room->out);
	e = serve(q, &r);
	if (e == OK && (fault.code == ERR_BUG || room->out.err != OK))
		e = ERR_BUG; /* a header or a buffer that failed */
	if (e == ERR_IO || e == ERR_CORRUPT)
		log_line(LOG_ERROR, "web", "%s %s: %s", q->id, err_word(e),
			 fault.text);
	if (e == ERR_IO)
		atomic_store(app->broken, true);
	if (e != OK && !r.streaming)
		res_problem(&r, e);
	res_send(&r);
	count(app, q, &r);
	*after = q->who;
	after->touch = after->touch && (e == OK || e == ERR_INVALID);
	if (q->body_bytes.n > 0)
		wipe(room->body.p, q->body_bytes.n);
	return e == OK || !r.streaming;
}

void
room_init(struct room *m)
{
	arena_init(&m->arena);
	buf_init(&m->body);
	buf_init(&m->out);
}

void
room_reset(struct room *m)
{
	struct buf *all[] = {&m->body, &m->out};

	arena_reset(&m->arena);
	for (size_t i = 0; i < COUNT(all); i++)
		if (all[i]->cap > ROOM_KEPT) {
			buf_fini(all[i]);
			buf_init(all[i]);
		}
}

void
room_fini(struct room *m)
{
	arena_fini(&m->arena);
	buf_fini(&m->body);
	buf_fini(&m->out);
}
