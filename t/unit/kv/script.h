/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A little language for the store contract, so that a case is one line:
 *
 *   w{ + a 1; + b 2; - b } ok; r{ = a 1; ! b } ok
 *
 * w{} and r{} are closures of kv_write and kv_read, followed by the error that
 * is expected.  Inside them:
 *
 *   + k v   put             > k v   append
 *   - k     del, found      -? k    del, not found
 *   = k v   get             ! k     get, nothing there
 *   in s    keyspace "user" (at first) or "chat"
 *   fail e  return the error      stick e  kv_fail      err e  kv_error is e
 *   cur p   a new cursor with prefix p (instead of the one there was)
 *   seek k w, last k w, next w, prev w, key w   cursor calls; w: where it
 *           stands then, or none
 *   val v   kv_value
 *   leave   return OK and forget to close the cursor
 *   aside{…}  a script of its own, in another thread, waited for
 *
 * Bytes: %00 is a byte by its hex, x*480 repeats the last byte, ~ is empty.
 */
#ifndef T_KV_SCRIPT_H
#define T_KV_SCRIPT_H

#include "store.h"

#include <pthread.h>

struct script {
	struct kv *kv;
	char wrong[256]; /* first thing that was not as the script says */
};

/* Run it; false and `wrong` if something was not as it says. */
bool script_run(struct script *s, struct str text);

#endif
