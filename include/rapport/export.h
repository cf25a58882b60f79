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

struct export_request {
	struct str filter;    /* JSON text; empty: everybody */
	const uint32_t *ids;  /* a selection instead, or NULL */
	size_t n_ids;
	struct str columns;   /* "a,b,c"; empty: all */
	struct str sort;      /* "-lastSeen" */
	struct str tz;        /* IANA name, also of dates in XLSX; empty: UTC */
	enum export_format format;
	bool bom;             /* CSV: byte order mark first */
	bool raw;             /* CSV: no formula guard */
	struct str purpose, by; /* for the file's Manifest */
	struct str password;  /* empty: not locked (policy is the caller's) */
	bool ocb;             /* AEAD OCB instead of GCM */
	uint32_t argon2_memory, argon2_passes; /* 0: the defaults */
	int64_t at;           /* for the file's name and time */
	const struct limits *limits; /* of who asks; NULL: none */
};

struct export_progress {
	uint64_t rows, total, bytes;
	uint32_t columns;
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
/* "users-2026-11-20.csv.pgp" */
struct str export_file_name(struct arena *a, const struct export_request *r);
struct str export_media_type(const struct export_request *r);
/* NULL, or why the purpose or password is refused. */
const char *export_purpose_refusal(struct str purpose);

#endif
