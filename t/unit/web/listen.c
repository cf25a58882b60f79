/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Sockets: a second worker on the same path is told so and changes nothing; a
 * path left over is taken over; what is no socket is left alone.
 */
#include "../../tap.h"
#include <rapport/web.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static bool
answers(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool yes;

	memcpy(at.sun_path, path, strlen(path));
	yes = connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
	close(fd);
	return yes;
}

/* In a process of its own, which holds its own lock, or ends killed. */
static int
other(const char *path, bool killed)
{
	struct fault f = {OK, "", ""};
	int fd = -1, status;
	pid_t pid = fork();

	if (pid == 0) {
		enum err e = web_listen(path, &fd, &f);

		if (killed)
			kill(getpid(), SIGKILL);
		_exit(e);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
main(void)
{
	char dir[] = "/tmp/rapport-unit-XXXXXX", path[64], plain[64];
	char command[96], too_long[200];
	struct fault f = {OK, "", ""};
	struct stat st;
	int fd = -1, none;

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/api.sock", dir);
	snprintf(plain, sizeof(plain), "%s/plain", dir);
	is_int(other(path, true), -1, "a worker is killed");
	ok(stat(path, &st) == 0 && !answers(path), "and leaves its path");
	is_int(web_listen(path, &fd, &f), OK, "which is taken over: %s",
	       f.text);
	ok(answers(path), "and answers");
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0660, "mode 0660");
	is_int(other(path, false), ERR_CONFLICT, "a second one is told");
	ok(answers(path), "and the first still answers");
	snprintf(command, sizeof(command), "%s.lock", path);
	ok(unlink(command) == 0, "spawn-fcgi makes no lock file");
	is_int(other(path, false), ERR_CONFLICT, "a second one is told, too");
	ok(answers(path), "and what listens there still answers");
	close(open(plain, O_CREAT | O_WRONLY, 0600));
	is_int(web_listen(plain, &none, NULL), ERR_CONFLICT, "a plain file");
	ok(stat(plain, &st) == 0 && S_ISREG(st.st_mode), "is left alone");
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	is_int(web_listen(too_long, &none, NULL), ERR_USAGE, "a long path");

	dup2(fd, STDIN_FILENO);
	ok(web_inherited(&none) && none == STDIN_FILENO,
	   "file 0 of spawn-fcgi");
	close(STDIN_FILENO);
	ok(open("/dev/null", O_RDONLY) == STDIN_FILENO && !web_inherited(&none),
	   "and nothing where there is none");
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) == 0 ? done_testing() : 1;
}
