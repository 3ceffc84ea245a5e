/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process with the number of one that has ended, for the lab: chance does that to others.
 *
 *   takepid PID COMMAND...     COMMAND runs as PID; ends with it
 */
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	pid_t want = argc > 2 ? atoi(argv[1]) : 0, pid;
	struct clone_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&want,
				   .set_tid_size = 1 };
	int status;

	if (want <= 0) {
		fprintf(stderr, "usage: takepid PID COMMAND...\n");
		return 2;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (pid < 0) {
		perror("takepid: clone3");
		return 1;
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
