/*
 * Copyright (c) 2026 The http-smtp-rele authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */


#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "compat/compat.h"
#include "log.h"
#include "pathnames.h"
#include "sendmail.h"

namespace {

/* 1,000 recipients of 254 octets, and the rest. */
constexpr std::size_t request_max = 512 * 1024;
/* Where the program says why it is none, the first behind the usual three. */
constexpr int failure_fd = 3;

struct Pipe {
	Fd read_end;
	Fd write_end;
};

bool
open_pipe(Pipe &made)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return (false);
	made.read_end.reset(ends[0]);
	made.write_end.reset(ends[1]);
	return (true);
}

/* Of our end alone: the program's is a file description of its own. */
bool
make_non_blocking(const Fd &fd)
{
	return (fcntl(fd.get(), F_SETFL, O_NONBLOCK) != -1);
}

/* Whom the program runs as; not started as root: whoever we are. */
struct Account {
	bool change = false;
	uid_t uid = 0;
	gid_t gid = 0;
};

bool
find_account(Account &account)
{
	if (geteuid() != 0)
		return (true);
	struct passwd *pw = getpwnam(smtp_user);
	if (pw == nullptr)
		return (false);
	account.change = true;
	account.uid = pw->pw_uid;
	account.gid = pw->pw_gid;
	return (true);
}

bool
become(const Account &account)
{
	return (!account.change ||
	    (setgroups(1, &account.gid) == 0 &&
		setresgid(account.gid, account.gid, account.gid) == 0 &&
		setresuid(account.uid, account.uid, account.uid) == 0));
}

/* What we ignore or catch is not the program's to inherit. */
void
default_signals()
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, nullptr);
}

/* In the child that fork(2) made. */
[[noreturn]] void
execute(const std::vector<std::string> &argv, const Account &account,
    const Pipe &input, const Pipe &output, int failure)
{
	static char *const no_environment[] = {nullptr};
	std::vector<char *> arguments;

	for (const std::string &argument : argv)
		arguments.push_back(const_cast<char *>(argument.c_str()));
	arguments.push_back(nullptr);
	default_signals();
	umask(022);
	/* Its own group, so that a kill reaches what it starts. */
	if (setsid() != -1 && chdir("/") == 0 && become(account) &&
	    dup2(input.read_end.get(), STDIN_FILENO) != -1 &&
	    dup2(output.write_end.get(), STDOUT_FILENO) != -1 &&
	    dup2(output.write_end.get(), STDERR_FILENO) != -1 &&
	    (failure == failure_fd ||
		dup3(failure, failure_fd, O_CLOEXEC) != -1)) {
		failure = failure_fd;
		closefrom(failure_fd + 1);
		execve(arguments[0], arguments.data(), no_environment);
	}
	int error = errno;
	if (write(failure, &error, sizeof(error)) == -1)
		_exit(1);
	_exit(0);
}

} /* namespace */

Sendmail::~Sendmail()
{
	for (Program &program : programs)
		if (program.input.valid())
			kill(program);
}

void
Sendmail::use(const Config &current, std::uint64_t new_generation)
{
	config = &current;
	generation = new_generation;
}

bool
Sendmail::run(ChildProcess &child, std::string_view piece)
{
	BlobAssembler &assembler =
	    requests.try_emplace(&child, request_max, 1).first->second;
	std::uint64_t id;
	std::string_view blob;
	std::string storage;
	std::vector<std::string> argv;

	switch (assembler.add(piece, SIZE_MAX, id, blob, storage)) {
	case BlobAssembler::State::more:
		return (true);
	case BlobAssembler::State::complete:
		break;
	default:
		return (false);
	}
	std::optional<RunRequest> request = read_run(blob);
	if (!request)
		return (false);
	int error = ESTALE;
	if (request->generation == generation)
		error = check(*request, argv);
	if (error == EINVAL)
		return (false);
	if (error == 0)
		error = start(child, id, argv);
	if (error != 0)
		answer(child, id, error);
	return (true);
}

/*
 * Once more what relayd-smtp has checked: were it captured, it could still
 * mail nobody else from nobody else.
 */
