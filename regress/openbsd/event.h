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
 * What libevent 1.4, the one in OpenBSD's base, declares; nothing else.  With
 * this in place of Debian's <event.h> (2.1) the check in regress/openbsd.sh
 * does not compile what only 2.x has.
 */

#ifndef REGRESS_OPENBSD_EVENT_H
#define REGRESS_OPENBSD_EVENT_H

#include <sys/types.h>
#include <sys/time.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EV_TIMEOUT	0x01
#define EV_READ		0x02
#define EV_WRITE	0x04
#define EV_SIGNAL	0x08
#define EV_PERSIST	0x10

#define EVLIST_TIMEOUT	0x01
#define EVLIST_INIT	0x80

#define EVLOOP_ONCE	0x01
#define EVLOOP_NONBLOCK	0x02

struct event_base;

struct event {
	struct event_base *ev_base;
	void *ev_links[8];
	int ev_fd;
	short ev_events;
	short ev_ncalls;
	short *ev_pncalls;
	struct timeval ev_timeout;
	int ev_pri;
	void (*ev_callback)(int, short, void *);
	void *ev_arg;
	int ev_res;
	int ev_flags;
};

struct event_base *event_base_new(void);
struct event_base *event_init(void);
int event_reinit(struct event_base *);
int event_dispatch(void);
int event_base_dispatch(struct event_base *);
const char *event_base_get_method(struct event_base *);
void event_base_free(struct event_base *);
int event_base_set(struct event_base *, struct event *);
int event_loop(int);
int event_base_loop(struct event_base *, int);
int event_loopexit(const struct timeval *);
int event_base_loopexit(struct event_base *, const struct timeval *);
int event_loopbreak(void);
int event_base_loopbreak(struct event_base *);

void event_set(struct event *, int, short, void (*)(int, short, void *),
    void *);
int event_once(int, short, void (*)(int, short, void *), void *,
    const struct timeval *);
int event_base_once(struct event_base *, int, short,
    void (*)(int, short, void *), void *, const struct timeval *);
int event_add(struct event *, const struct timeval *);
int event_del(struct event *);
void event_active(struct event *, int, short);
int event_pending(struct event *, short, struct timeval *);
int event_priority_init(int);
int event_base_priority_init(struct event_base *, int);
int event_priority_set(struct event *, int);
const char *event_get_version(void);
const char *event_get_method(void);

#define event_initialized(ev)	((ev)->ev_flags & EVLIST_INIT)

#define evtimer_set(ev, cb, arg)	event_set(ev, -1, 0, cb, arg)
#define evtimer_add(ev, tv)		event_add(ev, tv)
#define evtimer_del(ev)			event_del(ev)
#define evtimer_pending(ev, tv)		event_pending(ev, EV_TIMEOUT, tv)
#define evtimer_initialized(ev)		event_initialized(ev)

#define timeout_set(ev, cb, arg)	event_set(ev, -1, 0, cb, arg)
#define timeout_add(ev, tv)		event_add(ev, tv)
#define timeout_del(ev)			event_del(ev)
#define timeout_pending(ev, tv)		event_pending(ev, EV_TIMEOUT, tv)
#define timeout_initialized(ev)		event_initialized(ev)

#define signal_set(ev, number, cb, arg) \
	event_set(ev, number, EV_SIGNAL | EV_PERSIST, cb, arg)
#define signal_add(ev, tv)		event_add(ev, tv)
#define signal_del(ev)			event_del(ev)
#define signal_pending(ev, tv)		event_pending(ev, EV_SIGNAL, tv)
#define signal_initialized(ev)		event_initialized(ev)

struct evbuffer {
	unsigned char *buffer;
	unsigned char *orig_buffer;
	size_t misalign;
	size_t totallen;
	size_t off;
	void (*cb)(struct evbuffer *, size_t, size_t, void *);
	void *cbarg;
};

#define EVBUFFER_LENGTH(x)	((x)->off)
#define EVBUFFER_DATA(x)	((x)->buffer)

struct evbuffer *evbuffer_new(void);
void evbuffer_free(struct evbuffer *);
int evbuffer_expand(struct evbuffer *, size_t);
int evbuffer_add(struct evbuffer *, const void *, size_t);
int evbuffer_remove(struct evbuffer *, void *, size_t);
char *evbuffer_readline(struct evbuffer *);
int evbuffer_add_buffer(struct evbuffer *, struct evbuffer *);
int evbuffer_add_printf(struct evbuffer *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
int evbuffer_add_vprintf(struct evbuffer *, const char *, va_list);
void evbuffer_drain(struct evbuffer *, size_t);
int evbuffer_write(struct evbuffer *, int);
int evbuffer_read(struct evbuffer *, int, int);
unsigned char *evbuffer_find(struct evbuffer *, const unsigned char *,
    size_t);
void evbuffer_setcb(struct evbuffer *,
    void (*)(struct evbuffer *, size_t, size_t, void *), void *);

#ifdef __cplusplus
}
#endif

#endif
