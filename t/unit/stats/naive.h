/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A world of people who write, are written to and say yes and no, kept twice:
 * in a store, and in arrays that are looked through from end to end.
 */
#ifndef T_STATS_NAIVE_H
#define T_STATS_NAIVE_H

#include "t/tap.h"

#include <rapport/chats/counters.h>
#include <rapport/chats/ledger.h>
#include <rapport/stats.h>

#define PEOPLE 40u
#define CHATS 90u
#define SAID_MAX 6000u
#define TOLD_MAX 800u

struct said {
	unsigned who; /* whom the chat names */
	int64_t at;
	enum message_class class;
	uint8_t status; /* of a template: 1 << enum delivery */
};
struct word_told {
	unsigned who, of; /* whose it is now */
	int64_t at;
	enum activity kind;
};
enum fate { HERE, FORGOTTEN, KEPT };

struct world {
	struct kv *kv;
	struct people *people;
	struct arena arena;
	uint64_t dice;
	struct said said[SAID_MAX];
	struct word_told told[TOLD_MAX];
	size_t n_said, n_told;
	unsigned of[PEOPLE]; /* whom events of this user reach */
	enum fate fate[PEOPLE];
	int64_t gone[PEOPLE], first[PEOPLE]; /* erased; first seen */
	bool french[PEOPLE], phone[PEOPLE];
	uint32_t ids[PEOPLE];
	int64_t now;
	unsigned wrong;
};

uint64_t roll(struct world *w, uint64_t sides);
int64_t some_instant(struct world *w);
void check(struct world *w, enum err e, const char *what);

/* naive.c: what a table must say, into `out` like t->rows[i].v and, behind
 * them, the totals; of the French only, or of all. */
typedef double naive_row[STAT_COLUMNS_MAX];
bool naive_knows(const char *metric);
void naive_table(const struct world *w, const struct stat_table *t, bool french,
		 naive_row *out);
/* Whom it counts: erased ones with totals kept, too. */
bool naive_counts(const struct world *w, unsigned head, bool french);

#endif
