// SPDX-License-Identifier: GPL-2.0-only
/* What all outputs share. Called by the pipeline. */
#include "output.h"

bool out_prints(const struct hm_verdict *v, bool all)
{
	if (all || !v->path || hm_codes[v->code].health || v->marker_id != HM_NO_MARKER)
		return true;
	return v->leg_count && v->legs[0].leg->in_tree;
}

void out_free(struct hm_out *out)
{
	if (out)
		out->ops->free(out);
}
