/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Group commit.  A commit costs a sync of the disk however little it holds, so
 * writers that come at the same time share one.  They queue; the head of the
 * queue leads: it opens a transaction, runs the closures that wait, its own
 * first, commits once and hands each its own result.  Who comes while the disk
 * syncs is the next group.
 *
 *   queue   [m5 m6 m7 ...]        members wait, m5 will lead
 *   round   [m1 m2 m3 m4] parent transaction, led by m1
 *             m1      ran in the parent itself: nothing else was in it yet
 *             m2..m4  ran each in a child; one that fails aborts its child
 *
 * Closures may run again, which makes trouble simple.  Where there is no room
 * the round is dropped, the engine makes room and all run again.  If it cannot,
 * the member that met the end, or all when the commit met it, run again each
 * alone, and one that cannot be done alone gets the error.  A commit that ended
 * in an unknown state is told to every member and to every later writer.
 */
#include "engine.h"

#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

#define ROUND_MAX 256u             /* members of one commit */
#define ROUND_NS INT64_C(20000000) /* take no more after this long */
#define RELIEF_MAX 64              /* tries to make room for one round */

struct member {
	kv_fn *fn;
	void *arg;
	enum err err;
	struct fault fault;
	bool in;    /* its changes are in the open transaction */
	bool alone; /* run again by itself */
	bool lead;  /* woken to lead, not because it is done */
	sem_t wake;
	struct member *next;
};

struct kv_group {
	struct kv *kv;
	pthread_mutex_t lock;
	struct member *head, **tail; /* waiting */
	bool led, running;           /* a round, by `leader` */
	pthread_t leader;
	/* the leader's */
	struct kv_txn *parent, *child;
	struct member *round[ROUND_MAX];
	size_t n;
	bool broken; /* a commit ended in an unknown state */
};

/* How a try of a round ended. */
enum outcome {
	ROUND_DONE,
	ROUND_AGAIN, /* there is room now */
};

struct kv_group *
group_new(struct kv *kv)
{
	struct kv_group *g = mem_new(sizeof(*g));

	g->kv = kv;
	g->tail = &g->head;
	pthread_mutex_init(&g->lock, NULL);
	return g;
}

