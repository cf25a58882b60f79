/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Where a store lives.
 *
 * LMDB needs a local file system (shared memory maps and locks that mean it),
 * and a process must open a store once only: closing a second handle drops the
 * locks of the first.  So a process locks, in the file `process`, the byte at
 * the offset of its own pid, by an open-file-description lock, which also
 * conflicts within one process.  Other processes lock other bytes.  A bulk
 * load, which must be alone, locks all of them.
 */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define FULL_BELOW (256u << 10) /* bytes left on a disk that is full */

/* clang-format off */
static const struct {
	uint32_t type;
	bool grave;
	const char *name;
} file_systems[] = {
    {0x00006969, true,  "NFS"},
    {0xff534d42, true,  "CIFS"},
    {0xfe534d42, true,  "SMB"},
    {0x0000517b, true,  "SMB"},
    {0x01021997, true,  "9P"},
    {0x5346414f, true,  "AFS"},
    {0x00c36400, true,  "Ceph"},
    {0x7461636f, true,  "OCFS2"},
    {0x01161970, true,  "GFS2"},
    {0x0bd00bd0, true,  "Lustre"},
    {0x65735546, false, "FUSE"},
    {0x794c7630, false, "overlay"},
};
/* clang-format on */

const char *
place_trouble(long type, bool *grave)
{
	for (size_t i = 0; i < COUNT(file_systems); i++) {
		if (file_systems[i].type != (uint32_t)type)
			continue;
		*grave = file_systems[i].grave;
		return file_systems[i].name;
	}
	return NULL;
}

static enum err
path_of(char out[PATH_BYTES], const char *dir, const char *name,
	struct fault *f)
{
	int n = snprintf(out, PATH_BYTES, "%s/%s", dir, name);

	if (n < 0 || n >= PATH_BYTES)
		return fail(f, ERR_LIMIT, "", "The store's path is too long.");
	return OK;
}

static enum err
place_sync_parent(const char *dir, struct fault *f)
{
	char path[PATH_BYTES];

	TRY(path_of(path, dir, "..", f));
	return place_sync(path, f);
}

enum err
place_ready(const char *dir, bool create, struct fault *f)
{
	const char *name;
	struct statfs fs;
	bool grave = false;

	if (create && mkdir(dir, 0700) == 0)
		TRY(place_sync_parent(dir, f));
	else if (create && errno != EEXIST)
		return fail(f, ERR_IO, "", "mkdir %s: %s", dir,
			    strerror(errno));
	if (statfs(dir, &fs) != 0)
		return fail(f, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "",
			    "%s: %s", dir, strerror(errno));
	name = place_trouble((long)fs.f_type, &grave);
	if (name != NULL && grave)
		return fail(f, ERR_CONFLICT, "",
			    "%s is on %s; a store needs a local file system.",
			    dir, name);
	if (name != NULL)
		log_line(LOG_WARN, "kv",
			 "%s is on %s: make sure it is a local disk", dir,
			 name);
	return OK;
}

enum err
place_lock(const char *dir, bool alone, int *fd, struct fault *f)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[PATH_BYTES];
	int e;

	*fd = -1;
	TRY(path_of(path, dir, "process", f));
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0)
		return fail(f, ERR_IO, "", "%s: %s", path, strerror(errno));
	lock.l_start = alone ? 0 : (off_t)getpid();
	lock.l_len = alone ? 0 : 1;
	if (fcntl(*fd, F_OFD_SETLK, &lock) == 0)
		return OK;
	e = errno;
	close(*fd);
	*fd = -1;
	if (e != EAGAIN && e != EACCES)
		return fail(f, ERR_IO, "", "%s: %s", path, strerror(e));
	return fail(f, ERR_CONFLICT, "",
		    alone ? "Another process uses the store %s."
			  : "This process has the store %s open already, or a "
			    "bulk load goes on there.",
		    dir);
}

void
place_room(const char *dir, size_t *left, size_t *all)
{
	struct statvfs v;

	*left = *all = SIZE_MAX;
	if (statvfs(dir, &v) != 0 || v.f_blocks == 0)
		return;
	*left = (size_t)v.f_bavail * v.f_frsize;
	*all = (size_t)v.f_blocks * v.f_frsize;
}

bool
place_full(const char *dir)
{
	size_t left, all;

	place_room(dir, &left, &all);
	return left < FULL_BELOW;
}

enum err
place_sync(const char *dir, struct fault *f)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int e = 0;

	if (fd < 0 || fsync(fd) != 0)
		e = errno;
	if (fd >= 0)
		close(fd);
	if (e != 0)
		return fail(f, ERR_IO, "", "%s: %s", dir, strerror(e));
	return OK;
}

enum err
place_mark(const char *dir, const char *name, bool there, struct fault *f)
{
	char path[PATH_BYTES];
	int fd;

	TRY(path_of(path, dir, name, f));
	if (there) {
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return fail(f, ERR_IO, "", "%s: %s", path,
				    strerror(errno));
		close(fd);
	} else if (unlink(path) != 0) {
		return fail(f, ERR_IO, "", "%s: %s", path, strerror(errno));
	}
	return place_sync(dir, f);
}

bool
place_marked(const char *dir, const char *name)
{
	char path[PATH_BYTES];

	return path_of(path, dir, name, NULL) == OK && access(path, F_OK) == 0;
}
