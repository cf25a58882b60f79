/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The thread that works on bulk actions, one in every process of the api pool.
 * It is woken when a job is started here and looks now and then for what
 * others started and did not end; a lease keeps two from working on one job.
 * What is swept is swept here too, so that no request waits for it.
 *
 * A job is made of slices and each is a transaction, so the thread may be asked
 * to stop at any time and ends after the slice it has.
 */
#include "labour.h"

#include <rapport/query.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define TURN (2 * SECOND_US) /* then another job may have its turn */
#define LOOK 3               /* seconds between looks at an idle store */
#define REST 10              /* seconds after a failure */
#define SWEEP 60             /* seconds between sweeps */

struct labour {
	struct app *app;
	pthread_t thread;
	pthread_mutex_t lock; /* of `due` */
	pthread_cond_t wake;
	bool due; /* something was started since it last looked */
	_Atomic bool stop;
};

/* Until woken, asked to stop, or `seconds` are over. */
static void
labour_sleep(struct labour *l, int seconds)
{
	struct timespec until;
	int e = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&l->lock);
	while (!l->due && !atomic_load(&l->stop) && e != ETIMEDOUT)
		e = pthread_cond_timedwait(&l->wake, &l->lock, &until);
	l->due = false;
	pthread_mutex_unlock(&l->lock);
}

static void
sweep(struct labour *l)
{
	struct staff *s = l->app->staff;
	int64_t now = clock_now();
	struct fault f = {0};

	if (staff_sweep(s, now, &f) != OK || links_sweep(s, now, &f) != OK ||
	    once_sweep(s, now, &f) != OK ||
	    people_tidy(l->app->people, &f) != OK)
		log_line(LOG_WARN, "web", "sweep: %s", f.text);
}

/* One turn; how many seconds to rest after it. */
static int
labour_turn(struct labour *l)
{
	struct app *app = l->app;
	struct fault f = {0};
	bool worked;
	enum err e = jobs_run_one(app->staff, app->people, TURN, &l->stop,
				  &worked, &f);

	if (e == OK)
		return worked ? 0 : LOOK;
	log_line(LOG_ERROR, "web", "bulk action: %s: %s", err_word(e), f.text);
	if (e == ERR_IO)
		atomic_store(app->broken, true);
	return REST;
}

static void *
labour_run(void *arg)
{
	struct labour *l = arg;
	int64_t swept = 0;

	while (!atomic_load(&l->stop)) {
		int rest = labour_turn(l);

		if (clock_now() - swept > SWEEP * SECOND_US) {
			sweep(l);
			swept = clock_now();
		}
		if (rest > 0)
			labour_sleep(l, rest);
	}
	return NULL;
}

struct labour *
labour_begin(struct app *app)
{
	struct labour *l = mem_new(sizeof(*l));
	pthread_condattr_t how;

	l->app = app;
	pthread_condattr_init(&how);
	pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->wake, &how);
	pthread_condattr_destroy(&how);
	if (pthread_create(&l->thread, NULL, labour_run, l) != 0)
		abort();
	return l;
}

void
labour_wake(struct labour *l)
{
	if (l == NULL)
		return;
	pthread_mutex_lock(&l->lock);
	l->due = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
}

void
labour_stop(struct labour *l)
{
	if (l == NULL)
		return;
	atomic_store(&l->stop, true);
	labour_wake(l);
}

void
labour_end(struct labour *l)
{
	if (l == NULL)
		return;
	labour_stop(l);
	pthread_join(l->thread, NULL);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
}
