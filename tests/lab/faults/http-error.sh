# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The server itself answers 500.
# cause: 53
# client: http-error application likely
# middle: http-error application likely
# server: http-error application proven
# all: http-error application proven
LOOK=(-m amazinggrace)

setup() { start_nginx server 80 "return 500;"; }
traffic() { prove "nginx answered 500" same 500 "$(fetch client "$(url server 80 amazinggrace)")"; }
