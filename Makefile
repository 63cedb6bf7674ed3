# http-smtp-rele.
#
#	make			build the three programs
#	make install		put them, their manual and examples under PREFIX
#				(DESTDIR goes before every path)
#	make setup		as root: make the users, the empty directory and
#				a configuration with a fresh key, where missing
#	make demo		send one message through an installed relay to a
#				mail server of our own; nothing of it stays
#	make test		every test; the last line counts them;
#				ONLY=text runs those whose name holds it
#	make fuzz		the fuzzers, SECONDS=600 each
#	make bench		the figures for speed; ROWS="throughput pool"
#				chooses, ORIGINAL=/path/to/http-smtp-rele-0.15.1
#				compares with that program
#	make torture	the figures for reliability: MESSAGES=100000 while
#			everything fails, REQUESTS=1000000 to find leaks; ROWS
#			as above
#	make openbsd		compile and link for OpenBSD, wherever this is
#	make uninstall, make clean
#
# Variables and their defaults: common/build.mk.  This file is for BSD make;
# GNU make takes GNUmakefile, and the same lists of sources from the
# directories.

SUBDIR=	common relayd-parent relayd-http relayd-smtp man etc

.include "${.CURDIR}/common/build.mk"

# The scripts call make again, and must get the same one.
SETTINGS=	MAKE="${MAKE}" PREFIX="${PREFIX}" SYSCONFDIR="${SYSCONFDIR}" \
		LIBEXECDIR="${LIBEXECDIR}" EXAMPLESDIR="${EXAMPLESDIR}" \
		CHROOT="${CHROOT}" HTTP_USER="${HTTP_USER}" \
		SMTP_USER="${SMTP_USER}" DESTDIR="${DESTDIR}" \
		FUZZ_SECONDS="${SECONDS}" ORIGINAL="${ORIGINAL}" \
		ROWS="${ROWS}" MESSAGES="${MESSAGES}" REQUESTS="${REQUESTS}" \
		ONLY=${ONLY:Q}

setup:
	@cd ${.CURDIR} && ${SETTINGS} sh etc/setup.sh

uninstall: _SUBDIRUSE

.for script in bench demo fuzz openbsd test torture
${script}:
	@cd ${.CURDIR} && ${SETTINGS} sh regress/${script}.sh
.endfor

regress: test

compiled:
	cd ${.CURDIR} && ${MAKE} obj && ${MAKE} all

# What the scripts ask for: everything installed under PREFIX, and what the
# tests are made of.
staged: compiled
	cd ${.CURDIR} && ${MAKE} install

stage: staged
	cd ${.CURDIR}/regress/tools && ${MAKE}

# What the demo runs of that.
stage-demo: staged
	cd ${.CURDIR}/regress/tools && ${MAKE} TOOLS="post.cc sink.cc"

# And the system tests.
stage-test: staged system-tools
system-tools: compiled
.if ${OS} == "Linux"
	cd ${.CURDIR}/regress/tools && ${MAKE} TOOLS=inject.cc
.endif

unit-tests: compiled
	cd ${.CURDIR}/regress/unit && ${MAKE}

fuzz-programs: compiled
	cd ${.CURDIR}/regress/fuzz && ${MAKE}

.PHONY: setup uninstall bench demo fuzz openbsd test torture regress compiled \
    staged stage stage-demo stage-test system-tools unit-tests fuzz-programs

.include <bsd.subdir.mk>
