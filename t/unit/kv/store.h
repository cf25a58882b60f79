/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Stores for the tests of kv: a folder of their own, in memory-backed /dev/shm
 * where a test need not meet a disk, gone at the end.
 */
#ifndef T_KV_STORE_H
#define T_KV_STORE_H

#include "../../tap.h"

#include <rapport/kv.h>

#include <dirent.h>
#include <unistd.h>

struct folder {
	char path[128];
};

static inline struct folder
folder_new(bool on_disk)
{
	const char *tmp = getenv("TMPDIR");
	struct folder d;

	if (tmp == NULL)
		tmp = "/tmp";
	if (!on_disk && access("/dev/shm", W_OK) == 0)
		tmp = "/dev/shm";
	snprintf(d.path, sizeof(d.path), "%s/rapport-kv-XXXXXX", tmp);
	if (mkdtemp(d.path) == NULL)
		abort();
	return d;
}

static inline void
folder_remove(const struct folder *d)
{
	DIR *dir = opendir(d->path);
	struct dirent *e;
	char path[512];

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", d->path, e->d_name);
		if (e->d_name[0] != '.')
			unlink(path);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(d->path);
}

/* A store that must open. */
static inline struct kv *
store_open(const struct kv_options *o)
{
	struct fault f = {.code = OK};
	struct kv *kv;

	if (kv_open(&kv, o, &f) == OK)
		return kv;
	printf("Bail out! kv_open: %s\n", f.text);
	exit(1);
}

#endif
