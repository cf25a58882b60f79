/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * staff: who may come in, what they may do, and what they did.  Managers log
 * in with a password and get a session; machines carry a token; both become
 * one `struct who`, which every act is made and recorded as.  The store keeps
 * only hashes of passwords, sessions and tokens, and every request reads them
 * anew, so that log-out, disabling and a changed password hold at once in
 * every worker.
 *
 * Functions that take a kv_txn may be composed inside a closure.  Functions
 * that take a struct staff and a struct by make a durable transaction of their
 * own, with the audit record of the act in it.  Instants are passed in.
 */
#ifndef RAPPORT_STAFF_H
#define RAPPORT_STAFF_H

#include <rapport/kv.h>

#define MANAGER_NAME_MAX 200u
#define MANAGER_EMAIL_MAX 254u /* RFC 5321 4.5.3.1.3 */
#define MANAGER_PASSWORD_MIN 12u
#define TOKEN_NAME_MAX 200u
#define PURPOSE_MAX 2000u /* bytes */

enum permission_mask {
#define PERMISSION(CODE, bit, name, about) MAY_##CODE = 1 << bit,
#include <tbl/permissions.h>
#undef PERMISSION
	MAY_ALL = (1 << 11) - 1
};
enum role { ROLE_MEMBER = 0, ROLE_OWNER = 1 };

/* "users.read" -> its bit. */
bool permission_find(struct str name, uint32_t *mask);
/* The i-th permission, or NULL after the last. */
const char *permission_name(size_t i, uint32_t *mask, const char **about);
const char *role_name(enum role r); /* "Owner", "Member" */
bool role_find(struct str name, enum role *out);

/* Who acts ---------------------------------------------------------------- */

enum who_kind { WHO_NOBODY, WHO_MANAGER, WHO_TOKEN, WHO_COMMAND };

struct who {
	enum who_kind kind;
	uint32_t id; /* of the manager or token; 0 for others */
	enum role role;
	uint32_t permissions; /* MAY_*; MAY_ALL for an Owner */
	char name[MANAGER_NAME_MAX + 1];
	struct sha256 secret; /* hash of the session's or the token's secret */
	bool one_time;        /* logged in with a one-time password */
	bool touch;           /* who_touch is due */
};
/* The command line: somebody with the store in their hands. */
struct who who_command(void);
bool who_may(const struct who *w, uint32_t mask); /* all of `mask` */
/* The number that acts are kept under: a manager's, or a token's with this bit;
 * 0: the command line. */
#define MARK_TOKEN (UINT32_C(1) << 31)
uint32_t who_mark(enum who_kind kind, uint32_t id);

/* What an act stands on, asked first and inside its transaction: what it
 * answers other than OK undoes the act. */
struct guard {
	enum err (*ask)(struct kv_txn *txn, void *arg);
	void *arg;
};
/* An act: by whom, from where (an address), when. */
struct once;
struct by {
	const struct who *who;
	struct str from;
	int64_t at;
	const struct once *once;   /* the key it was asked under; NULL: none */
	const struct guard *guard; /* NULL: none; asked by manager_change,
				    * settings_put, hours_put, hours_remove and
				    * desk_define */
};
enum err guard_ask(struct kv_txn *txn, const struct by *by) MUST_USE;

/* The house --------------------------------------------------------------- */

struct staff;

struct manager_in {
	/* e-mail or phone may be empty, not both */
	struct str name, email, phone;
	enum role role;
	uint32_t permissions; /* of a Member */
	const struct limits *limits; /* of a Member; NULL: none */
};

/* Prepare an empty store in `dir`: the audit key (dir/audit.key, mode 0600)
 * and the first Owner, whose one-time password is written to `password`.
 * ERR_CONFLICT when there is one. Uses transactions of its own. */
enum err staff_init(struct kv *kv, const char *dir,
		    const struct manager_in *owner, int64_t now,
		    char password[32], uint32_t *id, struct fault *f) MUST_USE;
/* `dir` also gates password hashing for all workers of the store. ERR_NOT_FOUND
 * when staff_init was not done. */
enum err staff_open(struct staff **out, struct kv *kv, const char *dir,
		    struct fault *f) MUST_USE;
void staff_close(struct staff *s); /* NULL is fine */
struct kv *staff_kv(const struct staff *s);
const char *staff_gate(const struct staff *s); /* of password hashing */
/* Forget dead sessions and old failures; a bounded piece of work. */
enum err staff_sweep(struct staff *s, int64_t now, struct fault *f) MUST_USE;

/* Managers ---------------------------------------------------------------- */

