/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Export records: who took what out, when and why.  A record is made before
 * the first byte leaves and finished after the last, and cannot be changed
 * after that or deleted at all.  While it runs it names its process by number,
 * start and boot, so that one whose process is gone is seen to have failed,
 * whoever looks and without anybody tidying up.
 *
 * Filter, chosen ids, sentence and columns may be long; they are kept in
 * pieces beside the head, so that lists read heads only.
 */
#include "layout.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PIECE (60u << 10)
#define SENTENCE_MAX (16u << 10)
#define FLAG_LOCKED 1
#define FLAG_CANCEL 2

enum long_text { TEXT_FILTER = 1, TEXT_IDS, TEXT_SENTENCE, TEXT_COLUMNS };

/* clang-format off */
const char *const record_state_names[RECORD_STATES] = {
    [RECORD_RUNNING] = "running",
    [RECORD_DONE] = "done",
    [RECORD_CANCELLED] = "cancelled",
    [RECORD_FAILED] = "failed",
    [RECORD_CLIENT_GONE] = "client-gone",
};
/* clang-format on */

/* A process, told from a later one of the same number. */
struct process {
	uint32_t pid;
	uint64_t started, boot;
};

/* Read a small file of /proc; "" if it cannot be read. */
static struct str
proc_read(const char *path, char *room, size_t sz)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, room, sz);

	if (fd >= 0)
		close(fd);
	return (struct str){room, n < 0 ? 0 : (size_t)n};
}

/* When the process began: field 22 of its stat, counted after the name, which
 * may hold anything but ends at the last ')'. 0: there is none. */
static uint64_t
process_started(uint32_t pid)
{
	char path[64], room[1024];
	struct str rest, word;
	uint64_t t = 0;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	rest = proc_read(path, room, sizeof(room));
	while (rest.n > 0 && rest.p[rest.n - 1] == '\n')
		rest.n--;
	for (size_t i = rest.n; i > 0; i--)
		if (rest.p[i - 1] == ')') {
			rest = str_cut(rest, i, rest.n);
			break;
		}
	for (int field = 2; field <= 22; field++)
		if (!str_split(&rest, ' ', &word))
			return 0;
	return str_to_u64(word, &t) ? t : 0;
}

static uint64_t
boot_id(void)
{
	char room[64];

	return hash64(
	    proc_read("/proc/sys/kernel/random/boot_id", room, sizeof(room)));
}

static struct process
process_self(void)
{
	uint32_t pid = (uint32_t)getpid();

	return (struct process){pid, process_started(pid), boot_id()};
}

static bool
process_alive(const struct process *p)
{
	return p->boot == boot_id() && p->started != 0 &&
	       p->started == process_started(p->pid);
}

/* Heads ------------------------------------------------------------------- */

static bool
head_read(struct kv_txn *txn, struct str value, struct record *out,
	  struct process *p)
{
	struct rd r = value_rd(txn, value);
	uint8_t state = rd_u8(&r), flags = rd_u8(&r);

	out->state =
	    state < RECORD_STATES ? (enum record_state)state : RECORD_FAILED;
	out->locked = (flags & FLAG_LOCKED) != 0;
	out->cancel = (flags & FLAG_CANCEL) != 0;
	out->kind = (enum who_kind)(rd_u8(&r) & 3);
	out->who = rd_be32(&r);
	out->begun = (int64_t)rd_be64(&r);
	out->finished = (int64_t)rd_be64(&r);
	out->rows = rd_be64(&r);
	out->total = rd_be64(&r);
	out->bytes = rd_be64(&r);
	p->pid = rd_be32(&r);
	p->started = rd_be64(&r);
	p->boot = rd_be64(&r);
	out->who_name = rd_str(&r);
	out->from = rd_str(&r);
	out->what = rd_str(&r);
	out->format = rd_str(&r);
	out->purpose = rd_str(&r);
	return value_done(txn, &r, "export record");
}

