/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Which parts of a store (tbl/parts.h) are whole, and in which version.  A
 * store that an earlier build made is behind in some: nothing is asked of it
 * and no batch writes to it until they are made anew, which store_upgrade
 * (chats/activity.h) does.  One that a later build made is refused.  A store
 * without people is whole.
 */
#ifndef RAPPORT_PEOPLE_PARTS_H
#define RAPPORT_PEOPLE_PARTS_H

#include <rapport/people.h>

enum store_part {
#define PART(CODE, number, version, name, takes) PART_##CODE = number,
#include <tbl/parts.h>
#undef PART
	PARTS_MAX = 255
};

/* ERR_BEHIND, ERR_NEWER; it sticks to the transaction. */
enum err parts_ready(struct kv_txn *txn);
/* Whether the part has to be made. */
bool store_part_behind(struct kv_txn *txn, enum store_part p);
const char *store_part_name(enum store_part p);

/* For who makes it: before, it and what goes with it are behind, whatever cuts
 * the making off; after, it is whole. */
void store_part_begin(struct kv_txn *txn, enum store_part p);
void store_part_end(struct kv_txn *txn, enum store_part p);

#endif
