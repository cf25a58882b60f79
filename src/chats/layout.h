/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the chats room keeps, byte by byte.  Numbers are big endian; `instant`
 * is be64 of the signed microseconds with the sign bit turned, so that bytes
 * sort as time does and "none" is 0; `lstr` is a varint length and the bytes.
 *
 *   space    key                              value
 *   CHAT     be32 0                           u8 1 | be32 next chat
 *   CHAT     be32 chat                        u8 1 | chat
 *   CHATKEY  'i' | chatId                     u8 1 | be32 chat
 *   CHATKEY  'u' | be32 user | be32 chat      u8 1
 *   MESSAGE  be32 chat | instant | be32 seq   u8 1 | message
 *   MSGKEY   id key                           u8 1 | 'p' | MESSAGE key (placed)
 *                                             u8 1 | 'd' | deliveries (waiting)
 *   REF      kind | 0 | id key                u8 1 | varint n |
 *                                             n * (lstr name | instant |
 *                                                  lstr JSON)
 *
 *   ACTIVITY 'i' | be32 user | be16 kind |   u8 1 | instant | n * varint gap:
 *            be32 span | be16 piece          up to PIECE_MAX instants
 *   ACTIVITY 'k' | name                       u8 1 | be16 kind
 *   ACTIVITY 's'                              u8 1 | u8 whether it is being
 *                                             built | be16 next kind
 *   ACTIVITY 'w'                              u8 1 | u8 whether the ledger is
 *                                             whole; none: not known yet
 *   POST     attribute A_ACTIVITY + kind, value be64 quarter-hour since 1970
 *            with the sign bit turned, levels of activity_levels; and
 *            LEVEL_SET
 *
 *   span        2^15 quarter-hours, counted from 2^31 at 1970
 *   id key      'i' | id, up to ID_KEY_WHOLE bytes of id; longer ones are
 *               'h' | first ID_KEY_PREFIX bytes | SHA-256 of the id
 *   chat        be32 user, 0 none | lstr chatId | instant first event |
 *               instant first message | instant first in | instant last in |
 *               varint in | varint out | varint notes | be32 next seq |
 *               varint n | n * (u8 cell | instant | u8 source | lstr) |
 *               varint n | n * (instant | u8 state), sorted |
 *               varint n | n * (lstr name | instant | u8 source | lstr JSON),
 *               sorted by name: session data; JSON empty: cleared
 *   message     u8 person | u8 flags | u8 source | lstr messageId |
 *               lstr personId | deliveries | text (the rest)
 *   deliveries  u8 set of 1 << status | an instant for each, SENT first |
 *               if FAILED: lstr code | lstr title
 *
 *   FAILURE  instant | be32 chat | be32 seq   u8 1: that message to a person
 *                                             failed, and was neither delivered
 *                                             nor read
 *
 * chats writes and reads all of it; nobody else does.
 */
/*
 *   COUNTER  'l' | key of quarter-hour        u8 1 | a varint for each of enum
 *                                             message_class: messages there are
 *            'e' | key of quarter-hour        the same: of the erased
 *            'u' | be16 kind | be16 chunk |   u8 1 | n * le32: quarter-hour of
 *            be32 day | be32 first            the day << 25 | low half of the
 *                                             user << 9 | how often, 511 at
 *                                             most; ascending, n 1 to 480
 *
 *            'g' | the same                   the same, of the erased, by number:
 *                                             made of ERASED 'l'
 *            'x' | key of quarter-hour        u8 1 | a varint for each of enum
 *                                             erased_sum
 *
 *            'r' | be32 day | be64 chat       u8 1 | n * (u8 kind | varint at -
 *                                             its day | if REPLY, FIRST or
 *                                             CLOSED: varint at - from | if
 *                                             CLOSED: varint hold + 1): the
 *                                             waits of the chat, chats/waits.h
 *            'R' | be32 day | be64 by lot     the same, one of somebody erased
 *            'd' | be32 chat                  u8 1: its waits are old
 *            'D'                              u8 1 | be32 how many are | be32
 *                                             the next to be made new
 *
 *   day, first  the day (96 quarter-hours) is counted from 2^31 at 1970; a page
 *               has the entries >> 9 from `first` on, until the next page's;
 *               the first page of a day may have 0; of waits: days since
 *               1970, the sign bit turned over
 */
