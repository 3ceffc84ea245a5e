// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an intruder would do: makes a running process call the kernel.
 *
 *	intrude PID NUMBER [ARGUMENT]...
 *
 * The process, which must wait in a system call, makes the call NUMBER with those arguments in
 * place of the one it waits in, and is let go. x86-64 only.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#define SYSCALL_LEN 2 /* bytes of the instruction */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void set_call(struct user_regs_struct *regs, char **words)
{
	unsigned long long *const to[] = { &regs->rax, &regs->rdi, &regs->rsi, &regs->rdx,
					   &regs->r10, &regs->r8,  &regs->r9 };

	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]) && words[i]; i++)
		*to[i] = strtoull(words[i], NULL, 0);
	regs->orig_rax = -1; /* the call that was interrupted is not started again */
	regs->rip -= SYSCALL_LEN;
}

int main(int argc, char **argv)
{
	struct user_regs_struct regs;
	int pid = argc > 2 ? atoi(argv[1]) : 0, status;

	if (!pid)
		return 2;
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) || ptrace(PTRACE_INTERRUPT, pid, 0, 0))
		die("ptrace");
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		die("waitpid");
	if (ptrace(PTRACE_GETREGS, pid, 0, &regs))
		die("registers");
	set_call(&regs, argv + 2);
	if (ptrace(PTRACE_SETREGS, pid, 0, &regs) || ptrace(PTRACE_DETACH, pid, 0, 0))
		die("letting it go");
	return 0;
}
