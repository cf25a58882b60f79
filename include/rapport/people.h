/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * people: users, their identities, attributes and segments, and every write
 * path with all its index upkeep.  A user is one record of cells (attribute,
 * value, instant, source) plus facts folded from chats and events; everything
 * a filter or a sort can ask for is kept as postings (bits.h) that follow the
 * record in the same transaction.
 *
 * Writes go through a batch: users are loaded once, changed in memory as often
 * as events ask, and written at the end with the difference of their postings.
 * A value wins over another of the same attribute when its instant is not
 * earlier, so the order in which events arrive does not matter.
 */
#ifndef RAPPORT_PEOPLE_H
#define RAPPORT_PEOPLE_H

#include <rapport/bits.h>

/* Attributes ------------------------------------------------------------------ */

enum attr_type {
	TYPE_TEXT,
	TYPE_NUMBER,
	TYPE_INSTANT,
	TYPE_DATE,
	TYPE_BOOLEAN,
	TYPE_SET,
	TYPE_IP,
	TYPE_COUNT
};
extern const char *const attr_type_names[TYPE_COUNT]; /* "text" … */

enum attr_flag {
	ATTR_DEFAULT = 1 << 0,  /* a list column by default */
	ATTR_GIVEN = 1 << 1,    /* events may set it */
	ATTR_EDITABLE = 1 << 2, /* managers may set it */
	ATTR_CUSTOM = 1 << 3,
	ATTR_SESSION = 1 << 4,
	ATTR_HIDDEN = 1 << 5
};

enum attr_id {
#define ATTRIBUTE(CODE, id, wire, input, label, type, flags) A_##CODE = id,
#include <tbl/attributes.h>
#undef ATTRIBUTE
	A_EVERYBODY = 0, /* the set of all users; not an attribute */
	A_CUSTOM_FIRST = 256,
	/* Not attributes: from here on, kinds of activity (chats/activity.h),
	 * whose postings are in the same index. */
	A_ACTIVITY = 0xf000
};

/* Special levels of an attribute's postings. */
#define LEVEL_SET 0xff   /* value empty: who has any value */
#define LEVEL_JOINED 0xfe /* of sets: the whole value, joined, for sorting;
			   * but not of A_SEGMENT: see segments.h */

#define LEVEL_GRAM 0xfd /* of some texts: grams, below */

#define ATTR_NAME_MAX 128u  /* bytes */
#define ATTR_COUNT_MAX 4096u /* custom and session together */
#define TEXT_VALUE_MAX (16u << 10)
#define SET_ITEMS_MAX 256u
#define USER_ID_MAX 256u

struct attr {
	uint16_t id;
	enum attr_type type;
	unsigned flags;
	struct str name, label;
	uint16_t origin; /* its id before any change of type */
	uint16_t twin;	 /* being filled with its values, another type; or 0 */
	struct str kept; /* the label it was given, where `label` had to be
			  * told apart from another's; else empty */
};

/* All attributes at one moment, immutable, shared by threads. */
struct catalog {
	uint64_t epoch;
	size_t n;
	const struct attr *attrs; /* built-in in table order, then custom by name */
	const struct numbers *numbers; /* as lent to people; or NULL */
};

struct people;
/* Call before a write, outside of transactions: keeps the cached catalog new,
 * so that batches need not read it each. */
enum err people_refresh(struct people *p, struct fault *f) MUST_USE;
/* Holds the cached catalog. One a process. */
struct people *people_open(struct kv *kv);
void people_close(struct people *p);
/* What a room below lends to those above it (query.h), for every catalog of the
 * process: once, right after opening. Lives as long as the process. */
void people_lend(struct people *p, const struct numbers *n);

/* The catalog this transaction sees; usable for an hour after it is replaced,
 * so longer than any request. Not inside kv_write: see batch_begin. */
