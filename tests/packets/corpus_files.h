/* SPDX-License-Identifier: GPL-2.0-only */
/* The corpora of the fuzz targets, for tests that run their inputs through the kernel. */
#ifndef CORPUS_FILES_H
#define CORPUS_FILES_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CORPUS_FILE_MAX 65536

/* Calls fn with each file of a directory (from the top of the tree); returns how many, -1: none. */
static inline int corpus_files(const char *dir, void (*fn)(const uint8_t *data, uint32_t len))
{
	static uint8_t data[CORPUS_FILE_MAX];
	struct dirent **entry;
	int n = scandir(dir, &entry, NULL, alphasort), ran = 0;

	for (int i = 0; i < n; i++) {
		char path[512];
		FILE *from;

		snprintf(path, sizeof(path), "%s/%s", dir, entry[i]->d_name);
		from = entry[i]->d_name[0] == '.' ? NULL : fopen(path, "re");
		free(entry[i]);
		if (!from)
			continue;
		fn(data, fread(data, 1, sizeof(data), from));
		fclose(from);
		ran++;
	}
	if (n >= 0)
		free(entry);
	return ran ? ran : -1;
}

#endif
