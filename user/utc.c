// SPDX-License-Identifier: GPL-2.0-only
/* UTC of a sighting's clock. Called by out_json.c and out_text.c. */
#include "utc.h"

#include <stdio.h>
#include <time.h>

#define NS_PER_S 1000000000ull

/* Seconds part by format, in out; returns the nanoseconds. */
static uint32_t seconds_of(char out[HM_UTC_LEN], const char *format, const struct hm_scene *scene,
			   uint64_t mono_ns)
{
	uint64_t unix_ns = scene->start_unix_ns + (mono_ns - scene->start_mono_ns);
	time_t seconds = (time_t)(unix_ns / NS_PER_S);
	struct tm tm;

	/* 2^64 ns end in the year 2554: gmtime_r() cannot fail. */
	gmtime_r(&seconds, &tm);
	if (!strftime(out, HM_UTC_LEN, format, &tm))
		out[0] = '\0';
	return (uint32_t)(unix_ns % NS_PER_S);
}

char *utc_iso(char out[HM_UTC_LEN], const struct hm_scene *scene, uint64_t mono_ns)
{
	char seconds[HM_UTC_LEN];
	uint32_t ns = seconds_of(seconds, "%Y-%m-%dT%H:%M:%S", scene, mono_ns);

	snprintf(out, HM_UTC_LEN, "%.19s.%09uZ", seconds, ns);
	return out;
}

char *utc_human(char out[HM_UTC_LEN], const struct hm_scene *scene, uint64_t mono_ns)
{
	char seconds[HM_UTC_LEN];
	uint32_t ns = seconds_of(seconds, "%Y-%m-%d %H:%M:%S", scene, mono_ns);

	snprintf(out, HM_UTC_LEN, "%.19s.%03u UTC", seconds, ns / 1000000);
	return out;
}
