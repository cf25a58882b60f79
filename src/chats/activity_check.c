/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Activity held against chats and timelines.  User by user the pieces must be
 * the very bytes that they would be made of now, and every set they ask for
 * must have the user.  That no set has anybody else is then a question of
 * numbers: as many members in all as were asked for.
 */
#include "room.h"

#include <stdio.h>
#include <stdlib.h>

#define KINDS (UINT16_MAX - A_ACTIVITY + 1u)

struct check {
	struct kv_txn *txn;
	struct kv_cursor *stored; /* pieces */
	bool more;
	struct arena arena;
	struct dones dones;
	struct buf missing, scratch;
	uint64_t *asked; /* members of sets, by kind */
	struct ledger_sum *entries; /* by kind */
	bool kept;	     /* whether there is a ledger */
	report_fn *report;
	void *arg;
	uint64_t *n;
};

static void PRINTF_LIKE(2, 3)
    differ(struct check *k, const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	(*k->n)++;
	if (k->report != NULL)
		k->report(k->arg, str_of(text));
}

static enum err
check_piece(void *arg, const struct piece_key *at, const int64_t *instants,
	    size_t n)
{
	struct check *k = arg;
	uint8_t memory[ACTIVITY_KEY_SIZE];
	struct str key = piece_key(memory, at);

	buf_reset(&k->scratch);
	piece_encode(&k->scratch, instants, n);
	while (k->more && str_cmp(kv_key(k->stored), key) < 0) {
		differ(k, "User %u: activity is kept that did not happen.",
		       at->user);
		k->more = kv_next(k->stored);
	}
	if (!k->more || !str_eq(kv_key(k->stored), key)) {
		differ(k, "User %u: activity of kind %u is missing.", at->user,
		       at->kind);
		return kv_error(k->txn);
	}
	if (!str_eq(kv_value(k->stored), buf_str(&k->scratch)))
		differ(k, "User %u: activity of kind %u is not what happened.",
		       at->user, at->kind);
	k->more = kv_next(k->stored);
	return kv_error(k->txn);
}

static enum err
check_bucket(void *arg, uint32_t user, struct posting at)
{
	struct check *k = arg;

	k->asked[at.attr - A_ACTIVITY]++;
	if (!posting_has(k->txn, at, user))
		differ(k, "User %u is missing in a set of activity %u.", user,
		       at.attr - A_ACTIVITY);
	return kv_error(k->txn);
}

static enum err
check_entries(void *arg, uint32_t user, uint16_t kind, const struct instants *at)
{
	struct check *k = arg;

	for (size_t i = 0, n; i < at->n && k->kept; i += n) {
		int64_t quarter = quarter_of(at->p[i]);

		for (n = 1; i + n < at->n && quarter_of(at->p[i + n]) == quarter;)
			n++;
		ledger_sum_add(&k->entries[kind], user, quarter, n);
	}
	return OK;
}

static enum err
check_users(struct check *k)
{
	struct activity_out out = {check_piece, check_bucket, check_entries, k};
	uint32_t user = 1;

	for (; user != 0 && (user = activity_user_next(k->txn, user)) != 0;
	     user++) {
		arena_reset(&k->arena);
		buf_reset(&k->missing);
		activity_gather(k->txn, &k->arena, user, &k->dones,
				&k->missing);
		if (!k->kept)
			dones_untold(&k->dones);
		if (k->missing.n > 0)
			differ(k, "User %u did something that has no kind.",
			       user);
		TRY(activity_parts(&out, user, &k->dones));
	}
	for (; k->more; k->more = kv_next(k->stored))
		differ(k, "Activity is kept of somebody who did nothing.");
	return kv_error(k->txn);
}

static uint64_t
level_members(struct kv_txn *txn, unsigned kind, uint8_t level)
{
	struct dict *d = dict_open(txn, (uint16_t)(A_ACTIVITY + kind), level,
				   STR_NONE, STR_NONE);
	uint64_t n = 0;
	struct str value;

	while (dict_next(d, &value))
		n += dict_count(d);
	dict_close(d);
	return n;
}

static void
check_numbers(struct check *k, unsigned next_kind)
{
	uint8_t memory[2];
	struct wr w = wr_of(memory, sizeof(memory));
	struct kv_cursor *c = kv_cursor(k->txn, SP_POST, STR_NONE);

	wr_be16(&w, (uint16_t)(A_ACTIVITY + next_kind));
	if (kv_seek(c, wr_out(&w)))
		differ(k, "There are sets of activity of no kind.");
	kv_cursor_close(c);
	for (unsigned kind = 0; kind < next_kind; kind++) {
		uint64_t has = level_members(k->txn, kind, LEVEL_SET);

		for (uint8_t level = 0; level <= activity_levels.n; level++)
			has += level_members(k->txn, kind, level);
		if (has != k->asked[kind])
			differ(k,
			       "The sets of activity %u have %llu members; %llu "
			       "are asked for.",
			       kind, (unsigned long long)has,
			       (unsigned long long)k->asked[kind]);
	}
}

static void
check_ledger(struct check *k)
{
	struct ledger_sum *sums = mem_new(ACTIVITY_TOLD_END * sizeof(*sums));
	uint64_t broken = ledger_sums(k->txn, LEDGER_LIVING, sums);

	if (broken > 0)
		differ(k, "%llu pages of the ledger are damaged.",
		       (unsigned long long)broken);
	for (unsigned kind = 0; kind < ACTIVITY_TOLD_END; kind++)
		if (sums[kind].n != k->entries[kind].n ||
		    sums[kind].hash != k->entries[kind].hash)
			differ(k,
			       "The ledger has %llu quarter-hours of activity "
			       "%u; %llu are asked for, or others.",
			       (unsigned long long)sums[kind].n, kind,
			       (unsigned long long)k->entries[kind].n);
	free(sums);
}

static enum err
check_all(struct kv_txn *txn, void *arg)
{
	struct check *k = arg;
	struct activity_state state;
	enum err e;

	k->txn = txn;
	k->kept = ledger_whole(txn);
	activity_state_get(txn, &state);
	if (state.building)
		differ(k, "The index of activity was left half built.");
	k->stored = kv_cursor(txn, SP_ACTIVITY, S("i"));
	k->more = kv_seek(k->stored, STR_NONE);
	e = check_users(k);
	kv_cursor_close(k->stored);
	if (e == OK)
		check_numbers(k, state.next_kind);
	if (e == OK && k->kept)
		check_ledger(k);
	return e != OK ? e : kv_error(txn);
}

enum err
activity_check(struct kv *kv, report_fn *report, void *arg, uint64_t *n,
	       struct fault *f)
{
	struct check k = {.report = report, .arg = arg, .n = n};
	enum err e;

	k.asked = mem_new(KINDS * sizeof(*k.asked));
	k.entries = mem_new(ACTIVITY_TOLD_END * sizeof(*k.entries));
	arena_init(&k.arena);
	e = kv_read(kv, check_all, &k, f);
	arena_fini(&k.arena);
	buf_fini(&k.missing);
	buf_fini(&k.scratch);
	free(k.dones.p);
	free(k.asked);
	free(k.entries);
	return e;
}
