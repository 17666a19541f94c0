package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"
)

// jsonItem is an item of a JSON Feed (https://jsonfeed.org/version/1.1), with
// the author of version 1 too. Fields stay raw, because a wrong type in one of
// them (numbers for ids and dates are common) must not cost the item.
type jsonItem map[string]json.RawMessage

// text gives a field that is a string.
func (o jsonItem) text(name string) string {
	var s string
	if json.Unmarshal(o[name], &s) != nil {
		return ""
	}
	return strings.ToValidUTF8(strings.TrimSpace(s), "\uFFFD")
}

// list gives the raw elements of a field that is an array.
func (o jsonItem) list(name string) []json.RawMessage {
	var l []json.RawMessage
	if json.Unmarshal(o[name], &l) != nil {
		return nil
	}
	return l
}

// readJSONFeed reads a JSON Feed item by item, so that one which is cut off
// still gives the items before the cut.
func (d *document) readJSONFeed(body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	top := jsonItem{}
	var items []jsonItem
	fault := func() error {
		if _, err := decoder.Token(); err != nil { // {
			return err
		}
		for decoder.More() {
			key, err := decoder.Token()
			if err != nil {
				return err
			}
			name, _ := key.(string)
			if name != "items" {
				var value json.RawMessage
				if err := decoder.Decode(&value); err != nil {
					return err
				}
				top[name] = value
				continue
			}
			if open, err := decoder.Token(); err != nil || open != json.Delim('[') {
				return fmt.Errorf("items are not a list: %w", orUnexpected(err))
			}
			for decoder.More() {
				var value json.RawMessage
				if err := decoder.Decode(&value); err != nil {
					return err
				}
				if len(items) == maxEntries {
					d.warn("only the first %d entries were read", maxEntries)
					return nil
				}
				item := jsonItem{}
				if err := json.Unmarshal(value, &item); err != nil {
					d.warn("an entry is no object and was left out")
					continue
				}
				items = append(items, item)
			}
			if _, err := decoder.Token(); err != nil { // ]
				return err
			}
		}
		_, err := decoder.Token() // }
		return err
	}()
	if fault != nil {
		if len(items) == 0 {
			return fmt.Errorf("%w: %w", ErrBroken, fault)
		}
		d.warn("the feed is cut off or broken: %v", fault)
	}
	d.reading.Title = plainText(top.text("title"))
	d.reading.Language = languageTag(top.text("language"))
	names := jsonAuthors(top)
	for _, item := range items {
		d.addJSONItem(item, names)
	}
	return nil
}

func orUnexpected(err error) error {
	if err == nil {
		return errors.New("another value stands there")
	}
	return err
}

// addJSONItem takes over one item. The authors of the feed are those of items
// that name none.
func (d *document) addJSONItem(item jsonItem, feedAuthors []string) {
	e := Entry{
		Title:     plainText(item.text("title")),
		Published: parseDate(item.text("date_published")),
		Modified:  parseDate(item.text("date_modified")),
		Language:  languageTag(item.text("language")),
		Content:   item.text("content_html"),
		Summary:   html.EscapeString(item.text("summary")),
	}
	if e.Content == "" {
		e.Content = paragraphs(item.text("content_text"))
	}
	if e.Language == "" {
		e.Language = d.reading.Language
	}
	for _, name := range jsonAuthors(item) {
		e.addAuthor(name)
	}
	if len(e.Authors) == 0 {
		e.Authors = slices.Clone(feedAuthors)
	}
	for _, raw := range item.list("tags") {
		var tag string
		if json.Unmarshal(raw, &tag) == nil {
			e.addTag(tag)
		}
	}
	// external_url is what a link blog writes about: another's article.
	refs := []string{item.text("url")}
	if id := item.text("id"); strings.HasPrefix(id, "http://") || strings.HasPrefix(id, "https://") {
		refs = append(refs, id)
	}
	d.addEntry(e, append(refs, item.text("external_url")))
}

// jsonAuthors gives the names of version 1.1 or, failing these, version 1.
func jsonAuthors(o jsonItem) []string {
	var names []string
	for _, raw := range append(o.list("authors"), o["author"]) {
		author := jsonItem{}
		if json.Unmarshal(raw, &author) == nil {
			if name := author.text("name"); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// paragraphs makes HTML of plain text: a blank line parts paragraphs.
func paragraphs(text string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			b.WriteString("<p>" + html.EscapeString(part) + "</p>\n")
		}
	}
	return strings.TrimSpace(b.String())
}
