/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Managers: the people who may log in.  A manager is one record and up to two
 * log-in names, a folded e-mail and an E.164 phone, each an entry of its own
 * that points at the record: a name that is taken is seen in the same
 * transaction that would take it again.  Managers are disabled, not deleted,
 * because audit and export records name them.
 *
 * `epoch` counts the times all sessions were ended at once: a session carries
 * the epoch it was made in and is dead in any other, in every worker, with
 * nothing to delete.
 */
#include "layout.h"

/* One with limits has a layout of its own, so that a program that knows none
 * does not read it as one without. */
#define LAYOUT_LIMITED 2
#define FLAG_DISABLED 1
#define FLAG_ONE_TIME 2

bool
manager_get(struct kv_txn *txn, uint32_t id, struct manager *out)
{
	struct key key;
	struct str value;
	struct rd r;
	uint8_t flags;
	bool limited;

	if (!kv_get(txn, SP_MANAGER, key_of_u32(&key, 'm', id), &value))
		return false;
	limited = value.n > 0 && value.p[0] == LAYOUT_LIMITED;
	r = limited ? rd_of(str_cut(value, 1, value.n)) : value_rd(txn, value);
	*out = (struct manager){.id = id};
	out->role = rd_u8(&r) == ROLE_OWNER ? ROLE_OWNER : ROLE_MEMBER;
	out->permissions = rd_be32(&r) & MAY_ALL;
	flags = rd_u8(&r);
	out->disabled = (flags & FLAG_DISABLED) != 0;
	out->one_time = (flags & FLAG_ONE_TIME) != 0;
	out->created = (int64_t)rd_be64(&r);
	out->epoch = rd_be32(&r);
	out->name = rd_str(&r);
	out->email = rd_str(&r);
	out->phone = rd_str(&r);
	out->phc = rd_str(&r);
	if (limited) {
		out->rows = rd_u8(&r) != 0;
		out->scope = rd_str(&r);
		out->masked = rd_str(&r);
	}
	return value_done(txn, &r, "manager");
}

const struct limits *
manager_limits(const struct manager *m, struct arena *a)
{
	struct limits *l;
	struct rd r = rd_of(m->scope);
	uint32_t *segments;

	if (m->role == ROLE_OWNER || (!m->rows && m->masked.n == 0))
		return NULL;
	l = arena_get(a, sizeof(*l));
	segments = arena_get(a, m->scope.n + 1);
	while (rd_left(&r) >= 4)
		segments[l->n_segments++] = rd_be32(&r);
	l->rows = m->rows;
	l->segments = segments;
	l->masked = arena_str(a, m->masked);
	return l;
}

enum err
limits_of(struct kv_txn *txn, struct arena *a, enum who_kind kind, uint32_t id,
	  const struct limits **out)
{
	static const struct limits nobody = {.rows = true};
	struct manager m;
	struct token t;

	*out = &nobody;
	if (kind == WHO_TOKEN && token_get(txn, id, &t)) {
		kind = t.by == 0 ? WHO_COMMAND : WHO_MANAGER;
		id = t.by;
	}
	if (kind == WHO_COMMAND)
		*out = NULL;
	else if (kind == WHO_MANAGER && manager_get(txn, id, &m))
		*out = manager_limits(&m, a);
	return kv_error(txn);
}

void
manager_put(struct kv_txn *txn, const struct manager *m)
{
	uint8_t room[1024 + 4 * LIMIT_SEGMENTS_MAX + LIMIT_MASKED_MAX];
	struct wr w = wr_of(room, sizeof(room));
	bool limited = m->rows || m->masked.n > 0;
	struct key key;

	wr_u8(&w, limited ? LAYOUT_LIMITED : LAYOUT_VERSION);
	wr_u8(&w, (uint8_t)m->role);
	wr_be32(&w, m->permissions);
	wr_u8(&w, (uint8_t)((m->disabled ? FLAG_DISABLED : 0) |
			    (m->one_time ? FLAG_ONE_TIME : 0)));
	wr_be64(&w, (uint64_t)m->created);
	wr_be32(&w, m->epoch);
	wr_str(&w, m->name);
	wr_str(&w, m->email);
	wr_str(&w, m->phone);
	wr_str(&w, m->phc);
	if (limited) {
		wr_u8(&w, m->rows);
		wr_str(&w, m->scope);
		wr_str(&w, m->masked);
	}
	kv_put(txn, SP_MANAGER, key_of_u32(&key, 'm', m->id), wr_out(&w));
}

/* Log-in names ------------------------------------------------------------ */

