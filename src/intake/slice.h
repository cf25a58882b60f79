/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A slice of an import of rows: one transaction, whose closure may run again.
 */
#ifndef INTAKE_SLICE_H
#define INTAKE_SLICE_H

#include <rapport/intake.h>

/* `fn` ends a trial, all of which it has looked at, with ERR_CANCELLED: nothing
 * is kept and that is OK. */
enum err slice_write(struct people *p, struct kv *kv, kv_fn *fn, void *arg,
		     bool trial, struct fault *f) MUST_USE;

#endif