struct manager {
	uint32_t id;
	struct str name, email, phone; /* slices of the snapshot */
	enum role role;
	uint32_t permissions;
	bool disabled;
	bool one_time; /* the password was given by somebody else */
	int64_t created;
	uint32_t epoch; /* sessions of another epoch are dead */
	struct str phc;
	bool rows;        /* limits, of a Member: as kept */
	struct str scope; /* be32 segments */
	struct str masked;
};

bool manager_get(struct kv_txn *txn, uint32_t id, struct manager *out);
/* By e-mail (folded) or phone (in any way of writing that parses). */
bool manager_find(struct kv_txn *txn, struct str login, struct manager *out);
typedef bool manager_fn(void *arg, const struct manager *m); /* false: stop */
void managers_each(struct kv_txn *txn, manager_fn *fn, void *arg);

/* A new manager with a one-time password. ERR_INVALID (path: the field),
 * ERR_CONFLICT (e-mail or phone taken). */
enum err manager_add(struct staff *s, const struct by *by,
		     const struct manager_in *in, char password[32],
		     uint32_t *id, struct fault *f) MUST_USE;
/* Members that are NULL stay as they are. ERR_NOT_FOUND, ERR_INVALID,
 * ERR_CONFLICT (also: the last Owner who may log in stays one). */
struct manager_change {
	const struct str *name, *email, *phone;
	const enum role *role;
	const uint32_t *permissions;
	const bool *disabled; /* true ends all their sessions */
	const struct limits *limits; /* a zeroed one: no limits */
};
enum err manager_change(struct staff *s, const struct by *by, uint32_t id,
			const struct manager_change *c,
			struct fault *f) MUST_USE;
/* One's own password: `old` is checked (ERR_DENIED, path "password"), all
 * sessions end. ERR_INVALID for a new one that is refused; ERR_BUSY. */
enum err manager_password(struct staff *s, const struct by *by, struct str old,
			  struct str new_password, struct fault *f) MUST_USE;
/* Give somebody a new one-time password; all their sessions end. */
enum err manager_reset(struct staff *s, const struct by *by, uint32_t id,
		       char password[32], struct fault *f) MUST_USE;
/* Log somebody out everywhere, at once. ERR_NOT_FOUND. */
enum err manager_sessions_end(struct staff *s, const struct by *by, uint32_t id,
			      struct fault *f) MUST_USE;

/* Sessions ---------------------------------------------------------------- */

#define SECRET_TEXT 44u /* 32 bytes in base64url and a NUL */
#define SESSION_IDLE (30 * 60 * SECOND_US)
#define SESSION_LIFE (12 * 3600 * SECOND_US)

struct login_out {
	struct who who;
	char secret[SECRET_TEXT]; /* for the cookie */
	char csrf[SECRET_TEXT];
	uint32_t retry_after; /* seconds, with ERR_BUSY */
};
/* ERR_AUTH for anything wrong, alike in time and words; ERR_BUSY while guesses
 * are slowed down or too many hashes are under way. */
enum err staff_login(struct staff *s, struct str login, struct str password,
		     struct str from, int64_t now, struct login_out *out,
		     struct fault *f) MUST_USE;
/* The CSRF token that belongs to a session's secret. */
void session_csrf(struct str secret, char out[SECRET_TEXT]);
/* ERR_AUTH when it is not a living session of a manager who may log in. */
enum err session_check(struct kv_txn *txn, struct str secret, int64_t now,
		       struct who *out) MUST_USE;
/* End the session of `by->who`. */
enum err session_end(struct staff *s, const struct by *by,
		     struct fault *f) MUST_USE;
/* The living sessions of a manager, in no order; false stops. `id` names one to
 * its owner: the start of the hash of its secret, in hex. */
struct session_view {
	char id[17];
	int64_t begun, used;
	struct str from; /* address it was begun from */
	bool current;    /* the one of `who` */
};
typedef bool session_fn(void *arg, const struct session_view *s);
void sessions_each(struct kv_txn *txn, const struct who *who, int64_t now,
		   session_fn *fn, void *arg);
/* End one of `by->who`'s own. ERR_NOT_FOUND. */
enum err session_end_one(struct staff *s, const struct by *by, struct str id,
			 struct fault *f) MUST_USE;
/* Write "last used", when `who->touch` says so. */
enum err who_touch(struct staff *s, const struct who *who, int64_t now,
		   struct fault *f) MUST_USE;

/* Guessing: how fast one may try a password. `account` is any text that names
 * what is guessed at; nobody learns from it whether that exists. */
struct guess {
	uint8_t account[16], address[16];
};
struct guess guess_of(struct str account, struct str from);
/* Count a try before it is made; 0, or how many seconds it is too early. With
 * `known` (an address this manager came from before) tries from elsewhere do
 * not slow it down. */
