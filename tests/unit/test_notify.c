/* test_notify.c - what of the program's message reaches the service manager. */
#include "test.h"
#include "base/fail.h"
#include "container/notify.h"
#include "temporary.h"
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A service manager's socket, named in the environment. */
static int manager(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	size_t length = strlen(name);

	memcpy(address.sun_path, name, length);
	if (*name == '@')
		address.sun_path[0] = 0;
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
			 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static const char *heard(int fd)
{
	static char text[4096];
	ssize_t n = recv(fd, text, sizeof text - 1, 0);

	text[n < 0 ? 0 : n] = 0;
	return text;
}

static int say(const char *text, int pid)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	assert_int_equal(send(ends[0], text, strlen(text), 0), strlen(text));
	int result = notify_pass_on(ends[1], pid);
	close(ends[0]);
	close(ends[1]);
	return result;
}

static void only_ready(void **state)
{
	TEMPORARY(t);
	char name[108];

	(void)state;
	snprintf(name, sizeof name, "%.80s/manager", t.path);
	int fd = manager(name);
	assert_int_equal(say("STATUS=x\nMAINPID=1", 7), 0);
	assert_int_equal(say("XREADY=1", 7), 0);
	assert_int_equal(say("", 7), 0);
	assert_string_equal(heard(fd), "");
	assert_int_equal(say("STATUS=x\nREADY=1\nMAINPID=1\nFDSTORE=1", 7), 1);
	assert_string_equal(heard(fd), "MAINPID=7\nREADY=1");
	assert_int_equal(say("READY=1\n", 0), 1);
	assert_string_equal(heard(fd), "READY=1");
	close(fd);
	unlinkat(t.fd, "manager", 0);
	assert_int_equal(say("READY=1", 0), -1);
	assert_non_null(strstr(failure()->text, "NOTIFY_SOCKET "));
}

static void abstract(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof name, "@ring3-test-%d", (int)getpid());
	int fd = manager(name);
	assert_int_equal(say("READY=1", 0), 1);
	assert_string_equal(heard(fd), "READY=1");
	close(fd);
	setenv("NOTIFY_SOCKET", "vsock:2:9", 1);
	assert_int_equal(say("READY=1", 0), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("EC 1.12 the line READY= is passed on, and nothing else of the program's",
		     only_ready),
		TEST("EC 1.12 an abstract NOTIFY_SOCKET; one of another kind is refused", abstract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
