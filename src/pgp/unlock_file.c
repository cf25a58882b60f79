/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A file into a file.  The plain bytes go to a file without a name (O_TMPFILE)
 * in the folder of the result, so that a crash leaves nothing; after the last
 * tag was good it is synced and linked to its name, which fails if something
 * has that name already.  Where the file system has no such files, a random
 * hidden name is used and taken away on every error.
 *
 * The name inside the lock was chosen by whoever made the file: it is used
 * only if it can be nothing but a plain name in this folder.
 */
#include <rapport/pgp.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES_MAX 255u

struct work {
	const struct unlock_file *u;
	struct fault *f;
	int in, dir, out;
	struct stat st; /* of `in` */
	uint64_t done;
	char temp[64]; /* the hidden name, "" if there is none */
};

static enum err
system_fail(struct fault *f, const char *path, const char *what)
{
	int no = errno;
	enum err e = no == ENOENT			? ERR_NOT_FOUND
		     : no == EACCES || no == EPERM	? ERR_DENIED
		     : no == ENOSPC || no == EDQUOT	? ERR_FULL
		     : no == EEXIST || no == EISDIR	? ERR_CONFLICT
							: ERR_IO;

	return fail(f, e, path, "%s: %s.", what, strerror(no));
}

/* Bytes through ------------------------------------------------------------ */

static enum err
work_read(void *arg, void *p, size_t n, size_t *got)
{
	struct work *w = arg;
	ssize_t k;

	do
		k = read(w->in, p, n);
	while (k < 0 && errno == EINTR);
	if (k < 0)
		return system_fail(w->f, w->u->in, "Reading failed");
	*got = (size_t)k;
	w->done += (uint64_t)k;
	if (w->u->progress == NULL)
		return OK;
	return w->u->progress(w->u->arg, w->done, (uint64_t)w->st.st_size);
}

static enum err
work_write(void *arg, struct str bytes)
{
	struct work *w = arg;
	ssize_t k;

	while (bytes.n > 0) {
		k = write(w->out, bytes.p, bytes.n);
		if (k < 0 && errno != EINTR)
			return system_fail(w->f, "", "Writing failed");
		if (k > 0)
			bytes = str_cut(bytes, (size_t)k, bytes.n);
	}
	return OK;
}

/* Names ------------------------------------------------------------------- */

static struct str
path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return str_of(slash ? slash + 1 : path);
}

static struct str
path_dir(const char *path)
{
	struct str base = path_base(path);
	size_t n = strlen(path) - base.n;

	return n > 0 ? (struct str){path, n} : S("");
}

static bool
name_safe(struct str name)
{
	size_t i;

	if (name.n == 0 || name.n > NAME_BYTES_MAX || !text_valid(name) ||
	    name.p[0] == '.' || name.p[0] == '-' || name.p[0] == ' ' ||
	    str_eq(name, S("_CONSOLE")))
		return false;
	for (i = 0; i < name.n; i++)
		if ((uint8_t)name.p[i] < ' ' || name.p[i] == 127 ||
		    strchr("/\\:", name.p[i]))
			return false;
	return true;
}

static struct str
suffix_cut(struct str name)
{
	static const char *const suffixes[] = {".pgp", ".gpg", ".asc"};
	size_t i;

	for (i = 0; i < COUNT(suffixes); i++) {
		struct str s = str_of(suffixes[i]);

		if (name.n > s.n && str_ends(name, s))
			return str_cut(name, 0, name.n - s.n);
	}
	return name;
}

/* What the result is called, in its folder. */
static void
name_choose(const struct unlock_file *u, const struct unlock_info *info,
	    struct buf *name)
{
	struct str in = path_base(u->in), cut = suffix_cut(in);
	struct str inside = str_of(info->name);

	if (str_ends(inside, S(LOCK_SUFFIX)))
		inside = str_cut(inside, 0, inside.n - strlen(LOCK_SUFFIX));
	if (u->out != NULL) {
		buf_put(name, path_base(u->out));
	} else if (name_safe(inside)) {
		buf_put(name, inside);
	} else {
		buf_put(name, cut);
		if (cut.n == in.n)
			buf_put(name, S(".unlocked"));
	}
}

/* Files ------------------------------------------------------------------- */

