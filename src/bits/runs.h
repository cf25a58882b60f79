/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The runs of a chunk, to be changed.
 */
#ifndef BITS_RUNS_H
#define BITS_RUNS_H

#include "chunk.h"

/* A chunk of more is smaller as bits. */
#define RUNS_MAX 2048u

struct run {
	uint16_t first, last;
};
struct runs {
	uint32_t n, count; /* runs; ids in them */
	struct run at[RUNS_MAX];
};

/* False: a chunk of another kind. */
bool runs_read(struct runs *r, const struct chunk *c);
/* False: there would be too many; nothing was changed. */
bool runs_add(struct runs *r, uint16_t id);
bool runs_remove(struct runs *r, uint16_t id);

#endif
