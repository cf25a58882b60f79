/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Tokens: what machines log in with.
 *
 * A token never may or sees more than the manager who made it, or who made the
 * token it was made with, may and sees now: it takes over their limits, and
 * when an Owner becomes a Member, so do their tokens.  While they are disabled
 * it is stopped: it opens nothing, from one request to the next.
 */
#ifndef RAPPORT_STAFF_TOKENS_H
#define RAPPORT_STAFF_TOKENS_H

#include <rapport/staff.h>

#define TOKEN_TEXT 48u /* "rpt_", 32 bytes in base64url, NUL */

struct token {
	uint32_t id;
	struct str name;
	enum role role;
	uint32_t permissions;
	int64_t created, expires, used, revoked; /* INSTANT_NONE: not */
	uint32_t by;  /* manager it comes from; 0: the command line */
	bool stopped; /* they are disabled */
};
/* Not revoked, not past its end, not stopped. */
bool token_living(const struct token *t, int64_t now);

struct token_in {
	struct str name;
	enum role role;       /* Owner: also managers and tokens */
	uint32_t permissions; /* its scopes */
	int64_t expires;      /* INSTANT_NONE: never */
};
/* The secret is shown once, in `text`. ERR_INVALID, ERR_DENIED (more than its
 * maker may). */
enum err token_add(struct staff *s, const struct by *by,
		   const struct token_in *in, char text[TOKEN_TEXT],
		   uint32_t *id, struct fault *f) MUST_USE;
enum err token_revoke(struct staff *s, const struct by *by, uint32_t id,
		      struct fault *f) MUST_USE;
bool token_get(struct kv_txn *txn, uint32_t id, struct token *out);
typedef bool token_fn(void *arg, const struct token *t); /* false: stop */
void tokens_each(struct kv_txn *txn, token_fn *fn, void *arg);
/* ERR_AUTH when it is not a living token. */
enum err token_check(struct kv_txn *txn, struct str text, int64_t now,
		     struct who *out) MUST_USE;

#endif
