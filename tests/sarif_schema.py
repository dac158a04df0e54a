"""The part of SARIF 2.1.0 that kcfg writes, as a JSON Schema in our own words.

The published schema comes with no package that can be installed, so this says the same of the objects concerned:
their required properties, every property they may have, the values these may have. Objects are closed, as there.
"""

LEVEL = {"enum": ["none", "note", "warning", "error"]}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
INDEX = {"type": "integer", "minimum": -1}


def closed(required, typed, others=""):
    properties = {**dict.fromkeys([*others.split(), "properties"], True), **typed}
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def ref(name):
    return {"$ref": f"#/$defs/{name}"}


def array(name, **more):
    return {"type": "array", "items": ref(name), **more}


OBJECTS = {
    "text": closed(["text"], {"text": {"type": "string"}, "markdown": {"type": "string"}}),
    "message": {
        **closed([], {"text": {"type": "string"}, "id": {"type": "string"}}, "markdown arguments"),
        "anyOf": [{"required": ["text"]}, {"required": ["id"]}],
    },
    "run": closed(
        ["tool"],
        {
            "tool": ref("tool"),
            "results": array("result"),
            "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        },
        "addresses artifacts automationDetails baselineGuid conversion defaultEncoding defaultSourceLanguage "
        "externalPropertyFileReferences graphs invocations language logicalLocations newlineSequences "
        "originalUriBaseIds policies redactionTokens runAggregates specialLocations taxonomies threadFlowLocations "
        "translations versionControlProvenance webRequests webResponses",
    ),
    "tool": closed(["driver"], {"driver": ref("component"), "extensions": array("component", uniqueItems=True)}),
    "component": closed(
        ["name"],
        {
            "name": {"type": "string"},
            "semanticVersion": {"type": "string"},
            "version": {"type": "string"},
            "informationUri": {"type": "string", "format": "uri"},
            "rules": array("rule", uniqueItems=True),
            "shortDescription": ref("text"),
            "fullDescription": ref("text"),
        },
        "guid organization product productSuite fullName dottedQuadFileVersion releaseDateUtc downloadUri "
        "globalMessageStrings notifications taxa locations language contents isComprehensive "
        "localizedDataSemanticVersion minimumRequiredLocalizedDataSemanticVersion associatedComponent "
        "translationMetadata supportedTaxonomies",
    ),
    "rule": closed(
        ["id"],
        {
            "id": {"type": "string"},
            "name": {"type": "string"},
            "shortDescription": ref("text"),
            "fullDescription": ref("text"),
            "help": ref("text"),
            "helpUri": {"type": "string", "format": "uri"},
            "defaultConfiguration": ref("configuration"),
        },
        "deprecatedGuids deprecatedIds deprecatedNames guid messageStrings relationships",
    ),
    "configuration": closed([], {"enabled": {"type": "boolean"}, "level": LEVEL}, "parameters rank"),
    "result": closed(
        ["message"],
        {
            "ruleId": {"type": "string"},
            "ruleIndex": INDEX,
            "level": LEVEL,
            "kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
            "message": ref("message"),
            "locations": array("location"),
            "fingerprints": TEXTS,
            "partialFingerprints": TEXTS,
        },
        "analysisTarget attachments baselineState codeFlows correlationGuid fixes graphTraversals graphs guid "
        "hostedViewerUri occurrenceCount provenance rank relatedLocations rule stacks suppressions taxa webRequest "
        "webResponse workItemUris",
    ),
    "location": closed(
        [],
        {
            "id": INDEX,
            "physicalLocation": ref("physical"),
            "logicalLocations": array("logical", uniqueItems=True),
            "message": ref("message"),
        },
        "annotations relationships",
    ),
    "physical": {
        **closed([], {"artifactLocation": ref("artifact"), "region": ref("region"), "contextRegion": ref("region")},
                 "address"),
        "anyOf": [{"required": ["address"]}, {"required": ["artifactLocation"]}],
    },
    "artifact": closed(
        [],
        {
            "uri": {"type": "string", "format": "uri-reference", "pattern": r"^[A-Za-z0-9%./_:~-]+$"},
            "uriBaseId": {"type": "string"},
            "index": INDEX,
            "description": ref("message"),
        },
    ),
    "region": closed(
        [],
        {name: {"type": "integer", "minimum": 1} for name in ("startLine", "startColumn", "endLine", "endColumn")},
        "charOffset charLength byteOffset byteLength snippet message sourceLanguage",
    ),
    "logical": closed(
        [],
        {"name": {"type": "string"}, "fullyQualifiedName": {"type": "string"}, "kind": {"type": "string"}},
        "index decoratedName parentIndex",
    ),
}  # fmt: skip
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": OBJECTS,
    **closed(
        ["version", "runs"],
        {
            "$schema": {"type": "string", "format": "uri"},
            "version": {"const": "2.1.0"},
            "runs": array("run", minItems=0),
        },
        "inlineExternalProperties",
    ),
}