const struct catalog *people_catalog(struct people *p, struct kv_txn *txn);
/* By wire name (exact), or by short input name with `input`. NULL: none. */
const struct attr *catalog_find(const struct catalog *c, struct str name);
const struct attr *catalog_input(const struct catalog *c, struct str name);
const struct attr *catalog_by_id(const struct catalog *c, uint16_t id);
/* As every catalog has it; NULL: not a built-in one. */
const struct attr *builtin_attr(uint16_t id);
/* A catalog of some of the attributes, in the arena: the others cannot be found
 * in it, by whatever name or id. */
typedef bool attr_keep_fn(void *arg, const struct attr *a);
const struct catalog *catalog_part(const struct catalog *c, struct arena *a,
				   attr_keep_fn *keep, void *arg);

/* Values ------------------------------------------------------------------------ */

struct value {
	enum attr_type type;
	bool misfit;      /* text that does not parse as the attribute's type */
	bool flag;        /* boolean */
	double number;
	int64_t instant;
	int32_t date;
	struct ip ip;
	struct str text;      /* text; for ip and misfit: as it came */
	struct str original;  /* phone: as it came, when it differs */
	const struct str *items; /* set, sorted by folded text, distinct */
	size_t n_items;
};

/* Read a JSON value as `a`'s type. An empty text or set is no value. A value
 * that does not fit becomes a misfit: kept and shown, in no index. Errors:
 * ERR_INVALID (not a value at all, e.g. an object; integer beyond 2^53),
 * ERR_LIMIT. JSON null gives ERR_NOT_FOUND: "no value". */
enum err value_of_json(struct arena *arena, const struct attr *a,
		       const struct json *v, struct value *out,
		       struct fault *f) MUST_USE;
/* Type of a custom attribute at first sight of `v`. */
enum attr_type value_first_type(const struct json *v);
/* Encoded key of a value at level 0 for postings; into `out`, up to
 * BITS_VALUE_MAX bytes. For sets: of one item. Texts over TEXT_KEY_MAX bytes
 * folded are cut there and end in a hash of the whole; `folded` is not in
 * `out`. */
#define TEXT_KEY_MAX 400u
struct str value_key_text(struct buf *out, struct str folded);
struct str value_key_ip(const struct ip *ip, uint8_t out[16]);
uint64_t value_order(const struct value *v); /* number, instant, date */
const struct levels *type_levels(enum attr_type t); /* NULL: none */
/* True if a level-0 text key was cut, so that the text must be looked up. */
bool value_key_cut(struct str key);
/* Grams: of attributes with many distinct texts that people search inside of,
 * every three bytes of the folded text are a posting as well. Texts over
 * GRAM_TEXT_MAX bytes have but GRAM_LONG; and all have GRAM_ANY. */
#define GRAM_TEXT_MAX 1024u
#define GRAM_LONG 0xffffffu /* no bytes of UTF-8 */
#define GRAM_ANY 0xfffffeu  /* nor are these */
#define GRAM_KEY_SIZE 3u
bool attr_has_grams(uint16_t attr);
/* Whether everybody who has the attribute has them: not so in a store that was
 * filled before there were any, until `check --repair`. */
bool attr_grams_whole(struct kv_txn *txn, uint16_t attr);
/* Distinct ones, ascending; returns how many. */
size_t text_grams(struct str folded, uint32_t out[GRAM_TEXT_MAX]);
struct str gram_key(uint32_t gram, uint8_t out[GRAM_KEY_SIZE]);
/* Wire form: JSON; and text for CSV (sets joined by "|"). */
void value_json(struct json_out *j, const struct value *v);
void value_text(struct buf *b, const struct value *v);

/* Users, read ---------------------------------------------------------------------- */

struct stamp {
	int64_t at;
	uint8_t source; /* enum cell_source */
};
enum cell_source { FROM_EVENT, FROM_IMPORT, FROM_MANAGER, FROM_CHAT };
extern const char *const cell_source_names[FROM_CHAT + 1]; /* "event" … */

