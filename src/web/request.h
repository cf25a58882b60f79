/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a request is inside the web room.  A route is a row of data: method,
 * address, permission, inputs, limits, handler; the router checks all of it
 * before the handler sees typed values.  A handler writes JSON into a buffer
 * that is sent when it returned, so no snapshot of the store is held while a
 * client reads; only an export streams.
 *
 * Where bytes come from and go to is behind struct wire, so that the whole
 * router runs in memory in a test as it does behind nginx.
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include "app.h"
#include "input.h"

#include <rapport/intake.h>

#define PATH_ARGS_MAX 2u
#define INPUTS_MAX 32u
#define QUERY_MAX (192u << 10) /* bytes of a query string */
#define BODY_MAX (1u << 20)    /* of a JSON body, by default */
#define HEADERS_MAX 2048u      /* of an answer */

/* Routes ------------------------------------------------------------------ */

enum method { GET = 1, POST = 2, PUT = 4, PATCH = 8, DELETE = 16 };

/* Beside MAY_*: exactly one of these stands where no permission does. */
#define PUBLIC (1u << 31)  /* no log-in */
#define ANYBODY (1u << 30) /* any manager or token */
#define OWNER (1u << 29)   /* an Owner */

enum route_flag {
	READS = 1,         /* runs inside a snapshot: q->txn */
	TAKES_FORM = 2,    /* the body may be an HTML form */
	TAKES_EVENTS = 4,  /* the body is JSON or NDJSON, given as bytes */
	MANAGERS_ONLY = 8, /* needs a session, not a token */
	REPEATS = 128,   /* READS, and what it says depends on the snapshot, the
			    parameters and the limits of who asks, on nothing
			    else but the clock if q->timely was set */
	TAKES_TABLE = 256, /* the body is CSV or a workbook, given as bytes */
	ONCE = 512,      /* a POST that takes an Idempotency-Key */
	SECRET = 1024,   /* of ONCE: its answer is stored nowhere */

	/* What becomes of the limits of who asks. Exactly one of these, unless
	 * the route is PUBLIC or for an OWNER, who has none. */
	HELD = 16, /* held to them: all it says comes of req_query/req_desk */
	UNLIMITED = 32, /* refused to who has any */
	NO_PEOPLE = 64  /* says nothing about users */
};

struct req;
struct res;
typedef enum err handler(struct req *q, struct res *r);

struct route {
	enum method method;
	const char *path; /* "/api/v1/users/{id}"; {name+} may hold slashes */
	uint32_t may;
	unsigned flags;
	const struct field *query; /* ends with name NULL; or NULL */
	const struct field *body;
	size_t body_max; /* 0: BODY_MAX */
	handler *handler;
	const char *about; /* one line; behind it, if any, what is answered */
};

struct route_table {
	const struct route *routes;
	size_t n;
};
extern const struct route_table route_tables[]; /* ends with routes NULL */

/* The i-th route of all, or NULL. */
const struct route *route_at(size_t i);

/* Requests ---------------------------------------------------------------- */

/* How far a running export is. Its handler only stores, because it holds a
 * snapshot and must not wait for a write; whoever watches writes it down. */
struct track {
	_Atomic uint64_t id; /* of the record; 0: none is running */
	_Atomic uint64_t rows, bytes;
	_Atomic bool cancel; /* somebody asked for it to stop */
};

struct wire {
	void *arg;
	struct track *track;
	const char *(*param)(void *arg, const char *name); /* or NULL */
	size_t (*read)(void *arg, char *out, size_t n);    /* short: the end */
	bool (*write)(void *arg, struct str bytes); /* false: client gone */
	/* Whether nobody is there any more to read; NULL: not known. */
	bool (*gone)(void *arg);
};

struct req {
	struct app *app;
	const struct wire *wire;
	struct arena *arena;
	struct fault *fault;
	struct buf *body_room; /* reused from request to request */

	char id[65]; /* REQUEST_ID, or one of ours */
	int64_t now;
	struct str method_name, path;
	enum method method;
	bool head, https;
	struct str from; /* address of the client */
	const struct route *route;
	size_t route_index;

	struct who who;
	struct by by;      /* who, from, now */
	struct str secret; /* of the session, in the wire's memory */
	bool bearer;
	const struct limits *limits; /* of who asks; NULL: none */
	bool timely; /* the answer depends on the clock */

