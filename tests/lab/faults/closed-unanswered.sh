# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The application reads the request and closes without an answer.
# cause: 44
# client: closed-by-application beyond one-sided
# middle: closed-by-application beyond one-sided
# server: closed-by-application application likely
# all: closed-by-application application likely
setup() { start_peer server curt 80 200; }
traffic() { prove "curl had no answer" same 000 "$(fetch client -m 4 "$(url server 80 amazinggrace)")";  }