/* The key of an e-mail or phone; false if it cannot be one. */
static bool
login_key(struct str login, struct key *key, struct str *out)
{
	struct buf folded;
	char phone[17];
	bool fits;

	if (login.n == 0 || login.n > MANAGER_EMAIL_MAX || !text_valid(login))
		return false;
	if (!str_find(login, S("@"), NULL)) {
		if (!text_to_phone(login, phone))
			return false;
		*out = key_of_bytes(key, 'p', str_of(phone));
		return true;
	}
	buf_init(&folded);
	text_fold(&folded, login);
	fits = folded.n + 1 <= KV_KEY_MAX;
	if (fits)
		*out = key_of_bytes(key, 'e', buf_str(&folded));
	buf_fini(&folded);
	return fits;
}

bool
manager_find(struct kv_txn *txn, struct str login, struct manager *out)
{
	struct key key;
	struct str name, value;
	struct rd r;
	uint32_t id;

	if (!login_key(str_trim(login), &key, &name) ||
	    !kv_get(txn, SP_MANAGER, name, &value))
		return false;
	r = value_rd(txn, value);
	id = rd_be32(&r);
	return value_done(txn, &r, "log-in name") && manager_get(txn, id, out);
}

/* Give `login` (may be empty) to `id`; ERR_CONFLICT when another has it. */
static enum err
login_take(struct kv_txn *txn, struct str login, uint32_t id, const char *field)
{
	uint8_t room[5];
	struct wr w = wr_of(room, sizeof(room));
	struct manager other;
	struct key key;
	struct str name;

	if (login.n == 0)
		return OK;
	if (manager_find(txn, login, &other) && other.id != id)
		return fail(kv_fault(txn), ERR_CONFLICT, field,
			    "another manager has this %s", field);
	if (!login_key(login, &key, &name))
		return fail(kv_fault(txn), ERR_INVALID, field, "not a %s",
			    field);
	wr_u8(&w, LAYOUT_VERSION);
	wr_be32(&w, id);
	kv_put(txn, SP_MANAGER, name, wr_out(&w));
	return OK;
}

static void
login_drop(struct kv_txn *txn, struct str login)
{
	struct key key;
	struct str name;

	if (login.n > 0 && login_key(login, &key, &name))
		kv_del(txn, SP_MANAGER, name);
}

/* Checks ------------------------------------------------------------------ */

static bool
email_ok(struct str s)
{
	size_t at = 0;

	if (s.n > MANAGER_EMAIL_MAX || !str_find(s, S("@"), &at) || at == 0 ||
	    at + 1 == s.n || str_find(str_cut(s, at + 1, s.n), S("@"), NULL))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f ||
		    s.p[i] == '<' || s.p[i] == '>' || s.p[i] == '"')
			return false;
	return text_valid(s);
}

