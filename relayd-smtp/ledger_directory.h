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
 * The directory of `store sqlite', which is relayd-smtp's root: it belongs to
 * its user alone, and nothing but the ledger is in it.
 */

#ifndef RELAYD_SMTP_LEDGER_DIRECTORY_H
#define RELAYD_SMTP_LEDGER_DIRECTORY_H

#include <string>

/*
 * Makes it if only its last component is missing.  False: it cannot be used,
 * and why was logged.  Before anything is dropped.
 */
bool prepare_ledger_directory(const std::string &directory, const char *user);

/* A file's name as it is seen from a root directory. */
std::string path_below(const std::string &root, const std::string &path);

#endif
