/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the parts of the room that write have in common: a query for who acts,
 * who that is in records, and how views and jobs are kept.  Numbers are big
 * endian, `str` is a varint length and bytes, instants are be64 of
 * microseconds (two's complement), an actor is u8 kind and be32 id, and byte 0
 * of every value is 1, the version of its layout.
 *
 *  space  key                            value after the version
 *  VIEW   'c'                            be32 last view, be32 last link
 *  VIEW   'v' be32 view                  the view: be32 version, actor owner,
 *                                        actor by, u8 visibility, be64 created
 *                                        updated, str slug name filter columns
 *                                        sort
 *  VIEW   'h' be32 view, be32 version    the same, of each version
 *  VIEW   's' slug                       be32 view
 *  VIEW   'l' be32 view, be32 link       actor by, be64 created expires
 *                                        revoked openings opened, hash[32] of
 *                                        the text, str columns phc
 *  VIEW   't' hash[32]                   be32 view, be32 link
 *  VIEW   'o' be32 link, be64 opening    be64 at, str from
 *  VIEW   'g' sha256 of a grant          be32 link, be64 end
 *  JOB    'c'                            be32 last job
 *  JOB    'j' be32 job                   u8 kind state forget, actor by, be64
 *                                        started finished total done changed
 *                                        refused, be32 piece offset segment
 *                                        most, be64 holder, be64 held until, str
 *                                        by_name from sentence segment
 *                                        attribute value reason
 *  JOB    'f' be32 job                   the filter, JSON; none: chosen users
 *  JOB    'i' be32 job, be32 piece       ids, ascending: varint number of
 *                                        them, the first, then differences
 *  JOB    'r' be32 job                   nothing: it is running
 */
#ifndef QUERY_DESK_H
#define QUERY_DESK_H

#include <rapport/query.h>

#define DESK_VERSION 1

/* A query for the whole store; then held to the limits of who acts. */
struct query desk_query(const struct desk *d, struct kv_txn *txn,
			struct arena *a);
enum err desk_limited(const struct desk *d, struct query *q,
		      struct fault *f) MUST_USE;

struct actor actor_of(const struct who *w);
uint32_t actor_manager(const struct who *w);
/* Whether they are still here and may. */
bool actor_may(struct kv_txn *txn, struct actor a, uint32_t mask, int64_t now);

/* record.c: keys and values */
struct key {
	uint8_t room[64];
	struct wr w;
};
struct str key_of(struct key *k, char letter, struct str rest);
struct str key_of_id(struct key *k, char letter, uint32_t id);
struct str key_of_two(struct key *k, char letter, uint32_t a, uint32_t b);
void buf_actor(struct buf *b, struct actor a);
struct actor rd_actor(struct rd *r);
void buf_moment(struct buf *b, int64_t at);
int64_t rd_moment(struct rd *r);
/* Starts behind the version; another version, or damage, sticks. */
struct rd record_rd(struct kv_txn *txn, struct str value);
bool record_done(struct kv_txn *txn, const struct rd *r, const char *what);
void record_put(struct kv_txn *txn, enum kv_space space, struct str key,
		const struct buf *value);
void record_start(struct buf *b); /* with the version in it */
/* Every key that starts so. */
void record_clear(struct kv_txn *txn, enum kv_space space, struct str prefix);
/* The be32 numbers under 'c', as many as are asked for. */
uint32_t number_next(struct kv_txn *txn, enum kv_space space, size_t which,
		     size_t n);

/* view.c */
bool view_load(struct kv_txn *txn, struct arena *a, uint32_t id,
	       struct view *out);
bool view_seen(const struct who *w, const struct view *v);
/* "a,b" of a list of attributes. */
struct str columns_text(struct arena *a, const struct attr *const *list,
			size_t n);

/* link.c */
struct link_record {
	struct link link;
	struct sha256 hash;
	struct str phc;
};
bool link_load(struct kv_txn *txn, struct arena *a, uint32_t view,
	       uint32_t link, struct link_record *out);
void link_store(struct kv_txn *txn, const struct link_record *l);
/* Whether it opens now. */
bool link_alive(struct kv_txn *txn, const struct link *l, int64_t now);
bool view_shared_now(struct kv_txn *txn, struct arena *a, uint32_t view,
		     int64_t now);
void links_clear(struct kv_txn *txn, uint32_t view);

#endif
