// SPDX-License-Identifier: GPL-2.0-only
/* What all sources share. Called by the pipeline. */
#include "source.h"

void source_free(struct hm_source *src)
{
	if (src)
		src->ops->free(src);
}
