// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allow-list, see confine.h. seccomp(2), libseccomp.
 *
 * A call that is not in it ends the trace, loudly: EPERM would turn up later as a wrong answer
 * (a socket that seems not to be there), a kill would say nothing at three in the morning.
 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "exit_status.h"
#include "hm_types.h"
#include "log.h"

#define HM_TCGETS2 0x802c542a /* asm/termbits.h, which does not go together with termios.h */

/* Arguments that a call must have; those of one call are alternatives, a line each. */
#define ANY 0, {}
#define ONE(a) 1, { a }
#define TWO(a, b) 2, { a, b }
#define FIRST(value) ONE(SCMP_A0_32(SCMP_CMP_EQ, value))
#define SECOND(value) ONE(SCMP_A1_32(SCMP_CMP_EQ, value))
#define NO_CODE ONE(SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0))
#define ROUTE_SOCKET TWO(SCMP_A0_32(SCMP_CMP_EQ, AF_NETLINK), \
			 SCMP_A2_32(SCMP_CMP_EQ, NETLINK_ROUTE))
#define PATIENCE TWO(SCMP_A1_32(SCMP_CMP_EQ, SOL_SOCKET), SCMP_A2_32(SCMP_CMP_EQ, SO_RCVTIMEO))
/* a descriptor's own */
#define NO_NAME ONE(SCMP_A2_32(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH))
#define NO_ADDRESS ONE(SCMP_A4_64(SCMP_CMP_EQ, 0))

/* Own process: what raise(3) and abort(3) ask of tgkill. Its first argument is put in later. */
#define SELF FIRST(0)

enum { TRACE = 1, JANITOR = 2, BOTH = TRACE | JANITOR };

struct allowed {
	unsigned int whose;
	int call; /* negative where this architecture has no such call */
	unsigned int count;
	struct scmp_arg_cmp arg[2];
};

