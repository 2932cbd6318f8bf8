package config

import (
	"encoding/json"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/news"
)

// Schema returns feeds.yaml as a JSON Schema (draft 2020-12), with which an editor
// completes and checks the file. It refuses unknown keys and values of a wrong shape. What
// depends on other parts of the file, such as the tags that a topic names, only Parse
// checks.
func Schema() ([]byte, error) {
	s := sectionSchema("")
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "feeds.yaml of Slugline"
	s["description"] = "All settings of the newsroom. `slugline help feeds.yaml` prints them as text."
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return append(b, '\n'), nil
}

// schema is a JSON Schema, or a part of one.
type schema = map[string]any

// sectionSchema describes the keys of a section.
func sectionSchema(section string) schema {
	properties, required := schema{}, []string{}
	for _, k := range sectionKeys(section) {
		properties[k.Name] = k.schema()
		if k.Required {
			required = append(required, k.Name)
		}
	}
	s := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	switch section {
	case "sources[]":
		s["oneOf"] = oneRequired("feed", "feeds")
	case "alerts[].to[]", "targets[]":
		s["oneOf"] = oneRequired(news.TargetNames()...)
		s["dependentRequired"], s["dependentSchemas"] = targetNeeds(), targetKeys()
	}
	return s
}

// targetNeeds says which further keys each kind of target must have.
func targetNeeds() schema {
	needs := schema{}
	for _, k := range news.TargetKinds {
		if len(k.Needs) > 0 {
			needs[k.Name] = k.Needs
		}
	}
	return needs
}

// targetKeys says which kinds of targets can have each further key.
func targetKeys() schema {
	keys := schema{}
	for _, k := range sectionKeys("alerts[].to[]") {
		if names := news.TargetNames(k.Name); len(names) > 0 {
			keys[k.Name] = schema{"anyOf": oneRequired(names...)}
		}
	}
	return keys
}

// oneRequired says that a section has exactly one of some keys.
func oneRequired(keys ...string) (alternatives []schema) {
	for _, k := range keys {
		alternatives = append(alternatives, schema{"required": []string{k}})
	}
	return alternatives
}

// schema describes the value of a key.
func (k *Key) schema() schema {
	s := k.valueSchema()
	s["description"] = k.Meaning
	if k.Default == "" && k.Missing != "" {
		s["description"] = k.Meaning + " Default: " + k.Missing + "."
	}
	if k.Default != "" {
		s["default"] = k.value(k.Default)
	}
	var example any
	if yaml.Unmarshal([]byte(k.Example), &example) == nil {
		s["examples"] = []any{example}
	}
	return s
}

// inserted matches a value into which an environment variable is inserted: its text is not
// known before the file is read.
const inserted = `\$\{`

// patterns of the values of a type. They are looser than the reader, which has the last
// word.
var patterns = map[ValueType]string{
	TypeName:       `[a-z0-9-]{1,63}`,
	TypeAddress:    `\s*[hH][tT][tT][pP][sS]?://\S+\s*`,
	TypeListener:   `[^/\s]*:[0-9]{1,5}`,
	TypeLanguage:   `[A-Za-z0-9]+([-_][A-Za-z0-9]+)*`,
	TypeTimeOfDay:  `([01]?[0-9]|2[0-3]):[0-5][0-9]`,
	TypeHours:      `\s*([01]?[0-9]|2[0-3]):[0-5][0-9]\s*-\s*([01]?[0-9]|2[0-3]):[0-5][0-9]\s*`,
	TypeMailbox:    `.*\S@\S.*`,
	TypeMailServer: `[sS][mM][tT][pP][sS]?://\S+`,
	TypeNetworks:   `[0-9A-Fa-f.:\[\]]+(/[0-9]{1,3})?`,
	TypeOrigins:    siteExpression,
	TypeDuration:   durationPattern,
	TypeSize:       sizePattern,
	TypeLimit:      limitPattern,
}

// itemTypes gives the type of the items of a list.
var itemTypes = map[ValueType]ValueType{
	TypeWords: TypeText, TypeNames: TypeName, TypeAddresses: TypeAddress, TypeNetworks: TypeNetworks,
	TypeOrigins: TypeOrigins, TypeListeners: TypeListener, TypeQueries: TypeQuery, TypeChoices: TypeChoice,
}

// valueSchema describes the values of a key's type.
func (k *Key) valueSchema() schema {
	if item := itemTypes[k.Type]; item != "" {
		return oneOrList((&Key{Name: k.Name, Type: item, Values: k.Values}).scalarSchema())
	}
	switch k.Type {
	case TypeSection:
		return sectionSchema(k.Inner())
	case TypeSections:
		item := sectionSchema(k.Inner())
		if k.Name == "sources" {
			item = schema{"anyOf": []schema{matching(patterns[TypeAddress]), item}}
		}
		return oneOrList(item)
	case TypeHeaders:
		return schema{"type": "object", "additionalProperties": schema{"type": []string{"string", "number", "boolean"}}}
	}
	return k.scalarSchema()
}

// oneOrList allows an item, or a list of items.
func oneOrList(item schema) schema {
	return schema{"anyOf": []schema{item, {"type": "array", "items": item}}}
}

// scalarSchema describes a single value. YAML reads some texts, such as 2026, as numbers or
// truth values; where a text is expected these are allowed too.
func (k *Key) scalarSchema() schema {
	switch k.Type {
	case TypeNumber:
		return schema{"type": []string{"integer", "string"}, "minimum": k.Min, "maximum": k.Max, "pattern": anchored(`-?[0-9_]+`)}
	case TypeBool:
		return schema{"type": []string{"boolean", "string"}, "pattern": anchored(`[Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF`)}
	case TypeChoice:
		return schema{"anyOf": []schema{{"enum": k.choices()}, {"type": "string", "pattern": inserted}}}
	case TypeName:
		return schema{"type": []string{"string", "number", "boolean"}, "pattern": anchored(patterns[TypeName])}
	case TypeText, TypePath, TypeZone:
		return schema{"type": []string{"string", "number", "boolean"}}
	case TypeQuery:
		return schema{"type": []string{"string", "number", "boolean"}, "pattern": `\S`}
	case TypeDuration:
		pattern := durationPattern
		if k.Default == "forever" {
			pattern += "|forever"
		}
		return matching(pattern)
	}
	return matching(patterns[k.Type])
}

// choices are the allowed values. YAML reads some of them as numbers: those are allowed
// too.
func (k *Key) choices() (all []any) {
	for _, v := range k.Values {
		all = append(all, v)
		if n, err := strconv.Atoi(v); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// matching allows texts that match a pattern as a whole.
func matching(pattern string) schema {
	return schema{"type": "string", "pattern": anchored(pattern)}
}

func anchored(pattern string) string { return "^(" + pattern + ")$|" + inserted }
