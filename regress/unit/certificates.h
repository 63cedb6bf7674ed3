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
 * Keys and certificates for tests that read them from memory; made with
 * openssl req -x509 -newkey ec, valid for a hundred years but for one.
 */

#ifndef REGRESS_CERTIFICATES_H
#define REGRESS_CERTIFICATES_H

#include <openssl/evp.h>

#include <string>
#include <string_view>

/* mail.example.com, until 2126 */
constexpr const char *certificate_pem =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBqTCCAVCgAwIBAgIUUGP1bohKHuBnAS8P5c+v41AF3M8wCgYIKoZIzj0EAwIw\n"
    "GzEZMBcGA1UEAwwQbWFpbC5leGFtcGxlLmNvbTAgFw0yNjExMjQxMjMyMDZaGA8y\n"
    "MTI2MTAzMTEyMzIwNlowGzEZMBcGA1UEAwwQbWFpbC5leGFtcGxlLmNvbTBZMBMG\n"
    "ByqGSM49AgEGCCqGSM49AwEHA0IABKZWIDzcK/mxLf2ovpUUUFmAV8Euds5CNmsN\n"
    "0GIvuDSBkZroXRKA2RBqCZLSCt9u8Mt1/vZ7lIvO4dcqjQVLYcWjcDBuMB0GA1Ud\n"
    "DgQWBBSE2+R1QOHERdJ67GRgDltRSVxsyDAfBgNVHSMEGDAWgBSE2+R1QOHERdJ6\n"
    "7GRgDltRSVxsyDAPBgNVHRMBAf8EBTADAQH/MBsGA1UdEQQUMBKCEG1haWwuZXhh\n"
    "bXBsZS5jb20wCgYIKoZIzj0EAwIDRwAwRAIfFrCkX07aMhtk2L/g3I0iPAScAKxJ\n"
    "U+TZfMOjZgbflgIhAJmPcm9g5oV+mWwrP0mnBHYEOR4791HlXQB+s40n6Jqv\n"
    "-----END CERTIFICATE-----\n";

constexpr const char *certificate_key_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLusRa7cJbkgtMkim\n"
    "EuUjHTHcmUJ+bAs11NPofQSY08ahRANCAASmViA83Cv5sS39qL6VFFBZgFfBLnbO\n"
    "QjZrDdBiL7g0gZGa6F0SgNkQagmS0grfbvDLdf72e5SLzuHXKo0FS2HF\n"
    "-----END PRIVATE KEY-----\n";

/* of the same key, ended in 2020 */
constexpr const char *ended_certificate_pem =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBiTCCAS+gAwIBAgIUC65esqr00cJPlhD1PpWvMJ3eVmEwCgYIKoZIzj0EAwIw\n"
    "GjEYMBYGA1UEAwwPb2xkLmV4YW1wbGUuY29tMB4XDTIwMDEwMTAwMDAwMFoXDTIw\n"
    "MDExMTAwMDAwMFowGjEYMBYGA1UEAwwPb2xkLmV4YW1wbGUuY29tMFkwEwYHKoZI\n"
    "zj0CAQYIKoZIzj0DAQcDQgAEplYgPNwr+bEt/ai+lRRQWYBXwS52zkI2aw3QYi+4\n"
    "NIGRmuhdEoDZEGoJktIK327wy3X+9nuUi87h1yqNBUthxaNTMFEwHQYDVR0OBBYE\n"
    "FITb5HVA4cRF0nrsZGAOW1FJXGzIMB8GA1UdIwQYMBaAFITb5HVA4cRF0nrsZGAO\n"
    "W1FJXGzIMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAIp4+RY0\n"
    "qUat0CucxK8F8gfzm7+e4A7/IYvZuo6N+bh+AiA5/36gd7oOZeqQ7K4X2fb9pxHp\n"
    "eZeEZTOl8DYiv8KGpw==\n"
    "-----END CERTIFICATE-----\n";

/* belongs to no certificate here */
constexpr const char *other_key_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcjfaqKDG7lLH/JT4\n"
    "mAMkp1UO/c4u+mzE2Voc9dfd1aOhRANCAATzEpAizbclL2G9iu67E2Q7a/WjEkq5\n"
    "9/AanV1t54n5BE/IPqD08c+0rQZOB+uz/1/iyKHt2sPo9H1w9DgkudtL\n"
    "-----END PRIVATE KEY-----\n";

