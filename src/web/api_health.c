/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * For operators: is the process alive, can it work, and how is it.  /healthz
 * touches nothing but the process; /readyz asks the store, the disk and the
 * clock; /metrics is the text form Prometheus reads, of this worker and of the
 * store.
 */
#include "routes.h"

#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

static enum err health(struct req *q, struct res *r);
static enum err ready(struct req *q, struct res *r);
static enum err metrics(struct req *q, struct res *r);

const struct route health_routes[] = {
    {GET, "/healthz", PUBLIC, 0, NULL, NULL, 0, health, "The process answers"},
    {GET, "/readyz", PUBLIC, 0, NULL, NULL, 0, ready,
     "The store answers, the disk has room, the clock is sane"},
    {GET, "/metrics", PUBLIC, 0, NULL, NULL, 0, metrics,
     "Figures for Prometheus"},
};

#define CLOCK_SANE (1767225600 * SECOND_US) /* 2026-01-01: we are not older */

static enum err
health(struct req *q, struct res *r)
{
	res_json(r, 200);
	json_object(&r->json);
	json_kt(&r->json, "status", S("ok"));
	json_object_end(&r->json);
	return OK;
}

/* Share of the disk that is free, 0 to 1; 1 where there is none. */
static double
disk_free(const struct app *app)
{
	struct statvfs v;

	if (app->dir == NULL || statvfs(app->dir, &v) != 0 || v.f_blocks == 0)
		return 1;
	return (double)v.f_bavail / (double)v.f_blocks;
}

static enum err
parts_body(struct kv_txn *txn, void *arg)
{
	(void)arg;
	return parts_ready(txn);
}

static enum err
ready(struct req *q, struct res *r)
{
	struct kv_stats st;
	struct fault ignored = {0};
	bool store = kv_stats(q->app->kv, &st, NULL) == OK &&
		     kv_read(q->app->kv, parts_body, NULL, &ignored) == OK;
	bool disk = disk_free(q->app) > 0.05;
	bool time = q->now > CLOCK_SANE;

	res_json(r, store && disk && time ? 200 : 503);
	json_object(&r->json);
	json_kt(&r->json, "status",
		r->status == 200 ? S("ready") : S("not ready"));
	json_kb(&r->json, "store", store);
	json_kb(&r->json, "disk", disk);
	json_kb(&r->json, "clock", time);
	json_object_end(&r->json);
	return OK;
}

static void
put_answers(struct buf *b, const struct app *app, const char *path,
	    const char *method, size_t i)
{
	uint64_t n, all = 0;

	for (size_t c = 0; c < STATUS_CLASSES; c++) {
		n = atomic_load(&app->answers[i * STATUS_CLASSES + c]);
		all += n;
		if (n > 0)
			buf_printf(b,
				   "rapport_http_requests_total{route=\"%s\","
				   "method=\"%s\",code=\"%zuxx\"} %llu\n",
				   path, method, c, (unsigned long long)n);
	}
	if (all > 0)
		buf_printf(b,
			   "rapport_http_seconds_total{route=\"%s\","
			   "method=\"%s\"} %.6f\n",
			   path, method,
			   (double)atomic_load(&app->micros[i]) / 1e6);
}

static void
put_store(struct buf *b, const struct kv_stats *st)
{
	const struct {
		const char *name;
		double value;
	} rows[] = {
	    {"rapport_store_bytes_used", (double)st->bytes_used},
	    {"rapport_store_bytes_file", (double)st->bytes_file},
	    {"rapport_store_map_bytes", (double)st->map_bytes},
	    {"rapport_store_map_used_ratio",
	     st->map_bytes ? (double)st->bytes_used / (double)st->map_bytes
			   : 0},
	    {"rapport_store_commits", (double)st->serial},
	    {"rapport_store_oldest_reader_lag", (double)st->oldest_lag},
	    {"rapport_store_readers", (double)st->readers},
	    {"rapport_store_reads_total", (double)st->reads},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		buf_printf(b, "%s %.17g\n", rows[i].name, rows[i].value);
}

static enum err
metrics(struct req *q, struct res *r)
{
	const struct route *t;
	struct kv_stats st;

	res_empty(r, 200);
	r->type = "text/plain; version=0.0.4; charset=utf-8";
	buf_printf(r->out, "rapport_worker_pid %ld\n", (long)getpid());
	buf_printf(r->out, "rapport_worker_uptime_seconds %.3f\n",
		   (double)(q->now - q->app->started) / 1e6);
	buf_printf(r->out, "rapport_disk_free_ratio %.6f\n", disk_free(q->app));
	for (size_t i = 0; (t = route_at(i)) != NULL; i++)
		put_answers(r->out, q->app, t->path, method_name(t->method), i);
	put_answers(r->out, q->app, "none", "", ROUTES_MAX);
	TRY(kv_stats(q->app->kv, &st, q->fault));
	put_store(r->out, &st);
	return OK;
}