void
group_free(struct kv_group *g)
{
	txn_free(g->parent);
	txn_free(g->child);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/* The queue -----------------------------------------------------------------
 */

static void
queue_add(struct kv_group *g, struct member *m)
{
	m->next = NULL;
	*g->tail = m;
	g->tail = &m->next;
}

static void
member_wait(struct member *m)
{
	while (sem_wait(&m->wake) != 0)
		assert(errno == EINTR);
}

static struct member *
queue_take(struct kv_group *g)
{
	struct member *m;

	pthread_mutex_lock(&g->lock);
	m = g->head;
	if (m != NULL) {
		g->head = m->next;
		if (g->head == NULL)
			g->tail = &g->head;
	}
	pthread_mutex_unlock(&g->lock);
	return m;
}

static int64_t
monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* A round -------------------------------------------------------------------
 */

static void
member_settle(struct member *m, enum err e, const struct fault *from)
{
	m->err = e;
	m->fault.code = OK;
	if (e != OK && from->code != OK)
		m->fault = *from;
}

static void
members_fail(struct member **m, size_t n, enum err e, const struct fault *from)
{
	for (size_t i = 0; i < n; i++)
		if (m[i]->in)
			member_settle(m[i], e, from);
}

/* Run in the open parent, which holds nothing yet. On failure it is gone. */
static bool
member_run_first(struct kv_group *g, struct member *m)
{
	enum err e = txn_run(g->parent, m->fn, m->arg);

	member_settle(m, e, &g->parent->fault);
	m->in = e == OK;
	if (!m->in)
		g->kv->ops->write_abort(g->parent);
	return m->in;
}

/* Run in a child of the open parent. */
static void
member_run_child(struct kv_group *g, struct member *m)
{
	const struct kv_ops *ops = g->kv->ops;
	enum err e;

	txn_reset(g->child);
	if (!ops->write_begin(g->child, g->parent)) {
		member_settle(m, g->child->err, &g->child->fault);
		return;
	}
	e = txn_run(g->child, m->fn, m->arg);
	if (e != OK)
		ops->write_abort(g->child);
	else if (!ops->write_commit(g->child))
		e = g->child->err;
	member_settle(m, e, &g->child->fault);
	m->in = e == OK;
}

/* The next member of this try: those of earlier tries, then the queue's. */
static struct member *
round_next(struct kv_group *g, size_t i, bool fixed, int64_t until)
{
	struct member *m;

	if (i < g->n)
		return g->round[i];
	if (fixed || g->n == ROUND_MAX)
		return NULL;
	if (g->n > 0 && monotonic_ns() > until)
		return NULL;
	m = queue_take(g);
	if (m != NULL)
		g->round[g->n++] = m;
	return m;
}

static bool
parent_begin(struct kv_group *g)
{
	txn_reset(g->parent);
	if (g->broken) {
		kv_fail(g->parent, ERR_IO, "",
			"An earlier commit ended in an unknown state.");
		return false;
	}
	return g->kv->ops->write_begin(g->parent, NULL);
}

/* Commit what is in; if that meets the end of the room, see who runs again. */
static enum outcome
round_commit(struct kv_group *g, struct member **m, size_t n, size_t in)
{
	const struct kv_ops *ops = g->kv->ops;
	struct kv_txn *parent = g->parent;

	if (ops->write_commit(parent))
		return ROUND_DONE;
	if (parent->trouble == TROUBLE_ROOM && ops->relieve(g->kv))
		return ROUND_AGAIN;
	if (parent->trouble != TROUBLE_NONE && in > 1)
		for (size_t i = 0; i < n; i++)
			m[i]->alone = m[i]->in;
	if (parent->err == ERR_IO)
		g->broken = true;
	members_fail(m, n, parent->err, &parent->fault);
	return ROUND_DONE;
}

/* One member by itself in a transaction. */
static enum outcome
alone_try(struct kv_group *g, struct member *m)
{
	m->in = false;
	if (!parent_begin(g)) {
		member_settle(m, g->parent->err, &g->parent->fault);
		return ROUND_DONE;
	}
	if (member_run_first(g, m))
		return round_commit(g, &m, 1, 1);
	if (g->parent->trouble == TROUBLE_ROOM && g->kv->ops->relieve(g->kv))
		return ROUND_AGAIN;
	return ROUND_DONE;
}

/* A member met the end of the room and the engine can make none: whoever
 * shares the round with it shares its fate no longer. */
static enum outcome
round_part(struct kv_group *g)
{
	for (size_t i = 0; i < g->n; i++)
		g->round[i]->alone = true;
	return ROUND_DONE;
}

/* All members in one transaction. `fixed`: no new ones. */
static enum outcome
round_try(struct kv_group *g, bool fixed)
{
	int64_t until = monotonic_ns() + ROUND_NS;
	struct member *m;
	size_t in = 0;

	for (size_t i = 0; (m = round_next(g, i, fixed, until)) != NULL; i++) {
		enum kv_trouble trouble;

		m->in = m->alone = false;
		if (in > 0) {
			member_run_child(g, m);
			trouble = g->child->trouble;
			m->alone = trouble != TROUBLE_NONE;
		} else if (parent_begin(g)) {
			member_run_first(g, m);
			trouble = g->parent->trouble;
		} else {
			member_settle(m, g->parent->err, &g->parent->fault);
			continue;
		}
		in += m->in;
		if (m->in || trouble != TROUBLE_ROOM)
			continue;
		if (in > 0)
			g->kv->ops->write_abort(g->parent);
		if (g->kv->ops->relieve(g->kv))
			return ROUND_AGAIN;
		if (in > 0)
			return round_part(g);
	}
	return in > 0 ? round_commit(g, g->round, g->n, in) : ROUND_DONE;
}

/* From the queue to results in every member of the round. */
static void
round_run(struct kv_group *g)
{
	int tries = 0;

	if (g->parent == NULL) {
		g->parent = txn_new(g->kv, true);
		g->child = txn_new(g->kv, true);
	}
	g->n = 0;
	while (round_try(g, tries > 0) == ROUND_AGAIN && tries < RELIEF_MAX)
		tries++;
	for (size_t i = 0; i < g->n; i++) {
		tries = 0;
		if (!g->round[i]->alone)
			continue;
		while (alone_try(g, g->round[i]) == ROUND_AGAIN &&
		       tries < RELIEF_MAX)
			tries++;
	}
	txn_reset(g->parent);
	txn_reset(g->child);
}

/* Lead a round, hand out its results, pass the lead on. A member is gone as
 * soon as it is woken. */
static void
group_lead(struct kv_group *g)
{
	struct member *next;

	pthread_mutex_lock(&g->lock);
	g->leader = pthread_self();
	g->running = true;
	pthread_mutex_unlock(&g->lock);
	round_run(g);
	for (size_t i = 0; i < g->n; i++)
		sem_post(&g->round[i]->wake);
	pthread_mutex_lock(&g->lock);
	g->running = false;
	next = g->head;
	g->led = next != NULL;
	pthread_mutex_unlock(&g->lock);
	if (next == NULL)
		return;
	next->lead = true;
	sem_post(&next->wake);
}

enum err
group_write(struct kv_group *g, kv_fn *fn, void *arg, struct fault *f)
{
	struct member m = {.fn = fn, .arg = arg};
	bool first;

	pthread_mutex_lock(&g->lock);
	if (g->running && pthread_equal(g->leader, pthread_self())) {
		pthread_mutex_unlock(&g->lock);
		return fail(f, ERR_BUG, "", "kv_write within kv_write.");
	}
	sem_init(&m.wake, 0, 0);
	queue_add(g, &m);
	first = !g->led;
	g->led = true;
	pthread_mutex_unlock(&g->lock);
	if (!first)
		member_wait(&m);
	if (first || m.lead) {
		group_lead(g); /* a round that begins with m */
		member_wait(&m);
	}
	sem_destroy(&m.wake);
	if (m.err != OK && f != NULL && f->code == OK && m.fault.code != OK)
		*f = m.fault;
	return m.err;
}
