/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Listening sockets: given by whoever started us, or made here.  One we make
 * has a lock file beside it, so that a second worker on the same path is told
 * so and leaves the first alone, while a path left over by one that was killed
 * is taken over without a race.  A socket that spawn-fcgi or systemd made has
 * no such file: there, whether somebody listens is asked of the socket itself.
 */
#include <rapport/web.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096

static bool
is_listening(int fd)
{
	int yes = 0;
	socklen_t n = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &n) == 0 && yes;
}

bool
web_inherited(int *fd)
{
	struct str pid = str_of(getenv("LISTEN_PID"));
	struct str fds = str_of(getenv("LISTEN_FDS"));
	uint64_t p = 0, n = 0;

	*fd = STDIN_FILENO;
	if (str_to_u64(pid, &p) && p == (uint64_t)getpid() &&
	    str_to_u64(fds, &n) && n > 0)
		*fd = 3;
	return is_listening(*fd);
}

/* The lock is held by an open file that nobody closes. */
static enum err
lock_take(const char *path, struct fault *f)
{
	char name[160];
	int fd;

	snprintf(name, sizeof(name), "%s.lock", path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(f, ERR_IO, NULL, "cannot make %s: %s", name,
			    strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return OK;
	close(fd);
	return fail(f, ERR_CONFLICT, NULL,
		    "another rapportd serves %s; it was left alone", path);
}

/* Is somebody listening? Only a refused connection says that nobody is. */
static bool
is_served(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool served = fd < 0 || connect(fd, (const struct sockaddr *)at,
					sizeof(*at)) == 0;

	served = served || (errno != ECONNREFUSED && errno != ENOENT);
	if (fd >= 0)
		close(fd);
	return served;
}

enum err
web_listen(const char *path, int *fd, struct fault *f)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct stat st;

	if (strlen(path) >= sizeof(at.sun_path))
		return fail(f, ERR_USAGE, NULL,
			    "the path of a socket has at most %zu bytes",
			    sizeof(at.sun_path) - 1);
	memcpy(at.sun_path, path, strlen(path));
	TRY(lock_take(path, f));
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode))
			return fail(f, ERR_CONFLICT, NULL,
				    "%s is there and is no socket", path);
		if (is_served(&at))
			return fail(f, ERR_CONFLICT, NULL,
				    "somebody serves %s; it was left alone",
				    path);
		unlink(path);
	}
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0 || bind(*fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    chmod(path, 0660) != 0 || listen(*fd, BACKLOG) != 0)
		return fail(f, ERR_IO, NULL, "cannot listen on %s: %s", path,
			    strerror(errno));
	return OK;
}