static const struct allowed list[] = {
	/* waiting: loop.c */
	{ TRACE, SCMP_SYS(epoll_wait), ANY }, /* ring, timer, signals, interfaces, COMMAND */
	{ TRACE, SCMP_SYS(epoll_pwait), ANY }, /* the same where there is no epoll_wait */
	{ TRACE, SCMP_SYS(epoll_ctl), ANY }, /* ring and COMMAND join, COMMAND leaves */
	/* ticks are finer while something waits to be judged */
	{ TRACE, SCMP_SYS(timerfd_settime), ANY },
	{ TRACE, SCMP_SYS(wait4), ANY }, /* COMMAND's exit status */
	/* until a CPU is through with its packet (maps.c), until it is our turn (clsact.c) */
	{ BOTH, SCMP_SYS(clock_nanosleep), ANY },
	{ BOTH, SCMP_SYS(nanosleep), ANY }, /* the same in older C libraries */
	{ BOTH, SCMP_SYS(restart_syscall), ANY }, /* a wait goes on after SIGSTOP and SIGCONT */

	/* BPF by descriptors held: no program is loaded, no map made, nothing opened by number */
	{ TRACE, SCMP_SYS(bpf), FIRST(BPF_MAP_LOOKUP_ELEM) }, /* counters */
	/* the counter of an interface that came */
	{ TRACE, SCMP_SYS(bpf), FIRST(BPF_MAP_UPDATE_ELEM) },
	{ TRACE, SCMP_SYS(bpf), FIRST(BPF_MAP_DELETE_ELEM) }, /* the counter of one that went */
	/* is a link still at its interface */
	{ TRACE, SCMP_SYS(bpf), FIRST(BPF_OBJ_GET_INFO_BY_FD) },
	/* our programs at an interface that came */
	{ TRACE, SCMP_SYS(bpf), FIRST(BPF_LINK_CREATE) },
	{ TRACE, SCMP_SYS(bpf), FIRST(BPF_ITER_CREATE) }, /* sockets and their owners */

	/* questions to the kernel: netlink.c */
	{ TRACE, SCMP_SYS(socket), ROUTE_SOCKET }, /* routes, interfaces */
	{ TRACE, SCMP_SYS(setsockopt), PATIENCE }, /* nothing waits for ever */
	/* asks the kernel, which is where netlink goes by itself */
	{ BOTH, SCMP_SYS(sendto), NO_ADDRESS },
	{ BOTH, SCMP_SYS(recvfrom), ANY }, /* answers */

	/* the janitor, where there is no tcx: janitor.c, janitor_work.c, tc.c */
	{ TRACE, SCMP_SYS(sendmsg), ANY }, /* a request, with the descriptors it needs */
	{ TRACE, SCMP_SYS(shutdown), ANY }, /* there will be no more */
	{ TRACE, SCMP_SYS(poll), ANY }, /* is it still there */
	{ TRACE, SCMP_SYS(ppoll), ANY }, /* the same where there is no poll */
	{ JANITOR, SCMP_SYS(recvmsg), ANY }, /* a request */
	{ JANITOR, SCMP_SYS(flock), ANY }, /* one at a time in a namespace */

	/* files, none of which is opened now: confine() reads the time zone before */
	{ TRACE, SCMP_SYS(read), ANY }, /* files, signals, timer, iterators */
	{ TRACE, SCMP_SYS(ftruncate), ANY }, /* the old recording, once all is attached */
	{ TRACE, SCMP_SYS(lseek), ANY }, /* stdio, at the end of a file */
	{ TRACE, SCMP_SYS(newfstatat), ANY }, /* stdio, before it reads or writes */
	{ TRACE, SCMP_SYS(fstat), ANY }, /* the same in older C libraries */
	{ TRACE, SCMP_SYS(statx), NO_NAME }, /* the same where there is no fstat */
	{ BOTH, SCMP_SYS(write), ANY }, /* stdout, stderr, the recording, COMMAND's start */
	{ BOTH, SCMP_SYS(writev), ANY }, /* the C library's last words */
	{ BOTH, SCMP_SYS(close), ANY }, /* links too: that detaches them */
	{ TRACE, SCMP_SYS(ioctl), SECOND(TCGETS) }, /* is stdout or stderr a terminal */
	{ TRACE, SCMP_SYS(ioctl), SECOND(HM_TCGETS2) }, /* the same in newer C libraries */

	/* memory: never to be run */
	{ BOTH, SCMP_SYS(brk), ANY }, /* malloc */
	{ BOTH, SCMP_SYS(mmap), NO_CODE }, /* malloc */
	{ BOTH, SCMP_SYS(mprotect), NO_CODE }, /* malloc */
	{ BOTH, SCMP_SYS(mremap), ANY }, /* realloc */
	{ BOTH, SCMP_SYS(munmap), ANY }, /* free, and the ring at the end */
	{ BOTH, SCMP_SYS(madvise), ANY }, /* free */
	{ TRACE, SCMP_SYS(sysinfo), ANY }, /* qsort asks how much memory there is */
	{ BOTH, SCMP_SYS(getrandom), ANY }, /* malloc of newer C libraries */
	{ BOTH, SCMP_SYS(futex), ANY }, /* locks of the C library */

	/* the clock, where the vdso does not have it */
	{ TRACE, SCMP_SYS(clock_gettime), ANY }, /* every time that is told */
	{ TRACE, SCMP_SYS(gettimeofday), ANY }, /* time(3) */
	{ TRACE, SCMP_SYS(time), ANY }, /* time(3) */

	/* the end, by itself or by a signal */
	{ BOTH, SCMP_SYS(rt_sigreturn), ANY }, /* after a handler */
	/* SIGPIPE gets its meaning back when stdout is closed */
	{ TRACE, SCMP_SYS(rt_sigaction), ANY },
	{ BOTH, SCMP_SYS(rt_sigprocmask), ANY }, /* raise(3) and abort(3) */
	{ BOTH, SCMP_SYS(getpid), ANY }, /* raise(3) and abort(3) */
	{ BOTH, SCMP_SYS(gettid), ANY }, /* raise(3) and abort(3) */
	{ BOTH, SCMP_SYS(tgkill), SELF }, /* raise(3) and abort(3) */
	{ BOTH, SCMP_SYS(exit), ANY },
	{ BOTH, SCMP_SYS(exit_group), ANY },
};

/*
 * The forbidden call, which was not made. Names are looked up with malloc: this comes from the call
 * itself and is never within malloc, whose own calls are in the list.
 */
static void on_trap(int signal, siginfo_t *info, void *context)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, info->si_syscall);

	(void)signal;
	(void)context;
	log_error("system call %d (%s) is not among those hopmark may make now, so it ends here: a "
		  "fault of hopmark, to be reported; verdicts given before stand",
		  info->si_syscall, name ? name : "unknown");
	_exit(HM_EXIT_CANNOT);
}

static int allow(scmp_filter_ctx filter, const struct allowed *a)
{
	struct scmp_arg_cmp arg[HM_ARRAY_SIZE(a->arg)] = { a->arg[0], a->arg[1] };

	if (a->call == SCMP_SYS(tgkill))
		arg[0].datum_a = getpid();
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, a->call, a->count, arg);
}

static int load(unsigned int who)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int err = filter ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < HM_ARRAY_SIZE(list); i++)
		if (list[i].whose & who)
			err = allow(filter, &list[i]);
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err;
}

static int enforce(unsigned int who)
{
	struct sigaction trap = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	if (sigaction(SIGSYS, &trap, NULL))
		return -errno;
	tzset();
#ifdef __SANITIZE_ADDRESS__
	return 0;
#endif
	return load(who);
}

int confine(void)
{
	return enforce(TRACE);
}

int confine_janitor(void)
{
	return enforce(JANITOR);
}
