/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Golden bytes of a record, worked out by hand from layout.h; and a store of
 * version 1, byte by byte: it is read as it is, becomes one of version 2 at
 * its first write or rebuild, and nobody leaves a segment by that.
 */
#include "../../../src/people/layout.h"

#include "world.h"

#define NONE "0000000000000000"
#define ONE "80000000000f4240" /* 1 s: 1,000,000 us, the sign turned */
#define TWO "80000000001e8480"

static const char head[] = "03616e6e"         /* userId ann */
    ONE TWO                                   /* first, last */
			   "01" ONE "00" NONE /* consent in, valid unknown */
			   "000000" NONE NONE "00" NONE; /* chats */
static const char identities[] = "010377656203736964"    /* web, sid */
				 "0178";                 /* x */

static enum err
ann_step(struct world *w, struct batch *b, void *arg)
{
	struct identity i = {S("web"), S("sid"), S("x")};
	struct giving said = {"ann", "plan", "\"gold\"", SECOND_US, false, 0};
	struct giving edited = {"ann",         "plan", "\"pro\"",
				2 * SECOND_US, true,   7};
	uint32_t id;

	(void)arg;
	TRY(batch_user(b, S("ann"), &id, NULL));
	batch_seen(b, id, SECOND_US, 2 * SECOND_US);
	batch_consent(b, id, true, SECOND_US);
	TRY(batch_claim(b, id, &i, NULL));
	TRY(world_give(w, b, &said));
	return world_give(w, b, &edited);
}

static void
golden_look(struct world *w, struct kv_txn *txn, void *arg)
{
	struct str record = STR_NONE;
	char got[512], want[512];

	(void)w;
	(void)arg;
	kv_get(txn, SP_USER, (struct str){"\0\0\0\1", 4}, &record);
	hex_encode(record, got);
	snprintf(want, sizeof(want), "02%s%s%s", head, identities,
		 "00"          /* flows */
		 "02" TWO "02" /* stamps: the manager's */
		 ONE "00"      /* and the event's */
		 "01"          /* one cell */
		 "8002"
		 "80"
		 "00"       /* attribute 256, text and more, stamp 0 */
		 "0370726f" /* pro */
		 "07"
		 "07" /* by, previous, shadow; by 7 */
		 "000100"
		 "04676f6c64" /* shown before: gold */
		 "000100"
		 "04676f6c64"); /* hidden: gold */
	is_str(str_of(got), str_of(want), "a record of version 2");
}

static void
test_golden(void)
{
	struct world w;

	if (!world_open(&w))
		return;
	is_int(world_do(&w, ann_step, NULL), OK, "a user with an edit");
	world_look(&w, golden_look, NULL);
	world_close(&w);
}

/* Version 1 ---------------------------------------------------------------- */

static void
put_hex(struct kv_txn *txn, enum kv_space space, const char *key,
	const char *value)
{
	uint8_t k[64], v[512];
	size_t n_k = strlen(key) / 2, n_v = strlen(value) / 2;

	ok(hex_decode(str_of(key), k, n_k) && hex_decode(str_of(value), v, n_v),
	   "hex");
	kv_put(txn, space, (struct str){(char *)k, n_k},
	       (struct str){(char *)v, n_v});
}

#define META_KEY "70656f706c65" /* people */
/* next user 2, attribute 257, segment 2, sequence 1, epoch 1 */
#define META_VALUE         \
	"01"               \
	"00000002"         \
	"0101"             \
	"00000002"         \
	"0000000000000001" \
	"0000000000000001" \
	"00"

static enum err
old_body(struct kv_txn *txn, void *arg)
{
	char record[512];

	(void)arg;
	snprintf(record, sizeof(record), "01%s%s%s", head, identities,
		 "0101"        /* in segment 1 */
		 "00"          /* flows */
		 "01" ONE "00" /* stamps */
		 "01"          /* one cell */
		 "8002"
		 "00"
		 "00"
		 "04676f6c64"); /* plan is gold */
	put_hex(txn, SP_META, META_KEY, META_VALUE);
	/* attribute 256: text, given, editable, custom; plan */
	put_hex(txn, SP_ATTR, "0100",
		"01"
		"00"
		"0e"
		"04706c616e"
		"04706c616e");
	put_hex(txn, SP_USER, "00000001", record);
	put_hex(txn, SP_IDENT,
		"2a007573657249640061"
		"6e6e",
		"01"
		"00000001"); /* *, userId, ann */
	put_hex(txn, SP_IDENT,
		"7765620073696400"
		"78",
		"01"
		"00000001");
	put_hex(txn, SP_SEGMENT,
		"69"
		"00000001",
		"01"
		"00"
		"03564950"
		"00" ONE); /* static, VIP */
	put_hex(txn, SP_SEGMENT,
		"6e"
		"564950",
		"01"
		"00000001");
	return kv_error(txn);
}