/*
 *   ERASED   what | be32 number | be16 part   u8 1 | be64 checksum of the key and
 *                                             the items | items, of what:
 *            'p', one, of part 0              key of quarter-hour, gone | the
 *                                             same, first seen, or 0 | u8 phone
 *            'l' of the ledger                varint kind | step to the quarter-
 *                                             hour | varint how often
 *            'd' what they did                varint kind | step to the instant
 *            'r' runs of flows                varint kind of the name | u8 cause |
 *                                             be64 started | be64 completed |
 *                                             be64 cancelled | be64 over
 *            'f' messages that failed         step to the quarter-hour | varint
 *                                             how many | lstr code
 *   ERASED   'H'                              u8 1 | be64 people | be64 parts |
 *                                             be64 sum of their checksums | be64
 *                                             the same of COUNTER 'e', 'x', 'R'
 *
 *   step      from the item before in the part, or from 0: a varint, the sign
 *             in its lowest bit
 */
#ifndef CHATS_LAYOUT_H
#define CHATS_LAYOUT_H

#include <rapport/chats.h>

#define CHAT_VERSION 1
#define CHAT_RECORD_MAX (60u << 10)
#define CHAT_STATES_MAX 1000u
#define CHAT_KEY_SIZE 4u
#define MESSAGE_KEY_SIZE 16u
#define PAIR_KEY_SIZE 9u
#define ACTIVITY_KEY_SIZE 13u
#define PIECE_MAX 1000u
#define ID_KEY_WHOLE 400u
#define ID_KEY_PREFIX 64u
#define ID_KEY_MAX (1u + ID_KEY_WHOLE)

/* Cells after the eight of enum chat_field. */
enum {
	CELL_OWNER = FIELD_ASSIGNEE + 1, /* userId, by a chat event */
	CELL_SPEAKER, /* personId of the earliest inbound */
	CELL_MANAGERS,
	CELL_TAGS,
	CELL_COUNT
};

struct cell {
	bool set;
	uint8_t source;
	int64_t at;
	struct str value; /* lists: lstr after lstr */
};

struct transition {
	int64_t at;
	uint8_t state;
};

struct session {
	struct str name, json;
	int64_t at;
	uint8_t source;
};

struct chat {
	uint32_t id, user;
	struct str chat_id;
	int64_t first_event, first_message, first_in, last_in;
	uint64_t in, out, notes;
	uint32_t next_seq;
	struct cell cells[CELL_COUNT];
	struct transition *states;
	size_t n_states, cap_states;
	struct session *session;
	size_t n_session, cap_session;
};

enum { MESSAGE_TEMPLATE = 1, MESSAGE_NOTE = 2 };

struct deliveries {
	uint8_t set; /* 1 << enum delivery */
	int64_t at[4];
	struct str code, title; /* of FAILED */
};

struct message {
	enum person person;
	uint8_t flags, source;
	struct str message_id, person_id, text;
	struct deliveries deliveries;
};

void wr_at(struct wr *w, int64_t at);
void buf_at(struct buf *b, int64_t at);
int64_t rd_at(struct rd *r);

struct str chat_key(uint8_t out[CHAT_KEY_SIZE], uint32_t chat);
struct str message_key(uint8_t out[MESSAGE_KEY_SIZE], uint32_t chat, int64_t at,
		       uint32_t seq);
bool message_key_read(struct str key, uint32_t *chat, int64_t *at,
		      uint32_t *seq);
struct str pair_key(uint8_t out[PAIR_KEY_SIZE], uint32_t user, uint32_t chat);
struct str id_key(uint8_t out[ID_KEY_MAX], struct str id);

void chat_encode(struct buf *out, const struct chat *c);
/* Slices point into `value`, arrays into the arena. False: not a sound one. */
bool chat_decode(struct arena *a, uint32_t id, struct str value,
		 struct chat *out);
void message_encode(struct buf *out, const struct message *m);
bool message_decode(struct str value, struct message *out);
void deliveries_encode(struct buf *out, const struct deliveries *d);
bool deliveries_decode(struct rd *r, struct deliveries *out);

#endif