int
Sendmail::check(const RunRequest &request,
    std::vector<std::string> &argv) const
{
	if (request.relay >= config->relays.size() ||
	    config->relays[request.relay].kind != RelayKind::sendmail)
		return (EINVAL);
	const Relay &relay = config->relays[request.relay];
	auto key = std::find_if(config->keys.begin(), config->keys.end(),
	    [&](const Key &one) { return (one.name == request.key); });
	/* The key may have gone with a reload. */
	if (key == config->keys.end() || !key->enabled ||
	    request.recipients.size() > key->max_recipients)
		return (EPERM);

	const auto &sender = key->sender.envelope_from;
	argv = {relay.host, "-i", "-f", sender ? sender->text() : "<>", "--"};
	for (const std::string &recipient : request.recipients) {
		auto address = MailAddress::parse(recipient);
		if (!address)
			return (EINVAL);
		if (!config->mail.recipients.allows(*address) ||
		    (key->recipients && !key->recipients->allows(*address)))
			return (EPERM);
		argv.push_back(recipient);
	}
	auto running = std::count_if(programs.begin(), programs.end(),
	    [&](const Program &one) { return (one.path == relay.host); });
	if (static_cast<std::size_t>(running) >= relay.connections)
		return (EAGAIN);
	return (0);
}

int
Sendmail::start(ChildProcess &child, std::uint64_t id,
    const std::vector<std::string> &argv)
{
	Pipe input, output, failure;
	Account account;

	if (!find_account(account))
		return (ENOENT);
	if (!open_pipe(input) || !open_pipe(output) || !open_pipe(failure) ||
	    !make_non_blocking(input.write_end) ||
	    !make_non_blocking(output.read_end) ||
	    !make_non_blocking(failure.read_end))
		return (errno);
	Fd kept(fcntl(input.write_end.get(), F_DUPFD_CLOEXEC, 0));
	if (!kept.valid())
		return (errno);
	pid_t pid = fork();
	if (pid == -1)
		return (errno);
	if (pid == 0)
		execute(argv, account, input, output,
		    failure.write_end.get());
	programs.push_back({&child, id, argv[0], pid, std::move(kept),
	    std::move(failure.read_end)});
	child.send(type_of(MessageType::running), write_run_result({id, 0}),
	    std::move(input.write_end));
	child.send(type_of(MessageType::output), write_run_result({id, 0}),
	    std::move(output.read_end));
	return (0);
}

void
Sendmail::answer(ChildProcess &child, std::uint64_t id, int error)
{
	child.send(
	    type_of(MessageType::running), write_run_result({id, error}));
}

bool
Sendmail::finish(ChildProcess &child, std::string_view payload)
{
	std::optional<RunFinish> how = read_finish(payload);

	if (!how)
		return (false);
	for (Program &program : programs) {
		if (program.child != &child || program.id != how->id)
			continue;
		if (how->kill)
			kill(program);
		program.input.reset();
	}
	return (true);
}

/* Before its input ends: half a message must not be taken for a whole one. */
void
Sendmail::kill(Program &program)
{
	if (::kill(-program.pid, SIGKILL) == -1)
		::kill(program.pid, SIGKILL);
}

void
Sendmail::forget(const ChildProcess &child)
{
	requests.erase(&child);
	for (Program &program : programs) {
		if (program.child != &child)
			continue;
		program.child = nullptr;
		if (program.input.valid())
			kill(program);
		program.input.reset();
	}
}

bool
Sendmail::reaped(pid_t pid, int status)
{
	auto program = std::find_if(programs.begin(), programs.end(),
	    [pid](const Program &one) { return (one.pid == pid); });
	if (program == programs.end())
		return (false);

	RunStatus end;
	int error;
	end.id = program->id;
	if (read(program->failure.get(), &error, sizeof(error)) ==
	    sizeof(error)) {
		end.how = RunEnd::not_started;
		end.number = error;
		errno = error;
		log_warn("cannot execute %s", program->path.c_str());
	} else if (WIFSIGNALED(status)) {
		end.how = RunEnd::signaled;
		end.number = WTERMSIG(status);
	} else
		end.number = WEXITSTATUS(status);
	if (program->child != nullptr)
		program->child->send(
		    type_of(MessageType::exited), write_exited(end));
	programs.erase(program);
	return (true);
}
