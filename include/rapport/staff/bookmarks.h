/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bookmarks: named links to other dashboards, kept in one order for everybody
 * who sees analytics.
 */
#ifndef RAPPORT_STAFF_BOOKMARKS_H
#define RAPPORT_STAFF_BOOKMARKS_H

#include <rapport/staff.h>

#define BOOKMARK_NAME_MAX 200u /* bytes */
#define BOOKMARK_URL_MAX 2000u
#define BOOKMARKS_MAX 1000u

struct bookmark {
	uint32_t id;
	uint32_t position; /* its place in the order, from 0 */
	int64_t created;
	int64_t changed; /* name or url; never the same twice */
	struct str name, url;
};

/* All of them in order, copied into the arena. */
size_t bookmarks_get(struct kv_txn *txn, struct arena *a,
		     struct bookmark **out);
bool bookmark_get(struct kv_txn *txn, struct arena *a, uint32_t id,
		  struct bookmark *out);
/* Its version: what an ETag is made of. */
struct str bookmark_version(struct arena *a, const struct bookmark *b);
/* Into an object that is open. */
void bookmark_json(struct json_out *j, const struct bookmark *b);

/* Members that are NULL stay as they are; a new one needs name and url, and
 * stands last if no position is given. A position behind the last is the last.
 * `same`, if not NULL, is asked with the version inside the transaction: what
 * it answers but OK stops the change. */
struct bookmark_edit {
	const struct str *name, *url;
	const uint32_t *position;
	enum err (*same)(void *arg, struct str version);
	void *arg;
};
/* ERR_INVALID (path: the member), ERR_LIMIT. */
enum err bookmark_add(struct staff *s, const struct by *by,
		      const struct bookmark_edit *e, uint32_t *id,
		      struct fault *f) MUST_USE;
/* ERR_NOT_FOUND, too. */
enum err bookmark_change(struct staff *s, const struct by *by, uint32_t id,
			 const struct bookmark_edit *e,
			 struct fault *f) MUST_USE;
/* Of `e`, which may be NULL, only `same` is used. ERR_NOT_FOUND. */
enum err bookmark_remove(struct staff *s, const struct by *by, uint32_t id,
			 const struct bookmark_edit *e,
			 struct fault *f) MUST_USE;

#endif
