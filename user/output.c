// SPDX-License-Identifier: GPL-2.0-only
/* What all outputs share. Called by the pipeline. */
#include "output.h"

void out_free(struct hm_out *out)
{
	if (out)
		out->ops->free(out);
}
