/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Runs of flows: from the start to what ended them, as a timeline tells it.
 */
#ifndef RAPPORT_CHATS_RUNS_H
#define RAPPORT_CHATS_RUNS_H

#include <rapport/chats.h>

enum cause { CAUSE_NONE, CAUSE_KEYWORD, CAUSE_BROADCAST, CAUSE_API };
extern const char *const cause_names[CAUSE_API + 1]; /* "keyword" … or NULL */
struct run {
	struct str flow, id; /* id.p NULL: it has none */
	int64_t started, completed, cancelled; /* the first; or INSTANT_NONE */
	int64_t again; /* the latest start; those of one id may be many */
	int64_t over; /* from then on it is open no more; or INSTANT_MAX */
	enum cause cause;
};
struct runs {
	struct run *p; /* the caller's to free */
	size_t n, cap;
};
/* All of one person's, instead of what is there; texts in the arena. Of many
 * people best in the order of their ids. */
struct run_reader;
struct run_reader *flow_runs_open(struct kv_txn *txn);
void flow_runs_read(struct run_reader *r, struct arena *a, uint32_t user,
	       struct runs *out);
void flow_runs_close(struct run_reader *r);
struct run *run_new(struct runs *r, struct str flow);
/* By all that happened before `at`. */
bool run_open(const struct run *r, int64_t at);

#endif
