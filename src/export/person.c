/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Everything on one person as a locked ZIP of two files that say the same:
 * person.json for programs, person.html for people.  Both are made of one
 * snapshot, item by item, so memory does not grow with what there is to say.
 */
#include "person.h"
#include "run.h"
#include "zip.h"

#define PIECE (64u << 10) /* of text, until it goes on */
#define TELL_EVERY (SECOND_US / 4)

struct making {
	struct people *people;
	const struct export_request *request;
	struct taker to;
	struct fault *fault;

	struct arena arena;
	struct query query;
	struct lock *lock;
	struct zip *zip;
	struct buf text; /* of the file that is being made */
	struct json_out json;
	bool html;
	enum dossier_part section; /* the one that is open */
	struct json *about;
	struct dossier_count count;
	struct export_progress progress;
	int64_t told;
};

/* Out ---------------------------------------------------------------------- */

static enum err
to_sink(void *arg, struct str bytes)
{
	struct making *m = arg;

	m->progress.bytes += bytes.n;
	return m->to.sink(m->to.arg, bytes);
}

static enum err
tell(struct making *m)
{
	return m->to.tell == NULL ? OK
				  : m->to.tell(m->to.arg, &m->progress);
}

static enum err
to_lock(void *arg, struct str bytes)
{
	struct making *m = arg;
	int64_t now = clock_now();

	TRY(lock_write(m->lock, bytes));
	if (now - m->told < TELL_EVERY)
		return OK;
	m->told = now;
	return tell(m);
}

static enum err
flush(struct making *m, size_t least)
{
	enum err e;

	if (m->text.n <= least)
		return OK;
	e = zip_put(m->zip, buf_str(&m->text));
	buf_reset(&m->text);
	return e;
}

/* Sections ----------------------------------------------------------------- */

static const char *const section_names[] = {[DOSSIER_CHAT] = "chats",
					    [DOSSIER_MOMENT] = "timeline",
					    [DOSSIER_EXPORT] = "exports"};

static enum dossier_part
section_of(enum dossier_part part)
{
	return part == DOSSIER_MESSAGE || part == DOSSIER_CHAT_END
		   ? DOSSIER_CHAT
		   : part;
}

/* Close what is open and open all up to `to`, the empty ones too. */
static void
section_go(struct making *m, enum dossier_part to)
{
	static const enum dossier_part all[] = {DOSSIER_CHAT, DOSSIER_MOMENT,
						DOSSIER_EXPORT, DOSSIER_PARTS};

	for (size_t i = 0; i < COUNT(all); i++) {
		if (all[i] <= m->section || all[i] > to)
			continue;
		if (m->html) {
			person_html_section(&m->text, all[i]);
		} else {
			if (m->section != DOSSIER_PERSON)
				json_array_end(&m->json);
			if (all[i] != DOSSIER_PARTS) {
				json_key(&m->json,
					 str_of(section_names[all[i]]));
				json_array(&m->json);
			}
		}
		m->section = all[i];
	}
}

/* A chat stands open until its end: its messages are a member of it. */
static void
json_item(struct json_out *j, enum dossier_part part, const struct json *v)
{
	switch (part) {
	case DOSSIER_PERSON:
		json_key(j, S("person"));
		json_value(j, v);
		break;
	case DOSSIER_CHAT:
		json_object(j);
		for (const struct json *k = v->first; k != NULL; k = k->next) {
			json_key(j, k->key);
			json_value(j, k);
		}
		json_key(j, S("transcript"));
		json_array(j);
		break;
	case DOSSIER_CHAT_END:
		json_array_end(j);
		json_object_end(j);
		break;
	case DOSSIER_MESSAGE:
	case DOSSIER_MOMENT:
	case DOSSIER_EXPORT:
		json_value(j, v);
		break;
	case DOSSIER_PARTS:
		break;
	}
}

static enum err
take(void *arg, enum dossier_part part, const struct json *v)
{
	struct making *m = arg;

	section_go(m, section_of(part));
	if (m->html)
		person_html_item(&m->text, part, v);
	else
		json_item(&m->json, part, v);
	return flush(m, PIECE);
}

/* Files -------------------------------------------------------------------- */

/* What the archive says of itself. */
static enum err
about_make(struct making *m)
{
	const struct export_request *in = m->request;
	struct json_out j;
	struct buf b;
	enum err e;

	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	json_kat(&j, "madeAt", in->at);
	json_kt(&j, "madeBy", in->by);
	json_kt(&j, "purpose", in->purpose);
	json_kt(&j, "times", S("UTC"));
	json_kt(&j, "durations", S("milliseconds"));
	json_kt(&j, "notes",
		in->no_notes ? S("internal notes of managers are left out")
			     : S("internal notes of managers are among the "
				 "messages, marked as such"));
	json_object_end(&j);
	e = json_parse(&m->arena, arena_str(&m->arena, buf_str(&b)), &m->about,
		       m->fault);
	buf_fini(&b);
	return e;
}

