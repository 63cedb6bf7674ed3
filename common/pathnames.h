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
 * What make fixed when the programs were built: the release, the accounts and
 * where things lie.  The children's place is among them because it must not
 * come from the environment.
 */

#ifndef COMMON_PATHNAMES_H
#define COMMON_PATHNAMES_H

extern const char release_version[]; /* "1.0.0" */

extern const char path_config[]; /* the file that is read without -f */
extern const char path_parent[]; /* the three executables */
extern const char path_relayd_http[];
extern const char path_relayd_smtp[];
extern const char path_chroot[]; /* empty, owned by root */
extern const char path_ca_file[]; /* authorities, when no `ca` is configured */

extern const char http_user[]; /* whom relayd-http runs as */
extern const char smtp_user[]; /* whom relayd-smtp and the resolver run as */

#endif
