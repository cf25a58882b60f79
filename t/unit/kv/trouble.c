/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Group commit over an engine in trouble.  The engine is the one in memory
 * with some of its calls replaced: a commit of a child or a parent fails when
 * the test says so.  What must come of it: members run again, together or
 * alone, each gets the answer that is its own, and an unknown state is told to
 * everybody.
 *
 * Who shares a round is up to the scheduler, so a scene is played until the
 * players it is about did share one.
 */
#include "store.h"

#include "../../../src/kv/engine.h"

#include <pthread.h>
#include <stdatomic.h>

#define PLAYERS 4
#define PLAYS_MAX 2000

struct player {
	struct kv *kv;
	uint32_t n;
	atomic_uint runs, children; /* of its closure */
	enum err got;
};

/* The scene that is on; engine calls know their store only. */
static struct {
	enum kv_trouble child;  /* of commits of children */
	enum kv_trouble parent; /* of commits of what more than one is in */
	enum err error;
	uint32_t times; /* trouble this often */
	uint32_t relieved;
	bool relief;
	atomic_uint calling;
	atomic_uint in; /* members in the open transaction */
} scene;

static bool
trouble(struct kv_txn *txn, enum kv_trouble t)
{
	scene.times--;
	kv_ram_ops.write_abort(txn);
	txn->trouble = t;
	kv_fail(txn, scene.error, "", "trouble of the test");
	return false;
}

static bool
commit(struct kv_txn *txn)
{
	bool child = txn->outer != NULL;

	if (child && scene.times > 0 && scene.child != TROUBLE_NONE)
		return trouble(txn, scene.child);
	if (!child && scene.times > 0 && scene.child == TROUBLE_NONE &&
	    scene.in > 1)
		return trouble(txn, scene.parent);
	return kv_ram_ops.write_commit(txn);
}

static bool
begin(struct kv_txn *txn, struct kv_txn *parent)
{
	if (parent == NULL)
		scene.in = 0;
	return kv_ram_ops.write_begin(txn, parent);
}

static bool
relieve(struct kv *kv)
{
	scene.relieved++;
	return scene.relief;
}

static enum err
player_fn(struct kv_txn *txn, void *arg)
{
	struct player *p = arg;
	char key[4];
	struct wr w = wr_of(key, sizeof(key));

	p->runs++;
	p->children += txn->outer != NULL;
	/* the first run waits for the others to be on their way */
	while (atomic_load(&scene.calling) < PLAYERS)
		sched_yield();
	wr_be32(&w, p->n);
	kv_put(txn, SP_USER, wr_out(&w), S("1"));
	scene.in++;
	return p->n == 3 ? ERR_CONFLICT : OK;
}

static void *
player_main(void *arg)
{
	struct player *p = arg;

	atomic_fetch_add(&scene.calling, 1);
	p->got = kv_write(p->kv, player_fn, p, NULL);
	return NULL;
}

/* All play once; how many ran in a child. */
static uint32_t
play(struct kv *kv, struct player p[PLAYERS])
{
	pthread_t t[PLAYERS];
	uint32_t children = 0;

	scene.calling = scene.relieved = 0;
	for (uint32_t i = 0; i < PLAYERS; i++) {
		p[i] = (struct player){.kv = kv, .n = i};
		if (pthread_create(&t[i], NULL, player_main, &p[i]) != 0)
			abort();
	}
	for (uint32_t i = 0; i < PLAYERS; i++) {
		pthread_join(t[i], NULL);
		children += p[i].children > 0;
	}
	return children;
}

static enum err
users_fn(struct kv_txn *txn, void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_USER, STR_NONE);
	uint32_t *n = arg;

	for (*n = 0; kv_next(c);)
		++*n;
	kv_cursor_close(c);
	return OK;
}

/* Each player's answer, and as many keys as were acknowledged. */
static void
answers(struct kv *kv, const struct player p[PLAYERS], enum err want,
	const char *what)
{
	uint32_t kept = 0, there = 0;

	for (uint32_t i = 0; i < 3; i++) {
		is_int(p[i].got, want, "%s", what);
		kept += p[i].got == OK;
	}
	is_int(p[3].got, ERR_CONFLICT, "who fails by itself is told that");
	ok(kv_read(kv, users_fn, &there, NULL) == OK && there == kept,
	   "%u keys are there", kept);
}

/* Play until at least one member ran in a child and trouble came. */
static void
scene_play(const char *name, enum kv_trouble child, enum kv_trouble parent,
	   enum err error, bool relief, enum err want)
{
	struct kv_options o = {.create = true};
	struct kv_ops ops = kv_ram_ops;
	struct player p[PLAYERS];
	uint32_t runs = 0, times, plays = 0;
	struct kv *kv;

	ops.write_begin = begin;
	ops.write_commit = commit;
	ops.relieve = relieve;
	for (;;) {
		kv = store_open(&o);
		kv->ops = &ops;
		scene.child = child;
		scene.parent = parent;
		scene.error = error;
		scene.relief = relief;
		scene.times = times = 1;
		/* nobody but the two who need not be there may be left out */
		if (play(kv, p) >= 2 && scene.times < times)
			break;
		kv->ops = &kv_ram_ops;
		kv_close(kv);
		if (++plays == PLAYS_MAX) {
			ok(false, "%s: the players never met", name);
			return;
		}
	}
	for (uint32_t i = 0; i < PLAYERS; i++)
		runs += p[i].runs;
	ok(runs > PLAYERS || want == ERR_IO, "%s: run again (%u runs)", name,
	   runs);
	if (relief)
		ok(scene.relieved > 0, "after room was made");
	if (want != ERR_IO)
		answers(kv, p, want, name);
	else
		ok(p[0].got == ERR_IO || p[1].got == ERR_IO,
		   "%s: who was in it is told", name);
	if (want == ERR_IO)
		is_int(kv_write(kv, users_fn, &runs, NULL), ERR_IO,
		       "and whoever comes later");
	kv->ops = &kv_ram_ops;
	kv_close(kv);
}

int
main(void)
{
	scene_play("a child too large", TROUBLE_SIZE, TROUBLE_NONE, ERR_LIMIT,
		   false, OK);
	scene_play("a child without room", TROUBLE_ROOM, TROUBLE_NONE, ERR_FULL,
		   false, OK);
	scene_play("a child, then room", TROUBLE_ROOM, TROUBLE_NONE, ERR_FULL,
		   true, OK);
	scene_play("a commit without room", TROUBLE_NONE, TROUBLE_ROOM,
		   ERR_FULL, false, OK);
	scene_play("a commit, then room", TROUBLE_NONE, TROUBLE_ROOM, ERR_FULL,
		   true, OK);
	scene_play("a commit on a full disk", TROUBLE_NONE, TROUBLE_DISK,
		   ERR_FULL, false, OK);
	scene_play("a commit in an unknown state", TROUBLE_NONE, TROUBLE_NONE,
		   ERR_IO, false, ERR_IO);
	return done_testing();
}
