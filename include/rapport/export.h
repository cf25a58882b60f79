/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * export: what leaves the house.  A sheet is a table of columns; a sink writes
 * rows in a format; the pipeline is sheet -> sink -> lock -> out, streamed
 * from one snapshot of the store in fixed memory at any number of rows.
 */
#ifndef RAPPORT_EXPORT_H
#define RAPPORT_EXPORT_H

#include <rapport/query.h>
#include <rapport/pgp.h>

#define EXPORT_PURPOSE_MIN 10u
#define EXPORT_PURPOSE_MAX 500u
#define EXPORT_PASSWORD_MIN 8u

enum export_format {
	EXPORT_CSV,
	EXPORT_XLSX,
	EXPORT_JSON,
	EXPORT_NDJSON,
	EXPORT_FORMATS
};
extern const char *const export_format_names[EXPORT_FORMATS];
#define EXPORT_FORMAT_CHOICES "csv|xlsx|json|ndjson"
/* By name; empty is csv. */
bool export_format_find(struct str name, enum export_format *out);

/* A person is everything that is held on one (ids[0]), as a ZIP of person.json
 * and person.html: always locked, and for nobody who is limited. */
enum export_what { EXPORT_USERS, EXPORT_CHATS, EXPORT_PERSON, EXPORT_WHATS };
extern const char *const export_what_names[EXPORT_WHATS];

/* The worksheets of a chat data export, in their order. */
enum export_sheet {
#define WORKSHEET(CODE, name, kind) SHEET_##CODE,
#define COLUMN(SHEET, CODE, name, type, raw)
#include <tbl/worksheets.h>
#undef WORKSHEET
#undef COLUMN
	EXPORT_SHEETS
};
#define EXPORT_SHEETS_ALL ((1u << EXPORT_SHEETS) - 1)
extern const char *const export_sheet_names[EXPORT_SHEETS];
/* "UserChat data,Message data" into 1 << enum export_sheet; " data" may be left
 * off. ERR_INVALID, path "sheets". */
enum err export_sheets_read(struct str names, unsigned *out,
			    struct fault *f) MUST_USE;

/* Asked about four times a second while it is worked out what there is; an
 * error stops. */
typedef enum err export_go(void *arg);

struct export_request {
	enum export_what what;
	struct str filter;    /* users: JSON text; empty: everybody */
	struct archive_ask ask; /* chats */
	unsigned sheets;      /* of 1 << enum export_sheet */
	const uint32_t *ids;  /* a selection of them, or NULL */
	size_t n_ids;
	struct str columns;   /* "a,b,c"; empty: all */
	struct str sort;      /* "-lastSeen" */
	struct str tz;        /* IANA name, also of dates in XLSX; empty: UTC */
	enum export_format format;
	bool bom;             /* CSV: byte order mark first */
	bool raw;             /* CSV: no formula guard */
	bool no_notes;        /* a person: without notes of managers */
	bool notes;           /* chats: "Import data" has them */
	struct str purpose, by; /* for the file's Manifest */
	struct str password;  /* empty: not locked (policy is the caller's) */
	bool ocb;             /* AEAD OCB instead of GCM */
	uint32_t argon2_memory, argon2_passes; /* 0: the defaults */
	int64_t at;           /* for the file's name and time */
	const struct limits *limits; /* of who asks; NULL: none */
	bool no_speech; /* he may not read chats: see struct query */
	bool no_numbers; /* nor analytics */
	export_go *go;  /* or NULL */
	void *go_arg;
	bool alone; /* chats: by one thread, for tests */
	/* A sheet goes on in a second one from so many rows or bytes on; 0: as
	 * many as the format can hold. */
	uint32_t sheet_rows;
	uint64_t sheet_bytes;
};

struct export_progress {
	uint64_t rows, total, bytes; /* rows: of all sheets */
	uint32_t columns;
	uint64_t chats, users, messages;     /* of chats */
	uint64_t sheet_rows[EXPORT_SHEETS]; /* of each that was asked for */
	struct str sentence; /* of the filter; valid in callbacks */
};

/* Called with the finished bytes; an error stops the export. */
typedef enum err export_sink(void *arg, struct str bytes);
/* Called once before the first byte (rows 0, total known) and then about four
 * times a second; an error (ERR_CANCELLED) stops the export. */
typedef enum err export_tell(void *arg, const struct export_progress *p);

/* Check the request and say what it would hold: total, columns, sentence. */
enum err export_preview(struct people *p, struct kv *kv, struct arena *arena,
			const struct export_request *r,
			struct export_progress *out, struct fault *f) MUST_USE;
/* Make the file. Errors of the sink are returned as they are. */
enum err export_run(struct people *p, struct kv *kv,
		    const struct export_request *r, export_sink *sink,
		    export_tell *tell, void *arg, struct fault *f) MUST_USE;
/* What a record keeps of the request; texts live in the arena. Sentence and
 * total come of a preview. */
void export_record(struct arena *a, const struct export_request *r,
		   struct record *out);
/* "users-2026-11-20.csv.pgp", "chats-2026-11-20.zip.pgp"; of a person
 * "person-17-2026-11-20.zip.pgp": no name of theirs is in it. */
struct str export_file_name(struct arena *a, const struct export_request *r);
struct str export_media_type(const struct export_request *r);
/* NULL, or why the purpose or password is refused. */
const char *export_purpose_refusal(struct str purpose);

#endif
