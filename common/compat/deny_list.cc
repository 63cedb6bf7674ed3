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

/*
 * The parent's filter.  It starts other programs, which inherit it, so it
 * cannot list what is allowed: it lists what neither a process of ours nor a
 * sendmail needs and what a captured parent could use to get past the
 * kernel's separation of processes.
 */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>
#include <linux/sched.h>

#include <unistd.h>

#include "compat.h"
#include "filter.h"
#include "promises.h"

static constexpr long denied[] = {
	/* Other processes. */
	SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp,
	SYS_pidfd_getfd, SYS_process_madvise, SYS_migrate_pages, SYS_move_pages,
	/* Namespaces and mounts. */
	SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root,
	SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig, SYS_fsmount,
	SYS_fspick, SYS_mount_setattr, SYS_open_by_handle_at,
	SYS_name_to_handle_at, SYS_quotactl, SYS_quotactl_fd, SYS_swapon,
	SYS_swapoff,
	/* The kernel: its code, its state, its wider interfaces. */
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load,
	SYS_kexec_file_load, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd,
	SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
	SYS_fanotify_init, SYS_lookup_dcookie, SYS_syslog, SYS_acct,
	SYS_add_key, SYS_request_key, SYS_keyctl, SYS_personality,
	SYS_memfd_secret, SYS_vhangup, SYS_nfsservctl,
	/* The machine. */
	SYS_reboot, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
	SYS_clock_adjtime, SYS_sethostname, SYS_setdomainname,
#ifdef __x86_64__
	SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_uselib, SYS_create_module,
	SYS_get_kernel_syms, SYS_query_module, SYS__sysctl,
#endif
};

static constexpr std::uint32_t new_namespaces = CLONE_NEWNS | CLONE_NEWCGROUP |
    CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

bool
sandbox_keeps_setgid()
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	return (syscall(SYS_capget, &header, data) == 0 &&
	    (data[0].effective & (1U << CAP_SYS_ADMIN)) != 0);
}

/*
 * no_new_privs would take the group from a set-gid sendmail, but without
 * privileges the kernel asks for it.
 */
int
filter_for_parent()
{
	Filter filter;

	if (!sandbox_keeps_setgid() &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return (-1);
	for (const long number : denied)
		filter.add(number, Action::kill);
	/* Its flags are behind a pointer; glibc falls back to clone(2). */
	filter.add(SYS_clone3, Action::absent);
	filter.add(SYS_clone, Action::allow, { without(0, new_namespaces) });
	filter.add(SYS_clone, Action::kill);
	return (filter.install(Action::allow));
}
