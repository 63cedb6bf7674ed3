#
# Copyright (c) 2026 The http-smtp-rele authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
#

"""Run by openapi_tools.python(): judges examples and answers by openapi.json.

	openapi_judge.py DOCUMENT	every example by its schema
	openapi_judge.py DOCUMENT FILE	every answer of FILE, a list of {path, method,
				status, fields, body}, by what is said of it

Stricter than a client should be: a member that is not described is an error.
Prints what is wrong, and exits 1 when something is.
"""

import json
import sys

from jsonschema import Draft202012Validator, FormatChecker

problems = []


def strict(schema):
	"""As it is, with nothing in an object but what is described."""
	if isinstance(schema, list):
		return [strict(s) for s in schema]
	if not isinstance(schema, dict):
		return schema
	closed = {k: strict(v) for k, v in schema.items()}
	if schema.get("type") == "object" and "properties" in schema \
	    and "additionalProperties" not in schema:
		closed["unevaluatedProperties"] = False
	return closed


def resolved(document, value):
	while "$ref" in value:
		target = document
		for part in value["$ref"][2:].split("/"):
			target = target[part]
		value = target
	return value


def judge(document, schema, value, what, closed=True):
	components = document["components"]
	# Error is extended by the responses: those are closed, and it is not.
	schemas = strict(components["schemas"]) if closed \
	    else dict(components["schemas"])
	schemas["Error"] = components["schemas"]["Error"]
	if closed and "allOf" in schema:
		schema = dict(schema, unevaluatedProperties=False)
	schema = dict(schema, components={"schemas": schemas})
	validator = Draft202012Validator(schema, format_checker=FormatChecker())
	for error in validator.iter_errors(value):
		problems.append("%s: %s: %s" % (what, error.json_path,
		    error.message[:300]))


def media_types(document):
	"""(what it is of, media type object) of each."""
	for name, response in document["components"]["responses"].items():
		for media in response["content"].values():
			yield name, media
	for path, item in document["paths"].items():
		for method, operation in item.items():
			body = operation.get("requestBody", {"content": {}})
			for media in body["content"].values():
				yield "%s %s" % (method, path), media


def examples(document):
	count = 0
	for what, media in media_types(document):
		values = [e["value"] for e in media.get("examples", {}).values()]
		if "example" in media:
			values.append(media["example"])
		for value in values:
			judge(document, media["schema"], value, what)
		count += len(values)
	for kind in ("headers", "parameters"):
		for name, item in document["components"][kind].items():
			if "example" in item:
				judge(document, item["schema"], item["example"], name)
				count += 1
	return count


def described(document, answer):
	for path, item in document["paths"].items():
		prefix = path.split("{")[0]
		if answer["path"] == path or prefix != path and \
		    answer["path"].startswith(prefix):
			return resolved(document, item[answer["method"]]
			    ["responses"][str(answer["status"])])


def judge_fields(document, answer, response, what):
	fields = {k.lower(): v for k, v in answer["fields"]}
	# Of the connection, or of the content.
	own = {"connection", "content-length", "content-type"}
	for name, field in response["headers"].items():
		field = resolved(document, field)
		value = fields.pop(name.lower(), None)
		if value is None:
			if field.get("required"):
				problems.append("%s: no %s" % (what, name))
			continue
		if field["schema"].get("type") == "integer":
			value = int(value)
		judge(document, field["schema"], value, "%s: %s" % (what, name))
	for name in set(fields) - own:
		problems.append("%s: %s is not described" % (what, name))


def answers(document, path):
	with open(path) as file:
		seen = json.load(file)
	for answer in seen:
		what = "%(method)s %(path)s %(status)d" % answer
		response = described(document, answer)
		judge_fields(document, answer, response, what)
		if answer["method"] != "head":
			media = response["content"]["application/json"]
			judge(document, media["schema"], json.loads(answer["body"]),
			    what)
	return len(seen)


def main():
	with open(sys.argv[1]) as file:
		document = json.load(file)
	if len(sys.argv) > 2:
		count = answers(document, sys.argv[2])
	else:
		count = examples(document)
	for problem in problems:
		print(problem)
	print("%d judged" % count)
	return 1 if problems else 0


if __name__ == "__main__":
	sys.exit(main())
