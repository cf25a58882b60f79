/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Views: a filter, columns and a sort under a name and a short address, kept
 * with every version of them and who made it.  A private view is there for its
 * owner alone, a team one for every manager; but for who is limited, a view
 * whose filter names what is kept from them, an attribute or a segment with
 * nobody of theirs in it, is not there at all, and such columns are left out.
 *
 * A share link opens a view without a log-in: 128 random bits of which only
 * the hash is kept, some of the view's columns, a time at which it ends, maybe
 * a password.  Who comes by a link sees what the view has now, the link's
 * columns of it, and never more than the manager who made the link may see
 * now; every other attribute does not exist there.  A link that is unknown,
 * revoked, past its time, of a deleted view or of a manager who is gone or may
 * not share any more: all are the same ERR_NOT_FOUND.
 */
#ifndef RAPPORT_QUERY_VIEWS_H
#define RAPPORT_QUERY_VIEWS_H

#include <rapport/query.h>

#define VIEW_NAME_MAX 200u
#define VIEW_KEPT_MAX (48u << 10) /* filter and columns as kept, bytes */
#define VIEW_SLUG 10u
#define LINK_TEXT 23u /* 16 bytes in base64url and a NUL */
#define LINK_LIFE_DEFAULT (30 * 86400 * SECOND_US)
#define LINK_LIFE_MAX (366 * 86400 * SECOND_US)
#define LINK_PASSWORD_MIN 8u
#define GRANT_LIFE (12 * 3600 * SECOND_US)

enum visibility { VIEW_PRIVATE, VIEW_TEAM };
bool visibility_find(struct str name, enum visibility *out);
const char *visibility_name(enum visibility v); /* "private" "team" */

struct actor {
	enum who_kind kind;
	uint32_t id;
};

struct view {
	uint32_t id, version; /* versions from 1 */
	struct actor owner, by; /* by: who made this version */
	enum visibility visibility;
	int64_t created, updated;
	struct str slug, name;
	struct str filter;        /* JSON; segments by id */
	struct str columns, sort; /* "a,b", "-a"; empty: the default */
};

struct view_in {
	struct str name, filter, columns, sort;
	enum visibility visibility;
};
/* ERR_INVALID (path: field, or leaf under "filter"), ERR_LIMIT. */
enum err view_create(const struct desk *d, const struct view_in *in,
		     uint32_t *id, struct fault *f) MUST_USE;
/* Members that are NULL stay. `version` is the one the change was made to:
 * ERR_STALE when it is not the last. ERR_NOT_FOUND; ERR_DENIED: the visibility
 * is changed by the owner or an Owner only. */
struct view_change {
	uint32_t version;
	const struct str *name, *filter, *columns, *sort;
	const enum visibility *visibility;
};
enum err view_change(const struct desk *d, uint32_t id,
		     const struct view_change *c, uint32_t *version,
		     struct fault *f) MUST_USE;
/* By its owner or, of a team view, an Owner; all its links end. ERR_STALE when
 * `version` is not the last; NULL: whatever it is. */
enum err view_delete(const struct desk *d, uint32_t id, const uint32_t *version,
		     struct fault *f) MUST_USE;

/* Reading, in a snapshot; slices in the arena. `q` is limited as its reader. */
bool view_get(struct query *q, const struct who *who, uint32_t id,
	      struct view *out);
bool view_find(struct query *q, const struct who *who, struct str slug,
	       struct view *out);
typedef bool view_fn(void *arg, const struct view *v); /* false: stop */
/* By id. */
void views_each(struct query *q, const struct who *who, view_fn *fn, void *arg);
/* All versions of a view one may see, newest first; the columns and filters of
 * those with something hidden are left out of them. */
bool view_versions(struct query *q, const struct who *who, uint32_t id,
		   view_fn *fn, void *arg);

/* As JSON, for every surface: the filter with segments by name. A version is
 * told with what it changed of the one before (NULL: the first). link_json
 * writes members only, into an object that is open. */
