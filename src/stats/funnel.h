/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A funnel as it was read: its steps, each known to run, and the time from the
 * first of them in which the others count.
 */
#ifndef STATS_FUNNEL_H
#define STATS_FUNNEL_H

#include "room.h"

#define FUNNEL_STEPS_MIN 2u
#define FUNNEL_STEPS_MAX 10u

enum step_kind { STEP_DID, STEP_SAID, STEP_CHANGED };
struct step {
	enum step_kind kind;
	struct str label;
	uint16_t activity;           /* DID */
	const struct search *search; /* SAID */
	const struct attr *attr;     /* CHANGED */
	struct str to;               /* to this, folded; p NULL: to anything */
};
struct funnel {
	struct step steps[FUNNEL_STEPS_MAX];
	size_t n;
	struct span window;
	struct str window_text;
	const struct json *json; /* the steps as they came */
};
/* ERR_INVALID, path "steps" or "window". */
enum err funnel_read(struct query *q, const struct json *steps,
		     struct str window, const struct funnel **out,
		     struct fault *f) MUST_USE;

/* Each person who got past the first step in the period: how many steps, and
 * when, at[i] of step i. One whose further steps cannot be has at NULL. */
typedef void walked_fn(void *arg, uint32_t user, size_t depth,
		       const int64_t *at);
void funnel_walk(struct query *q, const struct bits *who,
		 const struct period *p, const struct funnel *fl, walked_fn *fn,
		 void *arg);
/* The same of the erased, by number: nobody, if a step is of what was said or
 * changed, for that is not kept of them (chats/erased.h). */
void funnel_walk_erased(struct query *q, const struct period *p,
			const struct funnel *fl, walked_fn *fn, void *arg);

#endif
