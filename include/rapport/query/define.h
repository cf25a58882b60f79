/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What attributes are called, whether they are shown, and what type they have,
 * changed by somebody.  A type is changed by a job (jobs.h): it shows how far
 * it is and can be called off; a worker that is killed leaves everything as it
 * was, and another begins anew.  It is for who sees everybody and everything,
 * since it is everybody's values that change.
 */
#ifndef RAPPORT_QUERY_DEFINE_H
#define RAPPORT_QUERY_DEFINE_H

#include <rapport/query.h>

bool attr_type_find(struct str name, enum attr_type *out);

/* In one transaction with the audit row. ERR_NOT_FOUND, ERR_INVALID;
 * ERR_DENIED to who has limits. */
enum err desk_define(const struct desk *d, struct str name,
		     const struct attr_change *c, struct fault *f) MUST_USE;
/* ERR_NOT_FOUND; ERR_CONFLICT: it is built-in, or of this type already;
 * ERR_DENIED. */
enum err retype_start(const struct desk *d, struct str name,
		      enum attr_type type, uint32_t *job,
		      struct fault *f) MUST_USE;

#endif