static void
file_begin(struct making *m)
{
	buf_reset(&m->text);
	if (m->html) {
		person_html_begin(&m->text, m->about);
		return;
	}
	json_out_init(&m->json, &m->text);
	json_object(&m->json);
	json_key(&m->json, S("archive"));
	json_value(&m->json, m->about);
}

static enum err
file_make(struct making *m, const char *name)
{
	const struct dossier_in in = {m->request->ids[0], m->request->no_notes};

	TRY(zip_begin(m->zip, str_of(name)));
	m->section = DOSSIER_PERSON;
	file_begin(m);
	TRY(query_dossier(&m->query, &in, take, m, &m->count, m->fault));
	section_go(m, DOSSIER_PARTS);
	if (!m->html) {
		json_ki(&m->json, "notesLeftOut",
			(int64_t)m->count.notes_left_out);
		json_object_end(&m->json);
	}
	TRY(flush(m, 0));
	return zip_end(m->zip);
}

static enum err
lock_open(struct making *m)
{
	const struct export_request *in = m->request;
	struct str name = export_file_name(&m->arena, in);
	const struct lock_options o = {
	    .password = in->password,
	    .name = str_cut(name, 0, name.n - (sizeof(LOCK_SUFFIX) - 1)),
	    .at = in->at,
	    .aead = in->ocb ? LOCK_OCB : LOCK_GCM,
	    .passes = in->argon2_passes,
	    .memory_kib = in->argon2_memory,
	};

	return lock_new(&m->lock, &o, to_sink, m, m->fault);
}

/* Whether there is such a person is known before anything is begun. */
static enum err
person_look(struct making *m)
{
	struct dossier_in in = {.user = m->request->ids[0]};
	struct user_view u;

	m->progress.total = 1;
	m->progress.sentence =
	    arena_printf(&m->arena, "everything on user %u", in.user);
	if (!m->query.limited &&
	    user_view(m->query.txn, m->query.catalog, in.user, &u))
		return OK;
	return query_dossier(&m->query, &in, NULL, NULL, &m->count, m->fault);
}

static enum err
person_make(struct making *m)
{
	TRY(person_look(m));
	TRY(about_make(m));
	TRY(tell(m));
	TRY(lock_open(m));
	m->zip = zip_new(to_lock, m, m->request->at);
	TRY(file_make(m, "person.json"));
	m->html = true;
	TRY(file_make(m, "person.html"));
	TRY(zip_finish(m->zip));
	TRY(lock_finish(m->lock));
	m->progress.rows = 1;
	return tell(m);
}

static enum err
query_open(struct making *m, struct kv_txn *txn)
{
	m->query = (struct query){
	    .txn = txn,
	    .catalog = people_catalog(m->people, txn),
	    .arena = &m->arena,
	    .zone = zone_find(S("UTC")),
	    .now = m->request->at,
	};
	TRY(kv_error(txn));
	return query_limit(&m->query, m->request->limits, m->fault);
}

static enum err
make_body(struct kv_txn *txn, void *arg)
{
	struct making *m = arg;

	TRY(query_open(m, txn));
	return person_make(m);
}

static enum err
look_body(struct kv_txn *txn, void *arg)
{
	struct making *m = arg;

	TRY(query_open(m, txn));
	return person_look(m);
}

static void
making_init(struct making *m, struct people *p, const struct export_request *in,
	    struct fault *f)
{
	*m = (struct making){.people = p, .request = in, .fault = f};
	arena_init(&m->arena);
	buf_init(&m->text);
}

static void
making_fini(struct making *m)
{
	zip_free(m->zip);
	lock_free(m->lock);
	buf_fini(&m->text);
	arena_fini(&m->arena);
}

enum err
person_preview(struct people *p, struct kv *kv, struct arena *arena,
	       const struct export_request *in, struct export_progress *out,
	       struct fault *f)
{
	struct making m;
	enum err e;

	making_init(&m, p, in, f);
	e = kv_read(kv, look_body, &m, f);
	*out = m.progress;
	out->sentence = arena_str(arena, m.progress.sentence);
	making_fini(&m);
	return e;
}

enum err
person_run(struct people *p, struct kv *kv, const struct export_request *in,
	   const struct taker *taker, struct fault *f)
{
	struct making m;
	enum err e;

	making_init(&m, p, in, f);
	m.to = *taker;
	e = kv_read(kv, make_body, &m, f);
	making_fini(&m);
	return e;
}
