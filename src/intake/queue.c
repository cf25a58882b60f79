/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Parcels of many bodies in one transaction.  A bot platform sends events one
 * by one, from many connections; nearly all of them change the same few
 * postings (everybody, no consent yet, a country), and each of those is read
 * and written once a batch.  So parcels that wait are applied by one batch: the
 * head of the queue leads, takes those behind it, writes them and hands each
 * its result.  Who comes while the disk syncs is in the next transaction.
 *
 * Applied one behind the other they become what they would have become each by
 * itself.  An error of the transaction, which no event alone makes, is nobody's
 * in particular: each is then written by itself and hears what is its own.
 */
#include "parcel.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#define SHARED_MAX 256u /* parcels of one transaction */

struct place {
	struct parcel *parcel;
	enum err err;
	struct fault fault;
	bool lead; /* woken to lead, not because it is done */
	sem_t wake;
	struct place *next;
};

struct intake_queue {
	struct kv *kv;
	pthread_mutex_t lock;
	struct place *head, **tail; /* waiting */
	bool led;
};

struct intake_queue *
intake_queue_new(struct kv *kv)
{
	struct intake_queue *q = mem_new(sizeof(*q));

	q->kv = kv;
	q->tail = &q->head;
	pthread_mutex_init(&q->lock, NULL);
	return q;
}

void
intake_queue_free(struct intake_queue *q)
{
	if (q == NULL)
		return;
	assert(q->head == NULL);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

size_t
intake_queue_waiting(struct intake_queue *q)
{
	size_t n = 0;

	pthread_mutex_lock(&q->lock);
	for (const struct place *p = q->head; p != NULL; p = p->next)
		n++;
	pthread_mutex_unlock(&q->lock);
	return n;
}

static void
place_wait(struct place *p)
{
	while (sem_wait(&p->wake) != 0)
		assert(errno == EINTR);
}

/* The head and what fits behind it. */
static size_t
places_take(struct intake_queue *q, struct place **out)
{
	size_t n = 0, events = 0, bytes = 0;

	pthread_mutex_lock(&q->lock);
	while (q->head != NULL && n < SHARED_MAX) {
		const struct parcel *p = q->head->parcel;

		events += p->n;
		bytes += p->bytes;
		if (n > 0 && (events > BODY_EVENTS || bytes > BODY_BYTES))
			break;
		out[n++] = q->head;
		q->head = q->head->next;
	}
	if (q->head == NULL)
		q->tail = &q->head;
	pthread_mutex_unlock(&q->lock);
	return n;
}

static void
places_write(struct intake_queue *q, struct place **places, size_t n)
{
	struct parcel *parcels[SHARED_MAX];

	for (size_t i = 0; i < n; i++)
		parcels[i] = places[i]->parcel;
	if (n > 1 && parcels_write(parcels, n, q->kv, NULL) == OK)
		return;
	for (size_t i = 0; i < n; i++)
		places[i]->err =
		    parcel_write(places[i]->parcel, q->kv, &places[i]->fault);
}

/* Write what waits, hand out results, pass the lead on. A place is gone as soon
 * as it is woken. */
static void
queue_lead(struct intake_queue *q)
{
	struct place *places[SHARED_MAX], *next;
	size_t n = places_take(q, places);

	places_write(q, places, n);
	for (size_t i = 0; i < n; i++)
		sem_post(&places[i]->wake);
	pthread_mutex_lock(&q->lock);
	next = q->head;
	q->led = next != NULL;
	pthread_mutex_unlock(&q->lock);
	if (next == NULL)
		return;
	next->lead = true;
	sem_post(&next->wake);
}

enum err
queue_write(struct intake_queue *q, struct parcel *p, struct fault *f)
{
	struct place me = {.parcel = p};
	bool first;

	sem_init(&me.wake, 0, 0);
	pthread_mutex_lock(&q->lock);
	*q->tail = &me;
	q->tail = &me.next;
	first = !q->led;
	q->led = true;
	pthread_mutex_unlock(&q->lock);
	if (!first)
		place_wait(&me);
	if (first || me.lead) {
		queue_lead(q); /* what begins with me */
		place_wait(&me);
	}
	sem_destroy(&me.wake);
	if (me.err != OK && f != NULL && f->code == OK)
		*f = me.fault;
	return me.err;
}
