// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a fuzz target on files instead of under libFuzzer: `make check` and whoever looks for the
 * cause of a crash. Arguments are files and directories of files. The last line says how many ran.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "fuzz.h"

static unsigned int ran;

static int run_file(const char *path)
{
	FILE *from = fopen(path, "re");
	struct stat st;
	uint8_t *data;
	size_t got;

	if (!from || fstat(fileno(from), &st)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	data = malloc(st.st_size ? st.st_size : 1);
	got = data ? fread(data, 1, st.st_size, from) : 0;
	fclose(from);
	if (got != (size_t)st.st_size) {
		fprintf(stderr, "%s: cannot be read\n", path);
		free(data);
		return -1;
	}
	fprintf(stderr, "%s\n", path); /* the last one said is the one that crashed */
	LLVMFuzzerTestOneInput(data, got);
	free(data);
	ran++;
	return 0;
}

static int run_directory(const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort), err = n < 0 ? -1 : 0;

	if (err)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, entry[i]->d_name);
		if (!err && entry[i]->d_name[0] != '.')
			err = run_file(file);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return err;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat st;
		int err = stat(argv[i], &st);

		if (err)
			fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
		else
			err = S_ISDIR(st.st_mode) ? run_directory(argv[i]) : run_file(argv[i]);
		if (err)
			return 1;
	}
	if (!ran) {
		fprintf(stderr, "no input was run\n");
		return 1;
	}
	printf("result: %u inputs\n", ran);
	return 0;
}
