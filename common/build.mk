# What all directories share.  Both makes read the lines above the first one
# that begins with a dot (GNUmakefile takes them from here), so they are kept
# to NAME=value without conditions; what follows is for BSD make alone.

VERSION=	1.0.0

PREFIX?=	/usr/local
SYSCONFDIR?=	/etc
LIBEXECDIR?=	${PREFIX}/libexec/http-smtp-rele
EXAMPLESDIR?=	${PREFIX}/share/examples/http-smtp-rele

# The accounts that the children change to.
HTTP_USER?=	_relehttp
SMTP_USER?=	_relesmtp

OS!=		uname -s

# The empty directory that the children are confined to, and the certificates
# of the authorities that a mail server's certificate is verified with.
CHROOT_Linux=	${LIBEXECDIR}/empty
CHROOT_OpenBSD=	/var/empty
CHROOT?=	${CHROOT_${OS}}
CA_FILE_Linux=	/etc/ssl/certs/ca-certificates.crt
CA_FILE_OpenBSD=	/etc/ssl/cert.pem
CA_FILE?=	${CA_FILE_${OS}}

# All of these that are compiled in: common/pathnames.cc holds them.
PATHS=		-DVERSION=\"${VERSION}\" \
		-DSYSCONFDIR=\"${SYSCONFDIR}\" \
		-DLIBEXECDIR=\"${LIBEXECDIR}\" \
		-DSBINDIR=\"${PREFIX}/sbin\" \
		-DHTTP_USER=\"${HTTP_USER}\" \
		-DSMTP_USER=\"${SMTP_USER}\" \
		-DCHROOT=\"${CHROOT}\" \
		-DCA_FILE=\"${CA_FILE}\"

# Added for the unit tests' own sources: they take longer to compile than to run.
UNIT_CXXFLAGS?=	-O0 -g1

STANDARD=	-std=c++20
WARNINGS=	-Wall -Wextra -Wshadow

.if !defined(COMMON_BUILD_MK)
COMMON_BUILD_MK=

# The standard is no matter of taste as optimization is: it stays when
# somebody sets CXXFLAGS.
CXXFLAGS+=	${WARNINGS}
CPPFLAGS+=	${STANDARD} -I${.CURDIR} -I${.CURDIR}/../common

# Libraries from ports.
LOCALBASE?=	/usr/local
.if ${OS} == "OpenBSD"
CPPFLAGS+=	-I${LOCALBASE}/include
LDFLAGS+=	-L${LOCALBASE}/lib
MANDIR?=	${PREFIX}/man/man
.else
MANDIR?=	${PREFIX}/share/man
.endif

YACC?=		yacc

.if exists(${.CURDIR}/../common/obj)
COMMONDIR=	${.CURDIR}/../common/obj
.else
COMMONDIR=	${.OBJDIR}/../common
.endif

# A static library goes before what it needs itself.
.if defined(PROG)
LDADD:=		${COMMONDIR}/libcommon.a ${LDADD}
DPADD+=		${COMMONDIR}/libcommon.a
NOMAN=		yes
MK_MAN=		no
BINMODE=	555

beforeinstall:
	${INSTALL} -d ${DESTDIR}${BINDIR}

uninstall:
	rm -f ${DESTDIR}${BINDIR}/${PROG}
.endif

.if defined(LIB)
CPPFLAGS+=	${PATHS}
.endif

# Other flags or paths build everything anew.
.if defined(SRCS)
SRCS+=		${SRCS_${OS}}
.  if !make(clean) && !make(cleandir) && !make(obj)
_flags!=	echo '${CXX} ${CXXFLAGS} ${CPPFLAGS}' >flags.new; \
		cmp -s flags.new flags || mv flags.new flags; rm -f flags.new
.  endif
.  for source in ${SRCS}
${source:T:R}.o: flags
.  endfor
CLEANFILES+=	flags
.endif

.endif