/* `r` may hold slices of the snapshot: all is copied before the put. */
static void
head_put(struct kv_txn *txn, const struct record *r, const struct process *p)
{
	uint8_t room[4096];
	struct wr w = wr_of(room, sizeof(room));
	struct key key;

	wr_u8(&w, LAYOUT_VERSION);
	wr_u8(&w, (uint8_t)r->state);
	wr_u8(&w, (uint8_t)((r->locked ? FLAG_LOCKED : 0) |
			    (r->cancel ? FLAG_CANCEL : 0)));
	wr_u8(&w, (uint8_t)r->kind);
	wr_be32(&w, r->who);
	wr_be64(&w, (uint64_t)r->begun);
	wr_be64(&w, (uint64_t)r->finished);
	wr_be64(&w, r->rows);
	wr_be64(&w, r->total);
	wr_be64(&w, r->bytes);
	wr_be32(&w, p->pid);
	wr_be64(&w, p->started);
	wr_be64(&w, p->boot);
	wr_str(&w, r->who_name);
	wr_str(&w, text_prefix(r->from, 64));
	wr_str(&w, text_prefix(r->what, 32));
	wr_str(&w, text_prefix(r->format, 32));
	wr_str(&w, text_prefix(r->purpose, PURPOSE_MAX));
	kv_put(txn, SP_RECORD, key_of_u64(&key, 'h', r->id), wr_out(&w));
}

static bool
head_get(struct kv_txn *txn, uint64_t id, struct record *out, struct process *p)
{
	struct key key;
	struct str value;

	memset(out, 0, sizeof(*out));
	out->id = id;
	return kv_get(txn, SP_RECORD, key_of_u64(&key, 'h', id), &value) &&
	       head_read(txn, value, out, p);
}

/* Long texts -------------------------------------------------------------- */

static void
text_put(struct kv_txn *txn, uint64_t id, enum long_text which, struct str s)
{
	struct buf piece;
	struct key key;

	buf_init(&piece);
	for (uint16_t i = 0; s.n > 0; i++) {
		struct wr *w = key_begin(&key, 't');

		wr_be64(w, id);
		wr_u8(w, (uint8_t)which);
		wr_be16(w, i);
		buf_reset(&piece);
		buf_c(&piece, LAYOUT_VERSION);
		buf_put(&piece, str_cut(s, 0, PIECE));
		kv_put(txn, SP_RECORD, wr_out(w), buf_str(&piece));
		s = str_cut(s, PIECE, s.n);
	}
	buf_fini(&piece);
}

static struct str
text_get(struct kv_txn *txn, struct arena *arena, uint64_t id,
	 enum long_text which)
{
	struct kv_cursor *c;
	struct key key;
	struct wr *w = key_begin(&key, 't');
	struct str whole;
	struct buf b;

	wr_be64(w, id);
	wr_u8(w, (uint8_t)which);
	buf_init(&b);
	c = kv_cursor(txn, SP_RECORD, wr_out(w));
	for (bool there = kv_seek(c, STR_NONE); there; there = kv_next(c)) {
		struct rd r = value_rd(txn, kv_value(c));

		buf_put(&b, rd_bytes(&r, rd_left(&r)));
	}
	kv_cursor_close(c);
	whole = arena_str(arena, buf_str(&b));
	buf_fini(&b);
	return whole;
}

/* Acts -------------------------------------------------------------------- */

struct act {
	struct staff *staff;
	const struct by *by;
	const struct record *r;
	uint64_t id, rows, bytes;
	enum record_state state;
	struct process self;
	uint64_t *out;
};

static enum err
begin_apply(struct kv_txn *txn, void *arg)
{
	struct act *a = arg;
	struct record r = *a->r;
	struct label l;

	r.id = counter_next(txn, "record");
	r.state = RECORD_RUNNING;
	r.kind = a->by->who->kind;
	r.who = a->by->who->id;
	r.who_name = str_of(a->by->who->name);
	r.from = a->by->from;
	r.begun = a->by->at;
	r.finished = INSTANT_NONE;
	r.rows = r.bytes = 0;
	r.cancel = false;
	head_put(txn, &r, &a->self);
	text_put(txn, r.id, TEXT_FILTER, r.filter);
	text_put(txn, r.id, TEXT_IDS, r.ids);
	text_put(txn, r.id, TEXT_SENTENCE,
		 text_prefix(r.sentence, SENTENCE_MAX));
	text_put(txn, r.id, TEXT_COLUMNS, r.columns);
	audit_put(a->staff, txn, a->by, "export.begin",
		  label_of(&l, "export", r.id), r.purpose, STR_NONE);
	*a->out = r.id;
	return OK;
}

enum err
record_begin(struct staff *s, const struct by *by, const struct record *r,
	     uint64_t *id, struct fault *f)
{
	struct act a = {.staff = s, .by = by, .r = r, .out = id};

	a.self = process_self();
	return kv_write(s->kv, begin_apply, &a, f);
}

