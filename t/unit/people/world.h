/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A store in memory with people in it: a step is a function that runs in a
 * batch of its own transaction, a look one that runs in a snapshot.
 */
#ifndef T_PEOPLE_WORLD_H
#define T_PEOPLE_WORLD_H

#include <rapport/people.h>

#include "t/tap.h"

struct world {
	struct kv *kv;
	struct people *people;
	struct arena arena;
	uint64_t seed;
	struct fault fault; /* of the last step */
	enum err (*step)(struct world *w, struct batch *b, void *arg);
	void (*look)(struct world *w, struct kv_txn *txn, void *arg);
	void *arg;
};
typedef enum err step_fn(struct world *w, struct batch *b, void *arg);
typedef void look_fn(struct world *w, struct kv_txn *txn, void *arg);

static inline bool
world_open(struct world *w)
{
	struct kv_options options = {.dir = NULL};
	const char *seed = getenv("RAPPORT_SEED");
	struct fault f = {0};

	*w = (struct world){0};
	w->seed = seed != NULL ? strtoull(seed, NULL, 10) : random_u64() | 1;
	printf("# RAPPORT_SEED=%" PRIu64 "\n", w->seed);
	fflush(stdout);
	arena_init(&w->arena);
	if (!ok(kv_open(&w->kv, &options, &f) == OK, "a store opens"))
		return false;
	w->people = people_open(w->kv);
	return true;
}

static inline void
world_close(struct world *w)
{
	arena_fini(&w->arena);
	people_close(w->people);
	kv_close(w->kv);
}

static inline enum err
world_step_body(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;
	struct batch *b = batch_begin(w->people, txn, 0);
	enum err e = kv_error(txn);

	w->fault = (struct fault){0};
	if (e == OK)
		e = w->step(w, b, w->arg);
	if (e == OK)
		batch_end(b);
	batch_free(b);
	return e;
}

/* All of the step or nothing. */
static inline enum err
world_do(struct world *w, step_fn *fn, void *arg)
{
	struct fault f = {0};
	enum err e = people_refresh(w->people, &f);

	w->step = fn;
	w->arg = arg;
	if (e == OK)
		e = kv_write(w->kv, world_step_body, w, &f);
	w->arg = NULL;
	return e;
}

static inline enum err
world_look_body(struct kv_txn *txn, void *arg)
{
	struct world *w = arg;

	w->look(w, txn, w->arg);
	return kv_error(txn);
}

static inline enum err
world_look(struct world *w, look_fn *fn, void *arg)
{
	struct fault f = {0};

	enum err e;

	w->look = fn;
	w->arg = arg;
	e = kv_read(w->kv, world_look_body, w, &f);
	w->arg = NULL;
	return e;
}

static inline void
world_report(void *arg, struct str sentence)
{
	(void)arg;
	printf("# %.*s\n", STR_ARG(sentence));
}

static inline uint64_t
world_differences(struct world *w)
{
	uint64_t n = 0;
	struct fault f = {0};

	if (people_check(w->people, 1u << 20, "/tmp", world_report, NULL, &n,
			 &f) != OK)
		return UINT64_MAX;
	return n;
}

static inline uint64_t
world_roll(struct world *w, uint64_t below)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return w->seed % below;
}

/* A value as an event or a manager gives it, as JSON text; "null" clears. */
struct giving {
	const char *user, *name, *json;
	int64_t at;
	bool edit;
	uint32_t by;
};

static inline enum err
world_give(struct world *w, struct batch *b, void *arg)
{
	const struct giving *g = arg;
	const struct attr *a = NULL;
	struct json *json;
	struct value v;
	uint32_t id;
	enum err e;

	TRY(batch_user(b, str_of(g->user), &id, &w->fault));
	TRY(json_parse(batch_arena(b), str_of(g->json), &json, &w->fault));
	TRY(batch_attr(b, str_of(g->name), json, false, &a, &w->fault));
	if (a == NULL)
		return OK;
	e = value_of_json(batch_arena(b), a, json, &v, &w->fault);
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (g->edit)
		return batch_edit(b, id, a, e == OK ? &v : NULL, g->by, g->at,
				  &w->fault);
	batch_set(b, id, a, e == OK ? &v : NULL,
		  (struct stamp){g->at, FROM_EVENT});
	return OK;
}

static inline enum err
world_set(struct world *w, const char *user, const char *name, const char *json,
	  int64_t at)
{
	struct giving g = {user, name, json, at, false, 0};

	return world_do(w, world_give, &g);
}

static inline enum err
world_edit(struct world *w, const char *user, const char *name,
	   const char *json, uint32_t by, int64_t at)
{
	struct giving g = {user, name, json, at, true, by};

	return world_do(w, world_give, &g);
}

#endif
