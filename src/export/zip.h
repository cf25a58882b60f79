/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A ZIP archive written as a stream: deflated entries one after the other,
 * sizes behind each (data descriptors), the directory at the end.  Nothing is
 * gone back to, so it can leave while it is made.  An entry may hold up to
 * ZIP_ENTRY_MAX bytes; the archive any number of them.
 */
#ifndef EXPORT_ZIP_H
#define EXPORT_ZIP_H

#include "sheet.h"

#define ZIP_ENTRY_MAX UINT64_C(4000000000)

struct zip;
/* `at`: the entries' time, in UTC. */
struct zip *zip_new(bytes_fn *out, void *arg, int64_t at);
void zip_free(struct zip *z); /* NULL is fine */
enum err zip_begin(struct zip *z, struct str name) MUST_USE;
enum err zip_put(struct zip *z, struct str bytes) MUST_USE;
uint64_t zip_size(const struct zip *z);      /* of the entry so far */
enum err zip_end(struct zip *z) MUST_USE;    /* of the entry */
enum err zip_finish(struct zip *z) MUST_USE; /* of the archive */

#endif
