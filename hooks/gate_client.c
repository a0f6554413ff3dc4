/* The gate's static client: does what gate.py does, and starts in a twentieth of its time.
 *
 * Claude Code starts it for each tool call. It hands the call to the session's gate and prints the answer. Every failure
 * ends with exit code 2, which refuses the call: no gate, no answer in time, an answer cut short. It reads no environment,
 * no locale and no file, and it is linked statically, so that no library can be put in its way.
 *
 * Protocol, in both directions: eight decimal digits, then as many bytes.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define INPUT_LIMIT (8 * 1024 * 1024)
#define ANSWER_LIMIT (1024 * 1024)
#ifndef SECONDS
#define SECONDS 8 /* from start to end; Claude Code waits for 10 */
#endif
#define LENGTH_DIGITS 8
#define REFUSED 2

#define HEAD "{\"hookSpecificOutput\":"
#define TAIL "}}"

/* Names the source that a binary was built from: hooks/static_client.py uses no binary of another source. */
#ifndef SOURCE_MARK
#define SOURCE_MARK "unknown"
#endif
__attribute__((used)) static const char source_mark[] = "nightshift-gate-client:" SOURCE_MARK;

static char call[LENGTH_DIGITS + INPUT_LIMIT + 1]; /* its length in digits, then the call; one more byte shows excess */
static char answer[ANSWER_LIMIT];

static void print_error(const char *text)
{
	/* The exit code refuses; a reason that cannot be printed changes nothing. */
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return;
}

static int refuse(const char *reason, const char *detail)
{
	print_error("The gate refuses: ");
	print_error(reason);
	print_error(detail);
	print_error(". Nothing runs without its grant.\n");
	return REFUSED;
}

static void give_up(int number)
{
	(void)number;
	refuse("the gate does not answer", " in time");
	_exit(REFUSED);
}

/* One limit for all that follows, also for reading a call that does not end. A mask or a disposition that was inherited
 * must not switch it off. */
static int limit_time(void)
{
	struct sigaction action;
	sigset_t mask;

	memset(&action, 0, sizeof action);
	action.sa_handler = give_up;
	if (sigaction(SIGALRM, &action, NULL) != 0)
		return -1;
	action.sa_handler = SIG_IGN; /* a closed pipe or socket is an error of the call that writes to it */
	if (sigaction(SIGPIPE, &action, NULL) != 0)
		return -1;
	if (sigemptyset(&mask) != 0 || sigaddset(&mask, SIGALRM) != 0 || sigprocmask(SIG_UNBLOCK, &mask, NULL) != 0)
		return -1;
	alarm(SECONDS);
	return 0;
}

/* Reads up to `size` bytes; fewer if the other end stops. -1: an error. */
static ssize_t read_up_to(int source, char *target, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t got = read(source, target + have, size - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static int write_all(int target, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t put = write(target, text, size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		text += put;
		size -= (size_t)put;
	}
	return 0;
}

static int connect_to_gate(const char *control)
{
	static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "gate.sock" };
	int gate;

	if (chdir(control) != 0) /* a socket's address has 108 bytes at most, a folder may have more */
		return -1;
	gate = socket(AF_UNIX, SOCK_STREAM, 0);
	if (gate < 0)
		return -1;
	return connect(gate, (const struct sockaddr *)&address, sizeof address) == 0 ? gate : -1;
}

static int send_call(int gate, size_t size)
{
	size_t rest = size;

	for (int place = LENGTH_DIGITS; place > 0; place--) {
		call[place - 1] = (char)('0' + rest % 10);
		rest /= 10;
	}
	return write_all(gate, call, LENGTH_DIGITS + size);
}

/* The answer's length; -1: what came is no length, or too large. */
static ssize_t receive_length(int gate)
{
	char digits[LENGTH_DIGITS];
	ssize_t length = 0;

	if (read_up_to(gate, digits, sizeof digits) != LENGTH_DIGITS)
		return -1;
	for (int place = 0; place < LENGTH_DIGITS; place++) {
		if (digits[place] < '0' || digits[place] > '9')
			return -1;
		length = length * 10 + (digits[place] - '0');
	}
	return length <= ANSWER_LIMIT ? length : -1;
}

/* The size of a whole answer; -1: it is cut short, or is none. */
static ssize_t receive_answer(int gate)
{
	const ssize_t head = sizeof HEAD - 1, tail = sizeof TAIL - 1;
	ssize_t length = receive_length(gate);

	if (length < head + tail || read_up_to(gate, answer, (size_t)length) != length)
		return -1;
	if (memcmp(answer, HEAD, (size_t)head) != 0 || memcmp(answer + length - tail, TAIL, (size_t)tail) != 0)
		return -1;
	return length;
}

int main(int count, char **arguments)
{
	ssize_t size;
	int gate;

	if (limit_time() != 0)
		return refuse("its client cannot limit its time", "");
	/* In the place of a closed one the socket would come, and the answer would go back to the gate. */
	if (fcntl(STDIN_FILENO, F_GETFD) < 0 || fcntl(STDOUT_FILENO, F_GETFD) < 0 || fcntl(STDERR_FILENO, F_GETFD) < 0)
		return refuse("its client has no standard input, output and error", "");
	if (count != 2)
		return refuse("usage: gate_client CONTROL_FOLDER", "");
	size = read_up_to(STDIN_FILENO, call + LENGTH_DIGITS, INPUT_LIMIT + 1);
	if (size < 0)
		return refuse("the call cannot be read: ", strerror(errno));
	if (size > INPUT_LIMIT)
		return refuse("the call is too large to be judged", "");
	gate = connect_to_gate(arguments[1]);
	if (gate < 0 || send_call(gate, (size_t)size) != 0)
		return refuse("the gate does not answer: ", strerror(errno));
	size = receive_answer(gate);
	if (size < 0)
		return refuse("the gate's answer is cut short", "");
	if (write_all(STDOUT_FILENO, answer, (size_t)size) != 0)
		return refuse("its answer cannot be printed: ", strerror(errno));
	return 0;
}
