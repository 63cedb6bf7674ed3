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

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <net/if.h>

#include <ifaddrs.h>
#include <string.h>

#include <algorithm>
#include <memory>

#include "fd.h"

#include "interface.h"

namespace {

#ifdef SIOCGIFGROUP
/*
 * Asks each interface for its groups, as httpd does, and not the group for
 * its interfaces: pledge(2) lets a process with "inet" do the former only.
 */
bool
is_in_group(const char *interface, const std::string &group)
{
	struct ifgroupreq request;

	Fd fd(socket(AF_INET, SOCK_DGRAM, 0));
	if (!fd.valid())
		return (false);
	memset(&request, 0, sizeof(request));
	if (strlcpy(request.ifgr_name, interface, sizeof(request.ifgr_name)) >=
	    sizeof(request.ifgr_name))
		return (false);
	if (ioctl(fd.get(), SIOCGIFGROUP, &request) == -1)
		return (false);
	std::vector<struct ifg_req> groups(
	    request.ifgr_len / sizeof(struct ifg_req));
	request.ifgr_groups = groups.data();
	if (groups.empty() || ioctl(fd.get(), SIOCGIFGROUP, &request) == -1)
		return (false);
	return (std::any_of(
	    groups.begin(), groups.end(), [&](const struct ifg_req &member) {
		    return (group == member.ifgrq_group);
	    }));
}
#else
bool
is_in_group(const char *, const std::string &)
{
	return (false);
}
#endif

struct FreeInterfaces {
	void
	operator()(struct ifaddrs *list) const
	{
		freeifaddrs(list);
	}
};

/* Each once; is_wanted is asked with the name of the interface. */
template <typename IsWanted>
std::vector<IpAddress>
addresses_of(const IsWanted &is_wanted)
{
	struct ifaddrs *first = nullptr;
	std::vector<IpAddress> addresses;

	if (getifaddrs(&first) == -1)
		return (addresses);
	std::unique_ptr<struct ifaddrs, FreeInterfaces> list(first);
	for (auto *entry = first; entry != nullptr; entry = entry->ifa_next) {
		if (entry->ifa_addr == nullptr || !is_wanted(entry->ifa_name))
			continue;
		auto address = IpAddress::from_sockaddr(entry->ifa_addr);
		if (address &&
		    std::find(addresses.begin(), addresses.end(), *address) ==
			addresses.end())
			addresses.push_back(*address);
	}
	return (addresses);
}

} /* namespace */

std::vector<IpAddress>
interface_addresses(const std::string &name)
{
	return (addresses_of([&](const char *interface) {
		return (name == interface || is_in_group(interface, name));
	}));
}

std::vector<IpAddress>
local_addresses()
{
	return (addresses_of([](const char *) { return (true); }));
}
