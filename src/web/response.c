/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Answers.  One function puts every header and refuses what could end its
 * line; one function turns every error into a problem document (RFC 9457) by
 * the error table and into one line of the log.  The log names the route, not
 * the address, and the error's word, not its text, because both may repeat
 * what somebody is called; only for our own errors (5xx) it has the text too.
 */
#include "request.h"

#include <stdio.h>

void
res_init(struct res *r, struct req *q, struct buf *out)
{
	r->q = q;
	r->out = out;
	r->status = 200;
	r->type = NULL;
	r->headers_n = 0;
	r->retry_after = 0;
	r->streaming = r->gone = false;
	r->sent = 0;
	buf_reset(out);
}

void
res_header(struct res *r, const char *name, struct str value)
{
	size_t left = sizeof(r->headers) - r->headers_n;
	int n;

	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f) {
			fail(r->q->fault, ERR_BUG, NULL,
			     "a header %s with control characters", name);
			return;
		}
	n = snprintf(r->headers + r->headers_n, left, "%s: %.*s\r\n", name,
		     STR_ARG(value));
	if (n < 0 || (size_t)n >= left) {
		fail(r->q->fault, ERR_BUG, NULL, "too many headers");
		return;
	}
	r->headers_n += (size_t)n;
}

void
res_headers_again(struct res *r, struct str lines)
{
	if (lines.n > sizeof(r->headers) - r->headers_n) {
		fail(r->q->fault, ERR_BUG, NULL, "too many headers");
		return;
	}
	memcpy(r->headers + r->headers_n, lines.p, lines.n);
	r->headers_n += lines.n;
}

void
res_cookie(struct res *r, struct str secret)
{
	bool https = r->q->https;

	res_header(r, "Set-Cookie",
		   arena_printf(r->q->arena,
				"%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s%s",
				cookie_name(https), STR_ARG(secret),
				https ? "; Secure" : "",
				secret.n == 0 ? "; Max-Age=0" : ""));
}

void
res_json(struct res *r, int status)
{
	r->status = status;
	r->type = "application/json";
	buf_reset(r->out);
	json_out_init(&r->json, r->out);
}

void
res_empty(struct res *r, int status)
{
	r->status = status;
	r->type = NULL;
	buf_reset(r->out);
}

static void
problem_log(const struct req *q, enum err e, int status)
{
	const char *path = q->route ? q->route->path : "-";

	if (status >= 500)
		log_line(LOG_ERROR, "web", "%s %.*s %s: %d %s: %s: %s", q->id,
			 STR_ARG(q->method_name), path, status, err_word(e),
			 q->fault->path, q->fault->text);
	else
		log_line(LOG_INFO, "web", "%s %.*s %s: %d %s", q->id,
			 STR_ARG(q->method_name), path, status, err_word(e));
}

/* Our own errors say no more than what kind they are: the log says more. */
static struct str
problem_detail(const struct req *q, enum err e, int status)
{
	if (status >= 500 || q->fault->code == OK || q->fault->text[0] == '\0')
		return str_of(err_sentence(e));
	return str_of(q->fault->text);
}

void
res_problem(struct res *r, enum err e)
{
	res_problem_open(r, e);
	json_object_end(&r->json);
}

void
res_problem_open(struct res *r, enum err e)
{
	struct req *q = r->q;
	int status = err_http(e);
	struct json_out *j = &r->json;

	problem_log(q, e, status);
	res_json(r, status);
	r->type = "application/problem+json";
	json_object(j);
	json_kt(j, "type",
		arena_printf(q->arena, "about:blank#%s", err_word(e)));
	json_kt(j, "title", str_of(err_sentence(e)));
	json_ki(j, "status", status);
	json_kt(j, "detail", problem_detail(q, e, status));
	if (status < 500 && q->fault->path[0] != '\0')
		json_kt(j, "path", str_of(q->fault->path));
	json_kt(j, "requestId", str_of(q->id));
	if ((e == ERR_BUSY || e == ERR_BEHIND) && r->retry_after == 0)
		r->retry_after = 1;
	if (r->retry_after > 0)
		res_header(r, "Retry-After",
			   arena_printf(q->arena, "%u", r->retry_after));
	if (e == ERR_AUTH)
		res_header(r, "WWW-Authenticate",
			   S("Bearer realm=\"rapport\""));
}

/* RFC 9110 section 15: the word behind the number. */
static const char *
status_word(int status)
{
	static const struct {
		int status;
		const char *word;
	} words[] = {
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {412, "Precondition Failed"},
	    {413, "Content Too Large"},
	    {415, "Unsupported Media Type"},
	    {422, "Unprocessable Content"},
	    {429, "Too Many Requests"},
	    {500, "Internal Server Error"},
	    {503, "Service Unavailable"},
	    {507, "Insufficient Storage"},
	};

	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].status == status)
			return words[i].word;
	return "Other";
}

static bool
head_send(struct res *r, int64_t length)
{
	struct req *q = r->q;
	struct str head;
	char size[48] = "";

	if (length >= 0)
		snprintf(size, sizeof(size), "Content-Length: %lld\r\n",
			 (long long)length);
	head = arena_printf(q->arena,
			    "Status: %d %s\r\n%s%s%s%s%.*s"
			    "Cache-Control: no-store\r\n\r\n",
			    r->status, status_word(r->status),
			    r->type ? "Content-Type: " : "",
			    r->type ? r->type : "", r->type ? "\r\n" : "", size,
			    (int)r->headers_n, r->headers);
	return q->wire->write(q->wire->arg, head);
}

void
res_send(struct res *r)
{
	struct req *q = r->q;
	bool none = r->status == 204;

	if (r->streaming)
		return;
	if (!head_send(r, none ? -1 : (int64_t)r->out->n) ||
	    (!q->head && !none &&
	     !q->wire->write(q->wire->arg, buf_str(r->out))))
		r->gone = true;
	r->sent = r->out->n;
}

enum err
res_stream(struct res *r, int status, const char *type)
{
	r->status = status;
	r->type = type;
	r->streaming = true;
	r->gone = !head_send(r, -1);
	return r->gone ? ERR_CLIENT : OK;
}

enum err
res_write(struct res *r, struct str bytes)
{
	if (r->gone || !r->q->wire->write(r->q->wire->arg, bytes)) {
		r->gone = true;
		return ERR_CLIENT;
	}
	r->sent += bytes.n;
	return OK;
}
