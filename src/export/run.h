/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What can be taken out: users.c, chats.c and person.c each know how, export.c
 * which of them is asked for.
 */
#ifndef EXPORT_RUN_H
#define EXPORT_RUN_H

#include "pipe.h"

enum err users_preview(struct people *p, struct kv *kv, struct arena *arena,
		       const struct export_request *r,
		       struct export_progress *out, struct fault *f) MUST_USE;
enum err users_run(struct people *p, struct kv *kv,
		   const struct export_request *r, const struct taker *taker,
		   struct fault *f) MUST_USE;
enum err chats_preview(struct people *p, struct kv *kv, struct arena *arena,
		       const struct export_request *r,
		       struct export_progress *out, struct fault *f) MUST_USE;
enum err chats_run(struct people *p, struct kv *kv,
		   const struct export_request *r, const struct taker *taker,
		   struct fault *f) MUST_USE;
enum err person_preview(struct people *p, struct kv *kv, struct arena *arena,
			const struct export_request *r,
			struct export_progress *out, struct fault *f) MUST_USE;
enum err person_run(struct people *p, struct kv *kv,
		    const struct export_request *r, const struct taker *taker,
		    struct fault *f) MUST_USE;

/* NULL: what is asked for cannot be had so. */
const struct format *export_format_of(const struct export_request *r);
/* What chats were searched for, as a JSON object. */
struct str export_search(struct arena *a, const struct export_request *r);
struct form_options export_options(const struct export_request *r,
				   const struct zone *zone);

#endif
