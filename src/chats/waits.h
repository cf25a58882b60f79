/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside the room: the waits of one chat as its days hold them.
 */
#ifndef CHATS_WAITS_H
#define CHATS_WAITS_H

#include "archive.h"

#include <rapport/chats/waits.h>

#define WAIT_KEY_SIZE 13u

/* Those of one day in their stored form; i moves behind them. */
int32_t waits_day(const struct waits *w, size_t *i, struct buf *out);
int32_t wait_day(int64_t at);
/* The other way, of a day's value. False: damaged, or `fn` stopped. */
bool waits_decode(struct str value, int32_t day, wait_fn *fn, void *arg,
		  bool *stopped);

enum { WAITS_LIVING = 'r', WAITS_ERASED = 'R', WAITS_OLD = 'd' };
/* Key of a chat's day, or (ERASED) of a number of the day. */
struct str wait_key(uint8_t out[WAIT_KEY_SIZE], char which, int32_t day,
		    uint64_t of);
bool wait_key_read(struct str key, int32_t *day, uint64_t *of);
struct str old_key(uint8_t out[WAIT_KEY_SIZE], uint32_t chat);

/* At the end of a batch: these chats were changed. */
void waits_settle(struct chat_batch *c, struct held *const *dirty, size_t n);
/* Before anything of the chat goes; `keep`: what it told stays, of nobody. */
void waits_erase(struct chat_batch *c, uint32_t chat, bool keep);

#endif
