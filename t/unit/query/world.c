/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* See world.h. */
#include "world.h"

/* What must not fail in a test's own preparations ends the test. */
static void
must(enum err e, const struct fault *f, const char *what)
{
	if (e == OK)
		return;
	printf("Bail out! %s: %s: %s %s\n", what, err_word(e), f->path,
	       f->text);
	exit(1);
}

void
world_open(struct world *w)
{
	struct kv_options options = {.create = true};
	struct fault f = {0};

	*w = (struct world){.now = 1793525400 * SECOND_US};
	must(kv_open(&w->kv, &options, &f), &f, "open");
	w->people = people_open(w->kv);
	w->zone = zone_find(S("UTC"));
	w->at = w->now;
	arena_init(&w->arena);
}

void
world_close(struct world *w)
{
	people_close(w->people);
	kv_close(w->kv);
	arena_fini(&w->arena);
}

struct visit {
	struct world *w;
	look_fn *look;
	change_fn *change;
	void *arg;
};

static enum err
visit_look(struct kv_txn *txn, void *arg)
{
	struct visit *v = arg;
	struct query q = {.txn = txn,
			  .catalog = people_catalog(v->w->people, txn),
			  .arena = &v->w->arena,
			  .zone = v->w->zone,
			  .now = v->w->now};

	v->w->q = &q;
	v->look(v->w, v->arg);
	v->w->q = NULL;
	arena_reset(&v->w->arena);
	return kv_error(txn);
}

static enum err
visit_change(struct kv_txn *txn, void *arg)
{
	struct visit *v = arg;
	struct batch *b = batch_begin(v->w->people, txn, 0);

	v->change(v->w, b, v->arg);
	batch_end(b);
	batch_free(b);
	return kv_error(txn);
}

void
world_look(struct world *w, look_fn *fn, void *arg)
{
	struct visit v = {.w = w, .look = fn, .arg = arg};
	struct fault f = {0};

	must(kv_read(w->kv, visit_look, &v, &f), &f, "read");
}

void
world_change(struct world *w, change_fn *fn, void *arg)
{
	struct visit v = {.w = w, .change = fn, .arg = arg};
	struct fault f = {0};

	w->at += SECOND_US;
	must(kv_write(w->kv, visit_change, &v, &f), &f, "write");
}

void
world_set(struct world *w, struct batch *b, uint32_t id, const char *name,
	  struct str json)
{
	struct stamp from = {w->at, FROM_EVENT};
	const struct attr *a;
	struct fault f = {0};
	struct value value;
	struct json *v;
	enum err e;

	must(json_parse(batch_arena(b), json, &v, &f), &f, name);
	must(batch_attr(b, str_of(name), v, false, &a, &f), &f, name);
	e = value_of_json(batch_arena(b), a, v, &value, &f);
	if (e == ERR_NOT_FOUND) {
		batch_set(b, id, a, NULL, from);
		return;
	}
	must(e, &f, name);
	batch_set(b, id, a, &value, from);
}

struct newcomer {
	const char *user_id, *json;
	uint32_t id;
};

static void
newcomer_add(struct world *w, struct batch *b, void *arg)
{
	struct newcomer *n = arg;
	struct fault f = {0};
	struct json *v;

	must(batch_user(b, str_of(n->user_id), &n->id, &f), &f, n->user_id);
	must(json_parse(batch_arena(b), str_of(n->json), &v, &f), &f,
	     n->user_id);
	for (const struct json *m = v->first; m; m = m->next) {
		char *name = arena_z(batch_arena(b), m->key);
		struct json_out j;
		struct buf text;

		buf_init(&text);
		json_out_init(&j, &text);
		json_value(&j, m);
		world_set(w, b, n->id, name, buf_str(&text));
		buf_fini(&text);
	}
}

uint32_t
world_user(struct world *w, const char *user_id, const char *json)
{
	struct newcomer n = {.user_id = user_id, .json = json};

	world_change(w, newcomer_add, &n);
	return n.id;
}
