// SPDX-License-Identifier: GPL-2.0-only
/*
 * hopmark doctor: what this kernel and these interfaces allow, and why not. Without rights it
 * says as much as it can see.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "hm_types.h"
#include "doctor.h"
#include "log.h"

struct doctor_args {
	bool json;
};

static const struct hm_opt options[] = {
	{.name = "json", .type = HM_OPT_FLAG, .offset = offsetof(struct doctor_args, json),
	 .help = "one JSON object on stdout instead of text"},
};

void doctor_say(struct hm_doctor *d, const char *name, enum hm_health health, const char *fmt, ...)
{
	struct hm_check *check = &d->checks[d->check_count++];
	va_list ap;

	check->name = name;
	check->health = health;
	va_start(ap, fmt);
	vsnprintf(check->says, sizeof(check->says), fmt, ap);
	va_end(ap);
}

static int libbpf_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char line[512];

	(void)level;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	log_debug("%s", line);
	return 0;
}

static int exit_status(const struct hm_doctor *d)
{
	unsigned int i;

	for (i = 0; i < d->check_count; i++)
		if (d->checks[i].health == HM_HEALTH_MISSING)
			return HM_EXIT_CANNOT;
	return 0;
}

static int run(int argc, char **argv)
{
	struct doctor_args args = {0};
	struct hm_doctor doctor = {0};
	struct hm_words words;
	int err, status = cmd_begin(&cmd_doctor, argc, argv, &args, &words);

	if (status >= 0)
		return status;
	if (words.count || words.command) {
		log_error("doctor takes no words, only options (--help lists them)");
		return HM_EXIT_USAGE;
	}
	libbpf_set_print(libbpf_print);
	doctor_kernel(&doctor);
	doctor_rights(&doctor);
	err = doctor_ifaces(&doctor);
	if (err)
		doctor_say(&doctor, "interfaces", HM_HEALTH_UNKNOWN, "%s", strerror(-err));
	err = args.json ? out_doctor_json(stdout, &doctor) : out_doctor_text(stdout, &doctor);
	status = exit_status(&doctor);
	free(doctor.ifaces);
	if (!err)
		return status;
	log_error("stdout: %s", strerror(-err));
	return HM_EXIT_USAGE;
}

const struct hm_cmd cmd_doctor = {
	.name = "doctor",
	.summary = "what this kernel and these interfaces allow, and why not",
	.usage = "[OPTION...]",
	.intro = "hopmark doctor says what can be watched on this host, and why the rest cannot.\n"
		 "\n"
		 "on the server        sudo hopmark doctor\n"
		 "on the client        sudo hopmark doctor; traces at both ends see most\n"
		 "nothing arrives      sudo hopmark doctor; is the interface listed, and up?\n"
		 "\n"
		 "Without root it says what it can. Exit status: 0, or 3 where something that a\n"
		 "trace cannot do without is missing.\n",
	.opts = options,
	.opt_count = HM_ARRAY_SIZE(options),
	.run = run,
};