static void
temp_name(char out[64])
{
	snprintf(out, 64, ".rapport-unlock-%016llx.part",
		 (unsigned long long)random_u64());
}

static enum err
work_open(struct work *w)
{
	const struct unlock_file *u = w->u;
	struct str dir = path_dir(u->out ? u->out : u->in);
	struct buf b;

	w->in = open(u->in, O_RDONLY | O_CLOEXEC);
	if (w->in < 0 || fstat(w->in, &w->st) < 0)
		return system_fail(w->f, u->in, "The file cannot be opened");
	if (S_ISDIR(w->st.st_mode))
		return fail(w->f, ERR_NOT_OURS, u->in, "This is a folder.");
	if (u->out != NULL && path_base(u->out).n == 0)
		return fail(w->f, ERR_INVALID, u->out, "A folder is no name "
			    "for a file.");
	buf_init(&b);
	buf_put(&b, dir.n > 0 ? dir : S("."));
	w->dir = open(b.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_fini(&b);
	if (w->dir < 0)
		return system_fail(w->f, u->out ? u->out : u->in,
				   "The folder cannot be opened");
	w->out = openat(w->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (w->out >= 0)
		return OK;
	temp_name(w->temp);
	w->out = openat(w->dir, w->temp,
			O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (w->out >= 0)
		return OK;
	w->temp[0] = '\0';
	return system_fail(w->f, u->out ? u->out : u->in,
			   "No file can be made in the folder");
}

static bool
is_same_file(const struct work *w, const char *name)
{
	struct stat st;

	return fstatat(w->dir, name, &st, 0) == 0 &&
	       st.st_dev == w->st.st_dev && st.st_ino == w->st.st_ino;
}

/* Link the nameless file, or the hidden one, to `name`; the name must be free.
 * 0, or -1 and errno. */
static int
work_link(struct work *w, const char *name)
{
	char path[64];

	if (w->temp[0] != '\0')
		return linkat(w->dir, w->temp, w->dir, name, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", w->out);
	return linkat(AT_FDCWD, path, w->dir, name, AT_SYMLINK_FOLLOW);
}

static enum err
work_publish(struct work *w, const char *name)
{
	char temp[64];

	if (is_same_file(w, name))
		return fail(w->f, ERR_CONFLICT, name, "The result would have "
			    "the name of the locked file itself.");
	if (fsync(w->out) < 0)
		return system_fail(w->f, name, "Writing failed");
	if (!w->u->force) {
		if (work_link(w, name) < 0)
			return system_fail(w->f, name,
					   "The result cannot get its name");
	} else {
		temp_name(temp);
		if (work_link(w, temp) < 0)
			return system_fail(w->f, name,
					   "The result cannot get its name");
		if (renameat(w->dir, temp, w->dir, name) < 0) {
			enum err e = system_fail(
			    w->f, name, "The result cannot get its name");

			unlinkat(w->dir, temp, 0);
			return e;
		}
	}
	if (fsync(w->dir) < 0)
		return system_fail(w->f, name, "Syncing the folder failed");
	return OK;
}

static void
work_close(struct work *w)
{
	if (w->temp[0] != '\0')
		unlinkat(w->dir, w->temp, 0);
	if (w->out >= 0)
		close(w->out);
	if (w->dir >= 0)
		close(w->dir);
	if (w->in >= 0)
		close(w->in);
}

enum err
unlock_file(const struct unlock_file *u, struct buf *made,
	    struct unlock_info *info, struct fault *f)
{
	struct work w = {.u = u, .f = f, .in = -1, .dir = -1, .out = -1};
	struct unlock_info unasked;
	struct buf name;
	enum err e;

	info = info ? info : &unasked;
	*info = (struct unlock_info){0};
	buf_reset(made);
	buf_init(&name);
	e = work_open(&w);
	if (e == OK)
		e = unlock_stream(work_read, work_write, &w, u->passwords,
				  u->n, &u->limits, info, f);
	if (e == OK) {
		name_choose(u, info, &name);
		e = work_publish(&w, name.p);
	}
	if (e == OK) {
		buf_put(made, path_dir(u->out ? u->out : u->in));
		buf_put(made, buf_str(&name));
	}
	work_close(&w);
	buf_fini(&name);
	return e == OK ? OK : fail(f, e, "", "%s", err_sentence(e));
}