/* A record opened for reading; slices point into the snapshot. */
struct membership;
struct user_view {
	uint32_t id;
	struct str record;
	const struct catalog *catalog;
	/* NULL: segments are looked up one by one, which suits a few rows;
	 * for many, set it after user_view (see segments.h). */
	const struct membership *segments;
};
/* False: there is no such user. */
bool user_view(struct kv_txn *txn, const struct catalog *c, uint32_t id,
	       struct user_view *out);
/* Value of one attribute, derived ones too. False: it has none. `arena` holds
 * set items. */
bool user_value(struct user_view *u, struct arena *arena, struct kv_txn *txn,
		const struct attr *a, struct value *out);
/* All values asked for at once, columns in the caller's order; has[i] says
 * whether there is one. Faster than one by one. */
void user_values(struct user_view *u, struct arena *arena, struct kv_txn *txn,
		 const struct attr *const *columns, size_t n,
		 struct value *values, bool *has);
/* Where a given value came from; false for derived or absent ones. */
bool user_stamp(struct user_view *u, const struct attr *a, struct stamp *out);
bool user_find(struct kv_txn *txn, struct str user_id, uint32_t *id);
struct bits *people_everybody(struct kv_txn *txn);

/* Users, write ------------------------------------------------------------------------- */

struct batch;
/* Bulk load: people_reindex follows; until then nothing can be asked. */
enum batch_flag { BATCH_NO_INDEX = 1 };

/* One batch a write transaction, made and ended inside the closure. */
struct batch *batch_begin(struct people *p, struct kv_txn *txn, unsigned flags);
/* Write every changed record, its postings and new attributes. */
void batch_end(struct batch *b);
void batch_free(struct batch *b); /* after batch_end, or without: changes gone */
struct arena *batch_arena(struct batch *b);
/* False with BATCH_NO_INDEX. */
bool batch_indexes(const struct batch *b);
struct kv_txn *batch_txn(struct batch *b);

/* A user by userId, made when unknown. ERR_INVALID: bad id. */
enum err batch_user(struct batch *b, struct str user_id, uint32_t *id,
		    struct fault *f) MUST_USE;
/* Whether the user is known, without making it. */
bool batch_user_known(struct batch *b, struct str user_id, uint32_t *id);
/* The same by an identity; a new user gets a userId of ours. */
struct identity {
	struct str channel, kind, value;
};
enum err batch_identity(struct batch *b, const struct identity *i, uint32_t *id,
			struct fault *f) MUST_USE;
/* Give an identity to a user; ERR_CONFLICT when another has it. */
enum err batch_claim(struct batch *b, uint32_t id, const struct identity *i,
		     struct fault *f) MUST_USE;
/* Whether the identity is known, without making a user. */
bool batch_identity_known(struct batch *b, const struct identity *i,
			  uint32_t *id);
/* Whether the user is known by identities only: its userId is ours. */
bool batch_anonymous(struct batch *b, uint32_t id);
/* Whether batch_claim would work: OK or ERR_CONFLICT. */
enum err batch_may_claim(struct batch *b, uint32_t id, const struct identity *i,
			 struct fault *f) MUST_USE;

/* The attribute that an event's member names, made at first sight of the
 * value (and kept only if some value of it is set). `session`: it is session
 * data. *out is NULL for a null that names an attribute nobody has. Errors:
 * ERR_INVALID, ERR_LIMIT. */
enum err batch_attr(struct batch *b, struct str name, const struct json *v,
		    bool session, const struct attr **out,
		    struct fault *f) MUST_USE;
/* Whether the user's record has room for about `more` bytes: OK, ERR_LIMIT. */
enum err batch_fits(struct batch *b, uint32_t id, size_t more,
		    struct fault *f) MUST_USE;