static bool
name_ok(struct str s)
{
	if (s.n == 0 || s.n > MANAGER_NAME_MAX || !text_valid(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return true;
}

enum err
manager_check(const struct manager_in *in, struct fault *f)
{
	char phone[17];

	if (!name_ok(str_trim(in->name)))
		return fail(f, ERR_INVALID, "name",
			    "a name has 1 to %u bytes and no controls",
			    MANAGER_NAME_MAX);
	if (in->email.n == 0 && in->phone.n == 0)
		return fail(f, ERR_INVALID, "email",
			    "an e-mail or a phone is needed to log in");
	if (in->email.n > 0 && !email_ok(str_trim(in->email)))
		return fail(f, ERR_INVALID, "email", "not an e-mail address");
	if (in->phone.n > 0 && !text_to_phone(in->phone, phone))
		return fail(f, ERR_INVALID, "phone",
			    "not a phone number with its country code, such "
			    "as +82 10 1234 5678");
	if ((in->permissions & ~(uint32_t)MAY_ALL) != 0)
		return fail(f, ERR_INVALID, "permissions",
			    "an unknown permission");
	if (!in->limits)
		return OK;
	if (in->role == ROLE_OWNER &&
	    (in->limits->rows || in->limits->masked.n > 0))
		return fail(f, ERR_INVALID, "limits",
			    "an Owner has no limits: expected a Member");
	if (in->limits->n_segments > LIMIT_SEGMENTS_MAX)
		return fail(f, ERR_INVALID, "limits/segments",
			    "expected at most %u segments", LIMIT_SEGMENTS_MAX);
	if (in->limits->masked.n > LIMIT_MASKED_MAX)
		return fail(f, ERR_INVALID, "limits/masked",
			    "expected names of at most %u bytes together",
			    LIMIT_MASKED_MAX);
	return OK;
}

/* Lay limits, which were checked, into the manager; `room` holds the scope. */
static void
limits_take(struct manager *m, const struct limits *l,
	    uint8_t room[4 * LIMIT_SEGMENTS_MAX])
{
	struct wr w = wr_of(room, 4 * LIMIT_SEGMENTS_MAX);

	for (size_t i = 0; l->rows && i < l->n_segments; i++)
		wr_be32(&w, l->segments[i]);
	m->rows = l->rows;
	m->scope = wr_out(&w);
	m->masked = l->masked;
}

/* Writing ----------------------------------------------------------------- */

/* `in` was checked. */
enum err
manager_store_new(struct kv_txn *txn, const struct manager_in *in,
		  struct str phc, int64_t now, uint32_t *id)
{
	char phone[17] = "";
	uint8_t scope[4 * LIMIT_SEGMENTS_MAX];
	struct manager m = {
	    .name = str_trim(in->name),
	    .email = str_trim(in->email),
	    .role = in->role,
	    .permissions = in->role == ROLE_OWNER ? MAY_ALL : in->permissions,
	    .one_time = true,
	    .created = now,
	    .phc = phc,
	};

	if (in->phone.n > 0 && text_to_phone(in->phone, phone))
		m.phone = str_of(phone);
	if (in->limits)
		limits_take(&m, in->limits, scope);
	m.id = (uint32_t)counter_next(txn, "manager");
	TRY(login_take(txn, m.email, m.id, "email"));
	TRY(login_take(txn, m.phone, m.id, "phone"));
	manager_put(txn, &m);
	*id = m.id;
	return OK;
}

/* What somebody is held to from now on: "segments 1,4; masked a,b". */
static void
audit_limits(struct staff *s, struct kv_txn *txn, const struct by *by,
	     const struct manager *m)
{
	struct rd r = rd_of(m->scope);
	struct label l;
	struct buf b;

	buf_init(&b);
	buf_put(&b, m->rows ? S("segments") : S("everybody"));
	for (char c = ' '; m->rows && rd_left(&r) >= 4; c = ',')
		buf_printf(&b, "%c%u", c, rd_be32(&r));
	if (m->masked.n > 0)
		buf_printf(&b, "; masked %.*s", STR_ARG(m->masked));
	audit_put(s, txn, by, "manager.limits",
		  label_of(&l, "manager", m->id), STR_NONE,
		  text_prefix(buf_str(&b), 1000));
	buf_fini(&b);
}

struct add {
	struct staff *staff;
	const struct by *by;
	const struct manager_in *in;
	const char *phc;
	uint32_t *id;
};

static enum err
add_apply(struct kv_txn *txn, void *arg)
{
	struct add *a = arg;
	struct manager m;
	struct label l;

	TRY(manager_store_new(txn, a->in, str_of(a->phc), a->by->at, a->id));
	if (a->in->limits && manager_get(txn, *a->id, &m))
		audit_limits(a->staff, txn, a->by, &m);
	audit_put(a->staff, txn, a->by, "manager.add",
		  label_of(&l, "manager", *a->id), STR_NONE, STR_NONE);
	return OK;
}

enum err
manager_add(struct staff *s, const struct by *by, const struct manager_in *in,
	    char password[32], uint32_t *id, struct fault *f)
{
	char phc[128];
	struct add a = {s, by, in, phc, id};
	enum err e;

	if (by->who->role != ROLE_OWNER)
		return fail(f, ERR_DENIED, NULL, "only an Owner may do that");
	TRY(manager_check(in, f));
	password_new(password);
	e = password_hash(str_of(password), s->dir, phc, f);
	if (e == OK)
		e = kv_write(s->kv, add_apply, &a, f);
	if (e != OK)
		wipe(password, 32);
	return e;
}

struct change {
	struct staff *staff;
	const struct by *by;
	uint32_t id;
	const struct manager_change *c;
};

static bool
owner_other(void *arg, const struct manager *m)
{
	uint32_t *id = arg;

	if (m->role == ROLE_OWNER && !m->disabled && m->id != *id) {
		*id = 0;
		return false;
	}
	return true;
}

/* Lay a change over a manager; what must hold is checked on the result. */
static enum err
change_merge(struct kv_txn *txn, const struct manager_change *c,
	     struct manager *m, char phone[17],
	     uint8_t scope[4 * LIMIT_SEGMENTS_MAX])
{
	static const struct limits none = {0};
	bool led = m->role == ROLE_OWNER && !m->disabled;
	uint32_t id = m->id;
	struct manager_in in;

	in.name = c->name ? *c->name : m->name;
	in.email = c->email ? *c->email : m->email;
	in.phone = c->phone ? *c->phone : m->phone;
	in.role = c->role ? *c->role : m->role;
	in.permissions = c->permissions ? *c->permissions : m->permissions;
	in.limits = c->limits;
	TRY(manager_check(&in, kv_fault(txn)));
	m->name = str_trim(in.name);
	m->email = str_trim(in.email);
	phone[0] = '\0';
	m->phone = in.phone.n > 0 && text_to_phone(in.phone, phone)
		       ? str_of(phone)
		       : STR_NONE;
	m->role = in.role;
	m->permissions = in.role == ROLE_OWNER ? MAY_ALL : in.permissions;
	if (in.limits || in.role == ROLE_OWNER)
		limits_take(m, in.limits ? in.limits : &none, scope);
	if (c->disabled && *c->disabled && !m->disabled)
		m->epoch++;
	m->disabled = c->disabled ? *c->disabled : m->disabled;
	if (led && (m->role != ROLE_OWNER || m->disabled)) {
		managers_each(txn, owner_other, &id);
		if (id != 0)
			return fail(kv_fault(txn), ERR_CONFLICT,
				    m->disabled ? "disabled" : "role",
				    "this is the last Owner who may log in");
	}
	return OK;
}

/* Slices of the snapshot do not outlive a put. */
static void
manager_keep(struct manager *m, struct arena *keep)
{
	m->name = arena_str(keep, m->name);
	m->email = arena_str(keep, m->email);
	m->phone = arena_str(keep, m->phone);
	m->phc = arena_str(keep, m->phc);
	m->scope = arena_str(keep, m->scope);
	m->masked = arena_str(keep, m->masked);
}

static enum err
change_apply(struct kv_txn *txn, void *arg)
{
	struct change *a = arg;
	struct manager m;
	struct label l;
	char phone[17];
	uint8_t scope[4 * LIMIT_SEGMENTS_MAX];
	struct arena keep;
	enum err e;

	TRY(guard_ask(txn, a->by));
	if (!manager_get(txn, a->id, &m))
		return fail(kv_fault(txn), ERR_NOT_FOUND, "id",
			    "there is no manager %u", a->id);
	arena_init(&keep);
	manager_keep(&m, &keep);
	login_drop(txn, m.email);
	login_drop(txn, m.phone);
	e = change_merge(txn, a->c, &m, phone, scope);
	if (e == OK)
		e = login_take(txn, m.email, m.id, "email");
	if (e == OK)
		e = login_take(txn, m.phone, m.id, "phone");
	if (e == OK) {
		if (a->c->limits)
			audit_limits(a->staff, txn, a->by, &m);
		manager_put(txn, &m);
		audit_put(a->staff, txn, a->by, "manager.change",
			  label_of(&l, "manager", m.id), STR_NONE, STR_NONE);
	}
	arena_fini(&keep);
	return e;
}

enum err
manager_change(struct staff *s, const struct by *by, uint32_t id,
	       const struct manager_change *c, struct fault *f)
{
	struct change a = {s, by, id, c};

	if (by->who->role != ROLE_OWNER)
		return fail(f, ERR_DENIED, NULL, "only an Owner may do that");
	return kv_write(s->kv, change_apply, &a, f);
}

static enum err
logout_apply(struct kv_txn *txn, void *arg)
{
	struct change *a = arg;
	struct manager m;
	struct arena keep;
	struct label l;

	if (!manager_get(txn, a->id, &m))
		return fail(kv_fault(txn), ERR_NOT_FOUND, "id",
			    "there is no manager %u", a->id);
	arena_init(&keep);
	manager_keep(&m, &keep);
	m.epoch++;
	manager_put(txn, &m);
	audit_put(a->staff, txn, a->by, "manager.logout",
		  label_of(&l, "manager", m.id), STR_NONE, STR_NONE);
	arena_fini(&keep);
	return kv_error(txn);
}

enum err
manager_sessions_end(struct staff *s, const struct by *by, uint32_t id,
		     struct fault *f)
{
	struct change a = {s, by, id, NULL};

	if (by->who->role != ROLE_OWNER)
		return fail(f, ERR_DENIED, NULL, "only an Owner may do that");
	return kv_write(s->kv, logout_apply, &a, f);
}

void
managers_each(struct kv_txn *txn, manager_fn *fn, void *arg)
{
	struct kv_cursor *c = kv_cursor(txn, SP_MANAGER, S("m"));
	struct manager m;

	for (bool there = kv_seek(c, STR_NONE); there; there = kv_next(c)) {
		struct rd r = rd_of(str_cut(kv_key(c), 1, KV_KEY_MAX));

		if (!manager_get(txn, rd_be32(&r), &m) || !fn(arg, &m))
			break;
	}
	kv_cursor_close(c);
}
