/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Many users, the same columns of each: what does not depend on the user is
 * worked out once, and records that stand near each other are read on the way
 * from one to the next.
 */
#ifndef RAPPORT_PEOPLE_ROWS_H
#define RAPPORT_PEOPLE_ROWS_H

#include <rapport/people.h>

/* Owned; the attributes stay the catalog's. */
struct user_columns;
struct user_columns *user_columns_new(const struct attr *const *columns,
				      size_t n);
void user_columns_free(struct user_columns *c); /* NULL is fine */
/* What user_values gives. */
void user_row(struct user_view *u, struct arena *arena, struct kv_txn *txn,
	      const struct user_columns *c, struct value *values, bool *has);

/* Users by ascending id. Errors stick to the transaction. */
struct user_walk;
struct user_walk *user_walk_open(struct kv_txn *txn, const struct catalog *c);
void user_walk_close(struct user_walk *w); /* NULL is fine */
/* False: there is no such user. No id may be less than the one before. */
bool user_walk_to(struct user_walk *w, uint32_t id, struct user_view *out);

#endif
