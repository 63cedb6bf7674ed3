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

#include "pathnames.h"

/* The names in capitals are given by make: PATHS in build.mk. */
const char release_version[] = VERSION;

const char path_config[] = SYSCONFDIR "/http-smtp-rele.conf";
const char path_parent[] = SBINDIR "/http-smtp-rele";
const char path_relayd_http[] = LIBEXECDIR "/relayd-http";
const char path_relayd_smtp[] = LIBEXECDIR "/relayd-smtp";
const char path_chroot[] = CHROOT;
const char path_ca_file[] = CA_FILE;

const char http_user[] = HTTP_USER;
const char smtp_user[] = SMTP_USER;