void view_json(struct query *q, const struct view *v, struct json_out *j);
void version_json(struct query *q, const struct view *v,
		  const struct view *before, struct json_out *j);
struct link;
void link_json(struct query *q, const struct link *l, struct json_out *j);
const char *link_state(const struct link *l, int64_t now); /* "open" */
/* Where people reach "/v/" and a slug, or "/s/" and the text of a link; from
 * the root on where the workspace has not said its own address. */
struct str public_address(struct query *q, const char *path, struct str name);

/* Share links -------------------------------------------------------------- */

struct link {
	uint32_t id, view;
	struct actor by;
	int64_t created, expires, revoked; /* revoked: INSTANT_NONE: not */
	bool password;
	struct str columns; /* "a,b" */
	uint64_t openings;
	int64_t opened; /* last; INSTANT_NONE: never */
};
struct link_in {
	struct str columns;  /* some of the view's; empty: all of them */
	int64_t expires;     /* INSTANT_NONE: LINK_LIFE_DEFAULT from now */
	struct str password; /* empty: none */
};
/* `text` goes into the address, once. ERR_NOT_FOUND (the view), ERR_INVALID,
 * ERR_DENIED (no right to share), ERR_BUSY (hashing). */
enum err link_create(const struct desk *d, uint32_t view,
		     const struct link_in *in, char text[LINK_TEXT],
		     uint32_t *id, struct fault *f) MUST_USE;
/* At once, in every worker. Twice is harmless. */
enum err link_revoke(const struct desk *d, uint32_t view, uint32_t link,
		     struct fault *f) MUST_USE;
/* The links of a view that one may see; slices live until fn returns. */
typedef bool link_fn(void *arg, const struct link *l);
bool links_each(struct query *q, const struct who *who, uint32_t view,
		link_fn *fn, void *arg);
/* The openings of a link, newest first, from those before number `before` on;
 * 0: from the last. */
struct opening {
	uint64_t number; /* from 1 */
	int64_t at;
	struct str from; /* address */
};
typedef bool opening_fn(void *arg, const struct opening *o);
void link_openings(struct kv_txn *txn, uint32_t link, uint64_t before,
		   opening_fn *fn, void *arg);

struct link_try {
	struct str text;     /* from the address */
	struct str password; /* as typed now, or empty */
	struct str grant;    /* from a cookie, or empty */
	struct str from;     /* address */
	int64_t at;
	bool opening; /* the first page: to be counted and logged */
};
/* What a link leads to. Slices in the arena of link_open. */
struct shared {
	uint32_t view, link;
	struct actor by; /* who made the link: its limits hold */
	struct str name, filter;
	struct str columns, view_columns;
	struct str sort; /* of the view */
	int64_t expires;
	/* After a password was right: to be sent along as `grant` from now on,
	 * instead of the password, for GRANT_LIFE. Else "". */
	char grant[SECRET_TEXT];
	uint32_t retry_after; /* seconds, with ERR_BUSY */
};
/* ERR_NOT_FOUND, alike for all links that do not open. ERR_AUTH: a password is
 * asked for, or this one is not right. ERR_BUSY: tries are slowed down. */
enum err link_open(struct staff *s, const struct link_try *t,
		   struct arena *arena, struct shared *out,
		   struct fault *f) MUST_USE;
/* Hold a fresh query to what is shared, and to the limits of who made the link
 * (NULL: none); `columns` and `sort` of *s become what can be shown, and are
 * what to ask for when the reader does not say. Rows have no ids. ERR_NOT_FOUND
 * when nothing of it can be shown any more. */
enum err shared_limit(struct query *q, struct shared *s,
		      const struct limits *maker, struct fault *f) MUST_USE;
/* Forget grants that ended; bounded. */
enum err links_sweep(struct staff *s, int64_t now, struct fault *f) MUST_USE;

#endif
