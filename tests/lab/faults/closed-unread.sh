# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The application closes without having read the request.
# cause: 44
# client: closed-by-application beyond one-sided
# middle: closed-by-application beyond one-sided
# server: closed-by-application application proven
# all: closed-by-application application proven
setup() { start_peer server leave 80 $((200 * ${HM_SLOW:-1})); }
traffic() {
	prove "curl had no answer" same 000 "$(fetch client -m 4 "$(url server 80 amazinggrace)")"
	prove "the kernel reset it for what was unread" rose server TcpExtTCPAbortOnClose
}
