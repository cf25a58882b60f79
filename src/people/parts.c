/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The parts of a store, one value of META: u8 1, n x (u8 part, be16 version).
 * A part that is not in it has version 0, and so have all of a store that was
 * made before the value was.
 */
#include "room.h"

#include <stdio.h>

#define PARTS_KEY S("parts")
#define PARTS_VERSION 1

static const struct {
	uint8_t number;
	uint16_t version;
	const char *name;
	unsigned takes;
} known[] = {
#define PART(CODE, number, version, name, takes)                               \
	{number, version, name, takes},
#include <tbl/parts.h>
#undef PART
};

/* By number. */
struct versions {
	uint16_t of[PARTS_MAX + 1];
};

static void
versions_get(struct kv_txn *txn, struct versions *out)
{
	struct str value;
	struct rd r;

	*out = (struct versions){{0}};
	if (!kv_get(txn, SP_META, PARTS_KEY, &value)) {
		if (!kv_get(txn, SP_META, S("people"), &value))
			for (size_t i = 0; i < COUNT(known); i++)
				out->of[known[i].number] = known[i].version;
		return;
	}
	r = rd_of(value);
	r.bad |= rd_u8(&r) != PARTS_VERSION;
	while (!r.bad && rd_left(&r) > 0) {
		uint8_t number = rd_u8(&r);

		out->of[number] = rd_be16(&r);
	}
	if (!rd_done(&r))
		kv_fail(txn, ERR_CORRUPT, "meta",
			"what is kept of the store's parts is damaged");
}

static void
versions_put(struct kv_txn *txn, const struct versions *v)
{
	uint8_t bytes[1 + 3 * (PARTS_MAX + 1)];
	struct wr w = wr_of(bytes, sizeof(bytes));

	wr_u8(&w, PARTS_VERSION);
	for (unsigned i = 0; i <= PARTS_MAX; i++) {
		if (v->of[i] == 0)
			continue;
		wr_u8(&w, (uint8_t)i);
		wr_be16(&w, v->of[i]);
	}
	kv_put(txn, SP_META, PARTS_KEY, wr_out(&w));
}

static size_t
part_row(enum store_part p)
{
	size_t i = 0;

	while (i + 1 < COUNT(known) && known[i].number != p)
		i++;
	return i;
}

const char *
store_part_name(enum store_part p)
{
	return known[part_row(p)].name;
}

enum err
parts_ready(struct kv_txn *txn)
{
	struct versions v;
	const char *behind = NULL;

	versions_get(txn, &v);
	for (size_t i = 0; i < COUNT(known); i++) {
		uint16_t *of = &v.of[known[i].number];

		if (*of < known[i].version && !behind)
			behind = known[i].name;
		*of = *of > known[i].version;
	}
	for (size_t i = 0; i <= PARTS_MAX; i++)
		if (v.of[i] != 0)
			return kv_fail(txn, ERR_NEWER, "",
				       "The store was written by a newer "
				       "version of Rapport: part %zu of it.",
				       i);
	if (behind)
		return kv_fail(txn, ERR_BEHIND, "",
			       "The store of an earlier version is being "
			       "brought up to date, or is to be by rapport "
			       "upgrade: %s.",
			       behind);
	return kv_error(txn);
}

bool
store_part_behind(struct kv_txn *txn, enum store_part p)
{
	struct versions v;

	versions_get(txn, &v);
	return v.of[p] < known[part_row(p)].version;
}

void
store_part_begin(struct kv_txn *txn, enum store_part p)
{
	unsigned takes = known[part_row(p)].takes;
	struct versions v;

	versions_get(txn, &v);
	v.of[p] = 0;
	for (size_t i = 0; i < COUNT(known); i++)
		if ((takes & 1u << known[i].number) != 0)
			v.of[known[i].number] = 0;
	versions_put(txn, &v);
}

void
store_part_end(struct kv_txn *txn, enum store_part p)
{
	struct versions v;

	versions_get(txn, &v);
	v.of[p] = known[part_row(p)].version;
	versions_put(txn, &v);
}

/* Of a store without people, before it gets some. */
void
parts_begin(struct kv_txn *txn)
{
	struct versions v;

	versions_get(txn, &v);
	versions_put(txn, &v);
}

void
parts_tell(struct kv_txn *txn, report_fn *report, void *arg)
{
	struct versions v;

	versions_get(txn, &v);
	for (size_t i = 0; i < COUNT(known); i++) {
		char text[128];

		if (v.of[known[i].number] >= known[i].version)
			continue;
		snprintf(text, sizeof(text),
			 "the part \"%s\" is of version %u, not %u: "
			 "see rapport upgrade",
			 known[i].name, v.of[known[i].number],
			 known[i].version);
		report(arg, str_of(text));
	}
}
