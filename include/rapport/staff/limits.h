/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a Member is held to: some segments of people, some attributes that are
 * not there.  Here they are only kept; the query room holds a query to them
 * (query_limit).  With a Member's limits go every token and share link they
 * made.
 */
#ifndef RAPPORT_STAFF_LIMITS_H
#define RAPPORT_STAFF_LIMITS_H

#include <rapport/staff.h>

#define LIMIT_SEGMENTS_MAX 100u
#define LIMIT_MASKED_MAX (8u << 10) /* bytes of names */

struct limits {
	bool rows; /* only users in one of these segments; none: nobody */
	const uint32_t *segments;
	size_t n_segments;
	struct str masked; /* "a,b": attributes that are not there for them */
};

/* The limits of a manager, of a token or of the command line, as they are in
 * this snapshot; *out is NULL for who sees everything, and lives in `a`. One
 * who is gone sees nobody. */
enum err limits_of(struct kv_txn *txn, struct arena *a, enum who_kind kind,
		   uint32_t id, const struct limits **out) MUST_USE;
/* Of a manager in hand; NULL: none. */
const struct limits *manager_limits(const struct manager *m, struct arena *a);

#endif