/* the same with a passphrase */
constexpr const char *encrypted_key_pem =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhl6kSNVMV2bgICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAYO+GFFBRD5kNs+5tbny1wEgZDO\n"
    "6o9XYr3DQzY1MobWxeRqvid6Hw+9vlfLGl/kgH4tqasTFVJS2nk7SqWEjGWegQvJ\n"
    "G35KaQcvH12dBciqvk4PvOPHjRaNVegTRy+xgK5IeyBos4kMgEPKPydWF9E9Qtbw\n"
    "cWfo7kOF4SHV07nJOe0++B6BP1cwPnbJmLU8dXXCf6VrB/oMTM4o0G/P0YE1nVE=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

/* an OCSP response about certificate_pem, signed with its own key: good, until 2126 */
constexpr const char *ocsp_base64 =
    "MIIBRQoBAKCCAT4wggE6BgkrBgEFBQcwAQEEggErMIIBJzCBzqEdMBsxGTAXBgNV"
    "BAMMEG1haWwuZXhhbXBsZS5jb20YDzIwMjYxMTI3MDk1MDA1WjB3MHUwTTAJBgUr"
    "DgMCGgUABBQru4tybishXTTRHQHzA1/uPbysYwQUhNvkdUDhxEXSeuxkYA5bUUlc"
    "bMgCFFBj9W6ISh7gZwEvD+XPr+NQBdzPgAAYDzIwMjYxMTI3MDk1MDA1WqARGA8y"
    "MTI2MTEwMzA5NTAwNVqhIzAhMB8GCSsGAQUFBzABAgQSBBDzIhBrpUSg1d4ZHgns"
    "1r5sMAoGCCqGSM49BAMCA0gAMEUCIQDG5lSKfJiX+cxhKjPXt4FB6VGe15ZqY5ai"
    "BcC+IBW3VAIgKMT/wRrpIqJU0JOv/O0kwW6PZLfh7snv+xxri/Zj1Rc=";

/* the same, but only for a minute of 2026 */
constexpr const char *ended_ocsp_base64 =
    "MIIBRgoBAKCCAT8wggE7BgkrBgEFBQcwAQEEggEsMIIBKDCBzqEdMBsxGTAXBgNV"
    "BAMMEG1haWwuZXhhbXBsZS5jb20YDzIwMjYxMTI3MDk1MTAxWjB3MHUwTTAJBgUr"
    "DgMCGgUABBQru4tybishXTTRHQHzA1/uPbysYwQUhNvkdUDhxEXSeuxkYA5bUUlc"
    "bMgCFFBj9W6ISh7gZwEvD+XPr+NQBdzPgAAYDzIwMjYxMTI3MDk1MTAxWqARGA8y"
    "MDI2MTEyNzA5NTIwMVqhIzAhMB8GCSsGAQUFBzABAgQSBBDzIhBrpUSg1d4ZHgns"
    "1r5sMAoGCCqGSM49BAMCA0kAMEYCIQDUic4egjdb+PP4AELKJ5Cc4atAmnS1CAec"
    "rOInSu64ZQIhAM6wTVBYtZa8d/o7qJI5lGRao5oFxlNxNuhHYR5Atmzi";

/* about another certificate */
constexpr const char *other_ocsp_base64 =
    "MIIBMwoBAKCCASwwggEoBgkrBgEFBQcwAQEEggEZMIIBFTCBvKEdMBsxGTAXBgNV"
    "BAMMEG1haWwuZXhhbXBsZS5jb20YDzIwMjYxMTI3MDk1MDA2WjBlMGMwOzAJBgUr"
    "DgMCGgUABBQru4tybishXTTRHQHzA1/uPbysYwQUhNvkdUDhxEXSeuxkYA5bUUlc"
    "bMgCAhI0gAAYDzIwMjYxMTI3MDk1MDA2WqARGA8yMTI2MTEwMzA5NTAwNlqhIzAh"
    "MB8GCSsGAQUFBzABAgQSBBBYepmbaeHeUo9jTnuxFcU7MAoGCCqGSM49BAMCA0gA"
    "MEUCIQCdnSPghNGMt/fZCmv8jAgc4eGxAcxZ4T3Y81q46dleywIgfGim2l3pPeH6"
    "4xrYQCcy5t5elhfmiE60EqHdFw0YXlg=";

/* Those are files in DER form: what they hold. */
inline std::string
from_base64(std::string_view text)
{
	std::string octets(text.size(), '\0');
	int size = EVP_DecodeBlock(
	    reinterpret_cast<unsigned char *>(octets.data()),
	    reinterpret_cast<const unsigned char *>(text.data()),
	    static_cast<int>(text.size()));

	/* It counts the padding, too. */
	for (std::size_t n = text.size(); n > 0 && text[n - 1] == '='; n--)
		size--;
	octets.resize(static_cast<std::size_t>(size));
	return (octets);
}

#endif