static enum err
progress_apply(struct kv_txn *txn, void *arg)
{
	struct act *a = arg;
	struct record r;
	struct process p;

	if (!head_get(txn, a->id, &r, &p))
		return ERR_NOT_FOUND;
	if (r.state != RECORD_RUNNING)
		return fail(kv_fault(txn), ERR_CONFLICT, NULL,
			    "export %llu has ended", (unsigned long long)a->id);
	if (r.cancel)
		return fail(kv_fault(txn), ERR_CANCELLED, NULL,
			    "export %llu was cancelled",
			    (unsigned long long)a->id);
	r.rows = a->rows;
	r.bytes = a->bytes;
	head_put(txn, &r, &p);
	return OK;
}

enum err
record_progress(struct staff *s, uint64_t id, uint64_t rows, uint64_t bytes,
		struct fault *f)
{
	struct act a = {.staff = s, .id = id, .rows = rows, .bytes = bytes};

	return kv_write(s->kv, progress_apply, &a, f);
}

static enum err
finish_apply(struct kv_txn *txn, void *arg)
{
	struct act *a = arg;
	struct record r;
	struct process p;
	struct label l;

	kv_vital(txn);
	if (!head_get(txn, a->id, &r, &p))
		return fail(kv_fault(txn), ERR_NOT_FOUND, NULL,
			    "there is no export %llu",
			    (unsigned long long)a->id);
	if (r.state != RECORD_RUNNING)
		return fail(kv_fault(txn), ERR_CONFLICT, NULL,
			    "export %llu has ended", (unsigned long long)a->id);
	r.state = a->state;
	r.finished = a->by->at;
	r.rows = a->rows;
	r.bytes = a->bytes;
	head_put(txn, &r, &p);
	audit_put(a->staff, txn, a->by, "export.end",
		  label_of(&l, "export", a->id), STR_NONE,
		  str_of(record_state_names[a->state]));
	return OK;
}

enum err
record_finish(struct staff *s, const struct by *by, uint64_t id,
	      enum record_state state, uint64_t rows, uint64_t bytes,
	      struct fault *f)
{
	struct act a = {.staff = s,
			.by = by,
			.id = id,
			.rows = rows,
			.bytes = bytes,
			.state = state};

	return kv_write(s->kv, finish_apply, &a, f);
}

static enum err
cancel_apply(struct kv_txn *txn, void *arg)
{
	struct act *a = arg;
	struct record r;
	struct process p;
	struct label l;

	if (!head_get(txn, a->id, &r, &p))
		return fail(kv_fault(txn), ERR_NOT_FOUND, "id",
			    "there is no export %llu",
			    (unsigned long long)a->id);
	if (r.state != RECORD_RUNNING || !process_alive(&p))
		return fail(kv_fault(txn), ERR_CONFLICT, NULL,
			    "export %llu is not running",
			    (unsigned long long)a->id);
	r.cancel = true;
	head_put(txn, &r, &p);
	audit_put(a->staff, txn, a->by, "export.cancel",
		  label_of(&l, "export", a->id), STR_NONE, STR_NONE);
	return OK;
}

enum err
record_cancel(struct staff *s, const struct by *by, uint64_t id,
	      struct fault *f)
{
	struct act a = {.staff = s, .by = by, .id = id};

	return kv_write(s->kv, cancel_apply, &a, f);
}

/* Looking ----------------------------------------------------------------- */

static void
show_dead(struct record *r, const struct process *p)
{
	if (r->state == RECORD_RUNNING && !process_alive(p))
		r->state = RECORD_FAILED;
}

bool
record_get(struct kv_txn *txn, struct arena *arena, uint64_t id,
	   struct record *out)
{
	struct process p;

	if (!head_get(txn, id, out, &p))
		return false;
	show_dead(out, &p);
	out->filter = text_get(txn, arena, id, TEXT_FILTER);
	out->ids = text_get(txn, arena, id, TEXT_IDS);
	out->sentence = text_get(txn, arena, id, TEXT_SENTENCE);
	out->columns = text_get(txn, arena, id, TEXT_COLUMNS);
	return true;
}

size_t
records_page(struct kv_txn *txn, struct arena *arena, uint64_t before,
	     struct record *out, size_t n, uint64_t *total)
{
	struct process p;
	uint64_t id;
	size_t got = 0;

	*total = counter_last(txn, "record");
	id = before == 0 || before > *total ? *total : before - 1;
	/* numbers have no gaps: none is ever deleted */
	for (; id > 0 && got < n; id--) {
		struct record *r = &out[got];

		if (!head_get(txn, id, r, &p))
			break;
		show_dead(r, &p);
		r->sentence = text_get(txn, arena, id, TEXT_SENTENCE);
		r->columns = text_get(txn, arena, id, TEXT_COLUMNS);
		got++;
	}
	return got;
}
