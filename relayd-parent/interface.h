/*
 * Copyright (c) 2026 The http-smtp-rele authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/* The addresses of an interface, of all of a group, and of the machine. */

#ifndef RELAYD_PARENT_INTERFACE_H
#define RELAYD_PARENT_INTERFACE_H

#include <string>
#include <vector>

#include "address.h"

/*
 * In the order of getifaddrs(3); empty when there is no such interface, or it
 * has no address.  Groups (ifconfig(8), `egress') are OpenBSD's: elsewhere
 * only the name of an interface is found.
 */
std::vector<IpAddress> interface_addresses(const std::string &name);
/* Of all interfaces. */
std::vector<IpAddress> local_addresses();

#endif
