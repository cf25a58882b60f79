/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A whole body.  Reading and checking happen before the transaction; an atomic
 * body and a trial are one parcel, others are written parcel by parcel, each
 * together with those of other bodies that come at the same time.
 */
#include "parcel.h"

static enum err
body_write(struct parcel *p, struct kv *kv, struct arena *arena,
	   struct intake_result *out, struct fault *f)
{
	struct intake_queue *queue = p->options->queue;
	bool shared = queue != NULL && !p->options->atomic &&
		      !p->options->dry_run && p->n > 0;
	enum err e = shared ? queue_write(queue, p, f) : parcel_write(p, kv, f);

	if (e == OK || (e == ERR_INVALID && p->refused > 0))
		parcel_tally(p, arena, p->options->refusals_max, out);
	parcel_reset(p);
	return e;
}

/* A piece is cut out of the body, or was put together by the splitter, whose
 * next piece takes its place. */
static bool
cut_from(struct str body, struct str piece)
{
	return piece.n == 0 ||
	       (piece.p >= body.p && piece.p + piece.n <= body.p + body.n);
}

enum err
intake_body(struct people *people, struct kv *kv, struct arena *arena,
	    struct str body, const struct intake_options *options,
	    struct intake_result *out, struct fault *f)
{
	bool whole = options->atomic || options->dry_run;
	const struct str all = body;
	struct splitter splitter;
	struct parcel parcel;
	struct piece piece;
	enum err e = OK;

	*out = (struct intake_result){0};
	if (body.n > EVENTS_BODY_MAX)
		return fail(f, ERR_LIMIT, "", "A body has at most %u bytes.",
			    EVENTS_BODY_MAX);
	if (str_trim(body).n == 0)
		return fail(f, ERR_INPUT, "", "The body is empty.");
	parcel_init(&parcel);
	parcel.people = people;
	parcel.options = options;
	parcel.most_events = BODY_EVENTS;
	parcel.most_bytes = BODY_BYTES;
	parcel.now = clock_now();
	splitter_init(&splitter);
	while (e == OK && split_next(&splitter, &body, true, &piece)) {
		parcel.keep_text = !cut_from(all, piece.text);
		parcel_add(&parcel, &piece);
		if (!whole && parcel_full(&parcel))
			e = body_write(&parcel, kv, arena, out, f);
	}
	if (e == OK)
		e = body_write(&parcel, kv, arena, out, f);
	if (e == ERR_INVALID && options->atomic)
		out->accepted = out->duplicates = 0;
	splitter_fini(&splitter);
	parcel_fini(&parcel);
	return e;
}
