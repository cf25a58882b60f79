/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Answers that may be given again.  A page of a list depends on the snapshot
 * it is read from, on what was asked and on the limits of who asks, and unless
 * its filter looks at the clock on nothing else.  So as long as nothing was
 * committed, the same question gets the same bytes without being worked out
 * anew: a team that opens the same view, a page gone back to, a machine that
 * polls.  The number of the snapshot is the store's own, so an answer can not
 * outlive any write of any process.
 *
 * A question has one place, found by its hash; the last one there stays.
 */
#include "answers.h"

#include <pthread.h>
#include <stdlib.h>

#define PLACES 256u
#define BYTES_MAX (32u << 10) /* of an answer with its question */

struct place {
	uint64_t serial;
	struct buf question, body;
};

struct answers {
	pthread_mutex_t lock;
	struct place at[PLACES];
};

struct answers *
answers_new(void)
{
	struct answers *a = mem_new(sizeof(*a));

	pthread_mutex_init(&a->lock, NULL);
	return a;
}

void
answers_free(struct answers *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < PLACES; i++) {
		buf_fini(&a->at[i].question);
		buf_fini(&a->at[i].body);
	}
	pthread_mutex_destroy(&a->lock);
	free(a);
}

bool
answers_get(struct answers *a, uint64_t serial, struct str question,
	    struct buf *out)
{
	struct place *p = &a->at[hash64(question) % PLACES];
	bool found;

	pthread_mutex_lock(&a->lock);
	found = p->serial == serial && p->body.n > 0 &&
		str_eq(buf_str(&p->question), question);
	if (found)
		buf_put(out, buf_str(&p->body));
	pthread_mutex_unlock(&a->lock);
	return found;
}

void
answers_put(struct answers *a, uint64_t serial, struct str question,
	    struct str body)
{
	struct place *p = &a->at[hash64(question) % PLACES];

	if (question.n + body.n > BYTES_MAX)
		return;
	pthread_mutex_lock(&a->lock);
	if (p->serial <= serial) {
		p->serial = serial;
		buf_reset(&p->question);
		buf_put(&p->question, question);
		buf_reset(&p->body);
		buf_put(&p->body, body);
	}
	pthread_mutex_unlock(&a->lock);
}