uint32_t guess_reserve(struct kv_txn *txn, const struct guess *g, bool known,
		       int64_t now);
/* It was right, or it was never made. */
void guess_forget(struct kv_txn *txn, const struct guess *g);

/* Settings ---------------------------------------------------------------- */

enum setting {
#define SETTING(CODE, name, type, initial, limits, about) SETTING_##CODE,
#include <tbl/settings.h>
#undef SETTING
	SETTING_COUNT
};
enum setting_type {
	SETTING_IS_CHOICE,
	SETTING_IS_NUMBER,
	SETTING_IS_ZONE,
	SETTING_IS_URL
};
struct setting_info {
	const char *name;
	enum setting_type type;
	const char *initial, *limits, *about;
};
extern const struct setting_info settings[SETTING_COUNT];

bool setting_find(struct str name, enum setting *out);
struct str setting_text(struct kv_txn *txn, enum setting which);
int64_t setting_number(struct kv_txn *txn, enum setting which);
/* ERR_INVALID, path: its name. */
enum err setting_put(struct staff *s, const struct by *by, enum setting which,
		     struct str value, struct fault *f) MUST_USE;
/* Several in one transaction: all of them or none. NULL: stays as it is. */
enum err settings_put(struct staff *s, const struct by *by,
		      const struct str *const values[SETTING_COUNT],
		      struct fault *f) MUST_USE;
/* All of them as one JSON object. */
void settings_json(struct kv_txn *txn, struct json_out *j);
/* The rows of the table as a JSON array: what each is called, takes and does.
 */
void settings_table_json(struct json_out *j);

/* Operating hours --------------------------------------------------------- */

#define HOURS_SCHEDULES_MAX 200u
#define HOURS_HOLIDAYS_MAX 1000u
#define HOURS_SPANS_MAX 24u /* of a day */

/* All schedules, in the arena; none: out->n is 0. */
void hours_get(struct kv_txn *txn, struct arena *a, struct hours *out);
/* A schedule from s->from on, instead of the one that begins then. Those of
 * before stay: what is past is measured by what held then. ERR_LIMIT. */
enum err hours_put(struct staff *s, const struct by *by,
		   const struct schedule *schedule, struct fault *f) MUST_USE;
/* ERR_NOT_FOUND. */
enum err hours_remove(struct staff *s, const struct by *by, int64_t from,
		      struct fault *f) MUST_USE;
/* As people write it: week {"monday": [["09:00", "18:00"]], …}, holidays
 * [{"date", "name", "open": [[…]]}]; a day that is not named is closed.
 * ERR_INVALID (path: "week.monday", "holidays.3"). */
enum err hours_read(struct arena *a, const struct json *week,
		    const struct json *holidays, struct schedule *out,
		    struct fault *f) MUST_USE;
void hours_json(struct json_out *j, const struct schedule *s);

/* Audit ------------------------------------------------------------------- */

struct audit {
	uint64_t seq; /* from 1, without gaps */
	int64_t at;
	enum who_kind kind;
	uint32_t who;
	/* from: address; act: "login", "export.begin"; object: "manager 3";
	 * ids and names of fields only, never values of people */
	struct str from, act, object, purpose, result;
};

/* Add a record to the chain, in the transaction of the act. `object`,
 * `purpose` and `result` may be empty; result "" means it was done. */
void audit_put(struct staff *s, struct kv_txn *txn, const struct by *by,
	       const char *act, struct str object, struct str purpose,
	       struct str result);
/* The same in a transaction of its own, for reads that leave a record. */
enum err audit_write(struct staff *s, const struct by *by, const char *act,
		     struct str object, struct str purpose, struct str result,
		     struct fault *f) MUST_USE;
typedef bool audit_fn(void *arg, const struct audit *a); /* false: stop */
/* Newest first, from `before` (0: the newest) down. */
void audit_each(struct kv_txn *txn, uint64_t before, audit_fn *fn, void *arg);
/* Last number and hash, to be logged: "1234 6f0a…" in hex. False: none yet. */
bool audit_head(struct kv_txn *txn, uint64_t *seq, char hash[65]);
/* Check the whole chain. ERR_CORRUPT with *bad the first bad record. */
enum err staff_audit_verify(struct staff *s, uint64_t *records, uint64_t *bad,
			    struct fault *f) MUST_USE;

#include <rapport/staff/bookmarks.h>
#include <rapport/staff/limits.h>
#include <rapport/staff/once.h>
#include <rapport/staff/records.h>
#include <rapport/staff/tokens.h>

#endif
