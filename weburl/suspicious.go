package weburl

import (
	"fmt"
	"strings"
)

// When the shape of a path alone tells that addresses are being generated.
// Heritrix stops at 20 segments too; it stops at the second repetition, which
// "/news/news/" and dates like "/2021/11/11/" have by right.
const (
	maxSegments = 20
	maxRepeats  = 2
)

// variant is a group of addresses under which a page appears once more, or
// which do something instead of showing something.
type variant struct {
	reason     string
	segments   string // path segments, separated by spaces
	parameters string // query parameters that suffice by their name
	values     string // name=value, where the name alone does not suffice
}

// variants are lower case. Sources: the links of WordPress, Drupal, Joomla,
// MediaWiki, DokuWiki and common shop and forum software.
var variants = []variant{
	{
		reason:     "print copy",
		segments:   "print printable printer-friendly print.html print.php",
		parameters: "printable printerfriendly printer_friendly print_page printpage",
		values:     "print= print=1 print=true print=yes print=y format=print output=print view=print mode=print display=print action=print type=print version=print do=print",
	},
	{
		reason:     "reply form",
		parameters: "replytocom replyto reply_to",
		values:     "action=reply mode=reply do=reply",
	},
	{
		reason:     "share button",
		parameters: "share shareto sharer",
		values:     "action=share",
	},
	{
		reason:     "page for editors",
		segments:   "wp-admin wp-login.php",
		parameters: "veaction redlink oldid diff",
		values:     "action=edit action=history action=raw action=info action=delete action=login action=logout action=register action=submit do=edit do=revisions do=diff do=login do=admin do=backlink do=media",
	},
	{
		reason:     "shop action",
		parameters: "add-to-cart add_to_cart add_to_wishlist remove_item",
		values:     "action=add_to_cart action=add",
	},
	{
		reason:     "sorted copy of a list",
		parameters: "sort sortby sort_by orderby order_by sortorder sort_order",
		values:     "order=asc order=desc dir=asc dir=desc",
	},
	{
		reason:     "session in the address",
		parameters: "session sessionid session_id sess sessid",
	},
}

var variantSegments, variantParameters, variantValues = func() (segments, parameters, values map[string]string) {
	segments, parameters, values = make(map[string]string), make(map[string]string), make(map[string]string)
	for _, v := range variants {
		for s := range strings.FieldsSeq(v.segments) {
			segments[s] = v.reason
		}
		for s := range strings.FieldsSeq(v.parameters) {
			parameters[s] = v.reason
		}
		for s := range strings.FieldsSeq(v.values) {
			values[s] = v.reason
		}
	}
	return segments, parameters, values
}()

// Suspicious says why a canonical URL, found as a link, had better not be
// requested: it is too long, deep or repetitive to have been written by
// somebody, or names a copy of a page (for print, sorted, with a session) or an
// action. Empty means that nothing is wrong with the address by itself.
func Suspicious(u string) string {
	if len(u) > MaxLength {
		return fmt.Sprintf("longer than %d bytes", MaxLength)
	}
	_, rest, _ := strings.Cut(u, "://")
	_, path, _ := strings.Cut(rest, "/")
	path, query, _ := strings.Cut(path, "?")

	segments := strings.Split(strings.Trim(path, "/"), "/")
	if len(segments) > maxSegments {
		return fmt.Sprintf("more than %d path segments", maxSegments)
	}
	seen := make(map[string]int, len(segments))
	for _, segment := range segments {
		segment = strings.ToLower(segment)
		if seen[segment]++; segment != "" && seen[segment] > maxRepeats {
			return fmt.Sprintf("path segment %q repeated %d times", segment, seen[segment])
		}
		if reason := variantSegments[segment]; reason != "" {
			return reason
		}
	}
	for pair := range strings.SplitSeq(query, "&") {
		pair = strings.ToLower(pair)
		name, value, _ := strings.Cut(pair, "=")
		if reason := variantParameters[name]; reason != "" {
			return reason
		}
		if reason := variantValues[name+"="+value]; reason != "" {
			return reason
		}
		if name == "sid" && isMixed(value) {
			return "session in the address"
		}
	}
	return ""
}

// isMixed reports whether a value of letters and digits is too long for a word
// with a number; ids of stories are numbers or words.
func isMixed(value string) bool {
	const shortest = 6
	return len(value) >= shortest &&
		strings.ContainsAny(value, "0123456789") &&
		strings.ContainsAny(value, "abcdefghijklmnopqrstuvwxyz") &&
		isAll(value, func(c byte) bool { return isLetter(c) || isDigit(c) })
}