/* Its postings of segments, as version 1 had them. */
static enum err
old_postings_body(struct kv_txn *txn, void *arg)
{
	struct delta *d = delta_new();
	struct posting in = {A_SEGMENT, 0, {"\0\0\0\1", 4}};
	struct posting any = {A_SEGMENT, LEVEL_SET, {"", 0}};
	struct posting joined = {A_SEGMENT, LEVEL_JOINED, {"vip\0", 4}};

	(void)arg;
	delta_change(d, in, 1, true);
	delta_change(d, any, 1, true);
	delta_change(d, joined, 1, true);
	delta_flush(d, txn);
	delta_free(d);
	kv_del(txn, SP_MEMBER, (struct str){"\0\0\0\1\0\0", 6});
	put_hex(txn, SP_META, META_KEY, META_VALUE);
	return kv_error(txn);
}

static enum err
ready_body(struct kv_txn *txn, void *arg)
{
	(void)arg;
	return parts_ready(txn);
}

/* As if everything else had been made already. */
static enum err
whole_body(struct kv_txn *txn, void *arg)
{
	(void)arg;
#define PART(CODE, number, version, name, takes) store_part_end(txn, PART_##CODE);
#include <tbl/parts.h>
#undef PART
	return kv_error(txn);
}

static void
old_world(struct world *w)
{
	struct fault f = {0};

	is_int(kv_write(w->kv, old_body, NULL, &f), OK, "an old store");
	is_int(people_reindex(w->people, 1u << 20, "/tmp", NULL, NULL, &f), OK,
	       "with an index");
	is_int(kv_write(w->kv, old_postings_body, NULL, &f), OK,
	       "and its segments in it");
	is_int(kv_read(w->kv, ready_body, NULL, NULL), ERR_BEHIND,
	       "which is behind");
	is_int(kv_write(w->kv, whole_body, NULL, &f), OK, "else whole");
}

static void
old_look(struct world *w, struct kv_txn *txn, void *arg)
{
	const struct catalog *c = people_catalog(w->people, txn);
	struct user_detail d;
	struct user_view u;
	struct value v = {0};

	(void)arg;
	ok(user_view(txn, c, 1, &u), "the user is there");
	ok(user_value(&u, &w->arena, txn, catalog_find(c, S("plan")), &v),
	   "with a plan");
	is_str(v.text, S("gold"), "of gold");
	ok(user_value(&u, &w->arena, txn, catalog_by_id(c, A_SEGMENT), &v) &&
	       v.n_items == 1,
	   "in one segment");
	is_str(v.items[0], S("VIP"), "called VIP");
	is_int((int64_t)segment_size(txn, 1), 1, "of one user");
	ok(user_detail(txn, c, 1, &w->arena, &d) && d.n_segments == 1,
	   "in detail, too");
	is_int(d.consent_at, SECOND_US, "consent as it was");
	is_int((int64_t)d.n_identities, 1, "and an identity");
}

static void
version_look(struct world *w, struct kv_txn *txn, void *arg)
{
	struct str record = {"?", 1};

	(void)w;
	kv_get(txn, SP_USER, (struct str){"\0\0\0\1", 4}, &record);
	is_int(record.p[0], *(int *)arg, "the record is of version %d",
	       *(int *)arg);
}

static void
test_old(bool rebuild)
{
	struct world w;
	struct fault f = {0};
	int version = 1;

	if (!world_open(&w))
		return;
	old_world(&w);
	world_look(&w, old_look, NULL);
	if (rebuild)
		is_int(
		    people_reindex(w.people, 1u << 20, "/tmp", NULL, NULL, &f),
		    OK, "built anew");
	else
		is_int(world_set(&w, "bob", "plan", "\"x\"", 5), OK,
		       "a write elsewhere");
	is_int((int64_t)world_differences(&w), 0, "leaves nothing behind");
	world_look(&w, old_look, NULL);
	world_look(&w, version_look, &version);
	is_int(world_set(&w, "ann", "score", "1", 5), OK, "a write to it");
	version = 2;
	world_look(&w, version_look, &version);
	world_look(&w, old_look, NULL);
	is_int((int64_t)world_differences(&w), 0, "and all is well");
	world_close(&w);
}

int
main(void)
{
	test_golden();
	test_old(false);
	test_old(true);
	return done_testing();
}
