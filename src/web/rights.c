/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Who asks, and may they.  A machine shows a token in Authorization: Bearer; a
 * browser shows a session in a cookie and, when it changes something, proves
 * that our own page asked: the session's CSRF token in a header (or in a field
 * of the one form), an Origin that is ours, and Sec-Fetch-Site: same-origin
 * where the browser sends it.  A token is never sent by a browser on its own,
 * so it needs no such proof.
 *
 * Under HTTPS the cookie has the __Host- prefix and Secure.  Over plain HTTP,
 * which is for trying on one's own machine, neither would be kept by a
 * browser, so another name is used; each is read only where it is set.
 */
#include "request.h"

#define BEARER "Bearer "

const char *
cookie_name(bool https)
{
	return https ? "__Host-rapport" : "rapport";
}

static struct str
param(const struct req *q, const char *name)
{
	return str_of(q->wire->param(q->wire->arg, name));
}

static enum err
identify(struct req *q, struct kv_txn *txn)
{
	struct str auth = param(q, "HTTP_AUTHORIZATION");
	struct str cookie = param(q, "HTTP_COOKIE");
	enum err e = ERR_AUTH;

	q->bearer = auth.n > 0;
	q->who = (struct who){.kind = WHO_NOBODY};
	if (q->bearer && str_starts(auth, S(BEARER)))
		e = token_check(txn, str_cut(auth, sizeof(BEARER) - 1, auth.n),
				q->now, &q->who);
	else if (!q->bearer &&
		 cookie_find(cookie, str_of(cookie_name(q->https)), &q->secret))
		e = session_check(txn, q->secret, q->now, &q->who);
	q->by = (struct by){.who = &q->who, .from = q->from, .at = q->now};
	return e;
}

/* Whether an Origin is the page this server serves. */
static bool
origin_ours(const struct req *q, struct kv_txn *txn, struct str origin)
{
	struct str host = param(q, "HTTP_HOST");
	struct str site = param(q, "HTTP_SEC_FETCH_SITE");
	struct str url = setting_text(txn, SETTING_PUBLIC_URL);
	struct str rest = origin;

	/* a form sent under Referrer-Policy: no-referrer has no origin; the
	 * browser's word on where it came from must then stand alone */
	if (str_eq(origin, S("null")))
		return str_eq(site, S("same-origin"));
	while (url.n > 0 && url.p[url.n - 1] == '/')
		url.n--;
	if (url.n > 0 && str_eq(origin, url))
		return true;
	if (!str_starts(origin, q->https ? S("https://") : S("http://")))
		return false;
	rest = str_cut(origin, q->https ? 8 : 7, origin.n);
	return host.n > 0 && str_eq(rest, host);
}

/* That a change was asked for by our own page. */
static enum err
csrf_check(struct req *q, struct kv_txn *txn)
{
	struct str origin = param(q, "HTTP_ORIGIN");
	struct str site = param(q, "HTTP_SEC_FETCH_SITE");

	if (q->method == GET || q->bearer)
		return OK;
	if (site.n > 0 && !str_eq(site, S("same-origin")))
		return fail(q->fault, ERR_DENIED, "Sec-Fetch-Site",
			    "asked for by another site");
	if (origin.n > 0 && !origin_ours(q, txn, origin))
		return fail(q->fault, ERR_DENIED, "Origin",
			    "asked for by another site");
	return OK;
}

/* The token itself; a form carries it in its body, read later. */
enum err
csrf_token_check(struct req *q)
{
	struct str given = param(q, "HTTP_X_RAPPORT_CSRF");
	char want[SECRET_TEXT];

	if (q->method == GET || q->who.kind != WHO_MANAGER)
		return OK;
	if (given.n == 0)
		given = q->csrf;
	session_csrf(q->secret, want);
	if (!same_secret(given, str_of(want)))
		return fail(q->fault, ERR_DENIED, "X-Rapport-CSRF",
			    "the CSRF token of the session is missing or "
			    "wrong");
	return OK;
}

static enum err
may_check(struct req *q)
{
	uint32_t may = q->route->may;
	const char *name;
	uint32_t mask;

	if ((q->route->flags & MANAGERS_ONLY) && q->who.kind != WHO_MANAGER)
		return fail(q->fault, ERR_DENIED, NULL,
			    "this is for managers, not for tokens");
	if ((q->route->flags & UNLIMITED) && q->limits)
		return fail(q->fault, ERR_DENIED, NULL,
			    "this is for those who may see everybody and "
			    "everything");
	if (may == OWNER)
		return q->who.role == ROLE_OWNER
			   ? OK
			   : fail(q->fault, ERR_DENIED, NULL,
				  "only an Owner may do that");
	if (may == ANYBODY)
		return OK;
	for (size_t i = 0; (name = permission_name(i, &mask, NULL)); i++)
		if ((may & mask) && !who_may(&q->who, mask))
			return fail(q->fault, ERR_DENIED, NULL,
				    "needs the permission %s", name);
	return OK;
}

enum err
rights_check(struct req *q, struct kv_txn *txn)
{
	enum err e;

	if (q->route->may == PUBLIC) {
		q->who = (struct who){.kind = WHO_NOBODY};
		q->by =
		    (struct by){.who = &q->who, .from = q->from, .at = q->now};
		return csrf_check(q, txn);
	}
	e = identify(q, txn);
	if (e == ERR_AUTH)
		return fail(q->fault, e, NULL, "%s", err_sentence(e));
	TRY(e);
	TRY(limits_of(txn, q->arena, q->who.kind, q->who.id, &q->limits));
	TRY(csrf_check(q, txn));
	return may_check(q);
}
