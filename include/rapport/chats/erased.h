/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What stays of people who were erased with their totals kept, so that counts
 * of periods that are over stay as they were reported.  Of each there is a
 * number, drawn by lot when they are erased, which neither the certificate nor
 * anything else names, and under it, as numbers and as names that many share:
 *
 *   the quarter-hours in which they wrote, in which they agreed or refused and
 *   were found to be reachable or not (also in a ledger, LEDGER_ERASED); that
 *   in which they were first seen and that in which they were erased; whether
 *   they had a phone number;
 *   the instants at which they wrote, began a chat, did an event or started a
 *   flow, with the event's or flow's name: a funnel tells what came first within
 *   a quarter-hour, and how long it took;
 *   the runs of flows, by quarter-hour, with their cause, without the runId;
 *   the quarter-hours and codes of messages to them that failed, without the
 *   title, which may say anything.
 *
 * Distinct people of any period cannot be counted with less.  Everything that
 * is counted but not by person (messages, conversations, templates) is a plain
 * sum of everybody erased; and of how long they waited (waits.h) each interval
 * stays by itself, so that medians and operating hours can be told, but not
 * whose it was nor which belong together.
 *
 * Nothing else stays: no text, no name or id of theirs, no attribute nor that
 * one changed, not the dense id; so in no list, filter, search or segment is
 * there anybody erased, and what needs one of these (a filter, a funnel with a
 * step of what was said or what changed) is counted without them.  Whoever was
 * erased by a build that kept less is in what that build kept.  With
 * ERASE_FORGET nothing stays.
 *
 * All this is made of nothing else, so nothing can restore it; it has checksums
 * that say whether it is what was kept, and the ledger is made of it.
 */
#ifndef RAPPORT_CHATS_ERASED_H
#define RAPPORT_CHATS_ERASED_H

#include <rapport/chats/ledger.h>
#include <rapport/chats/runs.h>

struct erased_person {
	int64_t gone;  /* quarter-hour in which they were erased */
	int64_t first; /* in which they were first seen; INT64_MIN: never */
	bool phone;
};
typedef bool erased_person_fn(void *arg, uint32_t number,
			      const struct erased_person *e);
void erased_each(struct kv_txn *txn, erased_person_fn *fn, void *arg);
/* What they did, by number, kind and instant; of no kind that ends a flow.
 * False stops, here and below. */
typedef bool erased_deed_fn(void *arg, uint32_t number, uint16_t kind,
			    int64_t at);
void erased_deeds(struct kv_txn *txn, erased_deed_fn *fn, void *arg);
/* Runs of flows, by number; instants are the beginnings of quarter-hours, and
 * none is open after they were erased. Names live in the arena. */
typedef bool erased_run_fn(void *arg, uint32_t number, const struct run *r);
void erased_runs(struct kv_txn *txn, struct arena *a, erased_run_fn *fn,
		 void *arg);
/* Messages to them that failed, by number. */
struct erased_failure {
	uint32_t number;
	int64_t quarter;
	uint64_t n;
	struct str code; /* n 0: none; a slice of the snapshot */
};
typedef bool erased_failure_fn(void *arg, const struct erased_failure *f);
void erased_failures(struct kv_txn *txn, erased_failure_fn *fn, void *arg);

/* In an entry of the erased that says in which quarter-hour they agreed or
 * refused (or were found reachable or not), how often is 2 where in the same
 * quarter-hour both was said and this was the last, else 1. */
#define ERASED_LAST 2u

/* Sums of one quarter-hour. */
enum erased_sum {
	ERASED_WINDOWS, /* conversations of 24 hours that were opened */
	ERASED_SENT,    /* templates, and of them: */
	ERASED_DELIVERED,
	ERASED_READ,
	ERASED_FAILED,
	ERASED_UNHEARD,
	ERASED_SUMS
};
typedef bool erased_sum_fn(void *arg, int64_t quarter,
			   const uint64_t sums[ERASED_SUMS]);
/* The quarter-hours first … last in order. False stops. */
void erased_sums(struct kv_txn *txn, int64_t first, int64_t last,
		 erased_sum_fn *fn, void *arg);
/* What became of a template, from the set of 1 << enum delivery heard of it:
 * added to the sums from ERASED_SENT on. */
void template_fate(uint8_t status, uint64_t by, uint64_t sums[ERASED_SUMS]);

/* Whether all that was kept is there, and sound, and the ledger is made of it;
 * a part of chats_check. */
enum err erased_check(struct kv *kv, report_fn *report, void *arg, uint64_t *n,
		      struct fault *f) MUST_USE;

#endif
