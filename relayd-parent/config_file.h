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
 * Opening what the configuration names, and refusing it when the wrong
 * people could have read or written it.
 */

#ifndef RELAYD_PARENT_CONFIG_FILE_H
#define RELAYD_PARENT_CONFIG_FILE_H

#include <string>

#include "result.h"

#include "config.h"
#include "secret.h"

/* The largest file that is read: 10,000 keys take about 2 MB. */
constexpr std::size_t config_file_max = 16 * 1024 * 1024;

/*
 * The whole of a regular file.  What check asks for is tested on the opened
 * descriptor, so that the file cannot be exchanged in between.
 */
Result<Secret> read_config_file(const std::string &path, FileCheck check);

#endif