/* Set (or with value NULL clear) an attribute as of `at`. */
void batch_set(struct batch *b, uint32_t id, const struct attr *a,
	       const struct value *v, struct stamp from);
/* Whether a word of the lane of `from` (managers', or events') is there that is
 * not older. */
bool batch_settled(struct batch *b, uint32_t id, const struct attr *a,
		   struct stamp from);
/* What is shown of it as the batch stands, first and last seen too; false:
 * nothing. `arena` holds set items. */
bool batch_shown(struct batch *b, uint32_t id, const struct attr *a,
		 struct arena *arena, struct value *out);
/* A number for all that is kept on the user, memberships too, as the batch
 * stands: whether it is another after a change tells whether there was any. */
uint64_t batch_print(struct batch *b, uint32_t id);
/* Facts of events. */
void batch_seen(struct batch *b, uint32_t id, int64_t first, int64_t last);
/* An event's word for it: made, static, when there is none of the name;
 * nothing happens when that is a dynamic one. */
void batch_segment(struct batch *b, uint32_t id, struct str name, int64_t at);
/* Whether it is another state now than before. */
bool batch_consent(struct batch *b, uint32_t id, bool in, int64_t at);
bool batch_validity(struct batch *b, uint32_t id, bool valid, int64_t at);
void batch_flow(struct batch *b, uint32_t id, struct str flow, int runs_open);
bool batch_in_flow(struct batch *b, uint32_t id, struct str flow);
/* What the user's chats add up to; the chats room keeps these right. */
struct chat_facts {
	uint32_t chats;
	uint64_t in, out;
	int64_t first, last; /* earliest, latest opening or inbound; INSTANT_NONE */
	uint32_t latest;     /* dense id of the latest chat; 0 none */
	int64_t latest_at;
};
void batch_facts_get(struct batch *b, uint32_t id, struct chat_facts *out);
void batch_facts_set(struct batch *b, uint32_t id, const struct chat_facts *in);
/* Replace the last session data by these (attributes with ATTR_SESSION). */
struct session_cell {
	const struct attr *attr;
	struct value value;
	int64_t at;
};
void batch_session(struct batch *b, uint32_t id, const struct session_cell *c,
		   size_t n);
/* Two users become one: cells by instant, identities, segments, facts. Later
 * events of `from` reach `into`. What was is kept for undo (erase.h).
 * ERR_INVALID when they are the same, ERR_NOT_FOUND. */
enum err batch_merge(struct batch *b, uint32_t from, uint32_t into, int64_t at,
		     struct fault *f) MUST_USE;
/* Append to what happened to the user: one JSON text, for the timeline. */
void batch_trail(struct batch *b, uint32_t id, int64_t at, struct str json);
size_t batch_users(const struct batch *b); /* users held in memory */

/* Whole store ------------------------------------------------------------------------------ */

typedef void progress_fn(void *arg, uint64_t done, uint64_t total);
typedef void report_fn(void *arg, struct str sentence);

/* Build all postings anew from the records. While it works nothing can be
 * asked of the index (ERR_CORRUPT says so), and a cut leaves it that way until
 * it is run again. Memory bounded by `memory`; runs go to unlinked files in
 * `tmp_dir`. `progress` may be NULL. The postings of activity are gone after
 * it: whoever keeps chats calls store_reindex instead. */
enum err people_reindex(struct people *p, size_t memory, const char *tmp_dir,
			progress_fn *progress, void *arg,
			struct fault *f) MUST_USE;
/* Compare every posting with the records, in one snapshot. `report` gets one
 * sentence a difference. Returns their number in *n. */
enum err people_check(struct people *p, size_t memory, const char *tmp_dir,
		      report_fn *report, void *arg, uint64_t *n,
		      struct fault *f) MUST_USE;

#include <rapport/people/segments.h>
#include <rapport/people/edit.h>
#include <rapport/people/define.h>
#include <rapport/people/erase.h>
#include <rapport/people/parts.h>

#endif