	struct kv_txn *txn; /* READS routes only */
	struct str path_args[PATH_ARGS_MAX];
	struct input query[INPUTS_MAX], body[INPUTS_MAX];
	struct str body_bytes; /* TAKES_EVENTS */
	struct str csrf;       /* a form's field */
};

struct res {
	struct req *q;
	int status;
	const char *type;
	struct buf *out;      /* the body */
	struct json_out json; /* over it */
	char headers[HEADERS_MAX];
	size_t headers_n;
	uint32_t retry_after;
	bool streaming, gone; /* headers are out; the client went away */
	uint64_t sent;
};

/* Memory of one thread, reset from request to request. */
struct room {
	struct arena arena;
	struct buf body, out;
};
void room_init(struct room *m);
void room_fini(struct room *m);

void room_reset(struct room *m); /* empty; what grew large is given back */

/* One request, from first to last byte of the answer. What is left to do when
 * the client has its answer (who_touch) stands in *after, if its touch is
 * set. False: a streamed answer broke off, and the connection must be cut so
 * that nobody takes it for whole. */
bool web_serve(struct app *app, const struct wire *wire, struct room *room,
	       struct who *after);

/* router.c */
/* The route of a path and method. NULL: *allow says what methods there are
 * (bits of enum method), 0: no such address. */
const struct route *route_find(struct str path, enum method m, unsigned *allow,
			       struct str args[PATH_ARGS_MAX], size_t *index);
bool route_match(const char *pattern, struct str path,
		 struct str args[PATH_ARGS_MAX]);
bool method_find(struct str name, enum method *out, bool *head);
const char *method_name(enum method m);
/* What is wrong with the tables, or NULL. Asked at start. */
const char *routes_fault(void);

/* rights.c */
/* Who asks, and whether the route lets them; inside a snapshot. */
enum err rights_check(struct req *q, struct kv_txn *txn) MUST_USE;
/* The CSRF token, in a header or, of a form, in its field; after the body. */
enum err csrf_token_check(struct req *q) MUST_USE;
const char *cookie_name(bool https);

/* decode.c */
/* Strict: %XX with two hex digits, valid UTF-8 without NUL. `plus`: "+" is a
 * blank. Lives in the arena. */
bool percent_decode(struct arena *a, struct str s, bool plus, struct str *out);
/* Next name=value of a query or form; ERR_INVALID for a bad escape. */
bool pair_next(struct str *rest, struct str *name, struct str *value);
/* The one cookie of that name; false if there is none or more than one. */
bool cookie_find(struct str header, struct str name, struct str *value);

/* once.c: the handler, or what it answered under the same key before. */
enum err once_serve(struct req *q, struct res *r) MUST_USE;

/* input.c */
enum err input_query(struct req *q, struct str query) MUST_USE;
enum err input_body(struct req *q) MUST_USE; /* media type, limit, fields */

/* response.c */
void res_init(struct res *r, struct req *q, struct buf *out);
/* Refuses CR, LF, NUL and what is not Latin-1 text: the answer becomes 500. */
void res_header(struct res *r, const char *name, struct str value);
void res_headers_again(struct res *r, struct str lines); /* of res_header */
void res_cookie(struct res *r, struct str secret); /* empty: forget it */
/* A JSON answer: the handler writes one value to r->json. */
void res_json(struct res *r, int status);
void res_empty(struct res *r, int status);
void res_problem(struct res *r, enum err e);
/* The same, left open for more members: json_object_end ends it. */
void res_problem_open(struct res *r, enum err e);
void res_send(struct res *r);
/* etag.c: versions of what people edit. `version`: bytes that change when it
 * does. Without If-Match, OK; ERR_STALE when it is of another version. */
struct str req_tag(struct req *q, struct str version); /* what it would be */
void res_etag(struct res *r, struct str version);
enum err req_if_match(struct req *q, struct str version) MUST_USE;
/* The same inside the act: with If-Match, q->by carries a guard that asks for
 * the version as the transaction sees it. */
typedef enum err version_fn_at(struct req *q, struct kv_txn *txn,
			       struct buf *version);
void req_guard(struct req *q, version_fn_at *fn);
/* The ETag of what `fn` says of the snapshot in hand. */
enum err res_etag_at(struct res *r, struct kv_txn *txn,
		     version_fn_at *fn) MUST_USE;
/* Headers now, body as it comes. ERR_CLIENT when nobody reads any more. */
enum err res_stream(struct res *r, int status, const char *type) MUST_USE;
enum err res_write(struct res *r, struct str bytes) MUST_USE;

#endif
