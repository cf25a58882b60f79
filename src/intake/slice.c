/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Slices are written by the catalog as it is now: the one before may have made
 * attributes.
 */
#include "slice.h"

enum err
slice_write(struct people *p, struct kv *kv, kv_fn *fn, void *arg, bool trial,
	    struct fault *f)
{
	struct fault inner = {0};
	enum err e;

	TRY(people_refresh(p, f));
	e = kv_write(kv, fn, arg, &inner);
	if (e == OK || (e == ERR_CANCELLED && trial))
		return OK;
	return fail(f, e, inner.path, "%s", inner.text);
}
